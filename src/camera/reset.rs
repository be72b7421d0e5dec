use thiserror::Error;

use crate::cbor::{CborError, Decode, Reader};
use crate::crypto::{Label, Secret, VerifyingKey, expand};
use crate::record::{OwnerChain, OwnerList, Verified};
use crate::store::{Store, StoreError};

use super::open::{certificate, state_key};
use super::state::VERSION;
use super::{Camera, ClipFiles, Device, OpenCameraError};

/// The reason a camera cannot be reset. Unless a variant says otherwise, nothing was changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ResetError {
    /// The camera has signed with this key before. Make a new one, with a certificate for it.
    #[error("the camera has signed with this key before: reset it with a new one")]
    SameKey,
    /// The camera had this secret before. Make a new one.
    #[error("the camera had this secret before: reset it with a new one")]
    SameSecret,
    /// The state was written by a later version of the firmware. Install it, and reset the camera with it.
    #[error("the camera's state is of version {0}, which this firmware does not know: install a later one")]
    LaterVersion(u64),
    /// The new device or its owner list cannot begin a camera.
    #[error("the new device or its owner list cannot begin a camera")]
    New(#[source] OpenCameraError),
    /// The state was removed, but the camera could not begin with the new device. Reset it again.
    #[error("the camera's state was removed, and it could not begin anew: reset it again")]
    Begin(#[source] OpenCameraError),
    /// The store failed. Open it again, and reset the camera again: parts of its state may be gone.
    #[error("the camera's store failed")]
    Store(#[from] StoreError),
}

impl<S: Store, F: ClipFiles> Camera<S, F> {
    /// Resets a device that is sold or given away, or whose state was lost. The camera begins anew with a new key, a new
    /// secret and the first owner list of its next household, and forgets the previous household, its clips and its time.
    ///
    /// All facts in the store are removed, so it must be the camera's alone. Before the call, finish what is being recorded
    /// and [recover](Self::recover) the [open clips](Self::open_clips): nothing is ever signed under the old key again, so a
    /// clip that is still open can never be closed, read or granted. The files of the clips are left. Only the old household
    /// can open them: hand them over or remove them. Erase the old key and the old secret once the call has returned.
    ///
    /// If the power fails during the call, the camera opens with the old device, or has no state: reset it again. If it
    /// opens with the new device, the reset is complete.
    ///
    /// # Errors
    /// [`ResetError::SameKey`] and [`ResetError::SameSecret`] if the present state shows that the device is not new. A
    /// missing or damaged state shows nothing, so the device is accepted.
    pub fn reset(device: Device, owners: Verified<OwnerList>, mut store: S, files: F) -> Result<Self, ResetError> {
        let _ = certificate(&device).map_err(ResetError::New)?;
        OwnerChain::begin(owners.clone()).map_err(|error| ResetError::New(OpenCameraError::Owners(error)))?;
        let state_key = state_key()?;
        // A damaged value is removed like any other.
        let state = match store.fact(&state_key) {
            Err(StoreError::Damaged(_)) => None,
            state => state?,
        };
        if let Some(state) = state {
            check_new(&device, &state)?;
        }
        // The state goes first: without it, no other fact counts.
        store.remove_fact(&state_key)?;
        for key in store.facts()? {
            store.remove_fact(&key)?;
        }
        Self::begin(device, owners, store, files).map_err(ResetError::Begin)
    }
}

/// Refuses a device whose key or secret wrote the state.
fn check_new(device: &Device, state: &[u8]) -> Result<(), ResetError> {
    let mut head = Reader::new(state);
    match head.array(usize::MAX).and_then(|_| head.uint()) {
        Ok(version) if version > u64::from(VERSION) => return Err(ResetError::LaterVersion(version)),
        _ => {}
    }
    // A damaged state shows nothing.
    let Ok((claimed, mac)) = written_by(state, &device.secret) else { return Ok(()) };
    if claimed == device.key.verifying_key() {
        return Err(ResetError::SameKey);
    }
    if mac { Err(ResetError::SameSecret) } else { Ok(()) }
}

/// Returns whose state these bytes claim to be, and whether this secret authenticates them.
fn written_by(stored: &[u8], secret: &Secret<32>) -> Result<(VerifyingKey, bool), CborError> {
    let mut stored = Reader::new(stored);
    stored.array_of(3)?;
    let (version, state) = (u8::decode(&mut stored)?, stored.bytes(usize::MAX)?);
    let mut mac = stored.bytes_of::<32>()?;
    let mut from = Reader::new(state);
    from.array(usize::MAX)?;
    let authentic = expand(secret, Label::CAMERA_STATE, &[&[version], state]) == Secret::take(&mut mac);
    Ok((VerifyingKey::decode(&mut from)?, authentic))
}

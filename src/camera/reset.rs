use thiserror::Error;

use crate::cbor::{CborError, Decode, Reader};
use crate::crypto::{Label, Secret, VerifyingKey, expand};
use crate::record::{OwnerChain, OwnerList, Verified};
use crate::store::{Store, StoreError};

use super::open::{certificate, state_key};
use super::state::VERSION;
use super::{Camera, ClipFiles, Device, OpenCameraError};

/// Why a camera cannot be reset. Unless it says otherwise, nothing was changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ResetError {
    /// The camera has signed with this key before. Make a new one, with a certificate for it.
    #[error("the camera has signed with this key before: reset it with a new one")]
    SameKey,
    /// The camera had this secret before. Make a new one.
    #[error("the camera had this secret before: reset it with a new one")]
    SameSecret,
    /// The state was written by a later version, which has to reset the camera.
    #[error("the camera's state is of version {0}, which this firmware does not know: install a later one")]
    LaterVersion(u64),
    /// The new device or its owner list cannot begin a camera.
    #[error("the new device or its owner list cannot begin a camera")]
    New(#[source] OpenCameraError),
    /// The state was removed, and the camera could not begin anew. Reset it again.
    #[error("the camera's state was removed, and it could not begin anew: reset it again")]
    Begin(#[source] OpenCameraError),
    /// The store failed. Open it again, and reset the camera again: parts of its state may be gone.
    #[error("the camera's store failed")]
    Store(#[from] StoreError),
}

impl<S: Store, F: ClipFiles> Camera<S, F> {
    /// Resets a device that is sold, given away, or whose state was lost: it begins anew, with a new key, a new secret and the
    /// first owner list of its next household, and knows nothing of its household before, its clips and its time any more.
    ///
    /// The store is the camera's alone: all facts in it are removed. Before, finish what is being recorded and
    /// [recover](Self::recover) the [open clips](Self::open_clips), since nothing is ever signed under the old key again: a clip
    /// that is open then can never be closed, read or granted. The files of the clips are left. They open for the old household
    /// alone: hand them over or remove them. Erase the old key and the old secret once the call has returned.
    ///
    /// If the power fails meanwhile, the camera opens under the old device, or has no state: reset it again. If it opens under the
    /// new one, it was reset.
    ///
    /// # Errors
    /// [`ResetError::SameKey`] and [`ResetError::SameSecret`] if the state that is there shows that the device is not a new one.
    /// If there is no state, or a damaged one, nothing shows it.
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
        // Without the state nothing else counts.
        store.remove_fact(&state_key)?;
        for key in store.facts()? {
            store.remove_fact(&key)?;
        }
        Self::begin(device, owners, store, files).map_err(ResetError::Begin)
    }
}

/// Refuses a device that wrote a state.
fn check_new(device: &Device, state: &[u8]) -> Result<(), ResetError> {
    let mut head = Reader::new(state);
    match head.array(usize::MAX).and_then(|_| head.uint()) {
        Ok(version) if version > u64::from(VERSION) => return Err(ResetError::LaterVersion(version)),
        _ => {}
    }
    // What is damaged shows nothing.
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

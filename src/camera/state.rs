use alloc::vec::Vec;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode, record_array};
use crate::crypto::{Label, Secret, VerifyingKey, expand};
use crate::record::{ClipId, Head, OwnerChain, StatementId, Timestamp};

/// The version of the state that this code writes.
pub(super) const VERSION: u8 = 1;

/// The most clips that a camera has open.
pub(super) const OPEN_CLIPS: usize = 16;

/// The maximum number of bytes of a state: an open clip takes less than 200, and a list 34.
const STATE_BYTES: usize = 16 << 10;

/// What a camera remembers over a power cut: one value, replaced as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    /// The key that the camera signs with: another camera's state is told apart from a damaged one.
    pub(super) camera: VerifyingKey,
    /// Counts the changes.
    pub(super) generation: u64,
    /// The number of the last clip that was started.
    pub(super) counter: u64,
    /// The latest wall time that the camera has dated in the present period, less a minute at most.
    pub(super) latest: Timestamp,
    /// The owner lists that the camera keeps, in the order in which its chain takes them again.
    pub(super) lists: Vec<StatementId>,
    /// The clips without a manifest, the oldest first.
    pub(super) open: Vec<OpenClip>,
}

impl Encode for State {
    fn encode(&self, to: &mut Writer) {
        to.array(6);
        self.camera.encode(to);
        to.uint(self.generation);
        to.uint(self.counter);
        self.latest.encode(to);
        self.lists.encode(to);
        self.open.encode(to);
    }
}

impl Decode for State {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(6)?;
        Ok(Self {
            camera: VerifyingKey::decode(from)?,
            generation: from.uint()?,
            counter: from.uint()?,
            latest: Timestamp::decode(from)?,
            lists: from.list(OwnerChain::MAX_KEPT)?,
            open: from.list(OPEN_CLIPS)?,
        })
    }
}

/// A clip that was started and has no manifest yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenClip {
    pub(super) clip: ClipId,
    /// The household's period whose keys the clip is sealed for.
    pub(super) period: u64,
    /// What the one manifest of the clip says, once it is being closed.
    pub(super) manifest: Option<Head>,
}
record_array!(OpenClip { clip, period, manifest });

/// A state as it is stored: its bytes, authenticated.
struct Stored {
    version: u8,
    state: Vec<u8>,
    mac: [u8; 32],
}

impl Encode for Stored {
    fn encode(&self, to: &mut Writer) {
        to.array(3);
        self.version.encode(to);
        to.bytes(&self.state);
        to.bytes(&self.mac);
    }
}

impl Decode for Stored {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(3)?;
        let (version, state) = (u8::decode(from)?, from.bytes(STATE_BYTES)?.to_vec());
        Ok(Self { version, state, mac: from.bytes_of()? })
    }
}

/// Why stored bytes are no state of this camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum StateError {
    #[error("of version {0}")]
    Version(u64),
    #[error("of another camera")]
    OtherCamera,
    #[error("damaged")]
    Damaged,
}

impl State {
    pub(super) fn to_bytes(&self, device: &Secret<32>) -> Vec<u8> {
        let state = encode(self);
        let mac = *mac(device, &state).expose();
        encode(&Stored { version: VERSION, state, mac })
    }

    pub(super) fn from_bytes(bytes: &[u8], camera: &VerifyingKey, device: &Secret<32>) -> Result<Self, StateError> {
        // Every version begins with its number, whatever follows.
        let mut head = Reader::new(bytes);
        match head.array(usize::MAX).and_then(|_| head.uint()) {
            Ok(version) if version == u64::from(VERSION) => {}
            Ok(version) => return Err(StateError::Version(version)),
            Err(_) => return Err(StateError::Damaged),
        }
        let Stored { state, mac: mut found, .. } = decode(bytes, STATE_BYTES + 64).map_err(|_| StateError::Damaged)?;
        // Whose state it claims to be only decides what is said: without the device's secret it is refused in any case.
        let claimed: Self = decode(&state, STATE_BYTES).map_err(|_| StateError::Damaged)?;
        if claimed.camera != *camera {
            return Err(StateError::OtherCamera);
        }
        if mac(device, &state) == Secret::take(&mut found) { Ok(claimed) } else { Err(StateError::Damaged) }
    }

    pub(super) fn open_clip(&self, clip: ClipId) -> Option<&OpenClip> {
        self.open.iter().find(|open| open.clip == clip)
    }

    pub(super) fn remember(&mut self, manifest: &Head) {
        if let Some(open) = self.open.iter_mut().find(|open| open.clip == manifest.clip) {
            open.manifest = Some(manifest.clone());
        }
    }

    pub(super) fn let_go(&mut self, clip: ClipId) {
        self.open.retain(|open| open.clip != clip);
    }
}

/// Authenticates a state of this version under the device's secret.
fn mac(device: &Secret<32>, state: &[u8]) -> Secret<32> {
    expand(device, Label::CAMERA_STATE, &[&[VERSION], state])
}

use alloc::collections::BTreeMap;

use crate::camera::{Camera, CameraStore, StoreError};
use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode};
use crate::crypto::{KemPublicKey, Suite};
use crate::io;
use crate::record::{ClipId, Head, Signed, Timestamp};

use super::argument::{Input, Output, Place};
use super::handle::{Object, Ref, free, give};
use super::key::{footage_signing_key, kem};
use super::status::{Done, Failure, call, footage_status, footage_status::*};

/// A camera, which seals clips and cannot open them again.
///
/// Its state has to outlast a power cut: whenever a call gives `FOOTAGE_UNSAVED`, store what `footage_camera_save` gives in
/// the place of what was stored before, durably, and make the call again. The state must never be set back, and never be
/// copied to another camera: with a counter that is used twice, two clips stand on the random source alone. It grows by
/// about 110 bytes with each clip.
pub struct footage_camera {
    _opaque: [u8; 0],
}

impl Object for footage_camera {
    const TAG: u32 = u32::from_be_bytes(*b"cmra");
    type Content = Camera<SavedStore>;
}

/// AES-256-GCM, for processors that have AES.
pub const FOOTAGE_SUITE_AES_256_GCM: u8 = 1;
/// ChaCha20-Poly1305, for all others.
pub const FOOTAGE_SUITE_CHACHA20_POLY1305: u8 = 2;

/// What the app stores for a camera, and which part of it is known to be stored.
pub(crate) struct SavedStore {
    state: State,
    /// The next number is reserved by what was saved last.
    reserved: bool,
    /// So are the manifests.
    manifests_saved: bool,
}

#[derive(Default)]
struct State {
    counter: u64,
    manifests: BTreeMap<ClipId, Head>,
}

/// The most bytes of a state, some 600 000 clips.
const MAX_STATE: usize = 64 << 20;

/// The version of every state here.
pub(super) const STATE_VERSION: u64 = 1;

/// Reads the version, after the head of the state's array.
pub(super) fn check_version(from: &mut Reader<'_>) -> Result<(), CborError> {
    if from.uint()? == STATE_VERSION { Ok(()) } else { Err(CborError::Value("version of a state")) }
}

impl Encode for State {
    fn encode(&self, to: &mut Writer) {
        to.array(3);
        STATE_VERSION.encode(to);
        self.counter.encode(to);
        to.array(self.manifests.len());
        for manifest in self.manifests.values() {
            manifest.encode(to);
        }
    }
}

impl Decode for State {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(3)?;
        check_version(from)?;
        let counter = from.uint()?;
        let mut manifests = BTreeMap::new();
        for _ in 0..from.array(MAX_STATE)? {
            let manifest = Head::decode(from)?;
            manifests.insert(manifest.clip, manifest);
        }
        Ok(Self { counter, manifests })
    }
}

impl SavedStore {
    /// Remembers a manifest for ever; `FOOTAGE_UNSAVED` until it is stored. A clip that has one gets no other.
    pub(super) fn remember(&mut self, manifest: &Head) -> Done {
        match self.state.manifests.get(&manifest.clip) {
            Some(known) if known == manifest => {}
            Some(_) => return Err(Failure::new(FOOTAGE_ORDER, "the clip is closed already, with another ending")),
            None => {
                self.state.manifests.insert(manifest.clip, manifest.clone());
                self.manifests_saved = false;
            }
        }
        self.saved()
    }

    /// `FOOTAGE_UNSAVED` until every manifest is stored.
    pub(super) fn saved(&self) -> Done {
        if self.manifests_saved { Ok(()) } else { Err(FOOTAGE_UNSAVED.into()) }
    }

    /// `FOOTAGE_UNSAVED` until the next number is reserved in what is stored.
    pub(super) fn reserve(&self) -> Done {
        if self.reserved { Ok(()) } else { Err(FOOTAGE_UNSAVED.into()) }
    }
}

impl CameraStore for SavedStore {
    fn next_counter(&mut self) -> Result<u64, StoreError> {
        self.reserved = false;
        Ok(self.state.counter)
    }

    // What is not stored is no manifest yet: with these errors nothing is signed.
    fn close(&mut self, manifest: &Head) -> Result<(), StoreError> {
        self.remember(manifest).map_err(unsaved)
    }

    fn closed(&self, clip: ClipId) -> Result<Option<Head>, StoreError> {
        self.saved().map_err(unsaved)?;
        Ok(self.state.manifests.get(&clip).cloned())
    }
}

fn unsaved(_: Failure) -> StoreError {
    io::Error::from(io::ErrorKind::Other).into()
}

/// Makes a camera of the certificate that its maker signed, its signing key, and its device secret of 32 random bytes,
/// which it makes itself and keeps like the key: with the counter it keeps clip keys apart should the random source fail.
///
/// `state` is what `footage_camera_save` gave last, or empty for a camera that never recorded. `suite` is
/// `FOOTAGE_SUITE_AES_256_GCM` or `FOOTAGE_SUITE_CHACHA20_POLY1305`. The key's handle may be freed afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_new(
    certificate: *const u8,
    certificate_length: usize,
    key: *const footage_signing_key,
    device: *const u8,
    device_length: usize,
    suite: u8,
    state: *const u8,
    state_length: usize,
    camera: *mut *mut footage_camera,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (certificate, key, device, state, camera) = unsafe {
        (
            Input::new(certificate, certificate_length),
            Ref::new(key),
            Input::new(device, device_length),
            Input::new(state, state_length),
            Place::new(camera),
        )
    };
    call(|| {
        let certificate = Signed::from_bytes(certificate.get()?)?;
        let suite = Suite::from_number(suite);
        let suite = suite.ok_or_else(|| Failure::new(FOOTAGE_ARGUMENT, "no such cipher suite"))?;
        let state = match state.get()? {
            [] => State::default(),
            bytes => decode(bytes, MAX_STATE)?,
        };
        let store = SavedStore { state, reserved: false, manifests_saved: true };
        let key = key.lock()?.duplicate();
        give(Camera::new(certificate, key, device.secret()?, suite, store)?, &camera)
    })
}

/// Writes the state that has to be stored. Asking for its length alone does not count as saving it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_save(
    camera: *const footage_camera,
    state: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (camera, output) = unsafe { (Ref::new(camera), Output::new(state, capacity, length)) };
    call(|| {
        let mut camera = camera.lock()?;
        let store = camera.store();
        // The number that this reserves is used up by being stored, whether a clip gets it or not.
        let next = store.state.counter.checked_add(u64::from(!store.reserved));
        let next = next.ok_or_else(|| Failure::new(FOOTAGE_FULL, "the camera's counter is used up"))?;
        let before = core::mem::replace(&mut store.state.counter, next);
        let written = output.write(&encode(&store.state));
        if written.is_ok() && !output.is_question() {
            (store.reserved, store.manifests_saved) = (true, true);
        } else {
            store.state.counter = before;
        }
        written
    })
}

/// Frees a camera; its secrets are wiped once no recording of it is left. NULL is allowed.
///
/// A recording keeps its camera, and goes on when this handle is freed. But without the handle the state cannot be saved
/// any more, which a recording asks for to be finished: keep it until the state after the recording's end is saved.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_free(camera: *mut footage_camera) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(camera) });
}

/// Reads an owner's public key, as `footage_owner_public` gives it.
pub(super) fn owner_key(bytes: &[u8]) -> Done<KemPublicKey> {
    let Some((id, key)) = bytes.split_first_chunk::<2>() else {
        return Err(Failure::new(FOOTAGE_ARGUMENT, "an owner key begins with two bytes for its KEM"));
    };
    Ok(KemPublicKey::from_bytes(kem(u16::from_be_bytes(*id))?, key)?)
}

/// A time in milliseconds since 1970, UTC.
pub(super) fn time(millis: i64) -> Done<Timestamp> {
    let millis = u64::try_from(millis).map_err(|_| Failure::new(FOOTAGE_ARGUMENT, "a time before 1970"))?;
    Ok(Timestamp::from_millis(millis)?)
}

use alloc::vec::Vec;

use crate::camera::{Camera, Device, OpenCameraError};
use crate::crypto::Suite;
use crate::record::{ClipId, OwnerList, Signed, Timestamp};

use super::argument::{Callbacks, Input, Output, Place};
use super::files::{AnyFiles, footage_files, take as take_files};
use super::handle::{Object, Ref, free, give};
use super::key::footage_signing_key;
use super::status::{Done, Failure, call, footage_status, footage_status::*};
use super::store::{AnyStore, footage_store, take as take_store};

/// A camera, which seals clips and cannot open them again.
///
/// What it has to remember over a power cut is in its store. The store must never be set back, and never be copied to another
/// camera. After an error of the store the camera is of no use any more: free it, and open store and camera again.
pub struct footage_camera {
    _opaque: [u8; 0],
}

impl Object for footage_camera {
    const TAG: u32 = u32::from_be_bytes(*b"cmra");
    type Content = AnyCamera;
}

pub(super) type AnyCamera = Camera<AnyStore, AnyFiles>;

/// AES-256-GCM, for processors that have AES instructions.
pub const FOOTAGE_SUITE_AES_256_GCM: u8 = 1;
/// ChaCha20-Poly1305, for all others.
pub const FOOTAGE_SUITE_CHACHA20_POLY1305: u8 = 2;

/// What makes a camera this one and no other. It is read during the call, and the key's handle may be freed afterwards.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_device {
    /// The certificate that its maker signed for the key.
    pub certificate: *const u8,
    /// The bytes of the certificate.
    pub certificate_length: usize,
    /// The key that signs its clips.
    pub key: *const footage_signing_key,
    /// 32 random bytes, which this camera alone knows and keeps like the key. They authenticate its state, and keep clip keys
    /// apart if the random source should fail.
    pub secret: *const u8,
    /// The bytes of the secret, `FOOTAGE_SECRET_BYTES`.
    pub secret_length: usize,
    /// The cipher of its clips: `FOOTAGE_SUITE_AES_256_GCM` or `FOOTAGE_SUITE_CHACHA20_POLY1305`.
    pub suite: u8,
}

impl footage_device {
    fn read(&self) -> Done<Device> {
        // SAFETY: the caller keeps the header's rules for what the struct points to.
        let (certificate, key, secret) = unsafe {
            (
                Input::new(self.certificate, self.certificate_length),
                Ref::<footage_signing_key>::new(self.key),
                Input::new(self.secret, self.secret_length),
            )
        };
        let suite = Suite::from_number(self.suite);
        Ok(Device {
            certificate: Signed::from_bytes(certificate.get()?)?,
            key: key.lock()?.duplicate(),
            secret: secret.secret()?,
            suite: suite.ok_or_else(|| Failure::new(FOOTAGE_ARGUMENT, "no such cipher suite"))?,
        })
    }
}

/// Begins a camera, when it is paired or reset, with a new key and a new secret. `owners` has the bytes of the household's first
/// owner list: that it is the right one is for the pairing to show. The camera takes what `store` and `files` hold, even if it
/// fails. Returns `FOOTAGE_EXISTS` if the store holds a camera already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_begin(
    device: *const footage_device,
    owners: *const u8,
    owners_length: usize,
    store: *const footage_store,
    files: *const footage_files,
    camera: *mut *mut footage_camera,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and handles.
    let (arguments, owners) = unsafe {
        let arguments = (Callbacks::new(device), Ref::new(store), Ref::new(files), Place::new(camera));
        (arguments, Input::new(owners, owners_length))
    };
    call(|| {
        let owners = Signed::<OwnerList>::from_bytes(owners.get()?)?.verify()?;
        make(arguments, |device, store, files| Camera::begin(device, owners, store, files))
    })
}

/// Opens a camera with the state that it left. It takes what `store` and `files` hold, even if it fails.
///
/// Returns `FOOTAGE_NOT_FOUND` if the store holds no camera. One that was begun before has lost its state then, and has to be
/// reset; it must not be begun again with the same key. Returns `FOOTAGE_MALFORMED` if the state or an owner list that it
/// names is damaged or missing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_open(
    device: *const footage_device,
    store: *const footage_store,
    files: *const footage_files,
    camera: *mut *mut footage_camera,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and handles.
    let arguments = unsafe { (Callbacks::new(device), Ref::new(store), Ref::new(files), Place::new(camera)) };
    call(|| make(arguments, Camera::open))
}

type Arguments<'a> =
    (Callbacks<'a, footage_device>, Ref<'a, footage_store>, Ref<'a, footage_files>, Place<'a, *mut footage_camera>);

fn make(
    (device, store, files, camera): Arguments<'_>,
    open: impl FnOnce(Device, AnyStore, AnyFiles) -> Result<AnyCamera, OpenCameraError>,
) -> Done {
    camera.check()?;
    let device = device.get()?.read()?;
    // Both handles are looked at before one of them is emptied.
    let _ = (store.share()?, files.share()?);
    give(open(device, take_store(&store)?, take_files(&files)?)?, &camera)
}

/// Takes a further owner list of the camera's household: one of the present period that a known device signed, or one that
/// begins a higher period and is signed by the recovery key of the lists that the camera has. `list` has its bytes. A list that
/// the camera has taken before changes nothing. A list that begins a period ends the clips that are being recorded: the next
/// group gives `FOOTAGE_CLIP_OVER`.
///
/// Returns `FOOTAGE_REFUSED` if the list does not follow those that the camera has: nothing was changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_take_list(
    camera: *const footage_camera,
    list: *const u8,
    list_length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (camera, list) = unsafe { (Ref::new(camera), Input::new(list, list_length)) };
    call(|| {
        let list = Signed::from_bytes(list.get()?)?;
        let _taken = camera.lock()?.take_list(list)?;
        Ok(())
    })
}

/// Writes the bytes of the owner list that the camera seals for: the newest that it has taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_owners(
    camera: *const footage_camera,
    list: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (camera, output) = unsafe { (Ref::new(camera), Output::new(list, capacity, length)) };
    call(|| output.write(&camera.lock()?.owners().newest().to_bytes()))
}

/// Writes the ids of the clips that were started and not closed, 16 bytes each, the oldest first: at most 16 of them. Each is
/// being recorded, or is to be recovered or given up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_open_clips(
    camera: *const footage_camera,
    clips: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (camera, output) = unsafe { (Ref::new(camera), Output::new(clips, capacity, length)) };
    call(|| {
        let clips = camera.lock()?.open_clips();
        output.write(&clips.iter().flat_map(|clip| *clip.as_bytes()).collect::<Vec<_>>())
    })
}

/// Closes a clip that a power cut or an error left open, in its file: the longest beginning that the camera signed, with a
/// manifest that says that it was recovered. If the power failed while the clip was being closed, it is closed as it was
/// about to be. `clip` is the id of 16 bytes.
///
/// Returns `FOOTAGE_LOST` if the camera signed nothing of it: it is given up then, and its file can be deleted.
/// `FOOTAGE_NOT_FOUND` if it has no file, `FOOTAGE_MALFORMED` if the file is not what the camera closed: it stays open.
/// `FOOTAGE_ORDER` if it is being recorded, or not open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_recover(
    camera: *const footage_camera,
    clip: *const u8,
    clip_length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (camera, clip) = unsafe { (Ref::new(camera), Input::new(clip, clip_length)) };
    call(|| {
        let clip = ClipId::from_bytes(clip.array()?);
        let _sealed = camera.lock()?.recover(clip)?;
        Ok(())
    })
}

/// Gives up a clip that is open and not being recorded: the camera signs nothing more of it. Its file is left.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_give_up(
    camera: *const footage_camera,
    clip: *const u8,
    clip_length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (camera, clip) = unsafe { (Ref::new(camera), Input::new(clip, clip_length)) };
    call(|| Ok(camera.lock()?.give_up(ClipId::from_bytes(clip.array()?))?))
}

/// Frees a camera, and closes its store. Its recordings can only be freed then. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_free(camera: *mut footage_camera) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(camera) });
}

/// A time in milliseconds since 1970, UTC.
pub(super) fn time(millis: i64) -> Done<Timestamp> {
    let millis = u64::try_from(millis).map_err(|_| Failure::new(FOOTAGE_ARGUMENT, "a time before 1970"))?;
    Ok(Timestamp::from_millis(millis)?)
}

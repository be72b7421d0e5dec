use alloc::vec::Vec;

use crate::camera::{Cadence, Recording};
use crate::record::Millis;

use super::argument::{InPlace, Inputs, Output, Place};
use super::camera::{footage_camera, owner_key, time};
use super::files::AnyFile;
use super::handle::{Object, Ref, free, give};
use super::random::SystemRandom;
use super::status::{Done, Failure, call, footage_status, footage_status::*};

/// A clip while it is recorded into its file. Freed before it is finished, the clip can only be recovered.
pub struct footage_recording {
    _opaque: [u8; 0],
}

impl Object for footage_recording {
    const TAG: u32 = u32::from_be_bytes(*b"rcrd");
    /// `None` once it is finished.
    type Content = Option<Recording<AnyFile>>;
}

/// Signs with every segment, which is durable when the call returns: for live recording.
pub const FOOTAGE_SIGN_EVERY_SEGMENT: u8 = 0;
/// Signs at the end only: for sealing a file that is whole.
pub const FOOTAGE_SIGN_AT_END: u8 = 1;

fn over() -> Failure {
    Failure::new(FOOTAGE_ORDER, "the recording is over")
}

fn cadence_of(cadence: u8) -> Done<Cadence> {
    match cadence {
        FOOTAGE_SIGN_EVERY_SEGMENT => Ok(Cadence::EverySegment),
        FOOTAGE_SIGN_AT_END => Ok(Cadence::AtEnd),
        _ => Err(Failure::new(FOOTAGE_ARGUMENT, "no such cadence")),
    }
}

/// Starts a clip, in a file of its own.
///
/// `owners` has `owners_count` pointers to public keys as `footage_owner_public` writes them, 1 to 32, the recovery key among
/// them; `owners_lengths` has their lengths. `started` is the time by the camera's clock. `cadence` is
/// `FOOTAGE_SIGN_EVERY_SEGMENT` or `FOOTAGE_SIGN_AT_END`.
///
/// At most 16 clips are open. At the limit, the oldest that is not being recorded is recovered or given up to make room;
/// `FOOTAGE_FULL` if all are being recorded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_start(
    camera: *const footage_camera,
    owners: *const *const u8,
    owners_lengths: *const usize,
    owners_count: usize,
    started: i64,
    cadence: u8,
    recording: *mut *mut footage_recording,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (camera, owners, recording) =
        unsafe { (Ref::new(camera), Inputs::new(owners, owners_lengths, owners_count), Place::new(recording)) };
    call(|| {
        recording.check()?;
        let mut camera = camera.lock()?;
        let owners = owners.get()?.into_iter().map(owner_key).collect::<Done<Vec<_>>>()?;
        let (started, cadence) = (time(started)?, cadence_of(cadence)?);
        give(Some(camera.start(&owners, started, cadence, &mut SystemRandom)?), &recording)
    })
}

/// Writes the clip's id, 16 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_clip(
    recording: *const footage_recording,
    clip: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (recording, output) = unsafe { (Ref::new(recording), Output::new(clip, capacity, length)) };
    call(|| output.write(recording.lock()?.as_ref().ok_or_else(over)?.clip().as_bytes()))
}

/// Seals the codec parameters for the media that follow, as `footage_recording_media` does with media.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_init(
    recording: *const footage_recording,
    content: *mut u8,
    content_length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (recording, content) = unsafe { (Ref::new(recording), InPlace::new(content, content_length)) };
    call(|| Ok(recording.lock()?.as_mut().ok_or_else(over)?.init(content.get()?)?))
}

/// Seals a media segment, one group of pictures of at most 16 MiB, which begins `start` milliseconds after the clip and lasts
/// `duration` milliseconds, and writes it to the clip's file. The content is sealed in place: it is ciphertext afterwards.
///
/// After `FOOTAGE_ARGUMENT` and `FOOTAGE_FULL` the clip goes on without the segment; after `FOOTAGE_IO` it can only be
/// recovered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_media(
    recording: *const footage_recording,
    start: u64,
    duration: u64,
    content: *mut u8,
    content_length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (recording, content) = unsafe { (Ref::new(recording), InPlace::new(content, content_length)) };
    call(|| {
        let mut recording = recording.lock()?;
        let recording = recording.as_mut().ok_or_else(over)?;
        Ok(recording.media(Millis(start), Millis(duration), content.get()?)?)
    })
}

/// Signs the manifest, and closes the clip for ever, on the camera that started it. The recording is over whatever this
/// returns, unless it is `FOOTAGE_NULL`, `FOOTAGE_HANDLE` or `FOOTAGE_BUSY`: after an error the clip is to be recovered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_finish(
    recording: *const footage_recording,
    camera: *const footage_camera,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for handles.
    let (recording, camera) = unsafe { (Ref::new(recording), Ref::new(camera)) };
    call(|| {
        let (mut recording, mut camera) = (recording.lock()?, camera.lock()?);
        let _sealed = recording.take().ok_or_else(over)?.finish(&mut camera)?;
        Ok(())
    })
}

/// Frees a recording, and closes its file. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_free(recording: *mut footage_recording) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(recording) });
}

use crate::camera::{Cadence, RecordError, Recording, SealedClip};
use crate::record::Content;

use super::argument::{Callbacks, InPlace, Output, Place};
use super::camera::{AnyCamera, footage_camera};
use super::files::AnyFile;
use super::group::{footage_clocks, footage_group};
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

/// Pictures, sound, or both.
pub const FOOTAGE_CONTENT_VIDEO: u8 = 1;
/// Any file.
pub const FOOTAGE_CONTENT_ANY_FILE: u8 = 2;

/// Signs with every group, which is durable when the call returns: for live recording.
pub const FOOTAGE_SIGN_EVERY_GROUP: u8 = 0;
/// Signs at the end only: for sealing a file that is whole.
pub const FOOTAGE_SIGN_AT_END: u8 = 1;

fn over() -> Failure {
    Failure::new(FOOTAGE_ORDER, "the recording is over")
}

fn content_of(content: u8) -> Done<Content> {
    match content {
        FOOTAGE_CONTENT_VIDEO => Ok(Content::Video),
        FOOTAGE_CONTENT_ANY_FILE => Ok(Content::AnyFile),
        _ => Err(Failure::new(FOOTAGE_ARGUMENT, "no such content")),
    }
}

fn cadence_of(cadence: u8) -> Done<Cadence> {
    match cadence {
        FOOTAGE_SIGN_EVERY_GROUP => Ok(Cadence::EveryGroup),
        FOOTAGE_SIGN_AT_END => Ok(Cadence::AtEnd),
        _ => Err(Failure::new(FOOTAGE_ARGUMENT, "no such cadence")),
    }
}

/// Starts a clip, in a file of its own, sealed for the newest owner list that the camera has taken. The beginning of the clip
/// is the moment of `clocks`: now, or when the recording began that was kept in memory so far, at most a minute ago.
///
/// `content` is `FOOTAGE_CONTENT_VIDEO` or `FOOTAGE_CONTENT_ANY_FILE`, `cadence` is `FOOTAGE_SIGN_EVERY_GROUP` or
/// `FOOTAGE_SIGN_AT_END`.
///
/// Where the wall clock is not set, or says a time before something that the camera has dated, the clip has no time. A clock
/// that is set later dates it with the next group.
///
/// At most 16 clips are open. At the limit, the oldest that is not being recorded is recovered or given up to make room;
/// `FOOTAGE_FULL` if all are being recorded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_start(
    camera: *const footage_camera,
    content: u8,
    cadence: u8,
    clocks: *const footage_clocks,
    recording: *mut *mut footage_recording,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (camera, clocks, recording) = unsafe { (Ref::new(camera), Callbacks::new(clocks), Place::new(recording)) };
    call(|| {
        recording.check()?;
        let mut camera = camera.lock()?;
        let (content, cadence, clocks) = (content_of(content)?, cadence_of(cadence)?, clocks.get()?.read()?);
        give(Some(camera.start(content, cadence, clocks, &mut SystemRandom)?), &recording)
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

/// Seals a group, on the camera that started the clip, and writes it to the clip's file. `clocks` is what the camera's clocks
/// say now. With `FOOTAGE_SIGN_EVERY_GROUP` the group is signed and durable when the call returns.
///
/// The times of the group are those of the monotonic clock, from the reading that the clip was started with. If the group ends
/// more than two seconds after `clocks`, or more than a minute before, this returns `FOOTAGE_ARGUMENT`.
///
/// After `FOOTAGE_ARGUMENT` and `FOOTAGE_FULL` the clip goes on without the group, whose contents are as they were. After
/// `FOOTAGE_CLIP_OVER` they are so, too: finish the clip, start another, and seal the group in that. After `FOOTAGE_IO` the
/// clip can only be recovered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_group(
    recording: *const footage_recording,
    camera: *const footage_camera,
    clocks: *const footage_clocks,
    group: *const footage_group,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and handles.
    let (recording, camera, clocks, group) =
        unsafe { (Ref::new(recording), Ref::new(camera), Callbacks::new(clocks), Callbacks::new(group)) };
    call(|| {
        let (mut recording, mut camera) = (recording.lock()?, camera.lock()?);
        let recording = recording.as_mut().ok_or_else(over)?;
        let clocks = clocks.get()?.read()?;
        Ok(recording.group(&mut camera, clocks, group.get()?.read()?)?)
    })
}

/// Seals a piece of a recording that has no times of its own, as a group, in a clip of `FOOTAGE_CONTENT_ANY_FILE`. It lasts
/// from when the piece before it was sealed until now. The content is sealed in place: it is ciphertext afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_piece(
    recording: *const footage_recording,
    camera: *const footage_camera,
    clocks: *const footage_clocks,
    content: *mut u8,
    content_length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and handles.
    let (recording, camera, clocks, content) = unsafe {
        (Ref::new(recording), Ref::new(camera), Callbacks::new(clocks), InPlace::new(content, content_length))
    };
    call(|| {
        let (mut recording, mut camera) = (recording.lock()?, camera.lock()?);
        let recording = recording.as_mut().ok_or_else(over)?;
        let clocks = clocks.get()?.read()?;
        Ok(recording.piece(&mut camera, clocks, content.get()?)?)
    })
}

/// Counts tracks and samples that the recording has and that are not given to the camera. The clip says so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_leave_out(
    recording: *const footage_recording,
    tracks: u64,
    samples: u64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for handles.
    let recording = unsafe { Ref::new(recording) };
    call(|| {
        recording.lock()?.as_mut().ok_or_else(over)?.leave_out(tracks, samples);
        Ok(())
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
    call(|| end(&recording, &camera, Recording::finish))
}

/// Closes the clip like `footage_recording_finish`, and says that the source ended in the middle: there was more to record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_cut_off(
    recording: *const footage_recording,
    camera: *const footage_camera,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for handles.
    let (recording, camera) = unsafe { (Ref::new(recording), Ref::new(camera)) };
    call(|| end(&recording, &camera, Recording::cut_off))
}

fn end(
    recording: &Ref<'_, footage_recording>,
    camera: &Ref<'_, footage_camera>,
    end: impl FnOnce(Recording<AnyFile>, &mut AnyCamera) -> Result<SealedClip<AnyFile>, RecordError>,
) -> Done {
    let (mut recording, mut camera) = (recording.lock()?, camera.lock()?);
    let _sealed = end(recording.take().ok_or_else(over)?, &mut camera)?;
    Ok(())
}

/// Frees a recording, and closes its file. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_free(recording: *mut footage_recording) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(recording) });
}

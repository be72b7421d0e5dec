use alloc::vec::Vec;

use crate::camera::{Cadence, Camera, SealError};
use crate::clip::Sealer;
use crate::record::Millis;

use super::argument::{InPlace, Inputs, Output, Place};
use super::camera::{SavedStore, footage_camera, owner_key, time};
use super::chunk::Chunk;
use super::handle::{Object, Ref, Shared, free, give};
use super::random::SystemRandom;
use super::status::{Done, Failure, call, footage_status, footage_status::*};

/// A clip while it is recorded. Freed before it is finished, the clip can only be recovered.
///
/// The clip's file is what the calls of the recording write, one after the other. The recording keeps its camera alive:
/// `footage_camera_free` may come first.
pub struct footage_recording {
    _opaque: [u8; 0],
}

impl Object for footage_recording {
    const TAG: u32 = u32::from_be_bytes(*b"rcrd");
    type Content = Recording;
}

/// Signs with every segment: for live recording, so that a power cut loses at most one.
pub const FOOTAGE_SIGN_EVERY_SEGMENT: u8 = 0;
/// Signs at the end only: for sealing a file that is whole.
pub const FOOTAGE_SIGN_AT_END: u8 = 1;

/// Bytes that a segment has in the clip's file besides its content, at most: a buffer of so many more always holds what
/// `footage_recording_init` and `footage_recording_media` write.
pub const FOOTAGE_SEGMENT_OVERHEAD: usize = 48 << 10;

pub(crate) struct Recording {
    /// Until it is finished.
    sealer: Option<Sealer<Chunk>>,
    /// Its manifest is remembered: nothing more comes into the clip.
    closing: bool,
    camera: Shared<Camera<SavedStore>>,
}

impl Recording {
    /// Has the sealer write into the output.
    fn write(&mut self, output: &Output<'_>, work: impl FnOnce(&mut Sealer<Chunk>) -> Result<(), SealError>) -> Done {
        let sealer = self.sealer.as_mut().filter(|_| !self.closing).ok_or_else(finished)?;
        // SAFETY: the output outlives this call, at whose end the chunk is taken.
        *sealer.sink() = unsafe { Chunk::of(output) };
        let done = work(sealer);
        let written = sealer.sink().take();
        done?;
        output.written(written)
    }
}

fn finished() -> Failure {
    Failure::new(FOOTAGE_ORDER, "the recording is finished, or being finished")
}

/// Starts a clip for these owners, and writes its beginning: at most `FOOTAGE_SEGMENT_OVERHEAD` bytes, of which the buffer
/// has to have as many.
///
/// `owners` has `owners_count` pointers at public keys as `footage_owner_public` gives them, 1 to 32, the recovery key among
/// them, and `owners_lengths` their lengths. `started` is the camera's claim of the time. `cadence` is
/// `FOOTAGE_SIGN_EVERY_SEGMENT` or `FOOTAGE_SIGN_AT_END`.
///
/// `FOOTAGE_UNSAVED` until the camera's state is saved, once for each clip.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_new(
    camera: *const footage_camera,
    owners: *const *const u8,
    owners_lengths: *const usize,
    owners_count: usize,
    started: i64,
    cadence: u8,
    bytes: *mut u8,
    capacity: usize,
    length: *mut usize,
    recording: *mut *mut footage_recording,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (camera, owners, output, recording) = unsafe {
        (
            Ref::new(camera),
            Inputs::new(owners, owners_lengths, owners_count),
            Output::new(bytes, capacity, length),
            Place::new(recording),
        )
    };
    call(|| {
        recording.check()?;
        let camera = camera.share()?;
        let owners = owners.get()?.into_iter().map(owner_key).collect::<Done<Vec<_>>>()?;
        let (started, cadence) = (time(started)?, cadence_of(cadence)?);
        if !output.announce(FOOTAGE_SEGMENT_OVERHEAD)? {
            return Ok(());
        }
        let mut locked = camera.lock()?;
        locked.store().reserve()?;
        // SAFETY: the output outlives this call, in which the chunk is taken, or dropped with a sealer that was not made.
        let chunk = unsafe { Chunk::of(&output) };
        let mut sealer = locked.begin(&owners, started, cadence, chunk, &mut SystemRandom)?;
        output.written(sealer.sink().take())?;
        drop(locked);
        give(Recording { sealer: Some(sealer), closing: false, camera }, &recording)
    })
}

fn cadence_of(cadence: u8) -> Done<Cadence> {
    match cadence {
        FOOTAGE_SIGN_EVERY_SEGMENT => Ok(Cadence::EverySegment),
        FOOTAGE_SIGN_AT_END => Ok(Cadence::AtEnd),
        _ => Err(Failure::new(FOOTAGE_ARGUMENT, "no such cadence")),
    }
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
    call(|| output.write(recording.lock()?.sealer.as_ref().ok_or_else(finished)?.clip().as_bytes()))
}

/// Seals the codec parameters for the media that follow. As `footage_recording_media`, without times.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_init(
    recording: *const footage_recording,
    content: *mut u8,
    content_length: usize,
    bytes: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (recording, content, output) =
        unsafe { (Ref::new(recording), InPlace::new(content, content_length), Output::new(bytes, capacity, length)) };
    call(|| {
        let (mut recording, content) = (recording.lock()?, content.get(&output)?);
        if !output.announce(room_for(content.len())?)? {
            return Ok(());
        }
        recording.write(&output, |sealer| sealer.init(content))
    })
}

/// Seals a media segment, one group of pictures of at most 16 MiB, which begins `start` milliseconds after the clip and
/// lasts `duration` milliseconds, and writes what comes next in the clip's file.
///
/// The buffer has to have `FOOTAGE_SEGMENT_OVERHEAD` bytes more than the content, and lie apart from it; `length` becomes
/// what was written. The content is sealed in place, so it is ciphertext afterwards. After a call with another status than
/// `FOOTAGE_NULL` to `FOOTAGE_OVERLAP`, `FOOTAGE_FULL` or `FOOTAGE_ARGUMENT` the clip can only be recovered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_media(
    recording: *const footage_recording,
    start: u64,
    duration: u64,
    content: *mut u8,
    content_length: usize,
    bytes: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (recording, content, output) =
        unsafe { (Ref::new(recording), InPlace::new(content, content_length), Output::new(bytes, capacity, length)) };
    call(|| {
        let (mut recording, content) = (recording.lock()?, content.get(&output)?);
        if !output.announce(room_for(content.len())?)? {
            return Ok(());
        }
        recording.write(&output, |sealer| sealer.media(Millis(start), Millis(duration), content))
    })
}

/// The most bytes that so much content becomes.
pub(super) fn room_for(content: usize) -> Done<usize> {
    let room = content.checked_add(FOOTAGE_SEGMENT_OVERHEAD);
    room.ok_or_else(|| Failure::new(FOOTAGE_ARGUMENT, format_args!("no segment has {content} bytes")))
}

/// Signs the manifest, closes the clip for ever, and writes the rest of its file: at most `FOOTAGE_SEGMENT_OVERHEAD` bytes,
/// of which the buffer has to have as many.
///
/// `FOOTAGE_UNSAVED` until the camera's state is saved, which remembers the manifest: a clip has one ending, and takes no
/// more segments from then on. `FOOTAGE_ORDER` if it was recovered in the meantime.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_finish(
    recording: *const footage_recording,
    bytes: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (recording, output) = unsafe { (Ref::new(recording), Output::new(bytes, capacity, length)) };
    call(|| {
        let mut recording = recording.lock()?;
        let manifest = recording.sealer.as_ref().ok_or_else(finished)?.manifest()?;
        if !output.announce(FOOTAGE_SEGMENT_OVERHEAD)? {
            return Ok(());
        }
        let remembered = recording.camera.lock()?.store().remember(&manifest);
        recording.closing = true;
        remembered?;
        let mut sealer = recording.sealer.take().ok_or_else(finished)?;
        // SAFETY: the output outlives this call, in which the chunk is taken, or dropped with the sealer.
        *sealer.sink() = unsafe { Chunk::of(&output) };
        output.written(sealer.finish()?.into_inner().take())
    })
}

/// Frees a recording. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_recording_free(recording: *mut footage_recording) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(recording) });
}

use crate::camera::Camera;
use crate::clip::Remains;
use crate::io::{Cursor, Read, Seek, Write};

use super::argument::{Input, Output};
use super::camera::{SavedStore, footage_camera};
use super::chunk::Chunk;
use super::handle::{Ref, Shared};
use super::recording::room_for;
use super::status::{Done, call, footage_status};
#[cfg(feature = "serde")]
use super::stream::footage_stream;

/// Closes the clip, and signs nothing before what the camera has to remember of it is stored.
fn recover<W: Write>(camera: &Shared<Camera<SavedStore>>, source: impl Read + Seek, sink: W) -> Done<W> {
    let key = camera.lock()?.key();
    let remains = Remains::find(source, &key)?;
    let manifest = {
        let mut camera = camera.lock()?;
        let ending = camera.ending_of(&remains);
        camera.store().saved()?;
        ending?
    };
    Ok(remains.close(manifest, &key, sink)?.into_inner())
}

/// Closes a clip of this camera that a power cut left open, in memory, be it a mapped file: writes it anew, as far as the
/// camera signed it, with a manifest that says that it was recovered. If the power failed while it was being closed, it gets
/// the very manifest that it was about to have.
///
/// The buffer has to have `FOOTAGE_SEGMENT_OVERHEAD` bytes more than the clip, and lie apart from it; `length` becomes what
/// was written.
///
/// `FOOTAGE_UNSAVED` until the camera's state is saved, which remembers the manifest: a clip has one ending.
/// `FOOTAGE_NOT_FOUND` if nothing of it was signed, `FOOTAGE_ORDER` if it is closed, `FOOTAGE_SIGNATURE` if another camera
/// recorded it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_recover(
    camera: *const footage_camera,
    clip: *const u8,
    clip_length: usize,
    recovered: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (camera, clip, output) =
        unsafe { (Ref::new(camera), Input::new(clip, clip_length), Output::new(recovered, capacity, length)) };
    call(|| {
        let (camera, clip) = (camera.share()?, clip.get_apart(&output)?);
        if !output.announce(room_for(clip.len())?)? {
            return Ok(());
        }
        // SAFETY: the output outlives this call, in which the chunk is taken, or dropped.
        let chunk = unsafe { Chunk::of(&output) };
        output.written(recover(&camera, Cursor::new(clip), chunk)?.take())
    })
}

/// The same for a clip that is a stream, an input whose length is known, and goes to an output. `FOOTAGE_WANT` until it is
/// done, and `FOOTAGE_UNSAVED` in between.
#[cfg(feature = "serde")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_camera_recover_stream(
    camera: *const footage_camera,
    clip: *const footage_stream,
    recovered: *const footage_stream,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (camera, clip, recovered) = unsafe { (Ref::new(camera), Ref::new(clip), Ref::new(recovered)) };
    call(|| {
        clip.lock()?.run("footage_camera_recover_stream", |source| {
            let (camera, sink) = (camera.share()?, recovered.lock()?.sink()?);
            Ok(move || recover(&camera, source, sink).map(drop))
        })
    })
}

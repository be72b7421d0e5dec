use std::io::Write;

use crate::clip::{ClipSecret, FinishedClip};
use crate::record::{Ending, SegmentKind, Timestamp, Window};

use super::argument::{Output, Place};
use super::camera::time;
use super::handle::{Object, Ref, free, give};
use super::json::to_json;
use super::key::footage_owner;
use super::status::{Done, Failure, call, footage_status, footage_status::*};
use super::stream::{Source, footage_stream};
use super::task::Desk;

/// A finished clip that is read: by whoever has the file, and, once it is unlocked, its content.
///
/// Calls that read the file give `FOOTAGE_WANT` while the stream needs the app.
pub struct footage_clip {
    _opaque: [u8; 0],
}

impl Object for footage_clip {
    const TAG: u32 = u32::from_be_bytes(*b"clip");
    type Content = Desk<Reading>;
}

/// Codec parameters.
pub const FOOTAGE_SEGMENT_INIT: u8 = 0;
/// A group of pictures.
pub const FOOTAGE_SEGMENT_MEDIA: u8 = 1;
/// What `init` of a `footage_segment` is when it needs none.
pub const FOOTAGE_NO_INIT: u32 = u32::MAX;

/// What the camera signed of a segment besides its content. Times are in milliseconds from the beginning of the clip.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct footage_segment {
    /// When it begins.
    pub start: u64,
    /// How long it is.
    pub duration: u64,
    /// Bytes of its content.
    pub length: u32,
    /// The index of the init segment that it needs, or `FOOTAGE_NO_INIT`.
    pub init: u32,
    /// `FOOTAGE_SEGMENT_INIT` or `FOOTAGE_SEGMENT_MEDIA`.
    pub kind: u8,
}

impl From<&crate::clip::SegmentHeader> for footage_segment {
    fn from(header: &crate::clip::SegmentHeader) -> Self {
        Self {
            start: header.start.0,
            duration: header.duration.0,
            length: header.length,
            init: header.init.unwrap_or(FOOTAGE_NO_INIT),
            kind: match header.kind {
                SegmentKind::Init => FOOTAGE_SEGMENT_INIT,
                SegmentKind::Media => FOOTAGE_SEGMENT_MEDIA,
            },
        }
    }
}

pub(crate) struct Reading {
    /// Until it is opened.
    source: Option<Source>,
    clip: Option<FinishedClip<Source>>,
    /// Once it is unlocked.
    secret: Option<ClipSecret>,
}

impl Reading {
    pub(super) fn clip(&mut self) -> Done<&mut FinishedClip<Source>> {
        self.clip.as_mut().ok_or_else(|| Failure::new(FOOTAGE_ORDER, "the clip is not open yet"))
    }

    /// The clip and its secret.
    pub(super) fn unlocked(&mut self) -> Done<(&mut FinishedClip<Source>, &ClipSecret)> {
        match (&mut self.clip, &self.secret) {
            (Some(clip), Some(secret)) => Ok((clip, secret)),
            _ => Err(Failure::new(FOOTAGE_ORDER, "the clip is not open and unlocked yet")),
        }
    }
}

/// Makes a clip of an input whose length is known. The stream's handle is to be kept until the clip is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_new(
    stream: *const footage_stream,
    clip: *mut *mut footage_clip,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (stream, clip) = unsafe { (Ref::new(stream), Place::new(clip)) };
    call(|| {
        let source = Some(stream.lock()?.source()?);
        give(Desk::new(Reading { source, clip: None, secret: None }), &clip)
    })
}

/// Opens the clip: reads its beginning and its end, and checks the camera's signatures. `FOOTAGE_WANT` until it is done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_open(clip: *const footage_clip) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let clip = unsafe { Ref::new(clip) };
    call(|| {
        clip.lock()?.run("footage_clip_open", |_| {
            Ok(|reading: &mut Reading| {
                let source = reading.source.take();
                let source = source.ok_or_else(|| Failure::new(FOOTAGE_ORDER, "the clip was opened already"))?;
                reading.clip = Some(FinishedClip::open(source)?);
                Ok(())
            })
        })
    })
}

/// Unlocks the clip with the key of one of its owners. `FOOTAGE_LOCKED` if it is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_unlock(clip: *const footage_clip, owner: *const footage_owner) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (clip, owner) = unsafe { (Ref::new(clip), Ref::new(owner)) };
    call(|| {
        let (mut clip, owner) = (clip.lock()?, owner.lock()?);
        let reading = clip.get()?;
        reading.secret = Some(reading.clip()?.unlock(&owner)?);
        Ok(())
    })
}

/// What stands in the open: the clip's `id`, `suite`, `started` (milliseconds since 1970, as the camera claims),
/// `certificate`, `count` of segments and `ending`, as JSON.
#[derive(serde::Serialize)]
struct Info<'a> {
    id: crate::record::ClipId,
    suite: u8,
    started: Timestamp,
    certificate: &'a crate::record::CameraCertificate,
    count: u32,
    ending: Ending,
}

/// Writes what stands in the open of an open clip, as JSON: `id`, `suite`, `started`, `certificate`, `count` and `ending`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_info(
    clip: *const footage_clip,
    json: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (clip, output) = unsafe { (Ref::new(clip), Output::new(json, capacity, length)) };
    call(|| {
        let mut clip = clip.lock()?;
        let clip = clip.get()?.clip()?;
        output.write(&to_json(&Info {
            id: clip.clip(),
            suite: clip.suite().number(),
            started: clip.started(),
            certificate: clip.certificate().statement(),
            count: clip.count(),
            ending: clip.ending(),
        })?)
    })
}

/// Finds the segments that lie wholly between two times, in milliseconds since 1970, by the camera's claim: `first` and
/// the index after the last. `FOOTAGE_WANT` until it is done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_select(
    clip: *const footage_clip,
    from: i64,
    to: i64,
    first: *mut u32,
    end: *mut u32,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (clip, first, end) = unsafe { (Ref::new(clip), Place::new(first), Place::new(end)) };
    call(|| {
        first.check()?;
        end.check()?;
        let window = Window::new(time(from)?, time(to)?)?;
        let range = clip.lock()?.run("footage_clip_select", |_| {
            Ok(move |reading: &mut Reading| Ok(reading.clip()?.select(window)?.range()))
        })?;
        first.put(range.from())?;
        end.put(range.to())
    })
}

/// Says what the camera signed of a segment. `FOOTAGE_WANT` until it is done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_segment_info(
    clip: *const footage_clip,
    index: u32,
    segment: *mut footage_segment,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (clip, segment) = unsafe { (Ref::new(clip), Place::new(segment)) };
    call(|| {
        segment.check()?;
        let header = clip.lock()?.run("footage_clip_segment_info", |_| {
            Ok(move |reading: &mut Reading| Ok(reading.clip()?.header_at(index)?))
        })?;
        segment.put((&header).into())
    })
}

/// Opens a segment of an unlocked clip, checks it, and writes its content to an output. `FOOTAGE_WANT` until it is done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_segment(
    clip: *const footage_clip,
    index: u32,
    content: *const footage_stream,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (clip, content) = unsafe { (Ref::new(clip), Ref::new(content)) };
    call(|| {
        clip.lock()?.run("footage_clip_segment", |_| {
            let mut sink = content.lock()?.sink()?;
            Ok(move |reading: &mut Reading| {
                let (clip, secret) = reading.unlocked()?;
                let (_, content) = clip.segment(secret, index)?;
                sink.write_all(&content).and_then(|()| sink.flush()).map_err(|error| Failure::of(FOOTAGE_STORE, &error))
            })
        })
    })
}

/// Frees a clip and wipes its secret. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_free(clip: *mut footage_clip) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(clip) });
}

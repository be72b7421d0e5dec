use crate::media::{Bytes, Cut, CutError, Cutter};
use crate::record::SegmentKind;

use super::argument::{Callbacks, Output, Place};
use super::clip::{FOOTAGE_NO_INIT, FOOTAGE_SEGMENT_INIT, FOOTAGE_SEGMENT_MEDIA, footage_segment};
use super::handle::{Object, Ref, free, give};
use super::source::{LastFailure, Source, footage_source};
use super::status::{Done, Failure, call, footage_status, footage_status::*};

/// Cuts a recording into pieces that can each be sealed as one segment, in one pass through a source.
///
/// It holds two pieces at most. After an error it gives nothing more.
pub struct footage_cutter {
    _opaque: [u8; 0],
}

impl Object for footage_cutter {
    const TAG: u32 = u32::from_be_bytes(*b"cutr");
    type Content = Cutting;
}

pub(crate) struct Cutting {
    cutter: Cutter<Source>,
    failed: LastFailure,
    /// The cut that it stands at.
    cut: Option<Cut>,
    /// How many cuts there were.
    count: u32,
    /// The index of the last init.
    init: Option<u32>,
}

impl Cutting {
    fn new(source: Source, cutter: impl FnOnce(Source) -> Result<Cutter<Source>, CutError>) -> Done<Self> {
        let failed = source.last_failure();
        Ok(Self { cutter: cutter(source)?, failed, cut: None, count: 0, init: None })
    }

    /// Goes on to the next cut, and returns what its segment will be in a clip that holds nothing else.
    fn next(&mut self) -> Done<footage_segment> {
        self.cut = None;
        let cut = self.cutter.next().ok_or_else(|| Failure::from(FOOTAGE_END))?.map_err(|error| {
            let callback = self.failed.take().filter(|_| matches!(error, CutError::Io { .. }));
            callback.map_or_else(|| error.into(), |callback| Failure::of(FOOTAGE_IO, &callback))
        })?;
        let (kind, init) = match cut.kind {
            SegmentKind::Init => (FOOTAGE_SEGMENT_INIT, None),
            SegmentKind::Media => (FOOTAGE_SEGMENT_MEDIA, self.init),
        };
        if cut.kind == SegmentKind::Init {
            self.init = Some(self.count);
        }
        self.count += 1;
        let (start, duration, length) = (cut.start.0, cut.duration.0, cut.bytes.len() as u32);
        self.cut = Some(cut);
        Ok(footage_segment { start, duration, length, init: init.unwrap_or(FOOTAGE_NO_INIT), kind })
    }
}

/// Makes a cutter of a source. A file that begins as MP4 has to be fragmented, and is cut at its key frames, without what is
/// not needed to play it. Any other file is cut into pieces of 1 MiB, whose times are 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_new(
    source: *const footage_source,
    cutter: *mut *mut footage_cutter,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and callbacks.
    let (source, cutter) = unsafe { (Callbacks::new(source), Place::new(cutter)) };
    call(|| give(Cutting::new(Source::forward(&source)?, |source| Ok(Cutter::new(source)))?, &cutter))
}

/// Makes a cutter that cuts any source into pieces of `size` bytes, 1 to 16 MiB, the last one shorter. Their times are 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_new_by_size(
    source: *const footage_source,
    size: u64,
    cutter: *mut *mut footage_cutter,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and callbacks.
    let (source, cutter) = unsafe { (Callbacks::new(source), Place::new(cutter)) };
    call(|| {
        let by_size = |source| Cutter::by_size(source, Bytes(size));
        give(Cutting::new(Source::forward(&source)?, by_size)?, &cutter)
    })
}

/// Goes on to the next piece, and writes what it will be as a segment of a clip that holds nothing else. Returns
/// `FOOTAGE_END` after the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_next(
    cutter: *const footage_cutter,
    segment: *mut footage_segment,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (cutter, segment) = unsafe { (Ref::new(cutter), Place::new(segment)) };
    call(|| {
        segment.check()?;
        segment.put(cutter.lock()?.next()?)
    })
}

/// Writes the content of the piece that `footage_cutter_next` went on to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_content(
    cutter: *const footage_cutter,
    content: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (cutter, output) = unsafe { (Ref::new(cutter), Output::new(content, capacity, length)) };
    call(|| {
        let cutter = cutter.lock()?;
        let cut = cutter.cut.as_ref().ok_or_else(|| Failure::new(FOOTAGE_ORDER, "the cutter is at no piece"))?;
        output.write(&cut.bytes)
    })
}

/// Frees a cutter. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_free(cutter: *mut footage_cutter) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(cutter) });
}

use crate::media::{Bytes, Cut, Cutter};
use crate::record::SegmentKind;

use super::argument::{Output, Place};
use super::clip::{FOOTAGE_NO_INIT, FOOTAGE_SEGMENT_INIT, FOOTAGE_SEGMENT_MEDIA, footage_segment};
use super::handle::{Object, Ref, free, give};
use super::status::{Failure, call, footage_status, footage_status::*};
use super::stream::{Source, footage_stream};
use super::task::Desk;

/// Cuts a recording into pieces that can each be sealed as a segment, in one pass through a stream.
///
/// It holds two of them at most. After an error it gives nothing more.
pub struct footage_cutter {
    _opaque: [u8; 0],
}

impl Object for footage_cutter {
    const TAG: u32 = u32::from_be_bytes(*b"cutr");
    type Content = Desk<Cutting>;
}

pub(crate) struct Cutting {
    cutter: Cutter<Source>,
    /// The cut that it stands at.
    cut: Option<Cut>,
    /// How many were given.
    count: u32,
    /// The index of the last init.
    init: Option<u32>,
}

impl Cutting {
    fn new(cutter: Cutter<Source>) -> Self {
        Self { cutter, cut: None, count: 0, init: None }
    }

    /// Goes on to the next cut, and says what its segment will be in a clip that holds nothing else.
    fn next(&mut self) -> super::status::Done<footage_segment> {
        self.cut = None;
        let cut = self.cutter.next().ok_or_else(|| Failure::from(FOOTAGE_END))??;
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

/// Makes a cutter of an input, which may be of unknown length. A file that begins as MP4 has to be fragmented, and is cut at
/// its key frames, without what is not needed to play it; any other is cut into pieces of 1 MiB, whose times are 0. The
/// stream's handle is to be kept until the cutter is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_new(
    stream: *const footage_stream,
    cutter: *mut *mut footage_cutter,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (stream, cutter) = unsafe { (Ref::new(stream), Place::new(cutter)) };
    call(|| give(Desk::new(Cutting::new(Cutter::new(stream.lock()?.source()?))), &cutter))
}

/// Makes a cutter that cuts any input into pieces of `size` bytes, 1 to 16 MiB, the last one shorter. Their times are 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_new_by_size(
    stream: *const footage_stream,
    size: u64,
    cutter: *mut *mut footage_cutter,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (stream, cutter) = unsafe { (Ref::new(stream), Place::new(cutter)) };
    call(|| give(Desk::new(Cutting::new(Cutter::by_size(stream.lock()?.source()?, Bytes(size))?)), &cutter))
}

/// Goes on to the next cut, and says what it is: what the clip's reader will say of it if the clip holds nothing else.
/// `FOOTAGE_WANT` until it is done, `FOOTAGE_END` after the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_next(
    cutter: *const footage_cutter,
    segment: *mut footage_segment,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (cutter, segment) = unsafe { (Ref::new(cutter), Place::new(segment)) };
    call(|| {
        segment.check()?;
        segment.put(cutter.lock()?.run("footage_cutter_next", |_| Ok(Cutting::next))?)
    })
}

/// Writes the content of the cut that `footage_cutter_next` went on to.
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
        let mut cutter = cutter.lock()?;
        let cut = cutter.get()?.cut.as_ref();
        let cut = cut.ok_or_else(|| Failure::new(FOOTAGE_ORDER, "the cutter stands at no cut"))?;
        output.write(&cut.bytes)
    })
}

/// Frees a cutter. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_free(cutter: *mut footage_cutter) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(cutter) });
}

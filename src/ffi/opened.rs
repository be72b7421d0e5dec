use std::io::Write;

use crate::agency::Opened;
use crate::record::{CameraCertificate, Ending, Timestamp};

use super::argument::{Output, Place};
use super::clip::footage_segment;
use super::handle::{Object, Ref, free};
use super::json::to_json;
use super::status::{Failure, call, footage_status, footage_status::*};
use super::stream::{Source, footage_stream};
use super::task::Desk;

/// An excerpt that an agency has opened: its segments come out one after the other, each checked before anything of it
/// leaves. Wiped when it is freed.
pub struct footage_opened {
    _opaque: [u8; 0],
}

impl Object for footage_opened {
    const TAG: u32 = u32::from_be_bytes(*b"opnd");
    type Content = Desk<Opened<Source>>;
}

/// Writes the verdicts, as JSON, each by itself: `completeness`, `camera`, `log`, `agency`, and `wrap`. That the content is
/// what the camera recorded, in order and unaltered, needs no verdict: what is not so does not open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_opened_verdict(
    opened: *const footage_opened,
    json: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (opened, output) = unsafe { (Ref::new(opened), Output::new(json, capacity, length)) };
    call(|| output.write(&to_json(&opened.lock()?.get()?.verdict)?))
}

/// What the camera signed of the clip, for an agency's app to show.
#[derive(serde::Serialize)]
struct Info<'a> {
    started: Timestamp,
    certificate: &'a CameraCertificate,
    from: u32,
    to: u32,
    count: u32,
    ending: Ending,
}

/// Writes what the camera signed of the clip, as JSON: when it `started`, by the camera's clock; the camera's `certificate`;
/// the media segments that were granted, `from` and before `to`; how many segments there are (`count`), and the `ending`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_opened_info(
    opened: *const footage_opened,
    json: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (opened, output) = unsafe { (Ref::new(opened), Output::new(json, capacity, length)) };
    call(|| {
        let mut opened = opened.lock()?;
        let excerpt = &opened.get()?.excerpt;
        output.write(&to_json(&Info {
            started: excerpt.started(),
            certificate: excerpt.certificate().statement(),
            from: excerpt.range().from(),
            to: excerpt.range().to(),
            count: excerpt.count(),
            ending: excerpt.ending(),
        })?)
    })
}

/// Writes the owner's words to the agency, UTF-8 without a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_opened_words(
    opened: *const footage_opened,
    words: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (opened, output) = unsafe { (Ref::new(opened), Output::new(words, capacity, length)) };
    call(|| output.write(opened.lock()?.get()?.excerpt.words().as_bytes()))
}

/// Opens the next segment, checks it, and writes its content to an output: the init segment first, if there is one, then the
/// range in order. `index` becomes its index in the clip, `segment` what the camera signed of it. `FOOTAGE_WANT` until it is
/// done, `FOOTAGE_END` after the last. After any other status than these the excerpt is to be opened anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_opened_next(
    opened: *const footage_opened,
    index: *mut u32,
    segment: *mut footage_segment,
    content: *const footage_stream,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (opened, index, segment, content) =
        unsafe { (Ref::new(opened), Place::new(index), Place::new(segment), Ref::new(content)) };
    call(|| {
        index.check()?;
        segment.check()?;
        let header = opened.lock()?.run("footage_opened_next", |_| {
            let mut sink = content.lock()?.sink()?;
            Ok(move |opened: &mut Opened<Source>| {
                let Some(next) = opened.excerpt.next_segment()? else { return Err(FOOTAGE_END.into()) };
                let written = sink.write_all(&next.content).and_then(|()| sink.flush());
                written.map_err(|error| Failure::of(FOOTAGE_STORE, &error))?;
                Ok(next.header)
            })
        })?;
        index.put(header.index)?;
        segment.put((&header).into())
    })
}

/// Frees what was opened, and wipes its secrets. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_opened_free(opened: *mut footage_opened) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(opened) });
}

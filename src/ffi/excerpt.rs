use crate::grant::Excerpt;
use crate::record::{Terms, Verified};

use super::argument::{Output, Place};
use super::handle::{Object, Ref, free, give};
use super::json::to_json;
use super::status::{Done, Failure, call, footage_status, footage_status::*};
use super::stream::{Source, footage_stream};
use super::task::Desk;

/// An excerpt as it came in: what is public of it is read, what is sealed stays so.
///
/// It can be used again and again: to take it in, to release it, to open it, and to delete it.
pub struct footage_excerpt {
    _opaque: [u8; 0],
}

impl Object for footage_excerpt {
    const TAG: u32 = u32::from_be_bytes(*b"exce");
    type Content = Desk<Reading>;
}

pub(crate) struct Reading {
    /// Until it is opened.
    source: Option<Source>,
    excerpt: Option<Excerpt<Source>>,
}

impl Reading {
    pub(super) fn excerpt(&self) -> Done<&Excerpt<Source>> {
        self.excerpt.as_ref().ok_or_else(|| Failure::new(FOOTAGE_ORDER, "the excerpt is not open yet"))
    }

    fn terms(&self) -> Done<&Verified<Terms>> {
        Ok(self.excerpt()?.terms())
    }
}

/// Makes an excerpt of an input, which may be of unknown length. The stream's handle is to be kept until the excerpt is
/// freed, and what was opened of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_excerpt_new(
    stream: *const footage_stream,
    excerpt: *mut *mut footage_excerpt,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (stream, excerpt) = unsafe { (Ref::new(stream), Place::new(excerpt)) };
    call(|| {
        let source = Some(stream.lock()?.source()?);
        give(Desk::new(Reading { source, excerpt: None }), &excerpt)
    })
}

/// Reads the excerpt from its beginning to its end, and checks that each of its parts is the one that was granted.
/// `FOOTAGE_WANT` until it is done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_excerpt_open(excerpt: *const footage_excerpt) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let excerpt = unsafe { Ref::new(excerpt) };
    call(|| {
        excerpt.lock()?.run("footage_excerpt_open", |_| {
            Ok(|reading: &mut Reading| {
                let source = reading.source.take();
                let source = source.ok_or_else(|| Failure::new(FOOTAGE_ORDER, "the excerpt was opened already"))?;
                reading.excerpt = Some(Excerpt::open(source)?);
                Ok(())
            })
        })
    })
}

/// Writes the terms of the grant, a statement signed by the grant's own key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_excerpt_terms(
    excerpt: *const footage_excerpt,
    terms: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (excerpt, output) = unsafe { (Ref::new(excerpt), Output::new(terms, capacity, length)) };
    call(|| output.write(&excerpt.lock()?.get()?.terms()?.to_bytes()))
}

/// Writes what the terms say, as JSON: the `grant`, the `request`, the `agency`, the `custody`, `not_before`, `not_after`,
/// and the commitments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_excerpt_terms_json(
    excerpt: *const footage_excerpt,
    json: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (excerpt, output) = unsafe { (Ref::new(excerpt), Output::new(json, capacity, length)) };
    call(|| output.write(&to_json(excerpt.lock()?.get()?.terms()?.statement())?))
}

/// Writes the id of the terms, by which the log names the grant: 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_excerpt_terms_id(
    excerpt: *const footage_excerpt,
    id: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (excerpt, output) = unsafe { (Ref::new(excerpt), Output::new(id, capacity, length)) };
    call(|| output.write(excerpt.lock()?.get()?.terms()?.id().as_bytes()))
}

/// Says whether every wrap of the excerpt stays sealed against a later quantum computer: 1 if so, or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_excerpt_is_post_quantum(
    excerpt: *const footage_excerpt,
    is_post_quantum: *mut u8,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (excerpt, place) = unsafe { (Ref::new(excerpt), Place::new(is_post_quantum)) };
    call(|| place.put(excerpt.lock()?.get()?.excerpt()?.is_post_quantum().into()))
}

/// Frees an excerpt. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_excerpt_free(excerpt: *mut footage_excerpt) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(excerpt) });
}

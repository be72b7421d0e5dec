use core::ffi::c_char;

use crate::ledger::Feed;
use crate::record::TrustRoots;
use crate::tlog::{LogCopy, Witnessed};

use super::argument::{Input, Output, Place, Text};
use super::copy::extended;
use super::handle::{Object, Ref, free, give};
use super::json::from_json;
use super::status::{Failure, call, footage_status, footage_status::*};
use super::waiting::Waiting;

/// Whoever publishes the feed: the pages that phones follow in place of the whole log. Anybody who has the log can.
///
/// It holds the log's entries in memory. It has no state to store: it is made anew from the log's beginning, along the same
/// checkpoints, and then makes the same pages.
pub struct footage_feed {
    _opaque: [u8; 0],
}

impl Object for footage_feed {
    const TAG: u32 = u32::from_be_bytes(*b"feed");
    type Content = Publishing;
}

pub(crate) struct Publishing {
    feed: Feed,
    copy: LogCopy,
    waiting: Waiting,
    /// The last page that was made.
    page: Option<Vec<u8>>,
}

/// Makes the feed of the log that the trust roots name, at its beginning. `trust` is JSON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_feed_new(trust: *const c_char, feed: *mut *mut footage_feed) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (trust, feed) = unsafe { (Text::new(trust), Place::new(feed)) };
    call(|| {
        let made = Feed::new(from_json::<TrustRoots>(trust)?);
        give(Publishing { feed: made, copy: LogCopy::default(), waiting: Waiting::default(), page: None }, &feed)
    })
}

/// How many entries of the log the feed stands for: the index of the next `footage_feed_entry` after an advance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_feed_size(feed: *const footage_feed, size: *mut u64) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (feed, size) = unsafe { (Ref::new(feed), Place::new(size)) };
    call(|| size.put(feed.lock()?.feed.ledger().size()))
}

/// Hands over the log's next entry, which waits for a checkpoint that includes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_feed_entry(
    feed: *const footage_feed,
    entry: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (feed, entry) = unsafe { (Ref::new(feed), Input::new(entry, length)) };
    call(|| feed.lock()?.waiting.push(entry.get()?))
}

/// Makes the page up to a cosigned checkpoint, from the entries that wait, which have to be all up to it; fetch it by
/// `footage_feed_page`. If it fails, the feed is as before, and the entries are forgotten.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_feed_advance(
    feed: *const footage_feed,
    checkpoint: *const u8,
    length: usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (feed, checkpoint) = unsafe { (Ref::new(feed), Input::new(checkpoint, length)) };
    call(|| {
        let (mut publishing, checkpoint) = (feed.lock()?, checkpoint.get()?);
        let Publishing { feed, copy, waiting, page } = &mut *publishing;
        let entries = waiting.take();
        let checkpoint = Witnessed::verify(checkpoint, feed.ledger().trust().log())?;
        let made = extended(copy, &entries, |copy| feed.page(&entries, &checkpoint, copy))?;
        *page = Some(made.to_bytes());
        Ok(())
    })
}

/// Writes the page that was made last. `FOOTAGE_NOT_FOUND` before the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_feed_page(
    feed: *const footage_feed,
    page: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (feed, output) = unsafe { (Ref::new(feed), Output::new(page, capacity, length)) };
    call(|| output.write(feed.lock()?.page.as_ref().ok_or_else(|| Failure::from(FOOTAGE_NOT_FOUND))?))
}

/// Frees a feed. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_feed_free(feed: *mut footage_feed) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(feed) });
}

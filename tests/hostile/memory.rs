//! What an input makes of the memory: every allocation of this thread is counted.
#![allow(
    dead_code,
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

fn count(change: impl Fn(usize) -> usize) {
    NOW.set(change(NOW.get()));
    PEAK.set(PEAK.get().max(NOW.get()));
}

// SAFETY: all of it is the system's allocator; the counters are cells of the thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(|now| now.wrapping_add(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(|now| now.saturating_sub(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What any input may take.
const ANY: usize = 256 << 10;
/// What each of its bytes may take besides.
const EACH: usize = 96;

/// Does the work with so many bytes of a stranger, and holds what it needs at most at once against them.
pub fn bounded<T>(input: usize, work: impl FnOnce() -> T) -> T {
    let before = NOW.get();
    PEAK.set(before);
    let result = work();
    let peak = PEAK.get().saturating_sub(before);
    assert!(peak <= ANY + EACH * input, "{peak} bytes of memory for {input} bytes of input");
    result
}

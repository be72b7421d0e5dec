//! An allocator that counts, for each thread by itself, what is held at once. A test binary declares it:
//! `#[global_allocator] static ALLOCATOR: Counting = Counting;`.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

pub const MIB: usize = 1 << 20;

pub struct Counting;

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

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(|now| now.wrapping_add(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(|now| now.saturating_sub(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) }
    }
}

/// What `work` needs of this thread's memory at most at once, beyond what was there before it.
pub fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.get();
    PEAK.set(before);
    drop(black_box(Box::new(0_u8)));
    assert!(PEAK.get() > before, "nothing counts: declare `Counting` as the global allocator");
    PEAK.set(before);
    let result = work();
    (result, PEAK.get() - before)
}

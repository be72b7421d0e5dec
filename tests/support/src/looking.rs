//! An allocator that looks, while a thread has it look, at every block that is freed; the rest another one does.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

/// What it looks for: content of this byte.
pub const CONTENT: u8 = 0xa5;

pub struct Looking<A>(pub A);

thread_local! {
    static LOOKS: Cell<bool> = const { Cell::new(false) };
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all of it is the other allocator; what is freed is read before that, and it is whole until then.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Looking<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises. Zeroed, so that every byte may be read.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        if LOOKS.get() {
            // SAFETY: the block was given out zeroed, with this layout.
            let block = unsafe { std::slice::from_raw_parts(place, layout.size()) };
            if block.windows(32).any(|window| window.iter().all(|byte| *byte == CONTENT)) {
                LEFT.set(LEFT.get() + 1);
            }
        }
        // SAFETY: as the caller promises.
        unsafe { self.0.dealloc(place, layout) }
    }
}

/// How many blocks are freed with content in them.
pub fn left_behind(work: impl FnOnce()) -> usize {
    LEFT.set(0);
    LOOKS.set(true);
    work();
    LOOKS.set(false);
    LEFT.get()
}

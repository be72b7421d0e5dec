//! What a firmware supplies where there is no `std`: C functions of its own, under these names.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::panic::PanicInfo;

use crate::crypto::{Random, RandomError};

unsafe extern "C" {
    /// Supplied by the firmware, for the library without `std`: fills `bytes` with random bytes of the chip's source. 0 if
    /// it did.
    pub fn footage_board_random(bytes: *mut u8, length: usize) -> i32;

    /// Supplied by the firmware, for the library without `std`: gives memory of so many bytes, at least one, aligned to 8;
    /// NULL if there is none, which ends in `footage_board_panic`.
    pub fn footage_board_alloc(size: usize) -> *mut c_void;

    /// Supplied by the firmware, for the library without `std`: takes memory back that `footage_board_alloc` gave, of which
    /// `size` bytes had been asked for.
    pub fn footage_board_free(memory: *mut c_void, size: usize);

    /// Supplied by the firmware, for the library without `std`: is called when there is no memory, or a bug of this library
    /// shows. It must not return; what it may do is to start the chip anew.
    pub fn footage_board_panic() -> !;
}

/// The board's random source.
pub(super) struct BoardRandom;

impl Random for BoardRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        // SAFETY: the board writes `length` bytes where there are as many.
        let status = unsafe { footage_board_random(out.as_mut_ptr(), out.len()) };
        if status == 0 { Ok(()) } else { Err(RandomError) }
    }
}

/// The board's memory.
struct Heap;

/// What the board's memory is aligned to.
const ALIGNED: usize = 8;

// SAFETY: all of it is the board's, which it has to align to `ALIGNED`; what asks for more gets nothing.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > ALIGNED {
            return core::ptr::null_mut();
        }
        // SAFETY: any size will do.
        unsafe { footage_board_alloc(layout.size()) }.cast()
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller has it from `alloc`.
        unsafe { footage_board_free(memory.cast(), layout.size()) }
    }
}

#[global_allocator]
static HEAP: Heap = Heap;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: it takes nothing.
    unsafe { footage_board_panic() }
}

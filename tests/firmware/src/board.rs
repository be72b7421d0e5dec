//! What the board gives: memory, randomness, a place to write to, and an end.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::{c_int, c_void};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use footage::crypto::{Random, RandomError};
use footage::io;

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(place: *mut c_void);
    safe fn abort() -> !;
    fn board_random(out: *mut u8, length: usize) -> c_int;
    fn board_write(bytes: *const u8, length: usize) -> c_int;
}

/// The board's random source.
pub(crate) struct Board;

impl Random for Board {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        // SAFETY: the board writes `length` bytes.
        let status = unsafe { board_random(out.as_mut_ptr(), out.len()) };
        if status == 0 { Ok(()) } else { Err(RandomError) }
    }
}

/// Where the board keeps a clip.
pub(crate) struct Flash;

impl io::Write for Flash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // SAFETY: the board reads `length` bytes.
        let status = unsafe { board_write(bytes.as_ptr(), bytes.len()) };
        if status == 0 { Ok(bytes.len()) } else { Err(io::ErrorKind::Other.into()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn heap_peak() -> usize {
    PEAK.load(Relaxed)
}

/// The board's memory, counted.
struct Heap;

// SAFETY: all of it is the board's `malloc`, whose alignment suffices for what asks for no more; the rest gets nothing.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > align_of::<u64>() {
            return core::ptr::null_mut();
        }
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        // SAFETY: any size will do.
        unsafe { malloc(layout.size()) }.cast()
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller has it from `alloc`.
        unsafe { free(place.cast()) }
    }
}

#[global_allocator]
static HEAP: Heap = Heap;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    abort()
}

//! What computations with secrets leave behind on the stack.

use core::hint::black_box;

/// Calls a function that computes with a secret, and overwrites `8 * WORDS` bytes of the stack that it used.
///
/// Values that are moved leave copies of themselves on the stack, and some crates do not wipe what they hold. From the stack, a secret
/// gets onto the heap with the unused bytes of whatever is moved there next.
pub(super) fn wiped<const WORDS: usize, T>(work: impl FnOnce() -> T) -> T {
    // Neither is inlined: both have their frames at the same place.
    #[inline(never)]
    fn call<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
    #[inline(never)]
    fn wipe<const WORDS: usize>() {
        black_box(&mut [0_u64; WORDS]);
    }
    let result = call(work);
    wipe::<WORDS>();
    result
}

//! What an input makes of the memory: every allocation of this thread is counted.

use crate::counting;

/// What any input may take.
const ANY: usize = 256 << 10;
/// What each of its bytes may take besides.
const EACH: usize = 96;

/// Does the work with so many bytes of a stranger, and holds what it needs at most at once against them.
pub fn bounded<T>(input: usize, work: impl FnOnce() -> T) -> T {
    let (result, peak) = counting::peak(work);
    assert!(peak <= ANY + EACH * input, "{peak} bytes of memory for {input} bytes of input");
    result
}

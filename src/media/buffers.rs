use alloc::vec::Vec;

use crate::cbor::limits;

/// Buffers kept for reuse, because fresh memory costs more than copying into it.
#[derive(Default)]
pub(super) struct Buffers {
    spare: Vec<Vec<u8>>,
}

/// The most bytes that are kept.
const KEPT: usize = 2 * limits::SEGMENT_BYTES as usize;
/// The most buffers that are kept.
const COUNT: usize = 16;
/// Smaller buffers are not kept.
const SMALL: usize = 64 << 10;

impl Buffers {
    /// Returns a buffer with a capacity of at least `size` bytes and any content.
    pub(super) fn take(&mut self, size: usize) -> Vec<u8> {
        self.spare(size).unwrap_or_else(|| {
            // Larger than asked for, so that the next group of similar size fits.
            let rounded = if size < SMALL { size } else { size.next_multiple_of(size.next_power_of_two() / 8) };
            Vec::with_capacity(rounded)
        })
    }

    /// Returns a buffer like [`take`](Self::take), if one is kept. No memory is allocated.
    pub(super) fn spare(&mut self, size: usize) -> Option<Vec<u8>> {
        let fits = |(_, spare): &(usize, &Vec<u8>)| (size..=4 * size).contains(&spare.capacity());
        let best = self.spare.iter().enumerate().filter(fits).min_by_key(|(_, spare)| spare.capacity());
        let place = best.map(|(place, _)| place)?;
        Some(self.spare.swap_remove(place))
    }

    pub(super) fn give_back(&mut self, buffer: Vec<u8>) {
        let kept: usize = self.spare.iter().map(Vec::capacity).sum();
        if buffer.capacity() >= SMALL && self.spare.len() < COUNT && kept + buffer.capacity() <= KEPT {
            self.spare.push(buffer);
        }
    }
}

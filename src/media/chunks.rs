use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::buffers::Buffers;

/// A queue of bytes, in the buffers that they were read into.
#[derive(Default)]
pub(super) struct Chunks {
    queue: VecDeque<Vec<u8>>,
    /// The number of bytes of the first chunk that are used up.
    taken: usize,
    length: u64,
}

impl Chunks {
    /// Returns the number of bytes left.
    pub(super) const fn len(&self) -> u64 {
        self.length
    }

    pub(super) fn push(&mut self, chunk: Vec<u8>) {
        self.length += chunk.len() as u64;
        if !chunk.is_empty() {
            self.queue.push_back(chunk);
        }
    }

    /// Passes the next `count` bytes to `each`, in one or more pieces. Chunks that are used up go into `buffers`.
    pub(super) fn take(&mut self, mut count: u64, buffers: &mut Buffers, mut each: impl FnMut(&[u8])) {
        while count > 0 {
            let Some(first) = self.queue.front() else { return };
            let rest = first.get(self.taken..).unwrap_or_default();
            let more = rest.len().min(usize::try_from(count).unwrap_or(usize::MAX));
            each(rest.get(..more).unwrap_or_default());
            count -= more as u64;
            self.length -= more as u64;
            self.taken += more;
            if self.taken >= first.len() {
                self.queue.pop_front().into_iter().for_each(|used| buffers.give_back(used));
                self.taken = 0;
            }
        }
    }
}

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::buffers::Buffers;

/// The bytes of samples, with room in front of them for the head of the fragment that they may become.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    /// The number of bytes of this room.
    pub(super) room: usize,
}

impl Chunk {
    /// Returns the bytes of the samples.
    pub(super) fn samples(&self) -> &[u8] {
        self.bytes.get(self.room..).unwrap_or_default()
    }
}

impl From<Vec<u8>> for Chunk {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, room: 0 }
    }
}

/// A queue of bytes, in the buffers that they were read into.
#[derive(Default)]
pub(super) struct Chunks {
    queue: VecDeque<Chunk>,
    /// The number of bytes of the first chunk that are used up.
    taken: usize,
    length: u64,
}

impl Chunks {
    /// Returns the number of bytes left.
    pub(super) const fn len(&self) -> u64 {
        self.length
    }

    pub(super) fn push(&mut self, chunk: Chunk) {
        let length = chunk.samples().len();
        self.length += length as u64;
        if length > 0 {
            self.queue.push_back(chunk);
        }
    }

    /// Returns whether there is room for a head in front of the next bytes.
    pub(super) fn has_room(&self) -> bool {
        self.taken == 0 && self.queue.front().is_some_and(|first| first.room > 0)
    }

    /// Returns the buffer of the first chunk, with `head` written into its room. Returns `None` if samples of the chunk are
    /// already taken, if it does not have exactly `count` bytes of samples, or if `head` does not have the length of the room.
    pub(super) fn take_behind(&mut self, head: &[u8], count: u64) -> Option<Vec<u8>> {
        let first = self.queue.front_mut()?;
        if self.taken > 0 || first.room != head.len() || first.samples().len() as u64 != count {
            return None;
        }
        first.bytes.get_mut(..head.len())?.copy_from_slice(head);
        self.length -= count;
        self.queue.pop_front().map(|first| first.bytes)
    }

    /// Passes the next `count` bytes to `each`, in one or more pieces. Chunks that are used up go into `buffers`.
    pub(super) fn take(&mut self, mut count: u64, buffers: &mut Buffers, mut each: impl FnMut(&[u8])) {
        while count > 0 {
            let Some(first) = self.queue.front().map(Chunk::samples) else { return };
            let rest = first.get(self.taken..).unwrap_or_default();
            let more = rest.len().min(usize::try_from(count).unwrap_or(usize::MAX));
            each(rest.get(..more).unwrap_or_default());
            count -= more as u64;
            self.length -= more as u64;
            self.taken += more;
            if self.taken >= first.len() {
                self.queue.pop_front().into_iter().for_each(|used| buffers.give_back(used.bytes));
                self.taken = 0;
            }
        }
    }
}

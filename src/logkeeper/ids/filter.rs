use core::fmt;

use super::index::Half;

/// A Bloom filter of 8 MiB: what it does not hold is in no run. Ids are hashes, so their bits are as good as others.
///
/// At a million statements it lets one of a hundred thousand others pass, at ten millions one of 25; who passes is looked
/// up, which takes longer and harms nobody.
pub(super) struct Filter(Vec<u64>);

const WORDS: usize = 1 << 20;

impl Filter {
    pub(super) fn new() -> Self {
        Self(vec![0; WORDS])
    }

    /// Four bits, each of a word and a place in it.
    fn bits(half: &Half) -> [(usize, u64); 4] {
        let (words, _) = half.as_chunks();
        core::array::from_fn(|at| {
            let bits = u32::from_be_bytes(words[at]) as usize;
            (bits / 64 % WORDS, 1 << (bits % 64))
        })
    }

    pub(super) fn insert(&mut self, half: &Half) {
        for (word, bit) in Self::bits(half) {
            self.0[word] |= bit;
        }
    }

    pub(super) fn may_hold(&self, half: &Half) -> bool {
        Self::bits(half).into_iter().all(|(word, bit)| self.0[word] & bit != 0)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").finish_non_exhaustive()
    }
}

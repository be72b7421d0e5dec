/// The BLAKE3 digest of a segment's body (ciphertext and tag), 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyDigest([u8; 32]);

impl BodyDigest {
    /// The digest of a body.
    pub fn of(body: &[u8]) -> Self {
        Self(blake3(body))
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(feature = "std")]
fn blake3(body: &[u8]) -> [u8; 32] {
    *blake3::hash(body).as_bytes()
}

#[cfg(not(feature = "std"))]
use portable::blake3;

/// The same digest in pure Rust: the build without `std`, and the second opinion of the tests.
///
/// Ours because the crate `blake3` always brings a compiler of C along, and whoever turns that off turns it off for
/// everybody in the build. What is digested is public, so nothing here has to be wiped or take constant time.
///
/// Source: BLAKE3 (O'Connor, Aumasson, Neves, Wilcox-O'Hearn), sections 2.1 to 2.5.
#[cfg(any(not(feature = "std"), test))]
mod portable {
    use alloc::vec::Vec;

    /// Eight words: a chaining value.
    type Words = [u32; 8];

    const BLOCK: usize = 64;
    const CHUNK: usize = 1024;

    const CHUNK_START: u32 = 1;
    const CHUNK_END: u32 = 1 << 1;
    const PARENT: u32 = 1 << 2;
    const ROOT: u32 = 1 << 3;

    const IV: Words =
        [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

    const PERMUTATION: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];

    pub(super) fn blake3(body: &[u8]) -> [u8; 32] {
        // The last chunk, be it whole, is apart: only with it the root is made.
        let (before, last) = body.split_at(body.len().saturating_sub(1) / CHUNK * CHUNK);
        // The complete subtrees so far, from left to right: one for each one-bit of their number of chunks.
        let mut edge: Vec<Words> = Vec::new();
        let mut count = 0_u64;
        for bytes in before.chunks(CHUNK) {
            let mut right = chunk(bytes, count, 0);
            for _ in 0..count.trailing_ones() {
                if let Some(left) = edge.pop() {
                    right = parent(left, right, 0);
                }
            }
            edge.push(right);
            count += 1;
        }
        let root = |edge: &[Words]| if edge.is_empty() { ROOT } else { 0 };
        let mut value = chunk(last, count, root(&edge));
        while let Some(left) = edge.pop() {
            value = parent(left, value, root(&edge));
        }
        bytes(value)
    }

    fn bytes(words: Words) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// The chaining value of a chunk of at most 1024 bytes: a chain over its blocks, of which there is always one.
    fn chunk(bytes: &[u8], counter: u64, root: u32) -> Words {
        let mut value = IV;
        let (before, last) = bytes.split_at(bytes.len().saturating_sub(1) / BLOCK * BLOCK);
        let mut start = CHUNK_START;
        for block in before.chunks(BLOCK) {
            value = compress(value, words(block), counter, BLOCK, start);
            start = 0;
        }
        compress(value, words(last), counter, last.len(), start | CHUNK_END | root)
    }

    /// A block as words, padded with zeros.
    fn words(block: &[u8]) -> [u32; 16] {
        let mut words = [0; 16];
        for (word, bytes) in words.iter_mut().zip(block.chunks(4)) {
            let mut whole = [0; 4];
            whole[..bytes.len()].copy_from_slice(bytes);
            *word = u32::from_le_bytes(whole);
        }
        words
    }

    fn parent(left: Words, right: Words, root: u32) -> Words {
        let mut block = [0; 16];
        block[..8].copy_from_slice(&left);
        block[8..].copy_from_slice(&right);
        compress(IV, block, 0, BLOCK, PARENT | root)
    }

    fn compress(value: Words, mut block: [u32; 16], counter: u64, length: usize, flags: u32) -> Words {
        let mut state = [0; 16];
        state[..8].copy_from_slice(&value);
        state[8..12].copy_from_slice(&IV[..4]);
        state[12..].copy_from_slice(&[counter as u32, (counter >> 32) as u32, length as u32, flags]);
        for round in 0..7 {
            if round > 0 {
                block = PERMUTATION.map(|from| block[from]);
            }
            mix(&mut state, [0, 4, 8, 12], block[0], block[1]);
            mix(&mut state, [1, 5, 9, 13], block[2], block[3]);
            mix(&mut state, [2, 6, 10, 14], block[4], block[5]);
            mix(&mut state, [3, 7, 11, 15], block[6], block[7]);
            mix(&mut state, [0, 5, 10, 15], block[8], block[9]);
            mix(&mut state, [1, 6, 11, 12], block[10], block[11]);
            mix(&mut state, [2, 7, 8, 13], block[12], block[13]);
            mix(&mut state, [3, 4, 9, 14], block[14], block[15]);
        }
        core::array::from_fn(|at| state[at] ^ state[at + 8])
    }

    /// The function G.
    fn mix(state: &mut [u32; 16], [a, b, c, d]: [usize; 4], first: u32, second: u32) {
        state[a] = state[a].wrapping_add(state[b]).wrapping_add(first);
        state[d] = (state[d] ^ state[a]).rotate_right(16);
        state[c] = state[c].wrapping_add(state[d]);
        state[b] = (state[b] ^ state[c]).rotate_right(12);
        state[a] = state[a].wrapping_add(state[b]).wrapping_add(second);
        state[d] = (state[d] ^ state[a]).rotate_right(8);
        state[c] = state[c].wrapping_add(state[d]);
        state[b] = (state[b] ^ state[c]).rotate_right(7);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{blake3, portable};

    /// Where blocks, chunks and subtrees begin and end.
    #[test]
    fn both_implementations_agree_at_every_edge() {
        let body: Vec<u8> = (0..=250).cycle().take(33 * 1024 + 1).collect();
        let edges = (0..=33).map(|chunk| chunk * 1024).chain([64, 128, 960]);
        for length in edges.flat_map(|edge: usize| [edge.saturating_sub(1), edge, edge + 1]) {
            assert_eq!(portable::blake3(&body[..length]), blake3(&body[..length]), "{length} bytes");
        }
    }

    proptest! {
        #[test]
        fn both_implementations_agree(body in proptest::collection::vec(any::<u8>(), 0..10_000)) {
            prop_assert_eq!(portable::blake3(&body), blake3(&body));
        }
    }
}

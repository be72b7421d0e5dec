use sha2::{Digest as _, Sha256, block_api::compress256};

use super::Label;

/// SHA-256 over the concatenation of `parts` (FIPS 180-4).
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// SHA-256 of one byte and two hashes, as inner nodes of trees are: two blocks at once, with no buffer in between.
pub(crate) fn sha256_pair(prefix: u8, left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    /// FIPS 180-4 section 5.3.3.
    const INITIAL: [u32; 8] =
        [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
    const BITS: u64 = 65 * 8;
    let mut message = [0; 128];
    message[0] = prefix;
    message[1..33].copy_from_slice(left);
    message[33..65].copy_from_slice(right);
    message[65] = 0x80;
    message[120..].copy_from_slice(&BITS.to_be_bytes());
    let (blocks, _) = message.as_chunks();
    let mut state = INITIAL;
    compress256(&mut state, blocks);
    let mut digest = [0; 32];
    for (to, word) in digest.chunks_exact_mut(4).zip(state) {
        to.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

/// A SHA-256 digest, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `parts` under a label. At most the last part may vary in length.
    pub(crate) fn of(label: Label, parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(label.as_bytes());
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// A digest that was computed elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The BLAKE3 digest of a segment's body (ciphertext and tag), 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyDigest([u8; 32]);

impl BodyDigest {
    /// The digest of a body.
    pub fn of(body: &[u8]) -> Self {
        Self(*blake3::hash(body).as_bytes())
    }

    /// A digest that was computed elsewhere.
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest of a body that comes in pieces; `each` hands them on, in order.
    pub(crate) fn of_pieces<E>(pieces: impl FnOnce(&mut dyn FnMut(&[u8])) -> Result<(), E>) -> Result<Self, E> {
        let mut hasher = blake3::Hasher::new();
        pieces(&mut |piece| {
            hasher.update(piece);
        })?;
        Ok(Self(*hasher.finalize().as_bytes()))
    }

    /// The digest of a body whose tag lies apart.
    pub(crate) fn of_sealed(ciphertext: &[u8], tag: &[u8]) -> Self {
        Self(*blake3::Hasher::new().update(ciphertext).update(tag).finalize().as_bytes())
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_hashed_as_any_message() {
        let (left, right) = (core::array::from_fn(|at| at as u8), core::array::from_fn(|at| 200 - at as u8));
        for prefix in [0, 1, 0xff] {
            assert_eq!(sha256_pair(prefix, &left, &right), sha256(&[&[prefix], &left, &right]));
        }
    }
}

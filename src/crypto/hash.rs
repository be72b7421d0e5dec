use sha2::{Digest as _, Sha256};

use super::Label;

/// SHA-256 over the concatenation of `parts` (FIPS 180-4).
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
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

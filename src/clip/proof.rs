use alloc::vec::Vec;

use crate::io::{self, Read, Seek};
use crate::merkle::{self, Hash, ProofError};

use super::index::{FAN, IndexReader};
use super::secret::ClipSecret;

/// Index, file and secret together, as a source of subtree roots. The secret gives the commitments, which the index lacks.
pub(super) struct Proving<'a, R> {
    pub(super) index: &'a mut IndexReader,
    pub(super) source: &'a mut R,
    pub(super) secret: &'a ClipSecret,
}

impl<R: Read + Seek> merkle::Subtrees for Proving<'_, R> {
    type Error = IndexError;

    fn subtree(&mut self, from: u64, to: u64) -> Result<Hash, IndexError> {
        let Self { index, source, secret } = self;
        let root = index.subtree(*source, from, to, &mut |index, source, block| {
            let wrong = io::ErrorKind::InvalidData;
            Ok(secret.leaves(index.block(source, block)?).ok_or(wrong)?)
        });
        Ok(root?)
    }
}

impl IndexReader {
    /// Returns the leaves of one block of level 0, from `from` to before `to`, as the index says.
    pub(super) fn leaves<R: Read + Seek>(
        &mut self,
        source: &mut R,
        from: u32,
        to: u32,
        secret: &ClipSecret,
    ) -> io::Result<Vec<Hash>> {
        if let Some(leaves) = self.known_leaves(from, to) {
            return Ok(leaves);
        }
        let rows = self.block(source, u64::from(from) / FAN)?;
        Ok(secret.leaves(rows).ok_or(io::ErrorKind::InvalidData)?)
    }
}

/// Why the index gives no proof: it is wrong, or the range is.
#[derive(Debug)]
pub(super) struct IndexError(pub(super) io::Error);

impl From<io::Error> for IndexError {
    fn from(error: io::Error) -> Self {
        Self(error)
    }
}

impl From<ProofError> for IndexError {
    fn from(_: ProofError) -> Self {
        Self(io::ErrorKind::InvalidData.into())
    }
}

use crate::io::{self, Read, Seek};
use crate::merkle::{self, Hash, ProofError};

use super::index::IndexReader;

/// Index and file together, as a source of subtree roots.
pub(super) struct Proving<'a, R> {
    pub(super) index: &'a mut IndexReader,
    pub(super) source: &'a mut R,
}

impl<R: Read + Seek> merkle::Subtrees for Proving<'_, R> {
    type Error = IndexError;

    fn subtree(&mut self, from: u64, to: u64) -> Result<Hash, IndexError> {
        Ok(self.index.subtree(self.source, from, to)?)
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

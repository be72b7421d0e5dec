use std::cell::RefCell;

use crate::merkle::{InclusionProof, Tree, inclusion_proof, leaf_hash};

use super::{TileReader, TileTree};

/// Whoever has a log's entries, and so can prove that they are in it.
pub trait Archive {
    /// The entry at an index.
    fn entry(&self, index: u64) -> Option<Vec<u8>>;

    /// The proof that the entry at an index is in the log of `size` entries.
    fn inclusion(&self, index: u64, size: u64) -> Option<InclusionProof>;
}

/// A copy of a log's entries in memory.
#[derive(Debug, Clone, Default)]
pub struct LogCopy {
    entries: Vec<Vec<u8>>,
    tree: Tree,
}

impl LogCopy {
    /// Its entries.
    pub fn entries(&self) -> &[Vec<u8>] {
        &self.entries
    }
}

impl Extend<Vec<u8>> for LogCopy {
    fn extend<I: IntoIterator<Item = Vec<u8>>>(&mut self, entries: I) {
        for entry in entries {
            self.tree.push(leaf_hash(&entry));
            self.entries.push(entry);
        }
    }
}

impl Archive for LogCopy {
    fn entry(&self, index: u64) -> Option<Vec<u8>> {
        self.entries.get(usize::try_from(index).ok()?).cloned()
    }

    fn inclusion(&self, index: u64, size: u64) -> Option<InclusionProof> {
        self.tree.inclusion_proof(index, size).ok()
    }
}

/// The log as it is published, wherever its tiles are. What cannot be read, or is not believed, counts as not there.
impl<R: TileReader> Archive for RefCell<TileTree<R>> {
    fn entry(&self, index: u64) -> Option<Vec<u8>> {
        self.borrow_mut().entries(index, index.checked_add(1)?).ok()?.pop()
    }

    fn inclusion(&self, index: u64, size: u64) -> Option<InclusionProof> {
        inclusion_proof(&mut *self.borrow_mut(), index, size).ok()
    }
}

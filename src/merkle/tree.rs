use alloc::vec::Vec;

use super::{
    ConsistencyProof, Hash, InclusionProof, ProofError, RangeProof, Subtrees, consistency_proof, inclusion_proof,
    node_hash, range_proof, subtrees::split,
};

/// A growing tree that holds the root of every complete subtree, about two hashes a leaf, and so makes any proof in the
/// time of a few hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    /// `levels[l][i]` is the root of the `2^l` leaves from `i * 2^l` on.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The tree without leaves.
    pub const fn new() -> Self {
        Self { levels: Vec::new() }
    }

    /// Appends a leaf by its hash, and gives its index.
    pub fn push(&mut self, leaf: Hash) -> u64 {
        let index = self.size();
        let mut hash = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let row = &mut self.levels[level];
            row.push(hash);
            match row.as_slice() {
                [.., left, right] if row.len().is_multiple_of(2) => hash = node_hash(*left, *right),
                _ => break,
            }
        }
        index
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// The hash of a leaf.
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.complete(0, index).ok()
    }

    /// The root of the tree as it is now.
    pub fn root(&self) -> Hash {
        self.root_at(self.size()).unwrap_or(Hash::EMPTY)
    }

    /// The root that the tree had when it had `size` leaves.
    pub fn root_at(&self, size: u64) -> Result<Hash, ProofError> {
        if size == 0 { Ok(Hash::EMPTY) } else { self.hash(0, size) }
    }

    /// Proves that leaf `index` is in the tree of `size` leaves (RFC 9162 section 2.1.3.1).
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<InclusionProof, ProofError> {
        inclusion_proof(&mut self.of_size(size)?, index, size)
    }

    /// Proves that the tree of `old` leaves is the beginning of the tree of `new` leaves (RFC 9162 section 2.1.4.1).
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<ConsistencyProof, ProofError> {
        consistency_proof(&mut self.of_size(new)?, old, new)
    }

    /// Proves that the leaves `from` up to, not including, `to` are in the tree of `size` leaves.
    pub fn range_proof(&self, from: u64, to: u64, size: u64) -> Result<RangeProof, ProofError> {
        range_proof(&mut self.of_size(size)?, from, to, size)
    }

    /// This tree, if it has ever been that large: of a larger one, some proofs would need no hash at all.
    fn of_size(&self, size: u64) -> Result<&Self, ProofError> {
        if size <= self.size() { Ok(self) } else { Err(ProofError::Bounds) }
    }

    fn complete(&self, level: u32, index: u64) -> Result<Hash, ProofError> {
        let row = self.levels.get(level as usize).ok_or(ProofError::Bounds)?;
        usize::try_from(index).ok().and_then(|index| row.get(index)).copied().ok_or(ProofError::Bounds)
    }

    fn hash(&self, from: u64, to: u64) -> Result<Hash, ProofError> {
        let leaves = to.checked_sub(from).filter(|&leaves| leaves > 0).ok_or(ProofError::Bounds)?;
        let width = leaves.checked_next_power_of_two().ok_or(ProofError::Bounds)?;
        if to > self.size() || !from.is_multiple_of(width) {
            return Err(ProofError::Bounds);
        }
        if leaves == width {
            return self.complete(width.ilog2(), from / width);
        }
        let middle = from + split(leaves);
        Ok(node_hash(self.hash(from, middle)?, self.hash(middle, to)?))
    }
}

impl Subtrees for &Tree {
    type Error = ProofError;

    fn subtree(&mut self, from: u64, to: u64) -> Result<Hash, ProofError> {
        self.hash(from, to)
    }
}

impl Extend<Hash> for Tree {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        for leaf in leaves {
            self.push(leaf);
        }
    }
}

impl FromIterator<Hash> for Tree {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut tree = Self::new();
        tree.extend(leaves);
        tree
    }
}

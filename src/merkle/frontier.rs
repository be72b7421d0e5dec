use alloc::vec::Vec;

use super::{Hash, ProofError, node_hash};

/// The right edge of a growing tree: enough to append and to know the root, in the memory of at most 64 hashes.
///
/// The edge is the list of the roots of the complete subtrees that the tree falls into, from left to right: one for each
/// one-bit of its size, the highest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    edge: Vec<Hash>,
}

impl Frontier {
    /// The tree without leaves.
    pub const fn new() -> Self {
        Self { size: 0, edge: Vec::new() }
    }

    /// The tree with so many leaves and this edge, as [`size`](Self::size) and [`edge`](Self::edge) gave them out.
    ///
    /// # Errors
    /// [`ProofError::Length`] if a tree of that size has an edge of another length, [`ProofError::Bounds`] if the size
    /// is above 2^63 - 1.
    pub fn restore(size: u64, edge: Vec<Hash>) -> Result<Self, ProofError> {
        if i64::try_from(size).is_err() {
            return Err(ProofError::Bounds);
        }
        if edge.len() == size.count_ones() as usize { Ok(Self { size, edge }) } else { Err(ProofError::Length) }
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        self.append(0, leaf);
    }

    /// Appends a complete subtree by its root: the leaves in it are skipped. [`complete_subtrees`] says which there are.
    ///
    /// # Errors
    /// [`ProofError::Bounds`] if no complete subtree of `width` leaves begins where the tree ends.
    pub fn push_complete(&mut self, width: u64, root: Hash) -> Result<(), ProofError> {
        let fits = width.is_power_of_two() && self.size.is_multiple_of(width);
        let end = self.size.checked_add(width).filter(|&end| fits && i64::try_from(end).is_ok());
        end.map(|_| self.append(width.ilog2(), root)).ok_or(ProofError::Bounds)
    }

    fn append(&mut self, level: u32, mut root: Hash) {
        // Every one-bit at the low end of the size is a complete subtree as large as the one that has just been made.
        for _ in 0..(self.size >> level).trailing_ones() {
            if let Some(left) = self.edge.pop() {
                root = node_hash(left, root);
            }
        }
        self.edge.push(root);
        self.size += 1 << level;
    }

    /// The root of the tree as it is now.
    pub fn root(&self) -> Hash {
        self.edge.iter().rev().copied().reduce(|right, left| node_hash(left, right)).unwrap_or(Hash::EMPTY)
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, from left to right.
    pub fn edge(&self) -> &[Hash] {
        &self.edge
    }
}

/// The largest complete subtrees that the leaves `from` up to, not including, `to` fall into, from left to right: where
/// each begins, and its width.
pub fn complete_subtrees(from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> {
    let mut at = from;
    core::iter::from_fn(move || {
        let left = to.checked_sub(at).filter(|&left| left > 0)?;
        let aligned = if at == 0 { u64::MAX } else { 1 << at.trailing_zeros() };
        let width = aligned.min(1 << left.ilog2());
        at += width;
        Some((at - width, width))
    })
}

impl Extend<Hash> for Frontier {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut frontier = Self::new();
        frontier.extend(leaves);
        frontier
    }
}

/// The root of the tree with these leaf hashes: `MTH` (RFC 9162 section 2.1.1).
pub fn root_of(leaves: &[Hash]) -> Hash {
    leaves.iter().copied().collect::<Frontier>().root()
}

use alloc::vec::Vec;

use super::{Hash, ProofError, Subtrees, node_hash, subtrees::split};

/// What shows that a tree is the beginning of a later one (RFC 9162 section 2.1.4).
///
/// Between equal sizes, and from the empty tree, there is nothing to show: the proof is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsistencyProof(pub Vec<Hash>);

/// Proves that the tree of `old` leaves is the beginning of the tree of `new` leaves: `SUBPROOF` of RFC 9162 section
/// 2.1.4.1.
pub fn consistency_proof<S: Subtrees>(source: &mut S, old: u64, new: u64) -> Result<ConsistencyProof, S::Error> {
    if old > new {
        return Err(ProofError::Bounds.into());
    }
    let mut path = Vec::new();
    if old > 0 {
        let (mut from, mut to) = (0, new);
        while to != old {
            let middle = from + split(to - from);
            if old <= middle {
                path.push(source.subtree(middle, to)?);
                to = middle;
            } else {
                path.push(source.subtree(from, middle)?);
                from = middle;
            }
        }
        // If this is the whole old tree, whoever verifies has its root.
        if from > 0 {
            path.push(source.subtree(from, to)?);
        }
    }
    path.reverse();
    Ok(ConsistencyProof(path))
}

impl ConsistencyProof {
    /// Believes that the tree with the old size and root is the beginning of the one with the new size and root: the
    /// algorithm of RFC 9162 section 2.1.4.2.
    ///
    /// # Errors
    /// [`ProofError::Bounds`] if the old tree is the larger, [`ProofError::Length`] for a proof of the wrong length, and
    /// [`ProofError::Root`] if it leads to another root of either tree.
    pub fn verify(&self, old: u64, old_root: Hash, new: u64, new_root: Hash) -> Result<(), ProofError> {
        if old > new {
            return Err(ProofError::Bounds);
        }
        if old == 0 || old == new {
            let known = if old == 0 { Hash::EMPTY } else { new_root };
            let empty_stays_empty = new > 0 || new_root == Hash::EMPTY;
            return match (self.0.is_empty(), old_root == known && empty_stays_empty) {
                (true, true) => Ok(()),
                (true, false) => Err(ProofError::Root),
                (false, _) => Err(ProofError::Length),
            };
        }
        let (first, rest) = if old.is_power_of_two() {
            (old_root, self.0.as_slice())
        } else {
            let (first, rest) = self.0.split_first().ok_or(ProofError::Length)?;
            (*first, rest)
        };
        let complete = (old - 1).trailing_ones();
        let (mut node, mut last) = ((old - 1) >> complete, (new - 1) >> complete);
        let (mut old_hash, mut new_hash) = (first, first);
        for &sibling in rest {
            if last == 0 {
                return Err(ProofError::Length);
            }
            if node & 1 == 1 || node == last {
                old_hash = node_hash(sibling, old_hash);
                new_hash = node_hash(sibling, new_hash);
                // As in an inclusion proof: a node without a right sibling is carried up, and is not zero here.
                let carried = node.trailing_zeros();
                (node, last) = (node >> carried, last >> carried);
            } else {
                new_hash = node_hash(new_hash, sibling);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        match (last, old_hash == old_root && new_hash == new_root) {
            (0, true) => Ok(()),
            (0, false) => Err(ProofError::Root),
            _ => Err(ProofError::Length),
        }
    }
}

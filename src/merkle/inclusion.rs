use alloc::vec::Vec;

use super::{Hash, ProofError, Subtrees, node_hash, subtrees::split};

/// What shows that a leaf is in a tree: the siblings on its way to the root, the lowest first (RFC 9162 section 2.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InclusionProof(pub Vec<Hash>);

/// Proves that leaf `index` is in the tree of `size` leaves: `PATH` of RFC 9162 section 2.1.3.1.
pub fn inclusion_proof<S: Subtrees>(source: &mut S, index: u64, size: u64) -> Result<InclusionProof, S::Error> {
    if index >= size {
        return Err(ProofError::Bounds.into());
    }
    let mut path = Vec::new();
    let (mut from, mut to) = (0, size);
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push(source.subtree(middle, to)?);
            to = middle;
        } else {
            path.push(source.subtree(from, middle)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(InclusionProof(path))
}

impl InclusionProof {
    /// Believes that `leaf` is the leaf hash at `index` of the tree with this size and root: the algorithm of RFC 9162
    /// section 2.1.3.2.
    ///
    /// # Errors
    /// [`ProofError::Bounds`] if there is no such index, [`ProofError::Length`] for a proof of the wrong length, and
    /// [`ProofError::Root`] if it leads elsewhere.
    pub fn verify(&self, leaf: Hash, index: u64, size: u64, root: Hash) -> Result<(), ProofError> {
        if index >= size {
            return Err(ProofError::Bounds);
        }
        let (mut node, mut last) = (index, size - 1);
        let mut hash = leaf;
        for &sibling in &self.0 {
            if last == 0 {
                return Err(ProofError::Length);
            }
            if node & 1 == 1 || node == last {
                hash = node_hash(sibling, hash);
                // A node without a right sibling is carried up unchanged. It is not zero here, as `last` is not.
                let carried = node.trailing_zeros();
                (node, last) = (node >> carried, last >> carried);
            } else {
                hash = node_hash(hash, sibling);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        match (last, hash == root) {
            (0, true) => Ok(()),
            (0, false) => Err(ProofError::Root),
            _ => Err(ProofError::Length),
        }
    }
}

use alloc::vec::Vec;

use super::{Hash, ProofError, Subtrees, node_hash, root_of, subtrees::split};

/// What shows that neighbouring leaves are in a tree: the roots of the largest subtrees that hold none of them, from left
/// to right.
///
/// These are exactly the subtrees which the recursive split of RFC 9162 section 2.1.1 comes upon when it goes down into
/// every subtree that holds leaves of the range and others too. A tree of `n` leaves needs at most `2 * log2(n)` of
/// them, and for one leaf they are the hashes of its [inclusion proof](super::InclusionProof), in this order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RangeProof(pub Vec<Hash>);

/// Proves that the leaves `from` up to, not including, `to` are in the tree of `size` leaves.
///
/// # Errors
/// [`ProofError::Bounds`] if the range is empty or reaches beyond the tree, and what the source fails with.
pub fn range_proof<S: Subtrees>(source: &mut S, from: u64, to: u64, size: u64) -> Result<RangeProof, S::Error> {
    if from >= to || to > size {
        return Err(ProofError::Bounds.into());
    }
    let mut siblings = Vec::new();
    collect(source, &mut siblings, (from, to), (0, size))?;
    Ok(RangeProof(siblings))
}

/// How a subtree lies to the range.
enum Place {
    Outside,
    Inside,
    /// Partly: these are its two halves.
    Across((u64, u64), (u64, u64)),
}

fn place(range: (u64, u64), subtree: (u64, u64)) -> Place {
    if subtree.1 <= range.0 || range.1 <= subtree.0 {
        Place::Outside
    } else if range.0 <= subtree.0 && subtree.1 <= range.1 {
        Place::Inside
    } else {
        // It holds a leaf of the range and another one, so at least two.
        let middle = subtree.0 + split(subtree.1 - subtree.0);
        Place::Across((subtree.0, middle), (middle, subtree.1))
    }
}

fn collect<S: Subtrees>(
    source: &mut S,
    siblings: &mut Vec<Hash>,
    range: (u64, u64),
    subtree: (u64, u64),
) -> Result<(), S::Error> {
    match place(range, subtree) {
        Place::Inside => {}
        Place::Outside => siblings.push(source.subtree(subtree.0, subtree.1)?),
        Place::Across(left, right) => {
            collect(source, siblings, range, left)?;
            collect(source, siblings, range, right)?;
        }
    }
    Ok(())
}

impl RangeProof {
    /// The root of the tree of `size` leaves in which these leaf hashes stand from index `from` on. Whoever calls
    /// compares it with a root that they believe.
    ///
    /// # Errors
    /// [`ProofError::Bounds`] if the range is empty or reaches beyond the tree, [`ProofError::Length`] for a proof of
    /// the wrong length.
    pub fn root(&self, from: u64, leaves: &[Hash], size: u64) -> Result<Hash, ProofError> {
        let to = from.checked_add(leaves.len() as u64).ok_or(ProofError::Bounds)?;
        if from >= to || to > size {
            return Err(ProofError::Bounds);
        }
        let mut siblings = self.0.iter();
        let root = rebuild(&mut siblings, (from, to), leaves, (0, size))?;
        if siblings.as_slice().is_empty() { Ok(root) } else { Err(ProofError::Length) }
    }

    /// Believes that these leaf hashes stand from index `from` on in the tree with this size and root.
    ///
    /// # Errors
    /// Those of [`root`](Self::root), and [`ProofError::Root`] if the proof leads elsewhere.
    pub fn verify(&self, from: u64, leaves: &[Hash], size: u64, root: Hash) -> Result<(), ProofError> {
        if self.root(from, leaves, size)? == root { Ok(()) } else { Err(ProofError::Root) }
    }
}

fn rebuild(
    siblings: &mut core::slice::Iter<'_, Hash>,
    range: (u64, u64),
    leaves: &[Hash],
    subtree: (u64, u64),
) -> Result<Hash, ProofError> {
    match place(range, subtree) {
        Place::Inside => {
            // Both fit, as the range is not longer than `leaves`.
            let inside = (subtree.0 - range.0) as usize..(subtree.1 - range.0) as usize;
            leaves.get(inside).map(root_of).ok_or(ProofError::Bounds)
        }
        Place::Outside => siblings.next().copied().ok_or(ProofError::Length),
        Place::Across(left, right) => {
            let left = rebuild(siblings, range, leaves, left)?;
            Ok(node_hash(left, rebuild(siblings, range, leaves, right)?))
        }
    }
}

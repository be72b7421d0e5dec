use alloc::vec::Vec;
use core::slice;

use super::{Hash, ProofError, Subtrees, node_hash, root_of, subtrees::split};

/// What shows that runs of neighbouring leaves are in a tree: the roots of the largest subtrees that hold none of them, from
/// left to right.
///
/// These are exactly the subtrees which the recursive split of RFC 9162 section 2.1.1 comes upon when it goes down into
/// every subtree that holds leaves of a run and others too. One run in a tree of `n` leaves needs at most `2 * log2(n)` of
/// them, and for one leaf they are the hashes of its [inclusion proof](super::InclusionProof), in this order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RangeProof(pub Vec<Hash>);

/// A run of neighbouring leaves: the index of the first, and the hash of each.
pub type Run = (u64, Vec<Hash>);

/// Proves that the leaves `from` up to, not including, `to` are in the tree of `size` leaves.
///
/// # Errors
/// [`ProofError::Bounds`] if the range is empty or reaches beyond the tree, and what the source fails with.
pub fn range_proof<S: Subtrees>(source: &mut S, from: u64, to: u64, size: u64) -> Result<RangeProof, S::Error> {
    ranges_proof(source, &[(from, to)], size)
}

/// Proves that the leaves of several ranges are in the tree of `size` leaves. The ranges ascend, and between two of them
/// stands at least one leaf.
///
/// # Errors
/// [`ProofError::Bounds`] if there is no range, one is empty or reaches beyond the tree, or they are in another order, and what
/// the source fails with.
pub fn ranges_proof<S: Subtrees>(source: &mut S, ranges: &[(u64, u64)], size: u64) -> Result<RangeProof, S::Error> {
    check(ranges, size)?;
    let mut siblings = Vec::new();
    collect(source, &mut siblings, ranges, (0, size))?;
    Ok(RangeProof(siblings))
}

/// Refuses ranges that are empty, overlap, touch, or reach beyond the tree.
fn check(ranges: &[(u64, u64)], size: u64) -> Result<(), ProofError> {
    let (mut end, mut first) = (0, true);
    for &(from, to) in ranges {
        if from >= to || to > size || (!first && from <= end) {
            return Err(ProofError::Bounds);
        }
        (end, first) = (to, false);
    }
    if first { Err(ProofError::Bounds) } else { Ok(()) }
}

/// How a subtree lies to the ranges.
enum Place {
    Outside,
    Inside,
    /// Partly: these are its two halves.
    Across((u64, u64), (u64, u64)),
}

/// The ranges that have a leaf in a subtree.
fn within<T>(ranges: &[T], bounds: impl Fn(&T) -> (u64, u64), subtree: (u64, u64)) -> &[T] {
    let from = ranges.partition_point(|range| bounds(range).1 <= subtree.0);
    let to = ranges.partition_point(|range| bounds(range).0 < subtree.1);
    ranges.get(from..to).unwrap_or_default()
}

/// `first` is the first range that has a leaf in the subtree, if there is one.
fn place(first: Option<(u64, u64)>, subtree: (u64, u64)) -> Place {
    match first {
        None => Place::Outside,
        Some((from, to)) if from <= subtree.0 && subtree.1 <= to => Place::Inside,
        Some(_) => {
            // It holds a leaf of a range and another one, so at least two.
            let middle = subtree.0 + split(subtree.1 - subtree.0);
            Place::Across((subtree.0, middle), (middle, subtree.1))
        }
    }
}

fn collect<S: Subtrees>(
    source: &mut S,
    siblings: &mut Vec<Hash>,
    ranges: &[(u64, u64)],
    subtree: (u64, u64),
) -> Result<(), S::Error> {
    let ranges = within(ranges, |range| *range, subtree);
    match place(ranges.first().copied(), subtree) {
        Place::Inside => {}
        Place::Outside => siblings.push(source.subtree(subtree.0, subtree.1)?),
        Place::Across(left, right) => {
            collect(source, siblings, ranges, left)?;
            collect(source, siblings, ranges, right)?;
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
        self.rebuild(&[(from, leaves)], size)
    }

    /// The root of the tree of `size` leaves in which these runs of leaf hashes stand, like [`root`](Self::root).
    pub fn root_of_runs(&self, runs: &[Run], size: u64) -> Result<Hash, ProofError> {
        self.rebuild(&runs.iter().map(|(from, leaves)| (*from, leaves.as_slice())).collect::<Vec<_>>(), size)
    }

    fn rebuild(&self, runs: &[(u64, &[Hash])], size: u64) -> Result<Hash, ProofError> {
        let ranges = runs.iter().map(|(from, leaves)| Some((*from, from.checked_add(leaves.len() as u64)?)));
        check(&ranges.collect::<Option<Vec<_>>>().ok_or(ProofError::Bounds)?, size)?;
        let mut siblings = self.0.iter();
        let root = rebuild(&mut siblings, runs, (0, size))?;
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
    siblings: &mut slice::Iter<'_, Hash>,
    runs: &[(u64, &[Hash])],
    subtree: (u64, u64),
) -> Result<Hash, ProofError> {
    let bounds = |run: &(u64, &[Hash])| (run.0, run.0 + run.1.len() as u64);
    let runs = within(runs, bounds, subtree);
    let first = runs.first();
    match place(first.map(bounds), subtree) {
        Place::Inside => {
            let (from, leaves) = first.ok_or(ProofError::Bounds)?;
            // Both fit, as the run is not longer than its leaves.
            let inside = (subtree.0 - from) as usize..(subtree.1 - from) as usize;
            leaves.get(inside).map(root_of).ok_or(ProofError::Bounds)
        }
        Place::Outside => siblings.next().copied().ok_or(ProofError::Length),
        Place::Across(left, right) => {
            let left = rebuild(siblings, runs, left)?;
            Ok(node_hash(left, rebuild(siblings, runs, right)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::merkle::{Tree, leaf_hash};

    fn leaf(index: u64) -> Hash {
        leaf_hash(&index.to_be_bytes())
    }

    proptest! {
        /// Runs of a set of leaves, as a grant has them: proven together, and nothing else in their place.
        #[test]
        fn runs_are_proven_together(chosen in prop::collection::vec(any::<bool>(), 1..70)) {
            let size = chosen.len() as u64;
            let tree: Tree = (0..size).map(leaf).collect();
            let mut runs: Vec<Run> = Vec::new();
            for index in (0..size).filter(|&index| chosen[index as usize]) {
                match runs.last_mut().filter(|(from, leaves)| from + leaves.len() as u64 == index) {
                    Some((_, leaves)) => leaves.push(leaf(index)),
                    None => runs.push((index, vec![leaf(index)])),
                }
            }
            let ranges: Vec<_> = runs.iter().map(|(from, leaves)| (*from, from + leaves.len() as u64)).collect();
            let proof = ranges_proof(&mut &tree, &ranges, size);
            if runs.is_empty() {
                prop_assert_eq!(proof, Err(ProofError::Bounds));
                return Ok(());
            }
            let proof = proof.unwrap();
            prop_assert_eq!(proof.root_of_runs(&runs, size), Ok(tree.root()));
            for at in 0..runs.len() {
                let mut altered = runs.clone();
                altered[at].1[0] = leaf(1000);
                prop_assert_ne!(proof.root_of_runs(&altered, size), Ok(tree.root()));
                let mut moved = runs.clone();
                moved[at].0 += 1;
                prop_assert_ne!(proof.root_of_runs(&moved, size), Ok(tree.root()));
            }
            let mut longer = proof.clone();
            longer.0.push(leaf(0));
            prop_assert_eq!(longer.root_of_runs(&runs, size), Err(ProofError::Length));
        }
    }

    #[test]
    fn runs_ascend_and_do_not_touch() {
        let tree: Tree = (0..8).map(leaf).collect();
        for ranges in [&[(2, 3), (1, 2)][..], &[(1, 2), (2, 3)], &[(1, 3), (2, 4)], &[(3, 3)], &[(0, 9)], &[]] {
            assert_eq!(ranges_proof(&mut &tree, ranges, 8), Err(ProofError::Bounds), "{ranges:?}");
        }
    }
}

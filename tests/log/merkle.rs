//! Trees and their proofs: the Certificate Transparency reference vectors, and every tree of up to 70 leaves against the
//! recursive definitions of RFC 9162 section 2.1.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use footage::merkle::{
    ConsistencyProof, Frontier, Hash, InclusionProof, ProofError, RangeProof, Subtrees, Tree, leaf_hash, leaf_hash_of,
    node_hash, range_proof, root_of,
};
use proptest::prelude::*;

const LARGEST: u64 = 70;

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|index| leaf_hash(&index.to_be_bytes())).collect()
}

fn split(leaves: usize) -> usize {
    let mut k = 1;
    while k * 2 < leaves {
        k *= 2;
    }
    k
}

/// `MTH`.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::EMPTY,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(mth(left), mth(right))
        }
    }
}

/// `PATH`.
fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) = if index < k { (path(index, left), right) } else { (path(index - k, right), left) };
    path.push(mth(sibling));
    path
}

/// `SUBPROOF`.
fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![mth(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, sibling) =
        if old <= k { (subproof(old, left, whole), right) } else { (subproof(old - k, right, false), left) };
    proof.push(mth(sibling));
    proof
}

/// All that a proof can become by losing, gaining, changing or swapping a hash.
fn altered(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let other = leaf_hash(b"other");
    let mut all = Vec::new();
    for at in 0..=proof.len() {
        let mut longer = proof.to_vec();
        longer.insert(at, other);
        all.push(longer);
    }
    for at in 0..proof.len() {
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        all.push(shorter);
        let mut changed = proof.to_vec();
        changed[at] = other;
        all.push(changed);
        let mut doubled = proof.to_vec();
        doubled.insert(at, proof[at]);
        all.push(doubled);
    }
    for at in 1..proof.len() {
        let mut swapped = proof.to_vec();
        swapped.swap(at - 1, at);
        all.push(swapped);
    }
    all
}

#[test]
fn frontier_and_tree_have_the_roots_of_the_definition() {
    let all = leaves(LARGEST);
    let (mut frontier, mut tree) = (Frontier::new(), Tree::new());
    for size in 0..=all.len() {
        let expected = mth(&all[..size]);
        assert_eq!(frontier.root(), expected);
        assert_eq!(root_of(&all[..size]), expected);
        assert_eq!(tree.root(), expected);
        assert_eq!((frontier.size(), tree.size()), (size as u64, size as u64));
        assert!(frontier.edge().len() <= 7);
        assert_eq!(Frontier::restore(size as u64, frontier.edge().to_vec()).unwrap(), frontier);
        if let Some(leaf) = all.get(size) {
            frontier.push(*leaf);
            assert_eq!(tree.push(*leaf), size as u64);
        }
    }
    for size in 0..=all.len() {
        assert_eq!(tree.root_at(size as u64).unwrap(), mth(&all[..size]));
    }
    assert_eq!(tree.root_at(LARGEST + 1), Err(ProofError::Bounds));
    assert_eq!(tree.leaf(69), Some(all[69]));
    assert_eq!(tree.leaf(70), None);
}

#[test]
fn a_frontier_is_restored_only_with_the_edge_of_its_size() {
    let edge = leaves(2);
    assert!(Frontier::restore(3, edge.clone()).is_ok());
    assert_eq!(Frontier::restore(7, edge.clone()), Err(ProofError::Length));
    assert_eq!(Frontier::restore(4, edge.clone()), Err(ProofError::Length));
    assert_eq!(Frontier::restore((1 << 63) + 1, edge), Err(ProofError::Bounds));
}

/// Only where a complete subtree of that width may stand, and never past 2^63 - 1 leaves.
#[test]
fn a_subtree_is_appended_only_where_a_complete_one_begins() {
    let root = leaves(1)[0];
    let of_size = |size: u64| Frontier::restore(size, leaves(size.count_ones().into())).unwrap();
    for size in 0..40_u64 {
        for width in 0..40_u64 {
            let fits = width.is_power_of_two() && size % width == 0;
            let appended = of_size(size).push_complete(width, root);
            assert_eq!(appended, if fits { Ok(()) } else { Err(ProofError::Bounds) }, "{width} at {size}");
        }
    }
    assert_eq!(of_size(1 << 62).push_complete(1 << 62, root), Err(ProofError::Bounds));
    assert_eq!(of_size(0).push_complete(1 << 63, root), Err(ProofError::Bounds));
    assert_eq!(of_size(1 << 62).push_complete(1 << 61, root), Ok(()));
}

/// From nothing to nothing there is nothing to show, and no other root of it.
#[test]
fn the_empty_tree_has_one_root() {
    let other = leaves(1)[0];
    let proof = ConsistencyProof::default();
    assert_eq!(proof.verify(0, Hash::EMPTY, 0, Hash::EMPTY), Ok(()));
    assert_eq!(proof.verify(0, Hash::EMPTY, 0, other), Err(ProofError::Root));
    assert_eq!(proof.verify(0, other, 0, other), Err(ProofError::Root));
    assert_eq!(proof.verify(0, Hash::EMPTY, 1, other), Ok(()));
}

#[test]
fn a_leaf_hash_of_parts_is_that_of_the_whole() {
    assert_eq!(leaf_hash_of(&[b"foo", b"", b"tage"]), leaf_hash(b"footage"));
    assert_eq!(leaf_hash_of(&[]), leaf_hash(b""));
}

#[test]
fn every_inclusion_proof_holds_and_no_altered_one() {
    let all = leaves(LARGEST);
    let tree: Tree = all.iter().copied().collect();
    for size in 1..=all.len() {
        let root = mth(&all[..size]);
        for index in 0..size {
            let (i, n) = (index as u64, size as u64);
            let proof = tree.inclusion_proof(i, n).unwrap();
            assert_eq!(proof.0, path(index, &all[..size]));
            proof.verify(all[index], i, n, root).unwrap();
            assert!(proof.verify(leaf_hash(b"other"), i, n, root).is_err());
            for other in (0..n).filter(|&other| other != i) {
                assert!(proof.verify(all[index], other, n, root).is_err());
            }
            for altered in altered(&proof.0) {
                assert!(InclusionProof(altered).verify(all[index], i, n, root).is_err());
            }
            assert_eq!(proof.verify(all[index], n, n, root), Err(ProofError::Bounds));
        }
        assert_eq!(tree.inclusion_proof(size as u64, size as u64), Err(ProofError::Bounds));
    }
    assert_eq!(tree.inclusion_proof(0, LARGEST + 1), Err(ProofError::Bounds));
    assert_eq!(tree.inclusion_proof(0, u64::MAX), Err(ProofError::Bounds));
    assert_eq!(Tree::new().inclusion_proof(0, 1), Err(ProofError::Bounds));
    assert_eq!(tree.consistency_proof(LARGEST + 1, LARGEST + 1), Err(ProofError::Bounds));
}

#[test]
fn every_consistency_proof_holds_and_no_altered_one() {
    let all = leaves(LARGEST);
    let tree: Tree = all.iter().copied().collect();
    let forked = leaf_hash(b"fork");
    for new in 0..=all.len() {
        for old in 0..=new {
            let (m, n) = (old as u64, new as u64);
            let (before, after) = (mth(&all[..old]), mth(&all[..new]));
            let proof = tree.consistency_proof(m, n).unwrap();
            assert_eq!(proof.0, if old == 0 { Vec::new() } else { subproof(old, &all[..new], true) });
            proof.verify(m, before, n, after).unwrap();
            assert_eq!(proof.verify(m, forked, n, after), Err(ProofError::Root));
            assert!(proof.verify(m, before, n, forked).is_err() || old == 0);
            for altered in altered(&proof.0) {
                assert!(ConsistencyProof(altered).verify(m, before, n, after).is_err());
            }
            assert_eq!(proof.verify(n + 1, before, n, after), Err(ProofError::Bounds));
        }
        assert_eq!(tree.consistency_proof(new as u64 + 1, new as u64), Err(ProofError::Bounds));
    }
}

#[test]
fn every_range_proof_leads_to_the_root() {
    let all = leaves(LARGEST);
    let tree: Tree = all.iter().copied().collect();
    for size in 1..=all.len() {
        let root = mth(&all[..size]);
        let most = 2 * size.next_power_of_two().ilog2() as usize;
        for from in 0..size {
            for to in from + 1..=size {
                let (a, b, n) = (from as u64, to as u64, size as u64);
                let proof = tree.range_proof(a, b, n).unwrap();
                assert!(proof.0.len() <= most);
                assert_eq!(proof.root(a, &all[from..to], n), Ok(root));
                assert_eq!(proof.verify(a, &all[from..to], n, Hash::EMPTY), Err(ProofError::Root));
            }
        }
    }
}

#[test]
fn no_altered_range_proof_leads_to_the_root() {
    let all = leaves(21);
    let tree: Tree = all.iter().copied().collect();
    for from in 0..21_usize {
        for to in from + 1..=21 {
            let proof = tree.range_proof(from as u64, to as u64, 21).unwrap();
            for altered in altered(&proof.0) {
                assert!(RangeProof(altered).verify(from as u64, &all[from..to], 21, tree.root()).is_err());
            }
            for at in from..to {
                let mut other = all[from..to].to_vec();
                other[at - from] = leaf_hash(b"other");
                assert!(proof.verify(from as u64, &other, 21, tree.root()).is_err());
            }
            assert!(proof.verify(from as u64 + 1, &all[from..to], 21, tree.root()).is_err());
            assert!(proof.verify(from as u64, &all[from..to - 1], 21, tree.root()).is_err());
        }
    }
}

#[test]
fn a_range_of_one_leaf_has_the_hashes_of_its_inclusion_proof() {
    let tree: Tree = leaves(LARGEST).into_iter().collect();
    for index in 0..LARGEST {
        let mut range = tree.range_proof(index, index + 1, LARGEST).unwrap().0;
        let mut path = tree.inclusion_proof(index, LARGEST).unwrap().0;
        range.sort();
        path.sort();
        assert_eq!(range, path);
    }
}

#[test]
fn a_range_is_not_empty_and_lies_in_the_tree() {
    let tree: Tree = leaves(9).into_iter().collect();
    for (from, to, size) in [(3, 3, 9), (4, 3, 9), (0, 10, 9), (0, 10, 10), (0, 1, 0), (u64::MAX, u64::MAX, u64::MAX)] {
        assert_eq!(tree.range_proof(from, to, size), Err(ProofError::Bounds));
    }
    let one = leaves(1);
    for (from, leaves, size) in [(0, &[][..], 9), (9, &one[..], 9), (u64::MAX, &one[..], u64::MAX)] {
        assert_eq!(RangeProof::default().root(from, leaves, size), Err(ProofError::Bounds));
    }
    assert_eq!(RangeProof::default().root(u64::MAX - 1, &one, u64::MAX), Err(ProofError::Length));
}

/// Hashes from outside of memory: asked only for subtrees of the split, and may fail.
struct Disk {
    leaves: Vec<Hash>,
    asked: Vec<(u64, u64)>,
}

#[derive(Debug, PartialEq)]
enum DiskError {
    Proof(ProofError),
    Broken,
}

impl From<ProofError> for DiskError {
    fn from(error: ProofError) -> Self {
        Self::Proof(error)
    }
}

impl Subtrees for Disk {
    type Error = DiskError;

    fn subtree(&mut self, from: u64, to: u64) -> Result<Hash, DiskError> {
        self.asked.push((from, to));
        self.leaves.get(from as usize..to as usize).map(mth).ok_or(DiskError::Broken)
    }
}

#[test]
fn a_range_proof_is_made_from_any_source_of_subtrees() {
    let all = leaves(13);
    let tree: Tree = all.iter().copied().collect();
    let mut disk = Disk { leaves: all, asked: Vec::new() };
    assert_eq!(range_proof(&mut disk, 3, 9, 13), Ok(tree.range_proof(3, 9, 13).unwrap()));
    assert_eq!(disk.asked, [(0, 2), (2, 3), (9, 10), (10, 12), (12, 13)]);
    disk.leaves.truncate(9);
    assert_eq!(range_proof(&mut disk, 3, 9, 13), Err(DiskError::Broken));
    assert_eq!(range_proof(&mut disk, 3, 3, 13), Err(DiskError::Proof(ProofError::Bounds)));
}

mod reference {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Vectors {
        leaves: Vec<String>,
        roots: Vec<Hash>,
        inclusion: Vec<Inclusion>,
        consistency: Vec<Consistency>,
    }

    #[derive(serde::Deserialize)]
    struct Inclusion {
        index: u64,
        size: u64,
        proof: Vec<Hash>,
    }

    #[derive(serde::Deserialize)]
    struct Consistency {
        old: u64,
        new: u64,
        proof: Vec<Hash>,
    }

    fn vectors() -> (Vectors, Vec<Hash>, Tree) {
        let vectors: Vectors = serde_json::from_str(include_str!("../vectors/rfc6962.json")).unwrap();
        let unhex = |text: &String| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        let leaves: Vec<Hash> = vectors.leaves.iter().map(|leaf| leaf_hash(&unhex(leaf))).collect();
        let tree = leaves.iter().copied().collect();
        (vectors, leaves, tree)
    }

    #[test]
    fn rfc6962_reference_roots() {
        let (vectors, _, tree) = vectors();
        assert_eq!(vectors.roots.len(), 9);
        for (size, root) in vectors.roots.iter().enumerate() {
            assert_eq!(tree.root_at(size as u64), Ok(*root));
        }
    }

    #[test]
    fn rfc6962_reference_inclusion_proofs() {
        let (vectors, leaves, tree) = vectors();
        for Inclusion { index, size, proof } in vectors.inclusion {
            let proof = InclusionProof(proof);
            assert_eq!(tree.inclusion_proof(index, size).as_ref(), Ok(&proof));
            proof.verify(leaves[index as usize], index, size, vectors.roots[size as usize]).unwrap();
        }
    }

    #[test]
    fn rfc6962_reference_consistency_proofs() {
        let (vectors, _, tree) = vectors();
        for Consistency { old, new, proof } in vectors.consistency {
            let proof = ConsistencyProof(proof);
            assert_eq!(tree.consistency_proof(old, new).as_ref(), Ok(&proof));
            proof.verify(old, vectors.roots[old as usize], new, vectors.roots[new as usize]).unwrap();
        }
    }
}

proptest! {
    #[test]
    fn proofs_of_larger_trees_hold(size in 1_u64..5000, a in any::<u64>(), b in any::<u64>()) {
        let all = leaves(size);
        let tree: Tree = all.iter().copied().collect();
        let (a, b) = (a % size, b % size);
        let (from, to) = (a.min(b), a.max(b) + 1);
        let root = tree.root();
        prop_assert_eq!(root, root_of(&all));
        let inclusion = tree.inclusion_proof(a, size).unwrap();
        prop_assert_eq!(inclusion.verify(all[a as usize], a, size, root), Ok(()));
        let consistency = tree.consistency_proof(to, size).unwrap();
        prop_assert_eq!(consistency.verify(to, tree.root_at(to).unwrap(), size, root), Ok(()));
        let range = tree.range_proof(from, to, size).unwrap();
        prop_assert_eq!(range.verify(from, &all[from as usize..to as usize], size, root), Ok(()));
    }

    #[test]
    fn nothing_made_up_panics(
        hashes in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash::from_bytes), 0..130),
        a in any::<u64>(),
        b in any::<u64>(),
    ) {
        let leaf = leaf_hash(b"leaf");
        prop_assert!(InclusionProof(hashes.clone()).verify(leaf, a, b, leaf).is_err());
        let _ = ConsistencyProof(hashes.clone()).verify(a, leaf, b, leaf);
        prop_assert!(RangeProof(hashes).verify(a, &[leaf], b, leaf).is_err());
    }
}

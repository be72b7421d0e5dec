//! Trees and their proofs against `ct-merkle`, a foreign implementation of RFC 6962: the same roots and proofs, and of
//! every proof, altered or not, the same opinion.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof as TheirConsistency, InclusionProof as TheirInclusion, RootHash};
use footage::merkle::{ConsistencyProof, Hash, InclusionProof, Tree, leaf_hash};
use proptest::prelude::*;
use sha2::Sha256;

type Theirs = MemoryBackedTree<Sha256, Vec<u8>>;

fn leaf(index: u64) -> Vec<u8> {
    // Of every length about a block of the hash, and the empty one.
    (0..index % 131).map(|at| (at ^ index) as u8).chain((index > 0).then_some(index as u8)).collect()
}

fn trees(size: u64) -> (Tree, Theirs) {
    let (mut ours, mut theirs) = (Tree::new(), Theirs::new());
    for index in 0..size {
        ours.push(leaf_hash(&leaf(index)));
        theirs.push(leaf(index));
    }
    (ours, theirs)
}

fn bytes(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

fn root(ours: &Tree, size: u64) -> RootHash<Sha256> {
    RootHash::new((*ours.root_at(size).unwrap().as_bytes()).into(), size)
}

/// A proof as it is, and with one hash changed, lost or added.
fn variants(proof: &[Hash], at: usize) -> [Vec<Hash>; 4] {
    let other = leaf_hash(b"other");
    let (mut changed, mut shorter, mut longer) = (proof.to_vec(), proof.to_vec(), proof.to_vec());
    if !proof.is_empty() {
        changed[at % proof.len()] = other;
        shorter.remove(at % proof.len());
    }
    longer.insert(at % (proof.len() + 1), other);
    [proof.to_vec(), changed, shorter, longer]
}

fn included(ours: &Tree, index: u64, size: u64, proof: Vec<Hash>) -> [bool; 2] {
    let theirs = TheirInclusion::try_from_bytes(bytes(&proof)).unwrap();
    let root_hash = ours.root_at(size).unwrap();
    [
        InclusionProof(proof).verify(leaf_hash(&leaf(index)), index, size, root_hash).is_ok(),
        root(ours, size).verify_inclusion(&leaf(index), index, &theirs).is_ok(),
    ]
}

fn consistent(ours: &Tree, old: u64, new: u64, proof: Vec<Hash>) -> [bool; 2] {
    let theirs = TheirConsistency::try_from_bytes(bytes(&proof)).unwrap();
    let (before, after) = (ours.root_at(old).unwrap(), ours.root_at(new).unwrap());
    [
        ConsistencyProof(proof).verify(old, before, new, after).is_ok(),
        root(ours, new).verify_consistency(&root(ours, old), &theirs).is_ok(),
    ]
}

#[test]
fn ct_merkle_makes_the_same_trees_and_proofs() {
    for size in 1..=70 {
        let (ours, theirs) = trees(size);
        assert_eq!(ours.root().as_bytes()[..], theirs.root().as_bytes()[..]);
        for index in 0..size {
            let proof = ours.inclusion_proof(index, size).unwrap().0;
            assert_eq!(bytes(&proof), theirs.prove_inclusion(index as usize).as_bytes());
            assert_eq!(included(&ours, index, size, proof), [true; 2]);
        }
        for old in 1..size {
            let proof = ours.consistency_proof(old, size).unwrap().0;
            assert_eq!(bytes(&proof), theirs.prove_consistency((size - old) as usize).as_bytes());
            assert_eq!(consistent(&ours, old, size, proof), [true; 2]);
        }
    }
}

proptest! {
    #[test]
    fn ct_merkle_is_of_the_same_opinion(size in 2_u64..600, a in any::<u64>(), b in any::<u64>(), at in any::<usize>()) {
        let (ours, _) = trees(size);
        let (index, other, old) = (a % size, b % size, 1 + a % (size - 1));
        for proof in variants(&ours.inclusion_proof(index, size).unwrap().0, at) {
            for claimed in [index, other] {
                let [here, there] = included(&ours, claimed, size, proof.clone());
                prop_assert_eq!(here, there, "leaf {} of {}", claimed, size);
            }
        }
        for proof in variants(&ours.consistency_proof(old, size).unwrap().0, at) {
            let [here, there] = consistent(&ours, old, size, proof);
            prop_assert_eq!(here, there, "from {} to {}", old, size);
        }
    }
}

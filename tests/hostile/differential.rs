//! The same by other means: ciphers and keys against another implementation, trees against `ct-merkle`, all cores against
//! one.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate
)]

use std::io::Cursor;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::array::Array;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::ChaCha20Poly1305;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof as TheirConsistency, InclusionProof as TheirInclusion};
use crate::common::{begin, media, list_of, told};
use footage::camera::Cadence;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, Suite};
use footage::media::{Bytes, Cutter};
use footage::merkle::{Frontier, Tree, leaf_hash, root_of};
use footage::record::{Entry, Millis, Signed, read_all, verify_all};
use sha2::Sha256;

use super::clips::{keys, owner};
use super::common::{NOON, Pinned, at, put_together, take_apart};
use super::derive::{self, camera};
use super::recipe::Recipe;

/// One byte says what the others are.
pub fn differential(data: &[u8]) {
    let Some((&what, bytes)) = data.split_first() else { return };
    let recipe = Recipe(bytes);
    match what % 4 {
        0 => ciphers(recipe),
        1 => trees(recipe),
        2 => whole(recipe),
        _ => statements(recipe),
    }
}

fn suite(number: u8) -> Suite {
    if number.is_multiple_of(2) { Suite::Aes256Gcm } else { Suite::ChaCha20Poly1305 }
}

/// What the camera sealed is what the page of the format says, made with other crates; and what they seal opens.
fn ciphers(mut recipe: Recipe<'_>) {
    let suite = suite(recipe.byte());
    let pieces: Vec<_> = (0..=recipe.byte() % 4).map(|_| recipe.piece().to_vec()).collect();
    let key = owner(1, KemAlgorithm::X25519);
    let mut camera = camera(suite);
    let seed = u64::from(recipe.byte());
    let (clip, secret) = derive::clip(seed);
    let mut random = Pinned(seed);
    let mut recording = begin(&mut camera, &[key.public_key()], at(NOON), Cadence::AtEnd, &mut random).unwrap();
    assert_eq!(*recording.clip().as_bytes(), clip);
    for (second, piece) in (0..).zip(&pieces) {
        media(&mut recording, &mut camera, Millis::SECOND.times(second), Millis::SECOND, &mut piece.clone()).unwrap();
    }
    let file = recording.finish(&mut camera).unwrap().into_inner().to_bytes();
    let (magic, frames) = take_apart(&file);
    let segments = frames.iter().filter(|(kind, _)| *kind == b'S');
    for ((index, piece), (_, segment)) in (0_u32..).zip(&pieces).zip(segments) {
        let (header, body) = segment.split_at(57);
        let (key, commitment) = derive::segment_key(&clip, secret, index);
        assert_eq!(&header[25..], commitment);
        let (nonce, message) = (Array::default(), Payload { msg: piece, aad: header });
        let sealed = match suite {
            Suite::Aes256Gcm => Aes256Gcm::new_from_slice(&key).unwrap().encrypt(&nonce, message),
            Suite::ChaCha20Poly1305 => ChaCha20Poly1305::new_from_slice(&key).unwrap().encrypt(&nonce, message),
        };
        assert_eq!(sealed.unwrap(), body);
        // An altered body opens to neither.
        let mut altered = body.to_vec();
        let at = recipe.below(altered.len());
        altered[at] ^= 1 << (recipe.byte() % 8);
        let message = Payload { msg: altered.as_slice(), aad: header };
        assert!(match suite {
            Suite::Aes256Gcm => Aes256Gcm::new_from_slice(&key).unwrap().decrypt(&nonce, message).is_err(),
            Suite::ChaCha20Poly1305 =>
                ChaCha20Poly1305::new_from_slice(&key).unwrap().decrypt(&nonce, message).is_err(),
        });
    }
    assert_eq!(put_together(&magic, &frames), file);
}

/// Roots and proofs of the same leaves.
fn trees(mut recipe: Recipe<'_>) {
    let size = 1 + usize::from(recipe.byte());
    let (one, two) = (recipe.below(size), recipe.below(size));
    let (old, width) = (one.min(two), recipe.byte() % 9);
    let leaves: Vec<Vec<u8>> = (0..size).map(|_| recipe.take(width.into()).to_vec()).collect();
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut before = None;
    for (index, leaf) in leaves.iter().enumerate() {
        if index == old {
            before = Some(theirs.root());
        }
        theirs.push(leaf.clone());
    }
    let hashes: Vec<_> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
    let ours: Tree = hashes.iter().copied().collect();
    let root = theirs.root();
    for found in [ours.root(), root_of(&hashes), hashes.iter().copied().collect::<Frontier>().root()] {
        assert_eq!(found.as_bytes()[..], root.as_bytes()[..]);
    }
    let bytes = |hashes: &[footage::merkle::Hash]| hashes.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>();
    let proof = bytes(&ours.inclusion_proof(two as u64, size as u64).unwrap().0);
    assert_eq!(proof, theirs.prove_inclusion(two).as_bytes());
    let proof = TheirInclusion::<Sha256>::try_from_bytes(proof).unwrap();
    root.verify_inclusion(&leaves[two], two as u64, &proof).unwrap();
    if old > 0
        && let Some(before) = before
    {
        assert_eq!(ours.root_at(old as u64).unwrap().as_bytes()[..], before.as_bytes()[..]);
        let proof = bytes(&ours.consistency_proof(old as u64, size as u64).unwrap().0);
        assert_eq!(proof, theirs.prove_consistency(size - old).as_bytes());
        let proof = TheirConsistency::<Sha256>::try_from_bytes(proof).unwrap();
        root.verify_consistency(&before, &proof).unwrap();
    }
}

/// A file that all cores seal is the one that a recording seals piece by piece; and it opens alike.
fn whole(mut recipe: Recipe<'_>) {
    let (suite, size) = (suite(recipe.byte()), 16 + u64::from(recipe.byte()));
    let owners = [owner(1, KemAlgorithm::X25519).public_key()];
    let content = recipe.rest().repeat(4);
    let cutter = || Cutter::by_size(content.as_slice(), Bytes(size)).unwrap();
    if content.is_empty() {
        return;
    }
    let sealed = camera(suite).seal(cutter(), &list_of(&owners), told(), |_| {}, &mut Pinned(3)).unwrap();
    let mut one = camera(suite);
    let mut recording = begin(&mut one, &owners, at(NOON), Cadence::AtEnd, &mut Pinned(3)).unwrap();
    for cut in cutter() {
        let mut cut = cut.unwrap();
        media(&mut recording, &mut one, cut.start, cut.duration, &mut cut.bytes).unwrap();
    }
    let file = sealed.into_inner().to_bytes();
    assert_eq!(recording.finish(&mut one).unwrap().into_inner().to_bytes(), file);

    // Opened by all cores, and one after the other, also where it was altered.
    let mut altered = file;
    let mut piece = Recipe(&content);
    if content[0].is_multiple_of(2) {
        piece.alter(&mut altered);
    }
    let Ok(mut clip) = FinishedClip::open(Cursor::new(&altered)) else { return };
    let secret = clip.unlock(&owner(1, KemAlgorithm::X25519)).unwrap();
    let mut each = Vec::new();
    let count = clip.count();
    let failed = (0..count).any(|index| match clip.segment(&secret, index) {
        Ok((_, content)) => {
            each.extend_from_slice(&content);
            false
        }
        Err(_) => true,
    });
    let mut sink = Vec::new();
    let mut clip = FinishedClip::open(Cursor::new(&altered)).unwrap();
    assert_eq!(clip.open_all(&secret, &mut sink, |_| {}).is_err(), failed);
    assert_eq!(sink, each);
    assert!(content.starts_with(&sink));
}

/// Statements verified all at once, and each by itself.
fn statements(mut recipe: Recipe<'_>) {
    let count = usize::from(recipe.byte()) % 80;
    let (_, key, _) = keys(2);
    let statements = (0..count).map(|number| {
        let custodian = footage::record::CustodianId::new(&format!("c{number}")).unwrap();
        let nonce = footage::record::Nonce::from_bytes(recipe.array());
        let start = footage::record::CustodianStart { custodian, nonce };
        let mut bytes = footage::record::Verified::sign(start, &key).to_bytes();
        let mut piece = Recipe(recipe.piece());
        piece.alter(&mut bytes);
        bytes
    });
    let statements: Vec<Vec<u8>> = statements.collect();
    let alone: Vec<_> =
        statements.iter().map(|bytes| Signed::<Entry>::from_bytes(bytes).and_then(Signed::verify)).collect();
    assert_eq!(read_all::<Entry, _>(&statements), alone);
    let read: Vec<_> = statements.iter().filter_map(|bytes| Signed::<Entry>::from_bytes(bytes).ok()).collect();
    let alone: Vec<_> = read.iter().map(|statement| statement.clone().verify()).collect();
    assert_eq!(verify_all(read), alone);
}

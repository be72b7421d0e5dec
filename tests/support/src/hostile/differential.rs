//! The same by other means: ciphers and keys against another implementation, trees against `ct-merkle`, all cores against
//! one.

use std::io::Cursor;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::array::Array;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::ChaCha20Poly1305;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof as TheirConsistency, InclusionProof as TheirInclusion};
use footage::camera::Cadence;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, Suite};
use footage::media::{Bytes, Cutter};
use footage::merkle::{Frontier, Tree, leaf_hash, root_of};
use footage::record::{Clock, Entry, Head, Millis, Signed, read_all, verify_all};
use sha2::Sha256;

use super::clips::{keys, owner};
use super::common::{NOON, Pinned, at, begin, list_of, media, put_together, take_apart, told};
use super::derive::{self, Clip, HEADER_LEN, camera};
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
    let clip = Clip::first(seed, suite, NOON, Clock::Set, &list_of(&[key.public_key()]));
    let mut random = Pinned(seed);
    let mut recording = begin(&mut camera, at(NOON), Cadence::AtEnd, &mut random).unwrap();
    assert_eq!(*recording.clip().as_bytes(), clip.id);
    for (second, piece) in (0..).zip(&pieces) {
        media(&mut recording, &mut camera, Millis::SECOND.times(second), Millis::SECOND, &mut piece.clone()).unwrap();
    }
    let file = recording.finish(&mut camera).unwrap().into_inner().to_bytes();
    let (magic, frames) = take_apart(&file);
    sealed(&clip, suite, &frames, &pieces);
    // An altered body opens to nothing.
    let at = recipe.below(pieces.len());
    let (_, segment) = frames.iter().filter(|(kind, _)| *kind == b'S').nth(at).unwrap();
    let (header, body) = segment.split_at(HEADER_LEN);
    let mut altered = body.to_vec();
    let place = recipe.below(altered.len());
    altered[place] ^= 1 << (recipe.byte() % 8);
    let (key, _) = clip.segment_key(0, at as u32);
    let (nonce, message) = (Array::default(), Payload { msg: altered.as_slice(), aad: header });
    assert!(match suite {
        Suite::Aes256Gcm => Aes256Gcm::new_from_slice(&key).unwrap().decrypt(&nonce, message).is_err(),
        Suite::ChaCha20Poly1305 => ChaCha20Poly1305::new_from_slice(&key).unwrap().decrypt(&nonce, message).is_err(),
    });
    assert_eq!(put_together(&magic, &frames), file);
}

/// Holds the frames of a clip of pictures, or of a file, against what other crates make of its contents: every segment, and
/// the root in its manifest.
fn sealed(clip: &Clip, suite: Suite, frames: &[(u8, Vec<u8>)], contents: &[Vec<u8>]) {
    let of = |wanted: u8| frames.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, payload)| payload);
    assert_eq!(of(b'S').count(), contents.len());
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for ((index, content), segment) in (0_u32..).zip(contents).zip(of(b'S')) {
        let (header, body) = segment.split_at(HEADER_LEN);
        let (key, commitment) = clip.segment_key(0, index);
        assert_eq!((&header[..4], &header[27..]), (&index.to_be_bytes()[..], &commitment[..]));
        let (nonce, message) = (Array::default(), Payload { msg: content.as_slice(), aad: header });
        let sealed = match suite {
            Suite::Aes256Gcm => Aes256Gcm::new_from_slice(&key).unwrap().encrypt(&nonce, message),
            Suite::ChaCha20Poly1305 => ChaCha20Poly1305::new_from_slice(&key).unwrap().encrypt(&nonce, message),
        };
        assert_eq!(sealed.unwrap(), body);
        tree.push(derive::halves(header, body));
    }
    let manifest = Signed::<Head>::from_bytes(of(b'D').next_back().unwrap()).unwrap();
    let Head { count, root, .. } = *manifest.statement();
    assert_eq!((count as usize, &root.as_bytes()[..]), (contents.len(), &tree.root().as_bytes()[..]));
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

/// A file that all cores seal is what the page of the format says, piece by piece; and it opens alike.
fn whole(mut recipe: Recipe<'_>) {
    let (suite, size) = (suite(recipe.byte()), 16 + u64::from(recipe.byte()));
    let owners = list_of(&[owner(1, KemAlgorithm::X25519).public_key()]);
    let content = recipe.rest().repeat(4);
    if content.is_empty() {
        return;
    }
    let cutter = Cutter::by_size(content.as_slice(), Bytes(size)).unwrap();
    let sealed = camera(suite).seal(cutter, told(), |_| {}, &mut Pinned(3)).unwrap();
    let file = sealed.into_inner().to_bytes();
    let clip = Clip::first(3, suite, NOON, Clock::Told, &owners);
    let pieces: Vec<_> = content.chunks(size as usize).map(<[u8]>::to_vec).collect();
    self::sealed(&clip, suite, &take_apart(&file).1, &pieces);

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

//! Keys and digests as the page of the format says, made with other crates.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate
)]

use footage::crypto::{Digest, Label, Random as _, Suite};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};

use super::clips::keys;
use super::common::Pinned;

/// The camera with the keys of seed 1, which has recorded nothing.
pub fn camera(suite: Suite) -> super::clips::TestCamera {
    super::clips::camera(1, suite)
}

pub fn digest(label: Label, parts: &[&[u8]]) -> Digest {
    let hash = parts.iter().fold(Sha256::new_with_prefix(label.as_bytes()), Sha256::chain_update);
    Digest::from_bytes(hash.finalize().into())
}

pub fn extract(label: Label, input: &[u8]) -> [u8; 32] {
    Hkdf::<Sha256>::extract(Some(label.as_bytes()), input).0.into()
}

pub fn expand<const N: usize>(key: &[u8], label: Label, context: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    let info = [label.as_bytes(), context].concat();
    Hkdf::<Sha256>::from_prk(key).unwrap().expand(&info, &mut out).unwrap();
    out
}

/// The id and the secret of the first clip that this camera records with this randomness (section 6).
pub fn clip(random: u64) -> ([u8; 16], [u8; 32]) {
    let mut fresh = [0; 32];
    Pinned(random).fill(&mut fresh).unwrap();
    let (_, _, device) = keys(1);
    let root = extract(Label::CLIP, &[&fresh, device.expose(), &1_u64.to_be_bytes()[..]].concat());
    (expand(&root, Label::CLIP_ID, &[]), expand(&root, Label::CLIP_SECRET, &[]))
}

/// A node of the key tree, down from the clip's secret.
pub fn node(clip: &[u8], secret: [u8; 32], level: u8, index: u32) -> [u8; 32] {
    (1..=level).fold(secret, |node, down| {
        let place = index >> (level - down);
        expand(&node, Label::NODE, &[clip, &[down], &place.to_be_bytes()].concat())
    })
}

/// Key and commitment of a segment.
pub fn segment_key(clip: &[u8], secret: [u8; 32], index: u32) -> ([u8; 32], [u8; 32]) {
    let seed = node(clip, secret, 24, index);
    let both: [u8; 64] = expand(&seed, Label::SEGMENT, &[clip, &index.to_be_bytes()].concat());
    (both[..32].try_into().unwrap(), both[32..].try_into().unwrap())
}

/// Level and index of the largest subtrees that hold exactly a range.
pub fn cover(mut from: u32, to: u32) -> Vec<(u8, u32)> {
    let mut places = Vec::new();
    while from < to {
        let height = from.trailing_zeros().min((to - from).ilog2()).min(24);
        places.push((24 - height as u8, from.checked_shr(height).unwrap_or(0)));
        from += 1 << height;
    }
    places
}

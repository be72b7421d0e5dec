//! Keys and digests as the page of the format says, made with other crates.

use footage::crypto::{BodyDigest, Digest, KemAlgorithm, Label, Random as _, Suite};
use footage::merkle::{Hash, root_of};
use footage::record::{Clock, OwnerList, Verified};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};

use super::clips::{keys, owner};
use super::common::Pinned;

/// The camera with the keys of seed 1, of the household of owner 1, which has recorded nothing.
pub fn camera(suite: Suite) -> super::clips::TestCamera {
    super::clips::camera(1, suite, &[owner(1, KemAlgorithm::X25519).public_key()])
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

/// A clip as its owner knows it.
#[derive(Debug, Clone, Copy)]
pub struct Clip {
    pub id: [u8; 16],
    pub identity: [u8; 32],
    pub secret: [u8; 32],
}

impl Clip {
    /// The first clip that the camera of seed 1 records for the owners of this list, with this randomness (sections 1.8, 5.2
    /// and 6).
    pub fn first(random: u64, suite: Suite, started: u64, clock: Clock, owners: &Verified<OwnerList>) -> Self {
        let mut fresh = [0; 32];
        Pinned(random).fill(&mut fresh).unwrap();
        let (_, key, device) = keys(1);
        let (key, suite, clock) = (*key.verifying_key().as_bytes(), suite.number(), clock as u8);
        let mut context = [1_u64, started].map(u64::to_be_bytes).concat();
        context.extend([clock, suite]);
        context.extend(key);
        for owner in [&owners.statement().key, &owners.statement().recovery.kem] {
            let kem = match owner.algorithm() {
                KemAlgorithm::XWing => 0x647a_u16,
                KemAlgorithm::X25519 => 0x0020,
            };
            context.extend(digest(Label::KEM_KEY, &[&kem.to_be_bytes(), owner.as_bytes()]).as_bytes());
        }
        // Who has a file sealed tells its time; whatever has a clock is a video.
        context.push(if clock == Clock::Told as u8 { 2 } else { 1 });
        context.extend(owners.id().as_bytes());
        let root = extract(Label::HEDGE, &[&fresh[..], device.expose()].concat());
        let purpose = [&Sha256::digest(&context)[..], &[0; 4]].concat();
        let id: [u8; 16] = expand(&root, Label::CLIP_ID, &purpose);
        let parts: [&[u8]; 5] = [&[1, suite], &id, &started.to_be_bytes(), &[clock], &key];
        let identity = *digest(Label::CLIP_IDENTITY, &parts).as_bytes();
        Self { id, identity, secret: expand(&root, Label::CLIP_SECRET, &purpose) }
    }

    /// A node of a layer's key tree, down from the clip's secret.
    pub fn node(&self, layer: u8, level: u8, index: u32) -> [u8; 32] {
        let of_layer = [&self.identity[..], &[layer]].concat();
        let root = expand(&self.secret, Label::LAYER, &of_layer);
        (1..=level).fold(root, |node, down| {
            let place = index >> (level - down);
            expand(&node, Label::NODE, &[&of_layer[..], &[down], &place.to_be_bytes()].concat())
        })
    }

    /// Key and commitment of a segment.
    pub fn segment_key(&self, layer: u8, index: u32) -> ([u8; 32], [u8; 32]) {
        let seed = self.node(layer, 24, index);
        let context = [&self.identity[..], &[layer], &index.to_be_bytes()].concat();
        let both: [u8; 64] = expand(&seed, Label::SEGMENT, &context);
        (both[..32].try_into().unwrap(), both[32..].try_into().unwrap())
    }
}

/// Bytes of a segment's open half, and of all that stands before its body.
pub const OPEN_LEN: usize = 19;
pub const HEADER_LEN: usize = 59;

/// The open and the closed half of a segment's leaf (section 5.4).
pub fn halves(header: &[u8], body: &[u8]) -> Vec<u8> {
    let (open, rest) = header.split_at(OPEN_LEN);
    let closed = digest(Label::CLOSED, &[rest, BodyDigest::of(body).as_bytes()]);
    [open, closed.as_bytes()].concat()
}

/// The root of leaves, and the proof of ranges of them: from left to right the largest subtrees without a leaf of any
/// (section 7).
pub fn ranges_proof(leaves: &[Hash], ranges: &[(usize, usize)]) -> Vec<Hash> {
    fn walk(leaves: &[Hash], lo: usize, ranges: &[(usize, usize)], proof: &mut Vec<Hash>) {
        let hi = lo + leaves.len();
        if ranges.iter().all(|&(from, to)| hi <= from || to <= lo) {
            proof.push(root_of(leaves));
        } else if !ranges.iter().any(|&(from, to)| from <= lo && hi <= to) {
            let middle = leaves.len().next_power_of_two() / 2;
            walk(&leaves[..middle], lo, ranges, proof);
            walk(&leaves[middle..], lo + middle, ranges, proof);
        }
    }
    let mut proof = Vec::new();
    walk(leaves, 0, ranges, &mut proof);
    proof
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

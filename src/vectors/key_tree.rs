use serde_json::{Value, json};

use super::{Pinned, check};
use crate::clip::{Place, Seeds, cover, node, seed, segment_key};
use crate::crypto::{Label, Secret, expand, extract};
use crate::foreign::hex;
use crate::record::ClipId;

const DEPTH: u8 = 24;
const LAST: u32 = (1 << 24) - 1;

/// A segment's key and commitment, out of the clip secret.
pub(super) fn segment_keys(clip: &ClipId, secret: &Secret<32>, index: u32) -> (Secret<32>, Secret<32>, [u8; 32]) {
    let seed = seed(clip, secret, index);
    let keys = segment_key(clip, index, &seed);
    (seed, keys.key, keys.commitment)
}

fn place(clip: &ClipId, secret: &Secret<32>, place: Place) -> Value {
    json!({ "level": place.level, "index": place.index, "secret": hex(node(clip, secret, place).expose()) })
}

#[test]
fn key_tree() {
    let mut random = Pinned::new(1);
    let (fresh, device, counter) = (random.secret(), random.secret(), 258_u64);
    // As `ClipRoot` does it; `clip.json` has clips of such roots.
    let root = extract(Label::CLIP, &[fresh.expose(), device.expose(), &counter.to_be_bytes()]);
    let clip = ClipId::from_bytes(*expand::<16>(&root, Label::CLIP_ID, &[]).expose());
    let secret = expand::<32>(&root, Label::CLIP_SECRET, &[]);

    let places = [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (2, 3), (23, 0), (23, 127), (23, LAST >> 1)];
    let leaves = [0, 1, 255, LAST].map(|index| (DEPTH, index));
    let nodes = places.into_iter().chain(leaves).map(|(level, index)| place(&clip, &secret, Place { level, index }));
    let nodes: Vec<_> = nodes.collect();

    let segments = [0, 1, 255, LAST].map(|index| {
        let (seed, key, commitment) = segment_keys(&clip, &secret, index);
        json!({
            "index": index, "seed": hex(seed.expose()), "key": hex(key.expose()), "commitment": hex(&commitment),
        })
    });

    let ranges = [(0, 1), (0, 4), (1, 2), (2, 5), (1, 8), (254, 259), (LAST - 2, LAST + 1), (1, LAST), (0, LAST + 1)];
    let covers = ranges.map(|(from, to)| {
        let places = cover(from, to);
        let secrets = places.iter().map(|&place| node(&clip, &secret, place)).collect();
        let mut seeds = Seeds::of_cover(clip, &places, secrets).unwrap();
        for index in from..to.min(from + 20) {
            assert_eq!(seeds.next().unwrap(), seed(&clip, &secret, index));
        }
        let nodes: Vec<_> = places.into_iter().map(|at| place(&clip, &secret, at)).collect();
        json!({ "from": from, "to": to, "nodes": nodes })
    });

    let found = json!({
        "fresh": hex(fresh.expose()),
        "device": hex(device.expose()),
        "counter": counter,
        "root": hex(root.expose()),
        "clip": hex(clip.as_bytes()),
        "clip_secret": hex(secret.expose()),
        "nodes": nodes,
        "segments": segments,
        "covers": covers,
    });
    check("key-tree.json", found);
}

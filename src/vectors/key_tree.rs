use serde_json::{Value, json};

use super::{Pinned, at, check};
use crate::clip::{Identity, KeyTree, Place, Seeds, cover};
use crate::crypto::{Hedge, Label, Secret, Suite};
use crate::foreign::hex;
use crate::record::{ClipId, Clock, Layer};

const DEPTH: u8 = 24;
const LAST: u32 = (1 << 24) - 1;

/// A segment's seed, key and commitment, out of the clip secret.
pub(super) fn segment_keys(tree: KeyTree, secret: &Secret<32>, index: u32) -> (Secret<32>, Secret<32>, [u8; 32]) {
    let seed = tree.seed(secret, index);
    let keys = tree.segment_key(index, &seed);
    (seed, keys.key, keys.commitment)
}

fn place(tree: KeyTree, secret: &Secret<32>, place: Place) -> Value {
    json!({ "level": place.level, "index": place.index, "secret": hex(tree.node(secret, place).expose()) })
}

/// The hedged randomness of one prk.
fn hedge(random: &mut Pinned) -> Value {
    let long_term = random.secret();
    random.drawn();
    let context = b"what is made".as_slice();
    let hedge = Hedge::new(random, &long_term, &[context]).unwrap();
    let drawn = [
        json!({ "purpose": "clip id", "call": 0, "bytes": hex(hedge.secret::<16>(Label::CLIP_ID, 0).expose()) }),
        json!({ "purpose": "clip secret", "call": 0, "bytes": hex(hedge.secret::<32>(Label::CLIP_SECRET, 0).expose()) }),
        json!({ "purpose": "wrap", "call": 1, "bytes": hex(hedge.secret::<64>(Label::WRAP, 1).expose()) }),
        json!({ "purpose": "wrap", "call": 2, "bytes": hex(hedge.secret::<32>(Label::WRAP, 2).expose()) }),
    ];
    json!({
        "fresh": hex(&random.drawn().concat()),
        "long_term": hex(long_term.expose()),
        "context": hex(context),
        "drawn": drawn,
    })
}

fn layer(identity: Identity, secret: &Secret<32>, layer: Layer) -> Value {
    let tree = KeyTree::new(identity, layer);
    let places = [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (2, 3), (23, 0), (23, 127), (23, LAST >> 1)];
    let leaves = [0, 1, 255, LAST].map(|index| (DEPTH, index));
    let nodes = places.into_iter().chain(leaves).map(|(level, index)| place(tree, secret, Place { level, index }));
    let segments = [0, 1, 255, LAST].map(|index| {
        let (seed, key, commitment) = segment_keys(tree, secret, index);
        json!({
            "index": index, "seed": hex(seed.expose()), "key": hex(key.expose()), "commitment": hex(&commitment),
        })
    });
    let ranges = [(0, 1), (0, 4), (1, 2), (2, 5), (1, 8), (254, 259), (LAST - 2, LAST + 1), (1, LAST), (0, LAST + 1)];
    let covers = ranges.map(|(from, to)| {
        let places = cover(from, to);
        let secrets = places.iter().map(|&place| tree.node(secret, place)).collect();
        let mut seeds = Seeds::of_cover(tree, &places, secrets).unwrap();
        for index in from..to.min(from + 20) {
            assert_eq!(seeds.take(index).unwrap(), tree.seed(secret, index));
        }
        let nodes: Vec<_> = places.into_iter().map(|at| place(tree, secret, at)).collect();
        json!({ "from": from, "to": to, "nodes": nodes })
    });
    json!({
        "layer": layer as u8,
        "nodes": nodes.collect::<Vec<_>>(),
        "segments": segments,
        "covers": covers,
    })
}

#[test]
fn key_tree() {
    let random = &mut Pinned::new(1);
    let hedge = hedge(random);
    let (secret, camera) = (random.secret(), random.signing_key());
    let (suite, clip, started, clock) =
        (Suite::Aes256Gcm, ClipId::from_bytes(random.bytes()), at(super::film::NOON), Clock::Set);
    let identity = Identity::of(suite, clip, started, clock, &camera.verifying_key());
    let found = json!({
        "hedge": hedge,
        "suite": suite.number(),
        "clip": hex(clip.as_bytes()),
        "started": started.as_millis(),
        "clock": clock as u8,
        "camera": hex(camera.verifying_key().as_bytes()),
        "identity": hex(identity.as_bytes()),
        "clip_secret": hex(secret.expose()),
        "check": hex(crate::clip::check_value(&identity, &secret).as_bytes()),
        "layers": Layer::ALL.map(|of| layer(identity, &secret, of)),
    });
    check("key-tree.json", found);
}

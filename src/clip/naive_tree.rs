//! The key trees against naive ones: the recursive definitions of the format's section 6, written down a second time over
//! the crates themselves, with the label in bytes.

use hkdf::Hkdf;
use sha2::Sha256;

use super::sample::identity;
use super::tree::{DEPTH, KeyTree, Place, Seeds, cover};
use crate::crypto::Secret;
use crate::record::Layer;

const SECRET: [u8; 32] = [9; 32];
const LAYER: Layer = Layer::Sound;
const END: u32 = 1 << DEPTH;

fn expand<const N: usize>(secret: &[u8], label: &[u8], context: &[&[u8]]) -> [u8; N] {
    let mut out = [0; N];
    let identity = identity(7);
    let info = [&[b"footage v1 ", label, b"\0", identity.as_bytes(), &[LAYER as u8]], context].concat().concat();
    Hkdf::<Sha256>::from_prk(secret).unwrap().expand(&info, &mut out).unwrap();
    out
}

/// The secret of a node: that of its parent, one step further.
fn naive_node(level: u8, index: u32) -> [u8; 32] {
    if level == 0 {
        return expand(&SECRET, b"layer", &[]);
    }
    expand(&naive_node(level - 1, index / 2), b"node", &[&[level], &index.to_be_bytes()])
}

/// The nodes at or below this one that hold exactly the segments of a range: itself, none, or those of its children.
fn naive_cover(level: u8, index: u32, from: u32, to: u32) -> Vec<(u8, u32)> {
    let width = 1 << (DEPTH - level);
    let (first, end) = (index * width, index * width + width);
    if to <= first || end <= from {
        Vec::new()
    } else if from <= first && end <= to {
        vec![(level, index)]
    } else {
        let [mut left, right] = [0, 1].map(|child| naive_cover(level + 1, index * 2 + child, from, to));
        left.extend(right);
        left
    }
}

fn secret() -> Secret<32> {
    Secret::take(&mut { SECRET })
}

fn tree() -> KeyTree {
    KeyTree::new(identity(7), LAYER)
}

/// Where small trees of 32 segments stand: at both ends, about the middle, and about a border of no great height.
const TREES: [u32; 4] = [0, END / 2 - 16, 3 << 10, END - 32];

#[test]
fn every_node_is_the_naive_one() {
    for level in 0..=DEPTH {
        for index in [0, 1, 2, 3, 0x00aa_aaaa, 0x0055_5555, END - 1].map(|index| index % (1 << level)) {
            let place = Place { level, index };
            assert_eq!(*tree().node(&secret(), place).expose(), naive_node(level, index), "{place:?}");
        }
    }
}

#[test]
fn every_cover_of_a_small_tree_is_the_naive_one_and_opens_it() {
    let mut run = 0;
    for first in TREES {
        let seeds: Vec<_> = (first..first + 32).map(|index| naive_node(DEPTH, index)).collect();
        for from in first..first + 32 {
            for to in from..=first + 32 {
                let places = cover(from, to);
                let naive = naive_cover(0, 0, from, to);
                assert_eq!(places.iter().map(|at| (at.level, at.index)).collect::<Vec<_>>(), naive, "{from}..{to}");
                let secrets = naive.iter().map(|&(level, index)| Secret::take(&mut naive_node(level, index))).collect();
                let mut below = Seeds::of_cover(tree(), &places, secrets).unwrap();
                for index in from..to {
                    assert_eq!(*below.take(index).unwrap().expose(), seeds[(index - first) as usize], "{from}..{to}");
                }
                assert!(below.take(to).is_none());
                run += 1;
            }
        }
    }
    assert_eq!(run, 4 * (32 * 33 / 2 + 32));
}

#[test]
fn wide_covers_are_the_naive_ones() {
    for (from, to) in [(0, END), (1, END), (0, END - 1), (1, END - 1), (END / 2 - 1, END / 2 + 1), (12_345, 10_000_000)]
    {
        let places: Vec<_> = cover(from, to).iter().map(|at| (at.level, at.index)).collect();
        assert_eq!(places, naive_cover(0, 0, from, to));
    }
}

#[test]
fn keys_and_commitments_are_the_naive_ones() {
    for index in [0, 1, 255, 256, END - 1] {
        let naive = naive_node(DEPTH, index);
        assert_eq!(*tree().seed(&secret(), index).expose(), naive);
        let both: [u8; 64] = expand(&naive, b"segment", &[&index.to_be_bytes()]);
        let key = tree().segment_key(index, &Secret::take(&mut { naive }));
        assert_eq!(([*key.key.expose(), key.commitment]).concat(), both);
    }
}

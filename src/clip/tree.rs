//! The key trees of a clip: for each layer a binary GGM tree (Goldreich, Goldwasser and Micali 1986) of depth 24.
//!
//! A leaf is the seed of one segment. A node gives its children and nothing else: not its parent, not its sibling. So the
//! seeds of a contiguous range are handed out as the few nodes that cover exactly it.

use alloc::{vec, vec::Vec};

use crate::crypto::{Label, Secret, expand};
use crate::record::Layer;

use super::identity::Identity;

/// Levels below the root: 2^24 segments.
pub(crate) const DEPTH: u8 = 24;

/// Where a node stands: the root is level 0, and `index` counts from the left within a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) level: u8,
    pub(crate) index: u32,
}

impl Place {
    const ROOT: Self = Self { level: 0, index: 0 };

    const fn child(self, right: bool) -> Self {
        Self { level: self.level + 1, index: self.index * 2 + right as u32 }
    }

    /// The first segment below the node.
    const fn first(self) -> u32 {
        self.index << (DEPTH - self.level)
    }

    /// The one after the last segment below the node.
    const fn end(self) -> u32 {
        (self.index + 1) << (DEPTH - self.level)
    }
}

/// The one canonical cover of the segments `from` to before `to`: the fewest subtrees that hold exactly them, from left to
/// right. At most `2 * DEPTH - 2` of them.
pub(crate) fn cover(from: u32, to: u32) -> Vec<Place> {
    let mut places = Vec::new();
    let mut at = from;
    while at < to {
        // The largest subtree that begins here and does not reach past the end.
        let height = at.trailing_zeros().min((to - at).ilog2()).min(u32::from(DEPTH));
        places.push(Place { level: DEPTH - height as u8, index: at >> height });
        at += 1 << height;
    }
    places
}

/// The key tree of one layer of a clip, without any secret of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyTree {
    identity: Identity,
    layer: Layer,
}

impl KeyTree {
    pub(crate) const fn new(identity: Identity, layer: Layer) -> Self {
        Self { identity, layer }
    }

    /// Returns the root of the tree under the clip's secret.
    pub(crate) fn root(self, secret: &Secret<32>) -> Secret<32> {
        expand(secret, Label::LAYER, &[self.identity.as_bytes(), &[self.layer as u8]])
    }

    /// Returns one node of the tree under the clip's secret.
    pub(crate) fn node(self, secret: &Secret<32>, place: Place) -> Secret<32> {
        let mut node = Node { place: Place::ROOT, secret: self.root(secret) };
        for bit in (0..place.level).rev() {
            node = self.child(&node, place.index >> bit & 1 == 1);
        }
        node.secret
    }

    /// Returns the seed of one segment under the clip's secret.
    pub(crate) fn seed(self, secret: &Secret<32>, index: u32) -> Secret<32> {
        self.node(secret, Place { level: DEPTH, index })
    }

    /// Derives a segment's key from its seed. Key and commitment come out of one derivation, so that no commitment has two
    /// keys: that makes the cipher committing.
    pub(crate) fn segment_key(self, index: u32, seed: &Secret<32>) -> SegmentKey {
        let parts: [&[u8]; 3] = [self.identity.as_bytes(), &[self.layer as u8], &index.to_be_bytes()];
        let both: Secret<64> = expand(seed, Label::SEGMENT, &parts);
        let (key, commitment) = both.expose().split_at(32);
        let mut public = [0; 32];
        public.copy_from_slice(commitment);
        SegmentKey { key: Secret::filled(|out| out.copy_from_slice(key)), commitment: public }
    }

    fn child(self, node: &Node, right: bool) -> Node {
        let place = node.place.child(right);
        let parts: [&[u8]; 4] =
            [self.identity.as_bytes(), &[self.layer as u8], &[place.level], &place.index.to_be_bytes()];
        Node { place, secret: expand(&node.secret, Label::NODE, &parts) }
    }
}

/// A segment's key, and the commitment to it that stands in the signed leaf.
pub(crate) struct SegmentKey {
    pub(crate) key: Secret<32>,
    pub(crate) commitment: [u8; 32],
}

struct Node {
    place: Place,
    secret: Secret<32>,
}

/// The seeds of one layer in ascending order, each handed out once.
///
/// Holds unused right siblings only: of what was handed out or skipped nothing can be derived again.
pub(crate) struct Seeds {
    tree: KeyTree,
    /// The next subtree last.
    unused: Vec<Node>,
}

impl Seeds {
    /// Returns all seeds of a layer, under the clip's secret.
    pub(crate) fn of_clip(tree: KeyTree, secret: &Secret<32>) -> Self {
        Self { tree, unused: vec![Node { place: Place::ROOT, secret: tree.root(secret) }] }
    }

    /// Returns the seeds under a cover, whose secrets are given in its order, or `None` if their number is another.
    pub(crate) fn of_cover(tree: KeyTree, cover: &[Place], secrets: Vec<Secret<32>>) -> Option<Self> {
        if cover.len() != secrets.len() {
            return None;
        }
        let unused = cover.iter().zip(secrets).map(|(&place, secret)| Node { place, secret }).rev().collect();
        Some(Self { tree, unused })
    }

    /// Hands out the seed of a segment and erases all before it; `None` if it was handed out or skipped, or is not held.
    /// At most 48 derivations, and two on average where nothing is skipped.
    pub(crate) fn take(&mut self, index: u32) -> Option<Secret<32>> {
        self.skip_to(index);
        let node = self.unused.pop()?;
        if node.place.level == DEPTH && node.place.index == index {
            return Some(node.secret);
        }
        // Another subtree: it begins after the segment.
        self.unused.push(node);
        None
    }

    /// Erases every seed before a segment's, in whole subtrees where that is possible.
    pub(crate) fn skip_to(&mut self, index: u32) {
        while let Some(node) = self.unused.pop() {
            let place = node.place;
            if place.end() <= index {
                continue;
            }
            if place.first() > index || place.level == DEPTH {
                self.unused.push(node);
                return;
            }
            // Split: the right half stays, and the left one where it holds the segment.
            let right = self.tree.child(&node, true);
            let skipped = right.place.first() <= index;
            self.unused.push(right);
            if !skipped {
                self.unused.push(self.tree.child(&node, false));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clip::sample::identity;

    fn tree(layer: Layer) -> KeyTree {
        KeyTree::new(identity(7), layer)
    }

    fn secret() -> Secret<32> {
        Secret::take(&mut [9; 32])
    }

    #[test]
    fn sequential_and_direct_seeds_agree() {
        for layer in Layer::ALL {
            let mut seeds = Seeds::of_clip(tree(layer), &secret());
            for index in 0..300 {
                assert_eq!(seeds.take(index).unwrap(), tree(layer).seed(&secret(), index));
            }
        }
    }

    /// C1: what derives from one secret differs with everything that the identity binds, and with the layer.
    #[test]
    fn c1_no_seed_serves_two_identities_or_layers() {
        let seed = tree(Layer::Pictures).seed(&secret(), 3);
        assert_ne!(seed, tree(Layer::Sound).seed(&secret(), 3));
        assert_ne!(seed, KeyTree::new(identity(8), Layer::Pictures).seed(&secret(), 3));
        let commitment = |tree: KeyTree| tree.segment_key(3, &seed).commitment;
        assert_ne!(commitment(tree(Layer::Pictures)), commitment(tree(Layer::Sound)));
        assert_ne!(commitment(tree(Layer::Pictures)), commitment(KeyTree::new(identity(8), Layer::Pictures)));
    }

    /// What was handed out or skipped is gone, and what is held is the least that the rest needs: one node a level.
    #[test]
    fn what_was_taken_or_skipped_cannot_be_derived_any_more() {
        let mut seeds = Seeds::of_clip(tree(Layer::Sound), &secret());
        let mut taken = 0;
        for index in [0, 1, 5, 6, 1000, 65_536, (1 << 23) + 1, (1 << 24) - 2] {
            assert!(seeds.take(index).is_some(), "{index}");
            seeds.skip_to(index + 1);
            assert!(seeds.unused.iter().all(|node| node.place.first() > index), "{index}");
            assert!(seeds.unused.len() <= usize::from(DEPTH), "{index}: one sibling a level");
            assert!(seeds.take(index).is_none(), "{index} twice");
            taken += 1;
        }
        assert_eq!(taken, 8);
        assert_eq!(seeds.take((1 << 24) - 1).unwrap(), tree(Layer::Sound).seed(&secret(), (1 << 24) - 1));
        assert!(seeds.unused.is_empty());
    }

    #[test]
    fn the_widest_cover_is_within_its_bound() {
        assert_eq!(cover(1, (1 << DEPTH) - 1).len(), 2 * usize::from(DEPTH) - 2);
        assert_eq!(cover(0, 1 << DEPTH), [Place::ROOT]);
    }

    /// P4: whatever an agency takes the seeds that it was given for, none of them leads to a segment outside the range, nor
    /// to the other layer within it.
    #[test]
    fn p4_the_seeds_of_a_cover_lead_nowhere_else() {
        let (from, to) = (5, 27);
        let (own, other) = (tree(Layer::Pictures), tree(Layer::Sound));
        let secrets: Vec<_> = cover(from, to).into_iter().map(|place| own.node(&secret(), place)).collect();
        let outside = (0..from).chain(to..40).map(|target| (own, target));
        for (hidden, target) in outside.chain((0..40).map(|target| (other, target))) {
            let wanted = hidden.seed(&secret(), target);
            for given in &secrets {
                for level in 0..=DEPTH {
                    let place = Place { level, index: target >> (DEPTH - level) };
                    let mut node = Node { place, secret: given.duplicate() };
                    for bit in (0..DEPTH - level).rev() {
                        node = hidden.child(&node, target >> bit & 1 == 1);
                    }
                    assert_eq!((node.place.level, node.place.index), (DEPTH, target));
                    assert_ne!(node.secret, wanted);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_cover_opens_exactly_its_range(from in 0u32..(1 << DEPTH), length in 1u32..200) {
            let to = (from + length).min(1 << DEPTH);
            let tree = tree(Layer::Pictures);
            let places = cover(from, to);
            prop_assert!(places.len() <= 2 * usize::from(DEPTH) - 2);
            let secrets = places.iter().map(|&place| tree.node(&secret(), place)).collect();
            let mut seeds = Seeds::of_cover(tree, &places, secrets).unwrap();
            prop_assert!(from == 0 || seeds.take(from - 1).is_none());
            for index in from..to {
                prop_assert_eq!(seeds.take(index).unwrap(), tree.seed(&secret(), index));
            }
            prop_assert!(seeds.take(to).is_none());
        }

        /// Two layers that share the indices, as a camera seals them: each index is in one layer, and skipped in the other.
        #[test]
        fn layers_skip_the_indices_of_each_other(layers in prop::collection::vec(any::<bool>(), 1..200)) {
            let mut seeds = Layer::ALL.map(|layer| Seeds::of_clip(tree(layer), &secret()));
            for (index, &sound) in (0..).zip(&layers) {
                let layer = if sound { Layer::Sound } else { Layer::Pictures };
                let (own, other) = (layer.place(), 1 - layer.place());
                prop_assert_eq!(seeds[own].take(index).unwrap(), tree(layer).seed(&secret(), index));
                seeds[other].skip_to(index + 1);
                prop_assert!(seeds[other].take(index).is_none());
            }
        }
    }
}

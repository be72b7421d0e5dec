//! The key tree of a clip: a binary GGM tree (Goldreich, Goldwasser and Micali 1986) of depth 24.
//!
//! The clip secret is its root and a leaf is the seed of one segment. A node gives its children and nothing else: not its
//! parent, not its sibling. So the seeds of a contiguous range are handed out as the few nodes that cover exactly it.

use alloc::{vec, vec::Vec};

use crate::crypto::{Label, Secret, expand};
use crate::record::ClipId;

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

struct Node {
    place: Place,
    secret: Secret<32>,
}

impl Node {
    fn child(&self, clip: &ClipId, right: bool) -> Self {
        let place = self.place.child(right);
        let secret = expand(&self.secret, Label::NODE, &[clip.as_bytes(), &[place.level], &place.index.to_be_bytes()]);
        Self { place, secret }
    }
}

/// The seeds of consecutive segments, one after the other, each handed out once.
///
/// Holds the unused right siblings only: of what was handed out nothing can be derived again.
pub(crate) struct Seeds {
    clip: ClipId,
    /// The next subtree last.
    unused: Vec<Node>,
}

impl Seeds {
    /// All seeds of a clip, from the first.
    pub(crate) fn of_clip(clip: ClipId, secret: Secret<32>) -> Self {
        Self { clip, unused: vec![Node { place: Place::ROOT, secret }] }
    }

    /// The seeds under a cover, whose secrets are given in its order. Nothing if their number is another.
    pub(crate) fn of_cover(clip: ClipId, cover: &[Place], secrets: Vec<Secret<32>>) -> Option<Self> {
        if cover.len() != secrets.len() {
            return None;
        }
        let unused = cover.iter().zip(secrets).map(|(&place, secret)| Node { place, secret }).rev().collect();
        Some(Self { clip, unused })
    }

    /// The next segment's seed; two derivations on average, 48 at most.
    pub(crate) fn next(&mut self) -> Option<Secret<32>> {
        let mut node = self.unused.pop()?;
        while node.place.level < DEPTH {
            let (left, right) = (node.child(&self.clip, false), node.child(&self.clip, true));
            self.unused.push(right);
            node = left;
        }
        Some(node.secret)
    }
}

/// The secret of one node under the clip secret.
pub(crate) fn node(clip: &ClipId, secret: &Secret<32>, place: Place) -> Secret<32> {
    let mut node = Node { place: Place::ROOT, secret: secret.duplicate() };
    for bit in (0..place.level).rev() {
        node = node.child(clip, place.index >> bit & 1 == 1);
    }
    node.secret
}

/// The seed of one segment under the clip secret.
pub(crate) fn seed(clip: &ClipId, secret: &Secret<32>, index: u32) -> Secret<32> {
    node(clip, secret, Place { level: DEPTH, index })
}

/// A segment's key, and the commitment to it that stands in the signed leaf.
pub(crate) struct SegmentKey {
    pub(crate) key: Secret<32>,
    pub(crate) commitment: [u8; 32],
}

/// Derives a segment's key from its seed. Key and commitment come out of one derivation, so that no commitment has two
/// keys: that makes the cipher committing.
pub(crate) fn segment_key(clip: &ClipId, index: u32, seed: &Secret<32>) -> SegmentKey {
    let both: Secret<64> = expand(seed, Label::SEGMENT, &[clip.as_bytes(), &index.to_be_bytes()]);
    let (key, commitment) = both.expose().split_at(32);
    let mut public = [0; 32];
    public.copy_from_slice(commitment);
    SegmentKey { key: Secret::filled(|out| out.copy_from_slice(key)), commitment: public }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CLIP: ClipId = ClipId::from_bytes([7; 16]);

    fn secret() -> Secret<32> {
        Secret::take(&mut [9; 32])
    }

    #[test]
    fn sequential_and_direct_seeds_agree() {
        let mut seeds = Seeds::of_clip(CLIP, secret());
        for index in 0..300 {
            assert_eq!(seeds.next().unwrap(), seed(&CLIP, &secret(), index));
        }
    }

    #[test]
    fn the_widest_cover_is_within_its_bound() {
        assert_eq!(cover(1, (1 << DEPTH) - 1).len(), 2 * usize::from(DEPTH) - 2);
        assert_eq!(cover(0, 1 << DEPTH), [Place::ROOT]);
    }

    /// P4: whatever an agency takes the seeds that it was given for, none of them leads to a segment outside the range.
    #[test]
    fn p4_the_seeds_of_a_cover_lead_nowhere_else() {
        let (from, to) = (5, 27);
        let secrets: Vec<_> = cover(from, to).into_iter().map(|place| node(&CLIP, &secret(), place)).collect();
        for target in (0..from).chain(to..40) {
            let wanted = seed(&CLIP, &secret(), target);
            for given in &secrets {
                for level in 0..=DEPTH {
                    let place = Place { level, index: target >> (DEPTH - level) };
                    let mut node = Node { place, secret: given.duplicate() };
                    for bit in (0..DEPTH - level).rev() {
                        node = node.child(&CLIP, target >> bit & 1 == 1);
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
            let places = cover(from, to);
            prop_assert!(places.len() <= 2 * usize::from(DEPTH) - 2);
            let secrets = places.iter().map(|&place| node(&CLIP, &secret(), place)).collect();
            let mut seeds = Seeds::of_cover(CLIP, &places, secrets).unwrap();
            for index in from..to {
                prop_assert_eq!(seeds.next().unwrap(), seed(&CLIP, &secret(), index));
            }
            prop_assert!(seeds.next().is_none());
        }
    }
}

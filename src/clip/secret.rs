use alloc::vec::Vec;

use crate::crypto::Secret;
use crate::merkle::Hash;
use crate::record::Layer;

use super::identity::Identity;
use super::index::SegmentRow;
use super::segment::StoredSegment;
use super::tree::{KeyTree, Seeds};

/// The secret of a clip, which opens every segment. Only owners have it.
#[derive(Debug)]
pub struct ClipSecret {
    pub(crate) identity: Identity,
    pub(crate) secret: Secret<32>,
}

impl ClipSecret {
    /// A second copy of the secret.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self { identity: self.identity, secret: self.secret.duplicate() }
    }

    /// Returns the key tree of a layer.
    pub(crate) const fn tree(&self, layer: Layer) -> KeyTree {
        KeyTree::new(self.identity, layer)
    }

    /// Returns a segment's seed.
    pub(crate) fn seed(&self, layer: Layer, index: u32) -> Secret<32> {
        self.tree(layer).seed(&self.secret, index)
    }

    /// Returns the seeds of both layers, in ascending order of the segments.
    pub(crate) fn seeds(&self) -> LayerSeeds {
        LayerSeeds(Layer::ALL.map(|layer| Seeds::of_clip(self.tree(layer), &self.secret)))
    }

    /// Returns the segments that consecutive rows describe, with their commitments derived; `None` if a row describes none.
    pub(crate) fn segments(&self, rows: &[SegmentRow]) -> Option<Vec<StoredSegment>> {
        let mut seeds = self.seeds();
        let segments = rows.iter().map(|row| {
            let seed = seeds.take(row.open.layer, row.open.index)?;
            row.segment(self.tree(row.open.layer).segment_key(row.open.index, &seed).commitment)
        });
        segments.collect()
    }

    /// Returns the leaves of consecutive rows.
    pub(crate) fn leaves(&self, rows: &[SegmentRow]) -> Option<Vec<Hash>> {
        let leaf = |segment: &StoredSegment| segment.header.leaf(&segment.digest);
        Some(self.segments(rows)?.iter().map(leaf).collect())
    }
}

/// The seeds of both layers. An index is used in one layer, and is erased in the other once it was.
pub(crate) struct LayerSeeds([Seeds; 2]);

impl LayerSeeds {
    /// Hands out the seed of the next segment, which is of this layer; see [`Seeds::take`].
    pub(crate) fn take(&mut self, layer: Layer, index: u32) -> Option<Secret<32>> {
        let [pictures, sound] = &mut self.0;
        let (own, other) = match layer {
            Layer::Pictures => (pictures, sound),
            Layer::Sound => (sound, pictures),
        };
        other.skip_to(index + 1);
        own.take(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::sample::identity;

    /// C14: what was sealed in one layer has no key in the other one either, from then on.
    #[test]
    fn c14_an_index_that_one_layer_used_is_gone_in_the_other() {
        for layer in Layer::ALL {
            let secret = ClipSecret { identity: identity(1), secret: Secret::take(&mut [9; 32]) };
            let mut seeds = secret.seeds();
            assert!(seeds.take(layer, 0).is_some());
            assert!(Layer::ALL.into_iter().all(|layer| seeds.take(layer, 0).is_none()));
            assert!(seeds.take(layer, 1).is_some());
        }
    }
}

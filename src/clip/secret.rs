use crate::crypto::Secret;
use crate::record::Layer;

use super::identity::Identity;
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

    /// Returns the seeds of a layer, in ascending order of the segments.
    pub(crate) fn seeds(&self, layer: Layer) -> Seeds {
        Seeds::of_clip(self.tree(layer), &self.secret)
    }
}

/// The seeds of both layers. An index that is used in one layer is erased in the other.
pub(crate) struct LayerSeeds([Option<Seeds>; 2]);

impl LayerSeeds {
    pub(crate) fn of(secret: &ClipSecret) -> Self {
        Self(Layer::ALL.map(|layer| Some(secret.seeds(layer))))
    }

    /// Erases the seeds of each layer for which `kept` returns `false`.
    pub(crate) fn keep(&mut self, kept: impl Fn(Layer) -> bool) {
        for (seeds, layer) in self.0.iter_mut().zip(Layer::ALL) {
            if !kept(layer) {
                *seeds = None;
            }
        }
    }

    /// Hands out the seed of the next segment, which is of this layer; see [`Seeds::take`].
    pub(crate) fn take(&mut self, layer: Layer, index: u32) -> Option<Secret<32>> {
        let [pictures, sound] = &mut self.0;
        let (own, other) = match layer {
            Layer::Pictures => (pictures, sound),
            Layer::Sound => (sound, pictures),
        };
        if let Some(other) = other {
            other.skip_to(index + 1);
        }
        own.as_mut()?.take(index)
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
            let mut seeds = LayerSeeds::of(&secret);
            assert!(seeds.take(layer, 0).is_some());
            assert!(Layer::ALL.into_iter().all(|layer| seeds.take(layer, 0).is_none()));
            assert!(seeds.take(layer, 1).is_some());
            seeds.keep(|kept| kept != layer);
            assert!(seeds.take(layer, 2).is_none());
        }
    }
}

use crate::crypto::{KemAlgorithm, KemPrivateKey, Random, RandomError, Secret, SigningKey};

/// SplitMix64, which remembers what was drawn: every drawn value stands in the files, so that nobody needs to draw it.
pub(super) struct Pinned {
    state: u64,
    drawn: Vec<Vec<u8>>,
}

impl Pinned {
    pub(super) const fn new(seed: u64) -> Self {
        Self { state: seed, drawn: Vec::new() }
    }

    /// What was drawn since this was asked last, one element for each draw.
    pub(super) fn drawn(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.drawn)
    }

    pub(super) fn secret(&mut self) -> Secret<32> {
        Secret::random(self).unwrap()
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes).unwrap();
        bytes
    }

    pub(super) fn signing_key(&mut self) -> SigningKey {
        SigningKey::generate(self).unwrap()
    }

    pub(super) fn kem_key(&mut self, algorithm: KemAlgorithm) -> KemPrivateKey {
        KemPrivateKey::generate(algorithm, self).unwrap()
    }
}

impl Random for Pinned {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for chunk in out.chunks_mut(8) {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bytes = (z ^ (z >> 31)).to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        self.drawn.push(out.to_vec());
        Ok(())
    }
}

use crate::crypto::{KemAlgorithm, KemPrivateKey, Label, Random, RandomError, Secret, SigningKey, expand};
use crate::record::RecoveryKey;

/// The recovery key of a household: 32 secret bytes, out of which its KEM key and its signing key are derived.
///
/// It opens every clip, and begins new periods. It is written on [sheets](super::RecoverySheet), and is kept on no device.
#[derive(Debug)]
pub struct RecoverySeed {
    kem: KemAlgorithm,
    seed: Secret<32>,
}

impl RecoverySeed {
    /// Draws a fresh seed for a household whose keys have this KEM.
    pub fn generate(kem: KemAlgorithm, random: &mut dyn Random) -> Result<Self, RandomError> {
        Ok(Self { kem, seed: Secret::random(random)? })
    }

    pub(super) const fn new(kem: KemAlgorithm, seed: Secret<32>) -> Self {
        Self { kem, seed }
    }

    pub(super) const fn secret(&self) -> &Secret<32> {
        &self.seed
    }

    /// Returns the KEM of its key.
    pub const fn algorithm(&self) -> KemAlgorithm {
        self.kem
    }

    /// Returns the KEM key, which opens clips.
    pub fn kem_key(&self) -> KemPrivateKey {
        let secret = expand(&self.seed, Label::RECOVERY_KEM, &[&self.kem.id().to_be_bytes()]);
        KemPrivateKey::from_secret(self.kem, secret)
    }

    /// Returns the signing key, which begins periods.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_secret(&expand(&self.seed, Label::RECOVERY_SIGNING, &[&self.kem.id().to_be_bytes()]))
    }

    /// Returns the public halves, as owner lists name them.
    pub fn public(&self) -> RecoveryKey {
        RecoveryKey { kem: self.kem_key().public_key(), signer: self.signing_key().verifying_key() }
    }
}

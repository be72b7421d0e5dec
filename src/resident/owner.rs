use crate::crypto::{KemAlgorithm, KemPrivateKey, KemPublicKey, Random, RandomError};

/// One owner's key: a member of the household, or the recovery key that lies in a drawer.
#[derive(Debug)]
pub struct Owner {
    key: KemPrivateKey,
}

impl Owner {
    /// A fresh owner key.
    pub fn generate(random: &mut dyn Random) -> Result<Self, RandomError> {
        KemPrivateKey::generate(KemAlgorithm::default(), random).map(Self::new)
    }

    /// The owner with this key.
    pub const fn new(key: KemPrivateKey) -> Self {
        Self { key }
    }

    /// The private key, which unlocks clips.
    pub const fn key(&self) -> &KemPrivateKey {
        &self.key
    }

    /// The public half, for cameras.
    pub fn public_key(&self) -> KemPublicKey {
        self.key.public_key()
    }
}

/// The public keys of all who own a camera's clips: its members, and one recovery key. Any of them unlocks every clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owners {
    members: Vec<KemPublicKey>,
    recovery: KemPublicKey,
}

impl Owners {
    /// The household of these members with this recovery key.
    pub fn new(members: impl IntoIterator<Item = KemPublicKey>, recovery: KemPublicKey) -> Self {
        Self { members: members.into_iter().collect(), recovery }
    }

    /// The owner keys, the recovery key last, as a camera takes them.
    pub fn owners(&self) -> Vec<KemPublicKey> {
        self.members.iter().chain([&self.recovery]).cloned().collect()
    }
}

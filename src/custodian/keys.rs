use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use crate::crypto::{Digest, Secret};
use crate::record::Epoch;

/// How the key of an epoch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpochState {
    /// It is held.
    Held,
    /// Its destruction has begun: it is never used again.
    Destroying,
    /// It is destroyed.
    Destroyed,
}

/// The key store failed.
#[derive(Debug, Clone, Error)]
#[error("the key store failed: {0}")]
pub struct KeyStoreError(pub Arc<dyn std::error::Error + Send + Sync>);

/// Where a custodian keeps its expiry keys and the revocations that it was told.
///
/// Each change is durable when the call returns. The store must not be backed up: a lost key is covered by the other
/// custodians, a restored one breaks the promise that an end date is the end. What [`erase`](Self::erase) erased must be
/// recoverable from nothing that the store kept.
pub trait KeyStore {
    /// Keeps the key of an epoch, which must be new.
    fn put(&mut self, epoch: Epoch, secret: Secret<32>) -> Result<(), KeyStoreError>;

    /// The key of an epoch, in whatever state.
    fn get(&self, epoch: Epoch) -> Result<Option<Secret<32>>, KeyStoreError>;

    /// How an epoch stands; nothing if there never was a key.
    fn state(&self, epoch: Epoch) -> Result<Option<EpochState>, KeyStoreError>;

    /// Marks an epoch as being destroyed. The mark stays until the epoch is erased.
    fn mark(&mut self, epoch: Epoch) -> Result<(), KeyStoreError>;

    /// Erases the key of a marked epoch, and remembers that it is destroyed.
    fn erase(&mut self, epoch: Epoch) -> Result<(), KeyStoreError>;

    /// Every epoch that there ever was a key for, and how it stands.
    fn epochs(&self) -> Result<Vec<(Epoch, EpochState)>, KeyStoreError>;

    /// Remembers a revoked grant.
    fn revoke(&mut self, revoked: Digest) -> Result<(), KeyStoreError>;

    /// Whether a grant is revoked.
    fn is_revoked(&self, revoked: &Digest) -> Result<bool, KeyStoreError>;
}

/// A key store in memory: the reference, and for tests.
#[derive(Debug, Default)]
pub struct MemoryKeyStore {
    keys: BTreeMap<Epoch, (EpochState, Option<Secret<32>>)>,
    revoked: std::collections::BTreeSet<Digest>,
}

impl KeyStore for MemoryKeyStore {
    fn put(&mut self, epoch: Epoch, secret: Secret<32>) -> Result<(), KeyStoreError> {
        self.keys.entry(epoch).or_insert((EpochState::Held, Some(secret)));
        Ok(())
    }

    fn get(&self, epoch: Epoch) -> Result<Option<Secret<32>>, KeyStoreError> {
        Ok(self.keys.get(&epoch).and_then(|(_, secret)| secret.as_ref()).map(Secret::duplicate))
    }

    fn state(&self, epoch: Epoch) -> Result<Option<EpochState>, KeyStoreError> {
        Ok(self.keys.get(&epoch).map(|(state, _)| *state))
    }

    fn mark(&mut self, epoch: Epoch) -> Result<(), KeyStoreError> {
        if let Some((state, Some(_))) = self.keys.get_mut(&epoch) {
            *state = EpochState::Destroying;
        }
        Ok(())
    }

    fn erase(&mut self, epoch: Epoch) -> Result<(), KeyStoreError> {
        if let Some(key) = self.keys.get_mut(&epoch) {
            *key = (EpochState::Destroyed, None);
        }
        Ok(())
    }

    fn epochs(&self) -> Result<Vec<(Epoch, EpochState)>, KeyStoreError> {
        Ok(self.keys.iter().map(|(epoch, (state, _))| (*epoch, *state)).collect())
    }

    fn revoke(&mut self, revoked: Digest) -> Result<(), KeyStoreError> {
        self.revoked.insert(revoked);
        Ok(())
    }

    fn is_revoked(&self, revoked: &Digest) -> Result<bool, KeyStoreError> {
        Ok(self.revoked.contains(revoked))
    }
}

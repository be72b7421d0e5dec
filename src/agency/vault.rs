use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use crate::crypto::Secret;
use crate::record::StatementId;

/// Which secret of an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// The request key of a request.
    Request(StatementId),
    /// The agency's half of a grant, by its terms.
    Grant(StatementId),
    /// The one-time key of the latest release of a grant, by its terms.
    OneTime(StatementId),
}

/// The vault failed.
#[derive(Debug, Clone, Error)]
#[error("the vault failed: {0}")]
pub struct VaultError(pub Arc<dyn std::error::Error + Send + Sync>);

/// Where an agency keeps its secrets, one slot each.
///
/// Each change is durable when the call returns, and an erased secret is recoverable from nothing that the vault kept:
/// each slot has to be encrypted under a key of its own that is erased with it, or lie where erasing is possible.
pub trait Vault {
    /// Keeps a secret; what the slot held is erased.
    fn put(&mut self, slot: Slot, secret: Secret<32>) -> Result<(), VaultError>;

    /// The secret in a slot.
    fn get(&self, slot: Slot) -> Result<Option<Secret<32>>, VaultError>;

    /// Erases a slot. An empty one stays empty.
    fn erase(&mut self, slot: Slot) -> Result<(), VaultError>;
}

/// A vault in memory: the reference, and for tests.
#[derive(Debug, Default)]
pub struct MemoryVault(BTreeMap<Slot, Secret<32>>);

impl Vault for MemoryVault {
    fn put(&mut self, slot: Slot, secret: Secret<32>) -> Result<(), VaultError> {
        self.0.insert(slot, secret);
        Ok(())
    }

    fn get(&self, slot: Slot) -> Result<Option<Secret<32>>, VaultError> {
        Ok(self.0.get(&slot).map(Secret::duplicate))
    }

    fn erase(&mut self, slot: Slot) -> Result<(), VaultError> {
        self.0.remove(&slot);
        Ok(())
    }
}

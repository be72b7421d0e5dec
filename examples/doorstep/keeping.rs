//! Where agencies and custodians keep their secrets: in memory, and open for the demonstration to look into.

use std::cell::RefCell;
use std::rc::Rc;

use footage::agency::{MemoryVault, Slot, Vault, VaultError};
use footage::crypto::{Digest, Secret};
use footage::custodian::{EpochState, KeyStore, KeyStoreError, MemoryKeyStore};
use footage::record::Epoch;

/// All that a vault was ever given: the backup that no agency may have.
#[derive(Default, Clone)]
pub(crate) struct Backup(Rc<RefCell<Vec<(Slot, Secret<32>)>>>);

impl Backup {
    /// What a slot was given last, be it erased since.
    pub(crate) fn last(&self, slot: Slot) -> Option<Secret<32>> {
        let given = self.0.borrow();
        given.iter().rev().find(|(found, _)| *found == slot).map(|(_, secret)| secret.duplicate())
    }

    /// Every secret.
    pub(crate) fn all(&self) -> Vec<Secret<32>> {
        self.0.borrow().iter().map(|(_, secret)| secret.duplicate()).collect()
    }

    /// A vault that holds everything again.
    pub(crate) fn restore(&self) -> Result<DemoVault, VaultError> {
        let mut vault = DemoVault::default();
        for (slot, secret) in self.0.borrow().iter() {
            vault.put(*slot, secret.duplicate())?;
        }
        Ok(vault)
    }
}

/// A vault for the demonstration, which remembers what it was given.
#[derive(Default)]
pub(crate) struct DemoVault {
    slots: MemoryVault,
    backup: Backup,
}

impl DemoVault {
    pub(crate) fn backup(&self) -> Backup {
        self.backup.clone()
    }
}

impl Vault for DemoVault {
    fn put(&mut self, slot: Slot, secret: Secret<32>) -> Result<(), VaultError> {
        self.backup.0.borrow_mut().push((slot, secret.duplicate()));
        self.slots.put(slot, secret)
    }

    fn get(&self, slot: Slot) -> Result<Option<Secret<32>>, VaultError> {
        self.slots.get(slot)
    }

    fn erase(&mut self, slot: Slot) -> Result<(), VaultError> {
        self.slots.erase(slot)
    }
}

/// A custodian's disk, which others can look at and take a snapshot of.
#[derive(Debug, Default, Clone)]
pub(crate) struct Disk(Rc<RefCell<MemoryKeyStore>>);

impl Disk {
    /// A copy of all keys that are held now.
    pub(crate) fn snapshot(&self) -> Result<Self, KeyStoreError> {
        let mut copy = Self::default();
        for (epoch, _) in self.epochs()? {
            if let Some(secret) = self.get(epoch)? {
                copy.put(epoch, secret)?;
            }
        }
        Ok(copy)
    }
}

impl KeyStore for Disk {
    fn put(&mut self, epoch: Epoch, secret: Secret<32>) -> Result<(), KeyStoreError> {
        self.0.borrow_mut().put(epoch, secret)
    }

    fn get(&self, epoch: Epoch) -> Result<Option<Secret<32>>, KeyStoreError> {
        self.0.borrow().get(epoch)
    }

    fn state(&self, epoch: Epoch) -> Result<Option<EpochState>, KeyStoreError> {
        self.0.borrow().state(epoch)
    }

    fn mark(&mut self, epoch: Epoch) -> Result<(), KeyStoreError> {
        self.0.borrow_mut().mark(epoch)
    }

    fn erase(&mut self, epoch: Epoch) -> Result<(), KeyStoreError> {
        self.0.borrow_mut().erase(epoch)
    }

    fn epochs(&self) -> Result<Vec<(Epoch, EpochState)>, KeyStoreError> {
        self.0.borrow().epochs()
    }

    fn revoke(&mut self, revoked: Digest) -> Result<(), KeyStoreError> {
        self.0.borrow_mut().revoke(revoked)
    }

    fn is_revoked(&self, revoked: &Digest) -> Result<bool, KeyStoreError> {
        self.0.borrow().is_revoked(revoked)
    }
}

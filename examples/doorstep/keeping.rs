//! Where agencies and custodians keep their secrets: in memory, and open for the demonstration to look into.

use std::cell::RefCell;
use std::rc::Rc;

use footage::crypto::{Digest, Secret};
use footage::custodian::{EpochState, KeyStore, KeyStoreError, MemoryKeyStore};
use footage::record::Epoch;
use footage::store::{Erased, MemoryStore, SecretState, Store, StoreError, StoreKey};
use zeroize::Zeroizing;

/// All that a store was ever given: the backup that no agency may have.
#[derive(Debug, Default, Clone)]
pub(crate) struct Backup(Rc<RefCell<Given>>);

#[derive(Debug, Default)]
struct Given {
    facts: Vec<(StoreKey, Vec<u8>)>,
    secrets: Vec<(StoreKey, Vec<u8>)>,
}

/// The second byte of the fact of a grant that is released.
const RELEASED: u8 = 2;

impl Backup {
    /// What a secret was last, even if it was erased since.
    pub(crate) fn last(&self, name: &str) -> Option<Secret<32>> {
        let given = self.0.borrow();
        let (_, secret) = given.secrets.iter().rev().find(|(found, _)| found.as_str() == name)?;
        copied(secret)
    }

    /// Every secret.
    pub(crate) fn all(&self) -> Vec<Secret<32>> {
        self.0.borrow().secrets.iter().filter_map(|(_, secret)| copied(secret)).collect()
    }

    /// A store that holds everything again, as it was when requests were open and grants were not taken in yet.
    pub(crate) fn restore(&self) -> Result<DemoStore, StoreError> {
        self.restore_with(|key, _| key.as_str().starts_with("request."))
    }

    /// The same, with the grants that were released.
    pub(crate) fn restore_released(&self) -> Result<DemoStore, StoreError> {
        self.restore_with(|key, fact| match key.as_str().split_once('.') {
            Some(("request", _)) => true,
            Some(("grant", _)) => fact.get(1) == Some(&RELEASED),
            _ => false,
        })
    }

    /// The first of each fact of a kind, and every secret.
    fn restore_with(&self, wanted: impl Fn(&StoreKey, &[u8]) -> bool) -> Result<DemoStore, StoreError> {
        let (mut store, given) = (DemoStore::default(), self.0.borrow());
        for (key, fact) in given.facts.iter().rev().filter(|(key, fact)| wanted(key, fact)) {
            store.put_fact(key, fact)?;
        }
        for (key, secret) in &given.secrets {
            let _replaced = store.erase(key)?;
            store.put_secret(key, secret)?;
        }
        Ok(store)
    }
}

fn copied(secret: &[u8]) -> Option<Secret<32>> {
    let mut bytes: [u8; 32] = secret.try_into().ok()?;
    Some(Secret::take(&mut bytes))
}

/// A store for the demonstration, which remembers what it was given.
#[derive(Debug)]
pub(crate) struct DemoStore {
    store: MemoryStore,
    backup: Backup,
}

impl Default for DemoStore {
    fn default() -> Self {
        Self { store: MemoryStore::new(), backup: Backup::default() }
    }
}

impl DemoStore {
    pub(crate) fn backup(&self) -> Backup {
        self.backup.clone()
    }
}

impl Store for DemoStore {
    fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.fact(key)
    }

    fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.backup.0.borrow_mut().facts.push((key.clone(), value.to_vec()));
        self.store.put_fact(key, value)
    }

    fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError> {
        self.store.remove_fact(key)
    }

    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
        self.store.facts()
    }

    fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.store.secret(key)
    }

    fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.backup.0.borrow_mut().secrets.push((key.clone(), value.to_vec()));
        self.store.put_secret(key, value)
    }

    fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
        self.store.erase(key)
    }

    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
        self.store.secrets()
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

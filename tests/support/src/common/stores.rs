//! Stores that an attacker can look into: an agency's store that hoards, and a custodian's disk that can be imaged.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use footage::crypto::{Digest, Secret};
use footage::custodian::{EpochState, KeyStore, KeyStoreError};
use footage::record::Epoch;
use footage::store::{Erased, ErasureMethod, SecretState, Store, StoreError, StoreKey};
use zeroize::Zeroizing;

/// An agency's store of which every handle sees the same, and which keeps a copy of all that was ever put into it.
#[derive(Debug, Default, Clone)]
pub struct Hoard(Rc<RefCell<Hoarded>>);

#[derive(Debug, Default)]
struct Hoarded {
    facts: BTreeMap<StoreKey, Vec<u8>>,
    now: BTreeMap<StoreKey, Zeroizing<Vec<u8>>>,
    ever: BTreeMap<StoreKey, Zeroizing<Vec<u8>>>,
}

impl Hoard {
    /// What a secret of this name was last, erased or not.
    pub fn ever(&self, name: &str) -> Option<[u8; 32]> {
        let secret = self.0.borrow().ever.get(&StoreKey::new(name).unwrap()).cloned();
        secret.map(|secret| secret.as_slice().try_into().unwrap())
    }

    /// Whether a secret of this name is there.
    pub fn has(&self, name: &str) -> bool {
        self.0.borrow().now.contains_key(&StoreKey::new(name).unwrap())
    }

    /// The names of all secrets that are there.
    pub fn names(&self) -> Vec<String> {
        self.0.borrow().now.keys().map(ToString::to_string).collect()
    }

    /// A copy of everything that is there, as a backup has it.
    pub fn backup(&self) -> Self {
        let hoarded = self.0.borrow();
        let Hoarded { facts, now, ever } = &*hoarded;
        Self(Rc::new(RefCell::new(Hoarded { facts: facts.clone(), now: now.clone(), ever: ever.clone() })))
    }

    /// Loses everything: a fact or a secret is there no more, and was ever there.
    pub fn lose(&self) {
        let mut hoarded = self.0.borrow_mut();
        hoarded.facts.clear();
        hoarded.now.clear();
    }

    /// A copy in which a secret is another.
    #[must_use]
    pub fn with(&self, name: &str, secret: [u8; 32]) -> Self {
        let copy = self.backup();
        copy.0.borrow_mut().now.insert(StoreKey::new(name).unwrap(), Zeroizing::new(secret.to_vec()));
        copy
    }

    /// A copy to which every secret that was ever there is put back: what a dishonest agency would still have.
    pub fn hoarded(&self) -> Self {
        let copy = self.backup();
        let ever = self.0.borrow().ever.clone();
        copy.0.borrow_mut().now = ever;
        copy
    }
}

impl Store for Hoard {
    fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.borrow().facts.get(key).cloned())
    }

    fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.0.borrow_mut().facts.insert(key.clone(), value.to_vec());
        Ok(())
    }

    fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError> {
        self.0.borrow_mut().facts.remove(key);
        Ok(())
    }

    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
        Ok(self.0.borrow().facts.keys().cloned().collect())
    }

    fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        Ok(self.0.borrow().now.get(key).cloned())
    }

    fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        let mut hoarded = self.0.borrow_mut();
        if hoarded.now.contains_key(key) {
            return Err(StoreError::SecretExists(key.clone()));
        }
        hoarded.now.insert(key.clone(), Zeroizing::new(value.to_vec()));
        hoarded.ever.insert(key.clone(), Zeroizing::new(value.to_vec()));
        Ok(())
    }

    fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
        self.0.borrow_mut().now.remove(key);
        Ok(Erased { method: ErasureMethod::OverwrittenMemory, nothing_left: true })
    }

    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
        Ok(self.0.borrow().now.keys().map(|key| (key.clone(), SecretState::Whole)).collect())
    }
}

/// A custodian's disk: every handle sees the same bytes, and its image can be taken and put on another.
#[derive(Debug, Default, Clone)]
pub struct Disk(Rc<RefCell<Image>>);

#[derive(Debug, Default, Clone)]
pub struct Image {
    pub keys: BTreeMap<Epoch, (EpochState, Option<[u8; 32]>)>,
    pub revoked: BTreeSet<Digest>,
    /// A broken disk: what is erased stays.
    pub keeps: bool,
    /// The power fails before the next erasure.
    pub fails: bool,
}

impl Disk {
    pub fn image(&self) -> Image {
        self.0.borrow().clone()
    }

    pub fn of(image: Image) -> Self {
        Self(Rc::new(RefCell::new(image)))
    }

    pub fn change(&self, change: impl FnOnce(&mut Image)) {
        change(&mut self.0.borrow_mut());
    }
}

impl KeyStore for Disk {
    fn put(&mut self, epoch: Epoch, secret: Secret<32>) -> Result<(), KeyStoreError> {
        self.0.borrow_mut().keys.entry(epoch).or_insert((EpochState::Held, Some(*secret.expose())));
        Ok(())
    }

    fn get(&self, epoch: Epoch) -> Result<Option<Secret<32>>, KeyStoreError> {
        let key = self.0.borrow().keys.get(&epoch).and_then(|(_, secret)| *secret);
        Ok(key.map(|mut secret| Secret::take(&mut secret)))
    }

    fn state(&self, epoch: Epoch) -> Result<Option<EpochState>, KeyStoreError> {
        Ok(self.0.borrow().keys.get(&epoch).map(|(state, _)| *state))
    }

    fn mark(&mut self, epoch: Epoch) -> Result<(), KeyStoreError> {
        if let Some((state, Some(_))) = self.0.borrow_mut().keys.get_mut(&epoch) {
            *state = EpochState::Destroying;
        }
        Ok(())
    }

    fn erase(&mut self, epoch: Epoch) -> Result<(), KeyStoreError> {
        let mut image = self.0.borrow_mut();
        if image.fails {
            image.fails = false;
            return Err(KeyStoreError(Arc::new(io::Error::other("power cut"))));
        }
        let keeps = image.keeps;
        if let Some((state, secret)) = image.keys.get_mut(&epoch) {
            *state = EpochState::Destroyed;
            *secret = secret.filter(|_| keeps);
        }
        Ok(())
    }

    fn epochs(&self) -> Result<Vec<(Epoch, EpochState)>, KeyStoreError> {
        Ok(self.0.borrow().keys.iter().map(|(epoch, (state, _))| (*epoch, *state)).collect())
    }

    fn revoke(&mut self, revoked: Digest) -> Result<(), KeyStoreError> {
        self.0.borrow_mut().revoked.insert(revoked);
        Ok(())
    }

    fn is_revoked(&self, revoked: &Digest) -> Result<bool, KeyStoreError> {
        Ok(self.0.borrow().revoked.contains(revoked))
    }
}

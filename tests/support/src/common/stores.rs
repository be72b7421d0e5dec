//! Stores that an attacker can look into: an agency's vault that hoards, and a custodian's disk that can be imaged.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use footage::agency::{Slot, Vault, VaultError};
use footage::crypto::{Digest, Secret};
use footage::custodian::{EpochState, KeyStore, KeyStoreError};
use footage::record::Epoch;

/// A vault of which every handle sees the same secrets, and which keeps a copy of all that was ever put into it.
#[derive(Debug, Default, Clone)]
pub struct Hoard(Rc<RefCell<Hoarded>>);

#[derive(Debug, Default)]
struct Hoarded {
    now: BTreeMap<Slot, Secret<32>>,
    ever: BTreeMap<Slot, Secret<32>>,
}

impl Hoard {
    /// Undoes every erasure: what a dishonest agency would still have.
    pub fn restore(&self) {
        let mut hoarded = self.0.borrow_mut();
        let Hoarded { now, ever } = &mut *hoarded;
        *now = ever.iter().map(|(slot, secret)| (*slot, secret.duplicate())).collect();
    }

    /// What a slot held last, erased or not.
    pub fn ever(&self, slot: Slot) -> Option<Secret<32>> {
        self.0.borrow().ever.get(&slot).map(Secret::duplicate)
    }
}

impl Vault for Hoard {
    fn put(&mut self, slot: Slot, secret: Secret<32>) -> Result<(), VaultError> {
        let mut hoarded = self.0.borrow_mut();
        hoarded.ever.insert(slot, secret.duplicate());
        hoarded.now.insert(slot, secret);
        Ok(())
    }

    fn get(&self, slot: Slot) -> Result<Option<Secret<32>>, VaultError> {
        Ok(self.0.borrow().now.get(&slot).map(Secret::duplicate))
    }

    fn erase(&mut self, slot: Slot) -> Result<(), VaultError> {
        self.0.borrow_mut().now.remove(&slot);
        Ok(())
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

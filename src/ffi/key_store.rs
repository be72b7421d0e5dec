//! The key store of a custodian whose state the app stores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer};
use crate::crypto::{Digest, Secret};
use crate::custodian::{EpochState, KeyStore, KeyStoreError};
use crate::record::Epoch;

use super::camera::{STATE_VERSION, check_version};
use super::state::{State, Stored, read_secret};

/// A custodian's keys, by epoch, and the grants that it was told are revoked.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    epochs: BTreeMap<Epoch, Key>,
    revoked: BTreeSet<Digest>,
}

#[derive(Debug)]
enum Key {
    Held(Secret<32>),
    Destroying {
        secret: Secret<32>,
        /// The mark is stored.
        marked: bool,
    },
    Destroyed,
}

/// The mark has to be stored before the key is erased.
#[derive(Debug, Error)]
#[error("the state has changed: save it, and call again")]
pub(super) struct Unsaved;

/// Bytes of an encoded epoch, and of a revoked grant, at most.
const EPOCH_BYTES: usize = 42;
const REVOKED_BYTES: usize = 34;

const HELD: u64 = 1;
const DESTROYING: u64 = 2;
const DESTROYED: u64 = 3;

impl Encode for Keys {
    fn encode(&self, to: &mut Writer) {
        to.array(3);
        to.uint(STATE_VERSION);
        to.array(self.epochs.len());
        for (epoch, key) in &self.epochs {
            to.array(3);
            epoch.encode(to);
            match key {
                Key::Held(secret) => {
                    to.uint(HELD);
                    to.bytes(secret.expose());
                }
                Key::Destroying { secret, .. } => {
                    to.uint(DESTROYING);
                    to.bytes(secret.expose());
                }
                Key::Destroyed => {
                    to.uint(DESTROYED);
                    to.null();
                }
            }
        }
        to.array(self.revoked.len());
        for revoked in &self.revoked {
            revoked.encode(to);
        }
    }
}

impl Decode for Keys {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(3)?;
        check_version(from)?;
        let mut epochs = BTreeMap::new();
        for _ in 0..from.array(usize::MAX)? {
            from.array_of(3)?;
            let (epoch, state) = (Decode::decode(from)?, from.uint()?);
            let key = match state {
                HELD => Key::Held(read_secret(from)?),
                DESTROYING => Key::Destroying { secret: read_secret(from)?, marked: true },
                DESTROYED if from.null()? => Key::Destroyed,
                _ => return Err(CborError::Value("epoch of a custodian's state")),
            };
            epochs.insert(epoch, key);
        }
        let mut revoked = BTreeSet::new();
        for _ in 0..from.array(usize::MAX)? {
            revoked.insert(Decode::decode(from)?);
        }
        Ok(Self { epochs, revoked })
    }
}

impl State for Keys {
    fn room(&self) -> usize {
        32 + self.epochs.len() * EPOCH_BYTES + self.revoked.len() * REVOKED_BYTES
    }

    fn stored(&mut self) {
        for key in self.epochs.values_mut() {
            if let Key::Destroying { marked, .. } = key {
                *marked = true;
            }
        }
    }
}

impl Keys {
    fn key(&self, epoch: Epoch) -> Option<&Key> {
        self.epochs.get(&epoch)
    }
}

impl Key {
    const fn state(&self) -> EpochState {
        match self {
            Self::Held(_) => EpochState::Held,
            Self::Destroying { .. } => EpochState::Destroying,
            Self::Destroyed => EpochState::Destroyed,
        }
    }
}

impl KeyStore for Stored<Keys> {
    fn put(&mut self, epoch: Epoch, secret: Secret<32>) -> Result<(), KeyStoreError> {
        if self.get().key(epoch).is_none() {
            self.change().epochs.insert(epoch, Key::Held(secret));
        }
        Ok(())
    }

    fn get(&self, epoch: Epoch) -> Result<Option<Secret<32>>, KeyStoreError> {
        Ok(match self.get().key(epoch) {
            Some(Key::Held(secret) | Key::Destroying { secret, .. }) => Some(secret.duplicate()),
            Some(Key::Destroyed) | None => None,
        })
    }

    fn state(&self, epoch: Epoch) -> Result<Option<EpochState>, KeyStoreError> {
        Ok(self.get().key(epoch).map(Key::state))
    }

    fn mark(&mut self, epoch: Epoch) -> Result<(), KeyStoreError> {
        if let Some(Key::Held(secret)) = self.get().key(epoch) {
            let secret = secret.duplicate();
            self.change().epochs.insert(epoch, Key::Destroying { secret, marked: false });
        }
        Ok(())
    }

    fn erase(&mut self, epoch: Epoch) -> Result<(), KeyStoreError> {
        match self.get().key(epoch) {
            Some(Key::Destroying { marked: true, .. }) => {
                self.change().epochs.insert(epoch, Key::Destroyed);
                Ok(())
            }
            Some(Key::Held(_) | Key::Destroying { .. }) => Err(KeyStoreError(Arc::new(Unsaved))),
            Some(Key::Destroyed) | None => Ok(()),
        }
    }

    fn epochs(&self) -> Result<Vec<(Epoch, EpochState)>, KeyStoreError> {
        Ok(self.get().epochs.iter().map(|(epoch, key)| (*epoch, key.state())).collect())
    }

    fn revoke(&mut self, revoked: Digest) -> Result<(), KeyStoreError> {
        if !self.get().revoked.contains(&revoked) {
            self.change().revoked.insert(revoked);
        }
        Ok(())
    }

    fn is_revoked(&self, revoked: &Digest) -> Result<bool, KeyStoreError> {
        Ok(self.get().revoked.contains(revoked))
    }
}

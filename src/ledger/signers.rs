use std::collections::BTreeMap;

use crate::crypto::VerifyingKey;
use crate::record::Timestamp;
use crate::tlog::Logged;

/// Where a statement stands and who signed it: what is kept of it when nothing can be decided on it any more. Whoever needs
/// the whole of it reads it from the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) index: u64,
    pub(crate) existed_by: Timestamp,
    pub(super) signer: u32,
}

/// Whoever has signed something, once each.
#[derive(Debug, Default)]
pub(super) struct Signers {
    keys: Vec<VerifyingKey>,
    numbers: BTreeMap<[u8; 32], u32>,
}

impl FromIterator<VerifyingKey> for Signers {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        let mut signers = Self::default();
        for key in keys {
            signers.number(&key);
        }
        signers
    }
}

impl Signers {
    /// In the order of their numbers.
    pub(super) fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    pub(super) fn place<T>(&mut self, logged: &Logged<T>) -> Place {
        let signer = self.number(logged.signer());
        Place { index: logged.index(), existed_by: logged.existed_by(), signer }
    }

    /// The number of a key, which it has from now on.
    pub(super) fn number(&mut self, key: &VerifyingKey) -> u32 {
        *self.numbers.entry(*key.as_bytes()).or_insert_with(|| {
            self.keys.push(*key);
            self.keys.len() as u32 - 1
        })
    }

    pub(super) fn key(&self, number: u32) -> Option<&VerifyingKey> {
        self.keys.get(number as usize)
    }
}

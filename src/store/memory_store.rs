use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::{Erased, ErasureMethod, SecretState, Store, StoreError, StoreKey, limits};

/// A store in memory, for tests and for what may end with the process. It lasts as long as the value.
///
/// ```
/// use footage::store::{MemoryStore, SecretState, Store};
///
/// let mut store = MemoryStore::new();
/// let key = "device".parse()?;
/// store.put_secret(&key, &[7; 32])?;
/// assert_eq!(store.secrets()?, [(key.clone(), SecretState::Whole)]);
/// assert!(store.erase(&key)?.nothing_left);
/// assert_eq!(store.secret(&key)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct MemoryStore {
    facts: BTreeMap<StoreKey, Vec<u8>>,
    secrets: BTreeMap<StoreKey, Zeroizing<Vec<u8>>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("facts", &self.facts.len())
            .field("secrets", &self.secrets.len())
            .finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.facts.get(key).cloned())
    }

    fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        limits::check(key, value, limits::FACT_BYTES)?;
        self.facts.insert(key.clone(), value.to_vec());
        Ok(())
    }

    fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError> {
        self.facts.remove(key);
        Ok(())
    }

    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
        Ok(self.facts.keys().cloned().collect())
    }

    fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        Ok(self.secrets.get(key).cloned())
    }

    fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        limits::check(key, value, limits::SECRET_BYTES)?;
        if self.secrets.contains_key(key) {
            return Err(StoreError::SecretExists(key.clone()));
        }
        self.secrets.insert(key.clone(), Zeroizing::new(value.to_vec()));
        Ok(())
    }

    fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
        // Dropping the value overwrites it.
        self.secrets.remove(key);
        Ok(Erased { method: ErasureMethod::OverwrittenMemory, nothing_left: !self.secrets.contains_key(key) })
    }

    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
        Ok(self.secrets.keys().map(|key| (key.clone(), SecretState::Whole)).collect())
    }
}

//! What a store holds, and the changes that a test makes.

use std::collections::BTreeMap;

use footage::store::{SecretState, Store, StoreError, StoreKey};

pub(crate) fn key(text: &str) -> StoreKey {
    StoreKey::new(text).unwrap()
}

/// Everything that a store holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) facts: BTreeMap<StoreKey, Vec<u8>>,
    /// `None` is half erased.
    pub(crate) secrets: BTreeMap<StoreKey, Option<Vec<u8>>>,
}

impl Contents {
    pub(crate) fn of(store: &mut dyn Store) -> Result<Self, StoreError> {
        let mut contents = Self::default();
        for key in store.facts()? {
            let value = store.fact(&key)?.unwrap();
            contents.facts.insert(key, value);
        }
        for (key, state) in store.secrets()? {
            let value = store.secret(&key)?.map(|value| value.to_vec());
            assert_eq!(value.is_some(), state == SecretState::Whole);
            contents.secrets.insert(key, value);
        }
        Ok(contents)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    PutFact(StoreKey, Vec<u8>),
    RemoveFact(StoreKey),
    PutSecret(StoreKey, Vec<u8>),
    Erase(StoreKey),
}

impl Change {
    pub(crate) fn make(&self, store: &mut dyn Store) -> Result<(), StoreError> {
        match self {
            Self::PutFact(key, value) => store.put_fact(key, value),
            Self::RemoveFact(key) => store.remove_fact(key),
            Self::PutSecret(key, value) => store.put_secret(key, value),
            Self::Erase(key) => store.erase(key).map(|erased| assert!(erased.nothing_left)),
        }
    }

    pub(crate) fn apply(&self, contents: &Contents) -> Contents {
        let mut after = contents.clone();
        match self.clone() {
            Self::PutFact(key, value) => drop(after.facts.insert(key, value)),
            Self::RemoveFact(key) => drop(after.facts.remove(&key)),
            Self::PutSecret(key, value) => drop(after.secrets.entry(key).or_insert(Some(value))),
            Self::Erase(key) => drop(after.secrets.remove(&key)),
        }
        after
    }
}

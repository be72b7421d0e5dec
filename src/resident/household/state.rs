use std::collections::{BTreeMap, BTreeSet};

use crate::cbor::{Decode as _, Reader, decode_by, encode, record_array};
use crate::crypto::sha256;
use crate::record::{HouseholdId, OwnerChain, OwnerList, Signed, StatementId, Verified};
use crate::store::{Store, StoreError, StoreKey, limits};

use super::{HouseholdError, HouseholdFile};

/// What a device keeps of its household, as one fact; everything that it names is written before it.
struct Head {
    household: HouseholdId,
    /// Counts the files that were stored.
    generation: u64,
    /// The file's length, and its SHA-256.
    length: u64,
    digest: StatementId,
    /// The lists of the chain, in the order in which it is restored.
    lists: Vec<StatementId>,
    /// Whether the place is known to have taken the lists.
    placed: bool,
}
record_array!(Head { household, generation, length, digest, lists, placed });

/// What a device knows of its household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) chain: OwnerChain,
    pub(super) file: HouseholdFile,
    pub(super) placed: bool,
    pub(super) generation: u64,
}

impl State {
    /// `None` if the store holds no household.
    pub(super) fn load(store: &mut impl Store) -> Result<Option<Self>, HouseholdError> {
        let Some(head) = store.fact(&name("household")?)? else { return Ok(None) };
        let read = |from: &mut Reader<'_>| {
            from.lift_list_limit();
            Head::decode(from)
        };
        let head = decode_by(&head, limits::FACT_BYTES, read).map_err(|_| HouseholdError::Damaged)?;
        let mut bytes = Vec::new();
        for part in 0..head.length.div_ceil(limits::FACT_BYTES as u64) {
            let part = store.fact(&part_name(head.generation, part)?)?.ok_or(HouseholdError::Damaged)?;
            bytes.extend_from_slice(&part);
            if bytes.len() as u64 > head.length {
                return Err(HouseholdError::Damaged);
            }
        }
        if sha256(&[&bytes]) != *head.digest.as_bytes() {
            return Err(HouseholdError::Damaged);
        }
        let file = HouseholdFile::from_bytes(&bytes).map_err(|_| HouseholdError::Damaged)?;
        let mut lists = Vec::new();
        for id in &head.lists {
            let bytes = store.fact(&list_name(id)?)?.ok_or(HouseholdError::Damaged)?;
            let list: Option<Verified<OwnerList>> = Signed::from_bytes(&bytes).ok().and_then(|list| list.verify().ok());
            lists.push(list.filter(|list| list.id() == *id).ok_or(HouseholdError::Damaged)?);
        }
        let chain = OwnerChain::restore(lists).map_err(|_| HouseholdError::Damaged)?;
        if file.household() != head.household || chain.household() != head.household {
            return Err(HouseholdError::Damaged);
        }
        let state = Self { chain, file, placed: head.placed, generation: head.generation };
        state.remove_others(store)?;
        Ok(Some(state))
    }

    /// Stores the state as the next generation: first its parts, then the fact that names them, and then the parts of the
    /// generation before are removed. `known` holds the lists of periods that have ended.
    pub(super) fn save(
        &mut self,
        store: &mut impl Store,
        known: &BTreeMap<StatementId, Verified<OwnerList>>,
    ) -> Result<(), HouseholdError> {
        let generation = self.generation + 1;
        for id in self.chain.kept() {
            let name = list_name(&id)?;
            if store.fact(&name)?.is_none() {
                let own = self.chain.lists().iter().find(|list| list.id() == id);
                let list = own.or_else(|| known.get(&id)).ok_or(HouseholdError::Incomplete)?;
                store.put_fact(&name, &list.to_bytes())?;
            }
        }
        let bytes = self.file.to_bytes()?;
        for (number, part) in (0..).zip(bytes.chunks(limits::FACT_BYTES)) {
            store.put_fact(&part_name(generation, number)?, part)?;
        }
        let head = Head {
            household: self.file.household(),
            generation,
            length: bytes.len() as u64,
            digest: StatementId::from_bytes(sha256(&[&bytes])),
            lists: self.chain.kept().collect(),
            placed: self.placed,
        };
        store.put_fact(&name("household")?, &encode(&head))?;
        self.generation = generation;
        self.remove_others(store)
    }

    /// Removes what this state does not name.
    fn remove_others(&self, store: &mut impl Store) -> Result<(), HouseholdError> {
        let lists: Result<BTreeSet<_>, _> = self.chain.kept().map(|id| list_name(&id)).collect();
        let (lists, own) = (lists?, format!("file.{}.", self.generation));
        for fact in store.facts()? {
            let text = fact.as_str();
            let stale = text.starts_with("file.") && !text.starts_with(&own);
            if stale || (text.starts_with("list.") && !lists.contains(&fact)) {
                store.remove_fact(&fact)?;
            }
        }
        Ok(())
    }
}

fn name(text: &str) -> Result<StoreKey, StoreError> {
    StoreKey::new(text).map_err(|_| StoreError::Damaged(text.into()))
}

fn part_name(generation: u64, part: u64) -> Result<StoreKey, StoreError> {
    name(&format!("file.{generation}.{part}"))
}

fn list_name(id: &StatementId) -> Result<StoreKey, StoreError> {
    name(&format!("list.{id}"))
}

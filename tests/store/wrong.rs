//! Stores that are wrong in one thing each, which the contract finds out.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use footage::store::contract::{Opening, Rule, check, check_half_erased, check_poisoned};
use footage::store::{Erased, ErasureMethod, SecretState, Store, StoreError, StoreKey, limits};
use zeroize::Zeroizing;

use crate::contents::key;
use crate::faults::{Crash, StoreImage};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    BeginsWhenOpened,
    BeginsTwice,
    BeginsWithFacts,
    OpensTwice,
    KeepsTheFirstFact,
    TakesEmptyForNone,
    MixesFactsAndSecrets,
    KeepsRemovedFacts,
    OverwritesSecrets,
    ForgetsToErase,
    LiesAboutErasing,
    StillReadsErased,
    ListsInAnyOrder,
    ListsTwice,
    TakesLongFacts,
    TakesLongSecrets,
    RefusesTheLongest,
    IsPoisonedByRefusals,
    ChangesWhenItRefuses,
    LosesFacts,
    LosesErasures,
    SinksItsFloor,
    LosesItsFloor,
}

const ALL: [(Wrong, Rule); 23] = [
    (Wrong::BeginsWhenOpened, Rule::Beginning),
    (Wrong::BeginsTwice, Rule::Beginning),
    (Wrong::BeginsWithFacts, Rule::Beginning),
    (Wrong::OpensTwice, Rule::OneAtATime),
    (Wrong::KeepsTheFirstFact, Rule::FactsAreReplaced),
    (Wrong::TakesEmptyForNone, Rule::FactsAreReplaced),
    (Wrong::MixesFactsAndSecrets, Rule::FactsAreReplaced),
    (Wrong::KeepsRemovedFacts, Rule::FactsAreRemoved),
    (Wrong::OverwritesSecrets, Rule::SecretsArePutOnce),
    (Wrong::ForgetsToErase, Rule::SecretsAreErased),
    (Wrong::LiesAboutErasing, Rule::SecretsAreErased),
    (Wrong::StillReadsErased, Rule::SecretsAreErased),
    (Wrong::ListsInAnyOrder, Rule::Listing),
    (Wrong::ListsTwice, Rule::Listing),
    (Wrong::TakesLongFacts, Rule::Limits),
    (Wrong::TakesLongSecrets, Rule::Limits),
    (Wrong::RefusesTheLongest, Rule::Limits),
    (Wrong::IsPoisonedByRefusals, Rule::Limits),
    (Wrong::ChangesWhenItRefuses, Rule::Refusals),
    (Wrong::LosesFacts, Rule::Lasting),
    (Wrong::LosesErasures, Rule::Lasting),
    (Wrong::SinksItsFloor, Rule::Floor),
    (Wrong::LosesItsFloor, Rule::Lasting),
];

#[derive(Debug, Default)]
struct Place {
    begun: bool,
    open: bool,
    facts: BTreeMap<StoreKey, Vec<u8>>,
    secrets: BTreeMap<StoreKey, Vec<u8>>,
    erased: BTreeMap<StoreKey, Vec<u8>>,
    floor: u64,
}

struct WrongStore {
    wrong: Wrong,
    place: Rc<RefCell<Place>>,
    poisoned: bool,
}

impl WrongStore {
    fn begin_or_open(wrong: Wrong, place: &Rc<RefCell<Place>>, opening: Opening) -> Result<Self, StoreError> {
        let mut at = place.borrow_mut();
        if at.open && wrong != Wrong::OpensTwice {
            return Err(StoreError::InUse);
        }
        match opening {
            Opening::Begin if at.begun && wrong != Wrong::BeginsTwice => return Err(StoreError::Exists),
            Opening::Open if !at.begun && wrong != Wrong::BeginsWhenOpened => return Err(StoreError::Missing),
            Opening::Begin if wrong == Wrong::BeginsWithFacts => drop(at.facts.insert(key("stray"), Vec::new())),
            Opening::Open if wrong == Wrong::LosesFacts => drop(at.facts.pop_last()),
            Opening::Open if wrong == Wrong::LosesErasures => {
                let erased = std::mem::take(&mut at.erased);
                at.secrets.extend(erased);
            }
            Opening::Open if wrong == Wrong::LosesItsFloor => at.floor = 0,
            _ => {}
        }
        (at.begun, at.open) = (true, true);
        Ok(Self { wrong, place: place.clone(), poisoned: false })
    }

    fn is(&self, wrong: Wrong) -> bool {
        self.wrong == wrong
    }

    fn ready(&self) -> Result<(), StoreError> {
        if self.poisoned { Err(StoreError::Poisoned) } else { Ok(()) }
    }

    fn limit(&mut self, key: &StoreKey, value: &[u8], max: usize) -> Result<(), StoreError> {
        let max = if self.is(Wrong::RefusesTheLongest) { max - 1 } else { max };
        let refused = limits::check(key, value, max);
        self.poisoned |= refused.is_err() && self.is(Wrong::IsPoisonedByRefusals);
        refused
    }

    fn list<T: Clone>(&self, mut list: Vec<T>) -> Vec<T> {
        match self.wrong {
            Wrong::ListsInAnyOrder => list.reverse(),
            Wrong::ListsTwice => list.extend(list.last().cloned()),
            _ => {}
        }
        list
    }
}

impl Drop for WrongStore {
    fn drop(&mut self) {
        self.place.borrow_mut().open = false;
    }
}

impl Store for WrongStore {
    fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.ready()?;
        let value = self.place.borrow().facts.get(key).cloned();
        Ok(value.filter(|value| !value.is_empty() || !self.is(Wrong::TakesEmptyForNone)))
    }

    fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.ready()?;
        let limit = self.limit(key, value, limits::FACT_BYTES);
        if self.is(Wrong::ChangesWhenItRefuses) && limit.is_err() {
            self.place.borrow_mut().facts.remove(key);
        }
        if !self.is(Wrong::TakesLongFacts) {
            limit?;
        }
        let mut place = self.place.borrow_mut();
        if self.is(Wrong::KeepsTheFirstFact) {
            place.facts.entry(key.clone()).or_insert(value.to_vec());
        } else {
            place.facts.insert(key.clone(), value.to_vec());
        }
        Ok(())
    }

    fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError> {
        self.ready()?;
        if !self.is(Wrong::KeepsRemovedFacts) {
            self.place.borrow_mut().facts.remove(key);
        }
        Ok(())
    }

    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
        self.ready()?;
        Ok(self.list(self.place.borrow().facts.keys().cloned().collect()))
    }

    fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.ready()?;
        let place = self.place.borrow();
        let erased = || place.erased.get(key).filter(|_| self.is(Wrong::StillReadsErased));
        let fact = || place.facts.get(key).filter(|_| self.is(Wrong::MixesFactsAndSecrets));
        let value = place.secrets.get(key).or_else(erased).or_else(fact);
        Ok(value.cloned().map(Zeroizing::new))
    }

    fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.ready()?;
        let limit = self.limit(key, value, limits::SECRET_BYTES);
        if !self.is(Wrong::TakesLongSecrets) {
            limit?;
        }
        let mut place = self.place.borrow_mut();
        let there = place.secrets.contains_key(key);
        if !there || self.is(Wrong::OverwritesSecrets) {
            place.secrets.insert(key.clone(), value.to_vec());
        }
        if there { Err(StoreError::SecretExists(key.clone())) } else { Ok(()) }
    }

    fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
        self.ready()?;
        let mut place = self.place.borrow_mut();
        if !self.is(Wrong::ForgetsToErase) {
            let gone = place.secrets.remove(key).map(|value| (key.clone(), value));
            place.erased.extend(gone);
        }
        let nothing_left = !self.is(Wrong::LiesAboutErasing);
        Ok(Erased { method: ErasureMethod::Other, nothing_left })
    }

    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
        self.ready()?;
        let place = self.place.borrow();
        Ok(self.list(place.secrets.keys().map(|key| (key.clone(), SecretState::Whole)).collect()))
    }

    fn floor(&mut self) -> Result<Option<u64>, StoreError> {
        self.ready()?;
        Ok(Some(self.place.borrow().floor))
    }

    fn raise_floor(&mut self, to: u64) -> Result<(), StoreError> {
        self.ready()?;
        let mut place = self.place.borrow_mut();
        place.floor = if self.is(Wrong::SinksItsFloor) { to } else { place.floor.max(to) };
        Ok(())
    }
}

#[test]
fn every_wrong_store_is_found_out() {
    for (wrong, rule) in ALL {
        let place = Rc::new(RefCell::new(Place::default()));
        let broken = check(&mut |opening| Ok(Box::new(WrongStore::begin_or_open(wrong, &place, opening)?)));
        assert_eq!(broken.map_err(|broken| broken.rule), Err(rule), "{wrong:?}");
    }
}

#[test]
fn a_store_that_goes_on_after_an_error_is_found_out() {
    let image = StoreImage::new();
    let mut store = image.begin().unwrap();
    assert_eq!(check_poisoned(&mut store).unwrap_err().rule, Rule::Poisoned);
    image.crash_at(0, Crash::Before);
    store.put_fact(&key("f"), b"fact").unwrap_err();
    check_poisoned(&mut store).unwrap();
}

/// A store that says that a secret is half erased, and is wrong in one thing about it.
struct HalfErased {
    wrong: Option<AboutHalfErased>,
    gone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AboutHalfErased {
    Reads,
    TakesAnother,
    DoesNotList,
    LeavesSome,
    StaysListed,
}

impl Store for HalfErased {
    fn fact(&mut self, _: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    fn put_fact(&mut self, _: &StoreKey, _: &[u8]) -> Result<(), StoreError> {
        Ok(())
    }

    fn remove_fact(&mut self, _: &StoreKey) -> Result<(), StoreError> {
        Ok(())
    }

    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
        Ok(Vec::new())
    }

    fn secret(&mut self, _: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        Ok((self.wrong == Some(AboutHalfErased::Reads)).then(|| Zeroizing::new(vec![0; 32])))
    }

    fn put_secret(&mut self, key: &StoreKey, _: &[u8]) -> Result<(), StoreError> {
        if self.wrong == Some(AboutHalfErased::TakesAnother) {
            return Ok(());
        }
        Err(StoreError::SecretExists(key.clone()))
    }

    fn erase(&mut self, _: &StoreKey) -> Result<Erased, StoreError> {
        self.gone = self.wrong != Some(AboutHalfErased::StaysListed);
        Ok(Erased { method: ErasureMethod::Other, nothing_left: self.wrong != Some(AboutHalfErased::LeavesSome) })
    }

    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
        let listed = self.wrong != Some(AboutHalfErased::DoesNotList) && !self.gone;
        Ok(listed.then(|| (key("s"), SecretState::HalfErased)).into_iter().collect())
    }
}

#[test]
fn a_store_that_is_wrong_about_half_erased_secrets_is_found_out() {
    use AboutHalfErased::{DoesNotList, LeavesSome, Reads, StaysListed, TakesAnother};

    check_half_erased(&mut HalfErased { wrong: None, gone: false }, &key("s")).unwrap();
    for wrong in [Reads, TakesAnother, DoesNotList, LeavesSome, StaysListed] {
        let broken = check_half_erased(&mut HalfErased { wrong: Some(wrong), gone: false }, &key("s"));
        assert_eq!(broken.map_err(|broken| broken.rule), Err(Rule::HalfErased), "{wrong:?}");
    }
}

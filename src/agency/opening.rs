use std::collections::BTreeMap;
use std::sync::Arc;

use crate::crypto::{KemAlgorithm, Random, Secret, SigningKey};
use crate::record::{AgencyId, Answer, Signed, StatementId};
use crate::store::{Objects, ObjectsError, SecretState, Store, StoreError, StoreKey};

use super::agency::Agency;
use super::error::AgencyError;
use super::facts::{GrantFact, GrantState, RequestFact, RequestState};
use super::keys::{Fact, SecretName};
use super::ratchet::Ratchet;
use super::reader::{folder, grant_of};
use super::unread::Unread;

/// Everything that the facts of a store say.
#[derive(Default)]
struct Facts {
    requests: BTreeMap<StatementId, RequestFact>,
    grants: BTreeMap<StatementId, GrantFact>,
    answers: BTreeMap<(StatementId, u8), Signed<Answer>>,
    unread: Vec<Unread>,
}

impl<S: Store> Agency<S> {
    /// Opens the agency with this key and store. Excerpts lie below `excerpts/` of the objects, which belong to this agency
    /// alone.
    ///
    /// Every secret and every excerpt that no fact accounts for is erased, and what was found half done is done: a deletion
    /// is finished, and answers that suffice are put together. If any fact cannot be read, nothing is erased or redone;
    /// [`unread`](Self::unread) names the fact, and calls that do not depend on it work.
    pub fn open(
        id: AgencyId,
        key: SigningKey,
        kem: KemAlgorithm,
        mut store: S,
        objects: Arc<dyn Objects>,
        random: &mut dyn Random,
    ) -> Result<Self, AgencyError> {
        let Facts { requests, grants, answers, unread } = read_facts(&mut store)?;
        let (found, old) = find_ratchet(&mut store)?;
        let ratchet = match found {
            Some(ratchet) => ratchet,
            None => begin_ratchet(&mut store, random)?,
        };
        let mut agency = Self { id, key, kem, store, objects, ratchet, requests, grants, answers, unread };
        if agency.unread.iter().any(Unread::is_any_fact) {
            return Ok(agency);
        }
        for number in old {
            agency.erase_if_possible(&SecretName::Ratchet(number).key()?)?;
        }
        agency.erase_unaccounted()?;
        if let Err(error) = agency.delete_unaccounted() {
            agency.unread.push(Unread::Objects(error));
        }
        agency.redo()?;
        Ok(agency)
    }

    /// Erases every secret that no fact accounts for.
    fn erase_unaccounted(&mut self) -> Result<(), AgencyError> {
        let mut kept = vec![SecretName::Ratchet(self.ratchet.number).key()?];
        for (id, fact) in &self.requests {
            if fact.state == RequestState::Asked {
                kept.push(SecretName::RequestKey(*id).key()?);
            }
        }
        for (terms, fact) in &self.grants {
            let names: &[SecretName] = match fact.state {
                GrantState::TakenIn => &[SecretName::AgencyHalf(*terms)],
                // A custodians' half that is there already is made again from the answers.
                GrantState::Released => &[SecretName::AgencyHalf(*terms), SecretName::OneTime(*terms)],
                GrantState::Answered => &[SecretName::AgencyHalf(*terms), SecretName::CustodianHalf(*terms)],
                GrantState::Finished | GrantState::Deleting | GrantState::Deleted => &[],
            };
            for name in names {
                kept.push(name.key()?);
            }
        }
        for (key, state) in self.store.secrets()? {
            if state == SecretState::HalfErased || !kept.contains(&key) {
                self.erase_if_possible(&key)?;
            }
        }
        Ok(())
    }

    /// Erases a secret. What stays is listed as half erased and never read, and must not keep the agency from everything else.
    fn erase_if_possible(&mut self, key: &StoreKey) -> Result<(), AgencyError> {
        let _erased_at_the_next_opening = self.store.erase(key)?;
        Ok(())
    }

    /// Deletes every excerpt that no fact accounts for.
    fn delete_unaccounted(&self) -> Result<(), ObjectsError> {
        for path in self.objects.list(Some(&folder()?))? {
            let grant = grant_of(&path).and_then(|terms| self.grants.get(&terms));
            if !grant.is_some_and(GrantFact::has_copy) {
                self.objects.delete(&path)?;
            }
        }
        Ok(())
    }

    /// Does what was found half done.
    fn redo(&mut self) -> Result<(), AgencyError> {
        let strays: Vec<_> = self.answers.keys().map(|(terms, _)| *terms).collect();
        for terms in strays {
            if self.state(terms) != Some(GrantState::Released) {
                self.remove_answers(terms)?;
            }
        }
        let grants: Vec<_> = self.grants().collect();
        for (terms, state) in grants {
            let done = match state {
                GrantState::Released => self.combine(terms).map(drop),
                GrantState::Deleting => self.finish_deletion(terms).map(drop),
                _ => Ok(()),
            };
            forgive(done)?;
        }
        let requests: Vec<_> = self.requests.iter().map(|(id, fact)| (*id, fact.state)).collect();
        for (id, state) in requests {
            if state == RequestState::Destroying {
                forgive(self.finish_destruction(id).map(drop))?;
            }
        }
        Ok(())
    }
}

/// What concerns one grant or request alone must not keep the agency from the others: it stays as it is, and the call that does
/// it says why.
fn forgive(done: Result<(), AgencyError>) -> Result<(), AgencyError> {
    match done {
        Err(
            AgencyError::NotErased(_)
            | AgencyError::SecretGone(_)
            | AgencyError::Unlock(_)
            | AgencyError::Objects(_)
            | AgencyError::Store(StoreError::Damaged(_)),
        ) => Ok(()),
        done => done,
    }
}

fn read_facts<S: Store>(store: &mut S) -> Result<Facts, AgencyError> {
    let mut facts = Facts::default();
    for key in store.facts()? {
        let bytes = match store.fact(&key) {
            // One failure must not block the others.
            Err(StoreError::Damaged(_)) => None,
            bytes => bytes?,
        };
        if bytes.and_then(|bytes| facts.take(&key, &bytes)).is_none() {
            facts.unread.push(Unread::Fact(key));
        }
    }
    Ok(facts)
}

impl Facts {
    /// Takes in a fact if it is an agency's fact and is stored under its own key.
    fn take(&mut self, key: &StoreKey, bytes: &[u8]) -> Option<()> {
        match Fact::parse(key)? {
            Fact::Request(id) => {
                let fact = RequestFact::from_bytes(bytes).ok().filter(|fact| fact.request.id() == id)?;
                self.requests.insert(id, fact);
            }
            Fact::Grant(terms) => {
                let fact = GrantFact::from_bytes(bytes).ok().filter(|fact| fact.terms.id() == terms)?;
                (fact.envelope.statement().terms == terms).then_some(())?;
                self.grants.insert(terms, fact);
            }
            Fact::Answer(terms, place) => {
                let answer = Signed::<Answer>::from_bytes(bytes).ok();
                let answer = answer.filter(|answer| answer.statement().terms == terms)?;
                self.answers.insert((terms, place), answer);
            }
        }
        Some(())
    }
}

/// The newest ratchet that can be read, and the numbers of all others.
fn find_ratchet<S: Store>(store: &mut S) -> Result<(Option<Ratchet>, Vec<u64>), AgencyError> {
    let listed = store.secrets()?;
    let mut numbers: Vec<_> = listed.iter().filter_map(|(key, _)| SecretName::ratchet(key)).collect();
    numbers.sort_unstable();
    let mut found = None;
    for &number in numbers.iter().rev() {
        let secret = match store.secret(&SecretName::Ratchet(number).key()?) {
            // A new one is drawn where none can be read.
            Err(StoreError::Damaged(_)) => None,
            secret => secret?,
        };
        let bytes: Option<&[u8; 32]> = secret.as_ref().and_then(|secret| secret.as_slice().try_into().ok());
        if let Some(bytes) = bytes {
            found = Some(Ratchet { number, secret: Secret::filled(|out| out.copy_from_slice(bytes)) });
            break;
        }
    }
    numbers.retain(|number| found.as_ref().is_none_or(|ratchet| ratchet.number != *number));
    Ok((found, numbers))
}

/// Draws the first secret of a ratchet; where one is missing, a new one.
fn begin_ratchet<S: Store>(store: &mut S, random: &mut dyn Random) -> Result<Ratchet, AgencyError> {
    let last = store.secrets()?.iter().filter_map(|(key, _)| SecretName::ratchet(key)).max();
    let number = last.map_or(0, |last| last.saturating_add(1));
    let secret = Secret::<32>::random(random)?;
    store.put_secret(&SecretName::Ratchet(number).key()?, secret.expose())?;
    Ok(Ratchet { number, secret })
}

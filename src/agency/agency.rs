use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cbor::encode;
use crate::crypto::{KemAlgorithm, KemPrivateKey, Random, Secret, SigningKey, VerifyingKey};
use crate::ledger::Ledger;
use crate::policy::Policy;
use crate::record::{
    AgencyId, Answer, Basis, Cells, Days, Offence, Reference, Request, Signed, StatementId, Timestamp, Verified, Window,
};
use crate::store::{Erased, ErasureMethod, Objects, Store};

use super::error::AgencyError;
use super::facts::{GrantFact, GrantState, RequestFact, RequestState};
use super::keys::{Fact, SecretName};
use super::ratchet::Ratchet;
use super::shelf_life::{is_missing, is_stale};
use super::unread::Unread;

/// An agency: its id, its signing key, its store, and the objects in which excerpts lie.
pub struct Agency<S> {
    pub(super) id: AgencyId,
    pub(super) key: SigningKey,
    pub(super) kem: KemAlgorithm,
    pub(super) store: S,
    pub(super) objects: Arc<dyn Objects>,
    pub(super) ratchet: Ratchet,
    /// What the store's facts say.
    pub(super) requests: BTreeMap<StatementId, RequestFact>,
    pub(super) grants: BTreeMap<StatementId, GrantFact>,
    /// The answers to the release of each grant, still wrapped, by the places of the members.
    pub(super) answers: BTreeMap<(StatementId, u8), Signed<Answer>>,
    /// The facts and objects that could not be read or reached at opening.
    pub(super) unread: Vec<Unread>,
}

/// What an agency asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Ask {
    /// The cells whose residents are asked.
    pub cells: Cells,
    /// Of which time; it has to be past.
    pub window: Window,
    /// For which offence.
    pub offence: Offence,
    /// Under which case number.
    pub case: Reference,
    /// On what basis.
    pub basis: Basis,
    /// How long it wants to keep what it obtains.
    pub retention: Days,
    /// Until when it takes grants.
    pub open_until: Timestamp,
}

impl<S: Store> Agency<S> {
    /// Own requests whose facts are kept at once, at most.
    pub const MAX_REQUESTS: usize = 1024;
    /// The maximum number of grants of one request that are taken in and not released. Anyone who knows a request can send
    /// worthless grants for it. They take no places from other requests; [`discard`](Self::discard) them.
    pub const MAX_WAITING: usize = 512;

    /// Returns the agency's id.
    pub const fn id(&self) -> &AgencyId {
        &self.id
    }

    /// Returns the key that registrars approve.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// Returns the own requests, and how far each has come.
    pub fn requests(&self) -> impl Iterator<Item = (&Verified<Request>, RequestState)> {
        self.requests.values().map(|fact| (&fact.request, fact.state))
    }

    /// Returns the grants by their terms, and how far each has come.
    pub fn grants(&self) -> impl Iterator<Item = (StatementId, GrantState)> {
        self.grants.iter().map(|(terms, fact)| (*terms, fact.state))
    }

    /// Returns how far a grant has come, or `None` if it was never taken in.
    pub fn state(&self, terms: StatementId) -> Option<GrantState> {
        self.grants.get(&terms).map(|fact| fact.state)
    }

    /// Returns the facts and objects that could not be read or reached when the agency was opened. If there is a fact among
    /// them, nothing was erased at opening, and calls that depend on the fact are refused; all other calls work. Open the
    /// agency again once the fact is repaired.
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }

    /// Makes a request with a fresh request key, anchored in the latest checkpoint of the ledger. Log it next.
    ///
    /// Before anything is signed, the request is checked by the rules that everybody applies to it. Its number follows the
    /// last one in the log. An earlier request must be in the log first, or be [stale](AgencyError::Unlogged).
    ///
    /// # Errors
    /// [`Refused`](AgencyError::Refused) with every rule that the request would break; [`Unlogged`](AgencyError::Unlogged)
    /// while an earlier request waits to be logged.
    pub fn request(
        &mut self,
        ask: Ask,
        policy: &Policy,
        ledger: &Ledger,
        random: &mut dyn Random,
    ) -> Result<Verified<Request>, AgencyError> {
        if self.requests.len() >= Self::MAX_REQUESTS {
            return Err(AgencyError::Full(self.requests.len()));
        }
        let anchor = ledger.latest().ok_or(AgencyError::NoCheckpoint)?;
        let (sequence, previous) = self.next_number(ledger)?;
        let Ask { cells, window, offence, case, basis, retention, open_until } = ask;
        // A placeholder key of the same KEM: the real one is made once the rules are kept.
        let stands_in = KemPrivateKey::from_secret(self.kem, Secret::filled(|_| ())).public_key();
        let mut request = Request {
            agency: self.id,
            cells,
            window,
            offence,
            case,
            basis,
            retention,
            open_until,
            key: stands_in,
            sequence,
            previous,
            anchor: anchor.to_anchor(),
        };
        policy.check_draft(&request, &self.key.verifying_key(), anchor, ledger)?;
        // Everything in the request except its key.
        let new = self.new_key(self.kem, &[b"request", &encode(&request)], random)?;
        request.key = new.key.public_key();
        let request = Verified::sign(request, &self.key);
        self.put_new_key(SecretName::RequestKey(request.id()), &new)?;
        let fact = RequestFact { state: RequestState::Asked, request: request.clone(), ordered: None, receipt: None };
        self.put_request(fact)?;
        Ok(request)
    }

    /// Returns the number of the next request and the id of the one before, which is the last one that has standing in the
    /// log. A stale request never gets there, so its number is free.
    fn next_number(&self, ledger: &Ledger) -> Result<(u64, Option<StatementId>), AgencyError> {
        // A request that could not be read and is not in the log may have this number.
        for unread in &self.unread {
            if let Unread::Fact(key) = unread
                && let Some(Fact::Request(request)) = Fact::parse(key)
                && is_missing(&ledger.request(request))
            {
                return Err(AgencyError::Unread(key.to_string()));
            }
        }
        let waits =
            |fact: &&RequestFact| is_missing(&ledger.request(fact.request.id())) && !is_stale(&fact.request, ledger);
        if let Some(fact) = self.requests.values().find(waits) {
            return Err(AgencyError::Unlogged(fact.request.id()));
        }
        let last = ledger.last_asked(&self.id);
        Ok(last.map_or((0, None), |(number, request)| (number.saturating_add(1), Some(request))))
    }

    // The store: memory follows once the change is durable.

    pub(super) fn put_request(&mut self, fact: RequestFact) -> Result<(), AgencyError> {
        let id = fact.request.id();
        self.store.put_fact(&Fact::Request(id).key()?, &fact.to_bytes())?;
        self.requests.insert(id, fact);
        Ok(())
    }

    pub(super) fn put_grant(&mut self, fact: GrantFact) -> Result<(), AgencyError> {
        let terms = fact.terms.id();
        self.store.put_fact(&Fact::Grant(terms).key()?, &fact.to_bytes())?;
        self.grants.insert(terms, fact);
        Ok(())
    }

    pub(super) fn grant(&self, terms: StatementId) -> Result<&GrantFact, AgencyError> {
        self.check_read(Fact::Grant(terms))?;
        self.grants.get(&terms).ok_or(AgencyError::NotTakenIn(terms))
    }

    pub(super) fn own_request(&self, request: StatementId) -> Result<&RequestFact, AgencyError> {
        self.check_read(Fact::Request(request))?;
        self.requests.get(&request).ok_or(AgencyError::NoRequest(request))
    }

    /// Fails if a fact could not be read: the fact may say that a grant is deleted.
    pub(super) fn check_read(&self, fact: Fact) -> Result<(), AgencyError> {
        let key = fact.key()?;
        if self.unread.iter().any(|unread| unread.is_fact(&key)) {
            return Err(AgencyError::Unread(key.to_string()));
        }
        Ok(())
    }

    /// Removes the answers to the release of a grant.
    pub(super) fn remove_answers(&mut self, terms: StatementId) -> Result<(), AgencyError> {
        let own: Vec<_> = self.answers.range((terms, 0)..=(terms, u8::MAX)).map(|(key, _)| *key).collect();
        for (terms, place) in own {
            self.store.remove_fact(&Fact::Answer(terms, place).key()?)?;
            self.answers.remove(&(terms, place));
        }
        // Including facts that could not be read.
        let unread = self.unread.iter().filter_map(|unread| match unread {
            Unread::Fact(key) => matches!(Fact::parse(key)?, Fact::Answer(of, _) if of == terms).then(|| key.clone()),
            Unread::Objects(_) => None,
        });
        for key in unread.collect::<Vec<_>>() {
            self.store.remove_fact(&key)?;
            self.unread.retain(|unread| !unread.is_fact(&key));
        }
        Ok(())
    }

    pub(super) fn secret(&mut self, name: SecretName) -> Result<Secret<32>, AgencyError> {
        let key = name.key()?;
        let found = self.store.secret(&key)?;
        let bytes: Option<&[u8; 32]> = found.as_ref().and_then(|found| found.as_slice().try_into().ok());
        let bytes = bytes.ok_or_else(|| AgencyError::SecretGone(key.to_string()))?;
        Ok(Secret::filled(|out| out.copy_from_slice(bytes)))
    }

    /// Puts a secret, in place of one that no fact accounts for: an earlier attempt left it.
    pub(super) fn put_secret(&mut self, name: SecretName, secret: &Secret<32>) -> Result<(), AgencyError> {
        self.erase(name)?;
        self.store.put_secret(&name.key()?, secret.expose())?;
        Ok(())
    }

    /// Erases a secret, and makes sure that nothing is left of it.
    /// Returns how.
    pub(super) fn erase(&mut self, name: SecretName) -> Result<ErasureMethod, AgencyError> {
        let key = name.key()?;
        let Erased { method, nothing_left } = self.store.erase(&key)?;
        if nothing_left { Ok(method) } else { Err(AgencyError::NotErased(key.to_string())) }
    }
}

impl<S> fmt::Debug for Agency<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agency").field("id", &self.id).finish_non_exhaustive()
    }
}

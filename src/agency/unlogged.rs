use crate::ledger::{Ledger, Party, StandingError};
use crate::record::{Entry, Signed, Statement, StatementError, StatementId, Subject};
use crate::store::Store;

use super::agency::Agency;
use super::error::AgencyError;
use super::facts::{GrantState, RequestState};
use super::keys::{Fact, SecretName};
use super::shelf_life::{is_missing, is_stale};
use super::unread::Unread;

impl<S: Store> Agency<S> {
    /// Returns everything that was signed and is not in the log yet, the same bytes until it is: requests, releases of
    /// grants that are still to be opened, and receipts. A stale request is no longer returned: a request that reaches the
    /// log more than 24 hours past its anchor is void.
    pub fn unlogged(&self, ledger: &Ledger) -> Vec<Signed<Entry>> {
        let party = Party::Agency(self.id);
        let mut unlogged = Vec::new();
        for fact in self.requests.values() {
            let missing = is_missing(&ledger.request(fact.request.id()));
            if fact.state == RequestState::Asked && missing && !is_stale(&fact.request, ledger) {
                unlogged.extend(entry(&fact.request));
            }
            if let Some(receipt) = &fact.receipt
                && ledger.receipts(&party, receipt.statement().subject).is_empty()
            {
                unlogged.extend(entry(receipt));
            }
        }
        for fact in self.grants.values() {
            if let Some(release) = &fact.release
                && fact.state == GrantState::Released
                && is_missing(&ledger.release(release.id()))
            {
                unlogged.extend(entry(release));
            }
            if let Some(receipt) = &fact.receipt
                && ledger.receipts(&party, receipt.statement().subject).is_empty()
            {
                unlogged.extend(entry(receipt));
            }
        }
        unlogged
    }

    /// Forgets requests and grants that are over: a stale request that never got standing in the log, with its key; a
    /// deleted grant once its request is closed, both receipts are in the log and its release, if there is one, can no
    /// longer be answered; a closed request once its receipt is in the log and none of its grants is left.
    ///
    /// No request is forgotten as long as a grant of it may be among those that [could not be read](Self::unread).
    pub fn forget(&mut self, ledger: &Ledger) -> Result<(), AgencyError> {
        // A request without standing creates no duty, so there is no receipt.
        let void = self.requests.values().filter(|fact| {
            let nothing_stands = matches!(
                ledger.request(fact.request.id()),
                Err(StandingError::NotLogged(_) | StandingError::NotApproved(_))
            );
            let id = fact.request.id();
            let unused = self.has_no_grant(id);
            nothing_stands && unused && fact.receipt.is_none() && is_stale(&fact.request, ledger)
        });
        let void: Vec<_> = void.map(|fact| fact.request.id()).collect();
        for request in void {
            // The fact goes first: the next opening erases secrets that no fact accounts for.
            self.store.remove_fact(&Fact::Request(request).key()?)?;
            self.requests.remove(&request);
            self.erase(SecretName::RequestKey(request))?;
        }
        let party = Party::Agency(self.id);
        let stated = |subject| !ledger.receipts(&party, subject).is_empty();
        let over = self.grants.iter().filter(|(terms, fact)| {
            let stated_terms = fact.terms.statement();
            let request = self.requests.get(&stated_terms.request);
            let closed = request.is_none_or(|request| request.state == RequestState::Destroyed);
            fact.state == GrantState::Deleted
                && closed
                && stated(Subject::Grant(**terms))
                && stated(Subject::Request(stated_terms.request))
                && (fact.release.is_none() || ledger.time() > stated_terms.not_after.end())
        });
        let over: Vec<_> = over.map(|(terms, _)| *terms).collect();
        for terms in over {
            self.store.remove_fact(&Fact::Grant(terms).key()?)?;
            self.grants.remove(&terms);
        }
        let over = self.requests.iter().filter(|(id, fact)| {
            fact.state == RequestState::Destroyed && stated(Subject::Request(**id)) && self.has_no_grant(**id)
        });
        let over: Vec<_> = over.map(|(id, _)| *id).collect();
        for id in over {
            self.store.remove_fact(&Fact::Request(id).key()?)?;
            self.requests.remove(&id);
        }
        Ok(())
    }

    /// Returns whether no grant of a request is here. One that could not be read may be of any request.
    fn has_no_grant(&self, request: StatementId) -> bool {
        let may_be = |unread: &Unread| match unread {
            Unread::Fact(key) => !matches!(Fact::parse(key), Some(Fact::Request(_) | Fact::Answer(..))),
            Unread::Objects(_) => false,
        };
        !self.unread.iter().any(may_be) && self.grants.values().all(|grant| grant.terms.statement().request != request)
    }
}

/// A statement as the log takes it: its bytes are the same.
fn entry<T: Statement>(statement: &Signed<T>) -> Result<Signed<Entry>, StatementError> {
    Signed::from_bytes(&statement.to_bytes())
}

use crate::ledger::Ledger;
use crate::record::{Millis, StatementId, Timestamp};
use crate::store::Store;

use super::agency::Agency;
use super::error::AgencyError;
use super::facts::{GrantFact, GrantState, RequestFact, RequestState};
use super::keys::SecretName;

/// The time that a request's key outlives the request, for grants that are under way when the request closes.
pub(super) const KEY_OUTLIVES: Millis = Millis::HOUR.times(12);

/// The grants and requests that have ended, and what is left to do for them.
#[derive(Debug, Default)]
#[must_use = "it names what is still to be deleted"]
#[non_exhaustive]
pub struct Ended {
    /// Grants that were released and whose access has ended. Their keys are erased. Destroy every copy of the footage, then
    /// [delete](Agency::delete) each.
    pub to_delete: Vec<StatementId>,
    /// Requests whose key is erased. [Close](Agency::close_request) each for its receipt.
    pub to_close: Vec<StatementId>,
    /// Errors that each concern one grant or request. Call [`end`](Agency::end) again to retry. If a discarded grant's
    /// secret or copy could not be erased, it is erased when the agency is next opened.
    pub failed: Vec<AgencyError>,
    /// When the next key ends, or `None` if no key is left.
    pub next: Option<Timestamp>,
}

impl<S: Store> Agency<S> {
    /// Erases every key whose time is over: the halves of each grant at its end date, and a request's key 12 hours after the
    /// request closed. A grant that was never released is [discarded](Self::discard) at its end date.
    ///
    /// Call it regularly, and at the time in [`next`](Ended::next). It signs nothing, does not need an up-to-date log, and
    /// finishes interrupted work. Time is the later of `now` and the log's time, so setting the clock back keeps no key.
    ///
    /// # Errors
    /// Fails only if the store fails. Errors that concern one grant or request are in [`failed`](Ended::failed).
    pub fn end(&mut self, ledger: &Ledger, now: Timestamp) -> Result<Ended, AgencyError> {
        let time = now.max(ledger.time());
        let mut ended = Ended::default();
        let grants: Vec<_> =
            self.grants.iter().map(|(id, fact)| (*id, fact.terms.statement().not_after.end())).collect();
        for (terms, end) in grants {
            if end <= time {
                let done = self.end_grant(terms);
                let erased = done.is_ok();
                ended.note(done)?;
                if erased && matches!(self.state(terms), Some(GrantState::Finished | GrantState::Deleting)) {
                    ended.to_delete.push(terms);
                }
            } else if self.has_keys(terms) {
                ended.wait_until(end);
            }
        }
        let requests = self.requests.iter().map(|(id, fact)| (*id, fact.request.statement().open_until));
        let requests: Vec<_> = requests.map(|(id, closes)| (id, closes.after(KEY_OUTLIVES))).collect();
        for (request, end) in requests {
            if end <= time {
                let done = self.end_request(request);
                let erased = done.is_ok();
                ended.note(done)?;
                if !erased {
                    continue;
                }
            }
            match self.requests.get(&request).map(|fact| fact.state) {
                Some(RequestState::Asked) => ended.wait_until(end),
                Some(RequestState::Closed | RequestState::Destroying) => ended.to_close.push(request),
                Some(RequestState::Destroyed) | None => {}
            }
        }
        Ok(ended)
    }

    fn has_keys(&self, terms: StatementId) -> bool {
        matches!(self.state(terms), Some(GrantState::TakenIn | GrantState::Released | GrantState::Answered))
    }

    /// Erases the keys of a grant whose access has ended. The fact is written first: the next opening erases keys that it
    /// does not account for.
    fn end_grant(&mut self, terms: StatementId) -> Result<(), AgencyError> {
        let fact = self.grant(terms)?.clone();
        match fact.state {
            GrantState::TakenIn => return self.discard(terms),
            GrantState::Released | GrantState::Answered => {
                self.put_grant(GrantFact { state: GrantState::Finished, ..fact })?;
            }
            // An earlier attempt may have failed: erase again.
            GrantState::Finished => {}
            GrantState::Deleting | GrantState::Deleted => return Ok(()),
        }
        let mut failed = None;
        for name in SecretName::of_grant(terms) {
            if let Err(error) = self.erase(name) {
                failed = failed.or(Some(error));
            }
        }
        self.remove_answers(terms)?;
        failed.map_or(Ok(()), Err)
    }

    /// Erases the key of a request that closed.
    fn end_request(&mut self, request: StatementId) -> Result<(), AgencyError> {
        let fact = self.own_request(request)?.clone();
        match fact.state {
            RequestState::Asked => self.put_request(RequestFact { state: RequestState::Closed, ..fact })?,
            RequestState::Closed => {}
            RequestState::Destroying | RequestState::Destroyed => return Ok(()),
        }
        self.erase(SecretName::RequestKey(request)).map(drop)
    }
}

impl Ended {
    /// Notes when a key ends.
    fn wait_until(&mut self, end: Timestamp) {
        self.next = Some(self.next.map_or(end, |next| next.min(end)));
    }

    /// Collects an error, or returns it if the store is poisoned, since every later write would fail too.
    fn note(&mut self, done: Result<(), AgencyError>) -> Result<(), AgencyError> {
        match done {
            Err(AgencyError::Store(error)) if error.poisons() => Err(AgencyError::Store(error)),
            Err(error) => {
                self.failed.push(error);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

use std::io::{Read, Seek};

use crate::crypto::{KemAlgorithm, KemPrivateKey, Random};
use crate::grant::{AgencyHalf, Excerpt, GrantKey, OpenExcerpt};
use crate::ledger::{Ledger, LogPlace, StandingError};
use crate::policy::Policy;
use crate::record::{CustodianId, Delivery, Release, StatementId, Terms, Timestamp, Verified};
use crate::store::Store;

use super::agency::Agency;
use super::error::AgencyError;
use super::facts::{GrantFact, GrantState, RequestState};
use super::keys::{Fact, SecretName};
use super::open_verdict::OpenVerdict;
use super::reader::ExcerptReader;

/// An open excerpt, with the facts that its verdict needs.
pub(super) struct Unlocked {
    pub(super) excerpt: OpenExcerpt<ExcerptReader>,
    /// The key that opens the excerpt's parts.
    pub(super) key: GrantKey,
    /// `true` if every key that a secret of the grant was wrapped to is post-quantum.
    keys_are_strong: bool,
    /// The place of the release in the log.
    released: LogPlace,
}

/// An excerpt that is open, with what is known of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The excerpt, whose segments come out one after the other.
    pub excerpt: OpenExcerpt<ExcerptReader>,
    /// The verdicts.
    pub verdict: OpenVerdict,
}

impl<S: Store> Agency<S> {
    /// Takes an excerpt in: copies it into the objects, checks the copy, unwraps the agency's half, and keeps it by itself, so
    /// that the request key can go. Returns the id of the terms, by which the grant is known from now on.
    ///
    /// A grant that was taken in before is refused, even if it was deleted since. A grant whose release would break a rule,
    /// so that no custodian would ever answer it, is refused too.
    ///
    /// # Errors
    /// [`Worthless`](AgencyError::Worthless) with every rule that the terms break; [`FullRequest`](AgencyError::FullRequest)
    /// if [`MAX_WAITING`](Self::MAX_WAITING) grants of the request are taken in and not released.
    pub fn take_in<R: Read + Seek>(
        &mut self,
        excerpt: &mut Excerpt<R>,
        policy: &Policy,
        ledger: &Ledger,
    ) -> Result<StatementId, AgencyError> {
        let terms = excerpt.terms().clone();
        let (id, stated @ Terms { agency, request, .. }) = (terms.id(), terms.statement());
        if *agency != self.id {
            return Err(AgencyError::OtherAgency(*agency));
        }
        self.check_read(Fact::Grant(id))?;
        self.check_read(Fact::Request(*request))?;
        if self.grants.contains_key(&id) {
            return Err(AgencyError::TakenIn(id));
        }
        let asked = self.requests.get(request).filter(|fact| fact.state == RequestState::Asked);
        let kem = asked.ok_or(AgencyError::NoRequestKey(*request))?.request.statement().key.algorithm();
        policy.check_terms(stated, &ledger.request(*request)?, ledger).map_err(AgencyError::Worthless)?;
        let waiting = self.grants.values().filter(|fact| fact.is_waiting_for(*request)).count();
        if waiting >= Self::MAX_WAITING {
            return Err(AgencyError::FullRequest { request: *request, waiting });
        }
        let strong = stated.custody.members().iter().all(|member| {
            let key = ledger.expiry_key(&member.custodian, stated.not_after).filter(|key| key.id() == member.expiry);
            key.is_some_and(|key| key.statement().key.algorithm().is_post_quantum())
        });
        let key = KemPrivateKey::from_secret(kem, self.secret(SecretName::RequestKey(*request))?);
        let half = AgencyHalf::unwrap(&terms, excerpt.agency_wrap(), &key)?;
        // The excerpt first: once the fact is there, the grant can be opened until it is deleted.
        if let Err(error) = self.copy_in(excerpt) {
            let _left_for_the_next_opening = self.delete_copy(id);
            return Err(error);
        }
        self.put_secret(SecretName::AgencyHalf(id), half.secret())?;
        self.put_grant(GrantFact {
            state: GrantState::TakenIn,
            terms,
            envelope: excerpt.envelope().clone(),
            wraps: excerpt.custodian_wraps().to_vec(),
            length: excerpt.length(),
            strong,
            release: None,
            ordered: None,
            receipt: None,
        })?;
        Ok(id)
    }

    /// Discards a grant that was taken in and not released: erases its secret and its copy, and leaves nothing of it.
    /// Nothing of it is public, so there is no receipt. It may be taken in again while its request is open.
    ///
    /// If something cannot be erased now, it is erased when the agency is next opened.
    ///
    /// # Errors
    /// [`Owed`](AgencyError::Owed) if the grant was released: [delete](Self::delete) it.
    pub fn discard(&mut self, terms: StatementId) -> Result<(), AgencyError> {
        match self.grant(terms)?.state {
            GrantState::TakenIn => {}
            GrantState::Released | GrantState::Answered => return Err(AgencyError::Owed(terms)),
            state => return Err(closed(terms, state)),
        }
        // The fact goes first: the next opening erases secrets and copies that no fact accounts for.
        self.store.remove_fact(&Fact::Grant(terms).key()?)?;
        self.grants.remove(&terms);
        self.erase(SecretName::AgencyHalf(terms))?;
        self.delete_copy(terms)
    }

    /// Makes the release of a grant, which says in public that it is to be opened, with a fresh one-time key. Log it next.
    ///
    /// Before anything is signed, the terms are checked against the ledger by the rules that everybody applies. If the grant
    /// is already released, this returns the same release. If that release is void, because it is in the log without the
    /// agency's approval and nobody will ever answer it, a new one is signed with another one-time key.
    pub fn release(
        &mut self,
        terms: StatementId,
        policy: &Policy,
        ledger: &Ledger,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Verified<Release>, AgencyError> {
        let fact = self.grant(terms)?;
        match (fact.state, &fact.release) {
            (GrantState::TakenIn, _) => {}
            (GrantState::Released, Some(release)) => {
                let void = matches!(ledger.release(release.id()), Err(StandingError::NotApproved(_)));
                if !void {
                    return Ok(release.clone());
                }
            }
            (state, _) => return Err(closed(terms, state)),
        }
        let fact = fact.clone();
        let stated = fact.terms.statement();
        let request = ledger.request(stated.request)?;
        policy.check_release(stated, &request, ledger, now)?;
        let half = self.half(&fact.terms)?;
        let new = self.new_key(self.kem, &[b"one-time", terms.as_bytes()], random)?;
        self.put_new_key(SecretName::OneTime(terms), &new)?;
        let release = Verified::sign(half.release(&new.key), &self.key);
        self.put_grant(GrantFact { state: GrantState::Released, release: Some(release.clone()), ..fact })?;
        Ok(release)
    }

    /// Returns what each custodian is brought beside the log so that it can answer, in the order of the members.
    pub fn deliveries(&self, terms: StatementId) -> Result<Vec<(CustodianId, Delivery)>, AgencyError> {
        let fact = self.grant(terms)?;
        let release = match (fact.state, &fact.release) {
            (GrantState::Released | GrantState::Answered, Some(release)) => release.id(),
            (GrantState::TakenIn, _) => return Err(AgencyError::NotReleased(terms)),
            (state, _) => return Err(closed(terms, state)),
        };
        let members = fact.terms.statement().custody.members().iter();
        let envelope = fact.envelope.clone().into_signed();
        let deliveries = members.zip(&fact.wraps).map(|(member, wrap)| {
            let delivery = Delivery { release, envelope: Box::new(envelope.clone()), wrap: wrap.clone() };
            (member.custodian.clone(), delivery)
        });
        Ok(deliveries.collect())
    }

    /// Opens the excerpt of a grant to whose release enough custodians have answered. It can be opened again and again, until
    /// the agency has [finished](Self::finish).
    ///
    /// # Errors
    /// [`AgencyError::NotYet`] while answers are missing; what [is final](AgencyError::is_final) never opens.
    pub fn open_grant(&mut self, terms: StatementId, ledger: &Ledger, now: Timestamp) -> Result<Opened, AgencyError> {
        let Unlocked { excerpt, keys_are_strong, released, .. } = self.unlocked(terms, ledger)?;
        let verdict = OpenVerdict::of(&excerpt, keys_are_strong, ledger, released, now);
        Ok(Opened { excerpt, verdict })
    }

    /// Opens the excerpt of a grant.
    pub(super) fn unlocked(&mut self, terms: StatementId, ledger: &Ledger) -> Result<Unlocked, AgencyError> {
        let fact = self.grant(terms)?.clone();
        match fact.state {
            GrantState::Answered => {}
            GrantState::TakenIn => return Err(AgencyError::NotReleased(terms)),
            // Enough answers may have been stored at opening without having been combined.
            GrantState::Released if self.combine(terms)?.is_enough() => {}
            GrantState::Released => return Err(self.not_answered(&fact, ledger)),
            state => return Err(closed(terms, state)),
        }
        let request = fact.terms.statement().request;
        let asked = self.own_request(request)?.request.statement();
        let (window, request_key) = (asked.window, asked.key.algorithm());
        let one_time = fact.release.as_ref().map(|release| release.statement().key.algorithm());
        let keys_are_strong =
            fact.strong && request_key.is_post_quantum() && one_time.is_some_and(KemAlgorithm::is_post_quantum);
        let custodians = self.secret(SecretName::CustodianHalf(terms))?;
        let key = self.half(&fact.terms)?.unlock(&custodians)?;
        let excerpt = Excerpt::open(self.reader(terms, fact.length))?;
        let released = fact.release.as_ref().and_then(|release| ledger.any_release(release.id()));
        let released = released.map_or_else(|| ledger.newest(), |release| LogPlace::from(&release.place));
        Ok(Unlocked { excerpt: OpenExcerpt::open(excerpt, &key, window)?, key, keys_are_strong, released })
    }

    /// Says that the agency has what it wanted of a grant: its keys are erased, and it is not opened again. The footage is to
    /// be deleted in time as before.
    pub fn finish(&mut self, terms: StatementId) -> Result<(), AgencyError> {
        let fact = self.grant(terms)?.clone();
        match fact.state {
            GrantState::Answered => self.put_grant(GrantFact { state: GrantState::Finished, ..fact })?,
            // Once more, as after an error.
            GrantState::Finished => {}
            GrantState::TakenIn | GrantState::Released => return Err(AgencyError::NotReleased(terms)),
            state => return Err(closed(terms, state)),
        }
        self.erase(SecretName::AgencyHalf(terms))?;
        self.erase(SecretName::CustodianHalf(terms))?;
        Ok(())
    }

    pub(super) fn half(&mut self, terms: &Verified<Terms>) -> Result<AgencyHalf, AgencyError> {
        let secret = self.secret(SecretName::AgencyHalf(terms.id()))?;
        Ok(AgencyHalf::from_secret(terms, secret)?)
    }

    /// Why a grant that is released is not open: not yet, or never.
    fn not_answered(&self, fact: &GrantFact, ledger: &Ledger) -> AgencyError {
        let (id, terms) = (fact.terms.id(), fact.terms.statement());
        let found = self.answers.range((id, 0)..=(id, u8::MAX)).count();
        let (members, needed) = (terms.custody.members().len(), usize::from(terms.custody.threshold()));
        // So many refuse that the others are too few.
        if ledger.revocations(&terms.grant) > members.saturating_sub(needed) {
            return AgencyError::Revoked(id);
        }
        if ledger.time() >= terms.not_after.end() {
            return AgencyError::Ended(terms.not_after);
        }
        AgencyError::NotYet { found, needed }
    }
}

/// Why nothing more is done with a grant.
pub(super) const fn closed(terms: StatementId, state: GrantState) -> AgencyError {
    match state {
        GrantState::Deleting | GrantState::Deleted => AgencyError::Deleted(terms),
        GrantState::Finished => AgencyError::Finished(terms),
        _ => AgencyError::TakenIn(terms),
    }
}

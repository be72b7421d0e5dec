use std::io::{Read, Seek};

use crate::crypto::{KemPrivateKey, Random};
use crate::grant::{AgencyHalf, Excerpt, GrantKey, OpenExcerpt};
use crate::ledger::Ledger;
use crate::policy::Policy;
use crate::record::{CustodianId, Delivery, Release, StatementId, Terms, Timestamp, Verified};
use crate::store::Store;

use super::agency::Agency;
use super::error::AgencyError;
use super::facts::{GrantFact, GrantState, RequestState};
use super::keys::SecretName;
use super::open_verdict::OpenVerdict;
use super::reader::ExcerptReader;

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
    /// A grant that is or was here is refused, also when it was deleted.
    pub fn take_in<R: Read + Seek>(&mut self, excerpt: &mut Excerpt<R>) -> Result<StatementId, AgencyError> {
        let terms = excerpt.terms().clone();
        let (id, Terms { agency, request, .. }) = (terms.id(), terms.statement());
        if *agency != self.id {
            return Err(AgencyError::OtherAgency(*agency));
        }
        if self.grants.contains_key(&id) {
            return Err(AgencyError::TakenIn(id));
        }
        if self.grants.len() >= Self::MAX_GRANTS {
            return Err(AgencyError::Full(self.grants.len()));
        }
        let asked = self.requests.get(request).filter(|fact| fact.state == RequestState::Asked);
        let kem = asked.ok_or(AgencyError::NoRequestKey(*request))?.request.statement().key.algorithm();
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
            release: None,
            ordered: None,
            receipt: None,
        })?;
        Ok(id)
    }

    /// Says in public that the grant shall be opened, with a fresh one-time key. The release is to be logged.
    ///
    /// Before anything is signed, the terms are held against the ledger by the rules that everybody applies. A grant that is
    /// released already gives the same release again.
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
            (GrantState::Released, Some(release)) => return Ok(release.clone()),
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
        let (excerpt, _) = self.unlocked(terms, ledger)?;
        let verdict = OpenVerdict::of(&excerpt, ledger, now);
        Ok(Opened { excerpt, verdict })
    }

    /// Opens the excerpt of a grant, and returns it with the key of its parts.
    pub(super) fn unlocked(
        &mut self,
        terms: StatementId,
        ledger: &Ledger,
    ) -> Result<(OpenExcerpt<ExcerptReader>, GrantKey), AgencyError> {
        let fact = self.grant(terms)?.clone();
        match fact.state {
            GrantState::Answered => {}
            GrantState::TakenIn => return Err(AgencyError::NotReleased(terms)),
            GrantState::Released => return Err(self.not_answered(&fact, ledger)),
            state => return Err(closed(terms, state)),
        }
        let request = fact.terms.statement().request;
        let window = self.requests.get(&request).ok_or(AgencyError::NoRequest(request))?.request.statement().window;
        let custodians = self.secret(SecretName::CustodianHalf(terms))?;
        let key = self.half(&fact.terms)?.unlock(&custodians)?;
        let excerpt = Excerpt::open(self.reader(terms, fact.length))?;
        Ok((OpenExcerpt::open(excerpt, &key, window)?, key))
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

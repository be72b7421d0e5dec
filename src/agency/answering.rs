use crate::crypto::KemPrivateKey;
use crate::ledger::Ledger;
use crate::record::{Answer, Signed, StatementId};
use crate::store::Store;

use super::agency::Agency;
use super::error::AgencyError;
use super::facts::{GrantFact, GrantState};
use super::grants::closed;
use super::keys::{Fact, SecretName};

/// How many custodians have answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Progress {
    /// Custodians whose good answers are here.
    pub found: usize,
    /// Answers that are needed.
    pub needed: usize,
}

impl Progress {
    /// Returns whether the grant can be opened.
    pub const fn is_enough(self) -> bool {
        self.found >= self.needed
    }
}

impl<S: Store> Agency<S> {
    /// Takes a custodian's answer to the release of a grant, if it follows a notice in the log and holds what the terms commit
    /// to. It is kept as it came, wrapped to the one-time key; with enough of them the custodians' half is put together, and
    /// the one-time key is erased.
    pub fn take_answer(&mut self, answer: Signed<Answer>, ledger: &Ledger) -> Result<Progress, AgencyError> {
        let terms = answer.statement().terms;
        let fact = self.grant(terms)?;
        let needed = usize::from(fact.terms.statement().custody.threshold());
        let release = match (fact.state, &fact.release) {
            (GrantState::Released, Some(release)) => release.id(),
            (GrantState::Answered, _) => return Ok(Progress { found: needed, needed }),
            (GrantState::TakenIn, _) => return Err(AgencyError::NotReleased(terms)),
            (state, _) => return Err(closed(terms, state)),
        };
        let terms_of = fact.terms.clone();
        let wrong = AgencyError::WrongAnswer(answer.statement().custodian.clone());
        if answer.statement().release != release {
            return Err(wrong);
        }
        let answer = ledger.answer(answer)?;
        let one_time = self.one_time(terms)?;
        let place = self.half(&terms_of)?.place_of(&one_time, answer.statement()).ok_or(wrong)?;
        if !self.answers.contains_key(&(terms, place)) {
            let key = Fact::Answer(terms, place).key()?;
            self.store.put_fact(&key, &answer.to_bytes())?;
            // Replaces an answer that could not be read.
            self.unread.retain(|unread| !unread.is_fact(&key));
            self.answers.insert((terms, place), answer.into_signed());
        }
        self.combine(terms)
    }

    /// Puts the custodians' half together if enough have answered.
    pub(super) fn combine(&mut self, terms: StatementId) -> Result<Progress, AgencyError> {
        let fact = self.grant(terms)?.clone();
        let needed = usize::from(fact.terms.statement().custody.threshold());
        let answers: Vec<_> =
            self.answers.range((terms, 0)..=(terms, u8::MAX)).map(|(_, answer)| answer.statement().clone()).collect();
        let progress = Progress { found: answers.len(), needed };
        if !progress.is_enough() {
            return Ok(progress);
        }
        let one_time = self.one_time(terms)?;
        let half = self.half(&fact.terms)?;
        let custodians = half.combine(&one_time, &answers)?;
        let name = SecretName::CustodianHalf(terms);
        self.put_secret(name, &custodians)?;
        // Read back: once the one-time key is gone, nothing else gives it again.
        if self.secret(name)? != custodians {
            return Err(AgencyError::SecretGone(name.key()?.to_string()));
        }
        self.put_grant(GrantFact { state: GrantState::Answered, ..fact })?;
        self.erase(SecretName::OneTime(terms))?;
        self.remove_answers(terms)?;
        Ok(progress)
    }

    fn one_time(&mut self, terms: StatementId) -> Result<KemPrivateKey, AgencyError> {
        let release = self.grant(terms)?.release.as_ref().ok_or(AgencyError::NotReleased(terms))?;
        let kem = release.statement().key.algorithm();
        Ok(KemPrivateKey::from_secret(kem, self.secret(SecretName::OneTime(terms))?))
    }
}

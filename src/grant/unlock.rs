use thiserror::Error;

use crate::crypto::{Digest, KemPrivateKey, OpenError, RandomError, Secret, Wrapped, combine};
use crate::record::{Answer, GrantId, Release, Signed, Terms, Verified};

use super::lock::{self, GrantKey, Role, commit};

/// Why a half of the lock does not open. It never says which of the causes it was, beyond what is public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnlockError {
    /// A wrap does not open with this key, or what it holds is not what the terms commit to.
    #[error("the grant's half does not open: wrong key, or not what the terms commit to")]
    Half,
    /// Fewer good answers than the threshold.
    #[error("{found} of {needed} answers: not enough to open the grant")]
    Answers {
        /// Distinct answers that hold what the terms commit to.
        found: usize,
        /// Answers that are needed.
        needed: usize,
    },
}

impl From<OpenError> for UnlockError {
    fn from(_: OpenError) -> Self {
        Self::Half
    }
}

/// The agency's half of a grant's lock, unwrapped and held against the terms.
#[derive(Debug)]
pub struct AgencyHalf {
    terms: Verified<Terms>,
    secret: Secret<32>,
}

impl AgencyHalf {
    pub(crate) fn unwrap(terms: &Verified<Terms>, wrap: &Wrapped, key: &KemPrivateKey) -> Result<Self, UnlockError> {
        Self::from_secret(terms, lock::unwrap(key, &terms.id(), Role::AgencyHalf, 0, wrap)?)
    }

    /// The half as an agency stored it.
    pub(crate) fn from_secret(terms: &Verified<Terms>, secret: Secret<32>) -> Result<Self, UnlockError> {
        let Terms { grant, agency_half, possession, .. } = terms.statement();
        let proof = lock::possession(&secret, grant);
        let committed = commit(Role::AgencyHalf, 0, secret.expose()) == *agency_half
            && commit(Role::Possession, 0, proof.as_bytes()) == *possession;
        if committed { Ok(Self { terms: terms.clone(), secret }) } else { Err(UnlockError::Half) }
    }

    /// The 32 secret bytes, to be stored by the caller.
    pub(crate) const fn secret(&self) -> &Secret<32> {
        &self.secret
    }

    /// What the agency says in public to open the grant, with a fresh one-time key.
    pub(crate) fn release(&self, one_time: &KemPrivateKey) -> Release {
        Release {
            terms: Box::new(self.terms.clone().into_signed()),
            possession: lock::possession(&self.secret, &self.terms.statement().grant),
            key: one_time.public_key(),
        }
    }

    /// Returns whether an answer holds what the terms commit to: if so, the place of its custodian among the members.
    pub(crate) fn place_of(&self, one_time: &KemPrivateKey, answer: &Answer) -> Option<u8> {
        self.share_of(one_time, answer).map(|(index, _)| index)
    }

    fn share_of(&self, one_time: &KemPrivateKey, answer: &Answer) -> Option<(u8, Secret<32>)> {
        let id = self.terms.id();
        let (index, member) = self.terms.statement().custody.member(&answer.custodian)?;
        let share = lock::unwrap(one_time, &id, Role::Answer, index, &answer.share).ok()?;
        let own = answer.terms == id && commit(Role::Share, index, share.expose()) == member.share;
        own.then_some((index, share))
    }

    /// Puts the custodians' half together. Answers that do not hold what the terms commit to are passed over.
    pub(crate) fn combine<'a>(
        &self,
        one_time: &KemPrivateKey,
        answers: impl IntoIterator<Item = &'a Answer>,
    ) -> Result<Secret<32>, UnlockError> {
        let mut shares: Vec<(u8, Secret<32>)> = Vec::new();
        for answer in answers {
            let Some((index, share)) = self.share_of(one_time, answer) else { continue };
            if shares.iter().all(|(known, _)| *known != index) {
                shares.push((index, share));
            }
        }
        let needed = usize::from(self.terms.statement().custody.threshold());
        let Some(enough) = shares.get(..needed) else {
            return Err(UnlockError::Answers { found: shares.len(), needed });
        };
        let half = combine(&enough.iter().map(|(index, share)| (*index, share)).collect::<Vec<_>>());
        self.check(&half).map(|()| half)
    }

    fn check(&self, custodians: &Secret<32>) -> Result<(), UnlockError> {
        let committed = self.terms.statement().custodian_half;
        if commit(Role::CustodianHalf, 0, custodians.expose()) == committed { Ok(()) } else { Err(UnlockError::Half) }
    }

    /// Puts both halves together.
    pub(crate) fn unlock(&self, custodians: &Secret<32>) -> Result<GrantKey, UnlockError> {
        self.check(custodians)?;
        Ok(GrantKey::new(&self.secret, custodians, self.terms.id()))
    }
}

/// A custodian's share of a grant, unwrapped and held against the terms.
#[derive(Debug)]
pub struct Share {
    index: u8,
    secret: Secret<32>,
}

impl Share {
    /// Unwraps a share with the key that has this fingerprint; with another it does not open.
    pub(crate) fn unwrap(
        terms: &Verified<Terms>,
        index: u8,
        wrap: &Wrapped,
        key: &KemPrivateKey,
        fingerprint: &Digest,
    ) -> Result<Self, UnlockError> {
        let secret = lock::unwrap_as(key, fingerprint, &terms.id(), Role::Share, index, wrap)?;
        let member = terms.statement().custody.members().get(usize::from(index)).ok_or(UnlockError::Half)?;
        if commit(Role::Share, index, secret.expose()) == member.share {
            Ok(Self { index, secret })
        } else {
            Err(UnlockError::Half)
        }
    }

    /// Wraps the share to a release's one-time key.
    pub(crate) fn answer(&self, release: &Release, drawn: &Secret<64>) -> Result<Wrapped, RandomError> {
        lock::wrap_with(&release.key, &release.terms.id(), Role::Answer, self.index, &self.secret, drawn)
    }
}

/// The terms inside a release, if they are signed by their own grant key and the release proves possession of the
/// agency's half. Whether the release is logged and its agency in standing is asked elsewhere.
pub fn released_terms(release: &Release) -> Option<Verified<Terms>> {
    let terms = Signed::clone(&release.terms).verify().ok()?;
    let Terms { grant, possession, .. } = terms.statement();
    let proven = commit(Role::Possession, 0, release.possession.as_bytes()) == *possession;
    (proven && *grant == GrantId::of(terms.signer())).then_some(terms)
}

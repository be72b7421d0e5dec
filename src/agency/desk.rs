use core::fmt;
use std::io::{Read, Seek};

use thiserror::Error;

use crate::crypto::{KemAlgorithm, KemPrivateKey, Random, RandomError, SigningKey, VerifyingKey};
use crate::grant::{AgencyHalf, Excerpt, OpenExcerpt, OpenExcerptError, UnlockError};
use crate::ledger::{Ledger, grant_due, request_due};
use crate::record::{
    AgencyId, Anchor, Answer, Area, Basis, CustodianId, Days, Delivery, Method, Offence, Receipt, Reference, Release,
    Request, Signed, StatementId, Subject, Terms, Timestamp, Tool, Verified, Window,
};
use crate::tlog::Witnessed;

use super::vault::{Slot, Vault, VaultError};
use super::verdict::OpenVerdict;

/// An agency: its id, its signing key, its numbers, and its vault.
pub struct Agency<V> {
    id: AgencyId,
    key: SigningKey,
    kem: KemAlgorithm,
    /// The number of the next request, and the id of the one before it.
    next: (u64, Option<StatementId>),
    vault: V,
}

/// What an agency asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Ask {
    /// Where.
    pub area: Area,
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

/// Why an agency cannot do something.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AgencyError {
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The excerpt is for another agency.
    #[error("the excerpt is granted to {0}")]
    OtherAgency(AgencyId),
    /// The request key is destroyed, or was never here: the excerpt can no longer be taken in.
    #[error("no request key for request {0}: it is closed, or was not made here")]
    NoRequestKey(StatementId),
    /// The grant was not taken in, or is deleted.
    #[error("grant {0} was not taken in, or is deleted")]
    NotTakenIn(StatementId),
    /// The grant was not released from here, or has been opened since.
    #[error("grant {0} was not released, or is opened already")]
    NotReleased(StatementId),
    /// The lock does not open.
    #[error(transparent)]
    Unlock(#[from] UnlockError),
    /// The excerpt does not open.
    #[error(transparent)]
    Open(#[from] OpenExcerptError),
}

/// An excerpt that is open, with what is known of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened<R> {
    /// The excerpt, whose segments come out one after the other.
    pub excerpt: OpenExcerpt<R>,
    /// The verdicts.
    pub verdict: OpenVerdict,
}

/// What the agency says of a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Deletion {
    /// How the copies were destroyed.
    pub method: Method,
    /// With what.
    pub tool: Tool,
    /// Whether backups existed; if so, they were destroyed too.
    pub backups: bool,
    /// Whether the footage was obtained at all.
    pub obtained: bool,
}

impl<V: Vault> Agency<V> {
    /// The agency with this key and vault, before its first request.
    pub const fn new(id: AgencyId, key: SigningKey, kem: KemAlgorithm, vault: V) -> Self {
        Self { id, key, kem, next: (0, None), vault }
    }

    /// The agency as its own requests in the log show it: it goes on after the last of them.
    pub fn resume(id: AgencyId, key: SigningKey, kem: KemAlgorithm, vault: V, ledger: &Ledger) -> Self {
        let last = ledger.last_asked(&id);
        let next = last.map_or((0, None), |(number, request)| (number.saturating_add(1), Some(request)));
        Self { id, key, kem, next, vault }
    }

    /// Its id.
    pub const fn id(&self) -> &AgencyId {
        &self.id
    }

    /// The key that registrars approve.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// Makes a request with a fresh request key. It is to be logged; the anchor is the latest witnessed checkpoint.
    pub fn request(
        &mut self,
        ask: Ask,
        anchor: &Witnessed,
        random: &mut dyn Random,
    ) -> Result<Verified<Request>, AgencyError> {
        let key = KemPrivateKey::generate(self.kem, random)?;
        let Ask { area, window, offence, case, basis, retention, open_until } = ask;
        let (sequence, previous) = self.next;
        let request = Request {
            agency: self.id,
            area,
            window,
            offence,
            case,
            basis,
            retention,
            open_until,
            key: key.public_key(),
            sequence,
            previous,
            anchor: anchor.to_anchor(),
        };
        let request = Verified::sign(request, &self.key);
        self.vault.put(Slot::Request(request.id()), key.secret().duplicate())?;
        self.next = (sequence.saturating_add(1), Some(request.id()));
        Ok(request)
    }

    /// Takes an excerpt in: unwraps the agency's half, checks it, and keeps it by itself, so that the request key can go.
    pub fn take_in<R: Read + Seek>(&mut self, excerpt: &Excerpt<R>) -> Result<(), AgencyError> {
        let Terms { agency, request, .. } = excerpt.terms().statement();
        if *agency != self.id {
            return Err(AgencyError::OtherAgency(*agency));
        }
        let secret = self.vault.get(Slot::Request(*request))?.ok_or(AgencyError::NoRequestKey(*request))?;
        let key = KemPrivateKey::from_secret(self.kem, secret);
        let half = AgencyHalf::unwrap(excerpt.terms(), excerpt.agency_wrap(), &key)?;
        self.vault.put(Slot::Grant(excerpt.terms().id()), half.secret().duplicate())?;
        Ok(())
    }

    /// Says in public that the grant shall be opened, with a fresh one-time key. The release is to be logged.
    pub fn release(
        &mut self,
        terms: &Verified<Terms>,
        random: &mut dyn Random,
    ) -> Result<Verified<Release>, AgencyError> {
        let half = self.half(terms)?;
        let one_time = KemPrivateKey::generate(self.kem, random)?;
        let release = Verified::sign(half.release(&one_time), &self.key);
        self.vault.put(Slot::OneTime(terms.id()), one_time.secret().duplicate())?;
        Ok(release)
    }

    /// What each custodian is brought beside the log so that it can answer, in the order of the members.
    pub fn deliveries<R: Read + Seek>(
        &self,
        release: StatementId,
        excerpt: &Excerpt<R>,
    ) -> impl Iterator<Item = (CustodianId, Delivery)> {
        let members = excerpt.terms().statement().custody.members().iter();
        let envelope = excerpt.envelope().clone().into_signed();
        members.zip(excerpt.custodian_wraps()).map(move |(member, wrap)| {
            let delivery = Delivery { release, envelope: Box::new(envelope.clone()), wrap: wrap.clone() };
            (member.custodian.clone(), delivery)
        })
    }

    /// Opens an excerpt with enough custodians' answers, each to a notice in the log; others are passed over. Afterwards the
    /// one-time key is gone: to open again takes a new release.
    pub fn open<R: Read + Seek>(
        &mut self,
        excerpt: Excerpt<R>,
        answers: Vec<Signed<Answer>>,
        ledger: &Ledger,
        now: Timestamp,
    ) -> Result<Opened<R>, AgencyError> {
        let id = excerpt.terms().id();
        let half = self.half(excerpt.terms())?;
        let secret = self.vault.get(Slot::OneTime(id))?.ok_or(AgencyError::NotReleased(id))?;
        let one_time = KemPrivateKey::from_secret(self.kem, secret);
        // One bad answer must not keep the good ones from opening: what is not a custodian's own is passed over.
        let answers: Vec<_> = answers.into_iter().filter_map(|answer| ledger.answer(answer).ok()).collect();
        let key = half.unlock(&one_time, &answers)?;
        let excerpt = OpenExcerpt::open(excerpt, &key)?;
        self.vault.erase(Slot::OneTime(id))?;
        let verdict = OpenVerdict::of(&excerpt, ledger, now);
        Ok(Opened { excerpt, verdict })
    }

    /// Closes a request: destroys its key, and states so. From then on a copy of an excerpt that was not taken in is dead.
    pub fn close_request(
        &mut self,
        request: &Verified<Request>,
        deletion: Deletion,
        anchor: &Witnessed,
    ) -> Result<Verified<Receipt>, AgencyError> {
        self.vault.erase(Slot::Request(request.id()))?;
        let (keys, due) = (vec![request.statement().key.fingerprint()], request_due(request.statement().open_until));
        Ok(self.receipt(Subject::Request(request.id()), keys, Vec::new(), deletion, due, anchor.to_anchor()))
    }

    /// Deletes a grant: destroys the agency's half and any one-time key, and states so. The caller has destroyed every copy
    /// of the footage before.
    pub fn delete<R: Read + Seek>(
        &mut self,
        excerpt: &Excerpt<R>,
        deletion: Deletion,
        anchor: &Witnessed,
    ) -> Result<Verified<Receipt>, AgencyError> {
        let id = excerpt.terms().id();
        self.vault.erase(Slot::OneTime(id))?;
        self.vault.erase(Slot::Grant(id))?;
        let excerpts = vec![excerpt.envelope().statement().bodies];
        let keys = vec![excerpt.terms().statement().agency_half];
        let due = grant_due(excerpt.terms().statement().not_after);
        Ok(self.receipt(Subject::Grant(id), keys, excerpts, deletion, due, anchor.to_anchor()))
    }

    fn receipt(
        &self,
        subject: Subject,
        keys: Vec<crate::crypto::Digest>,
        excerpts: Vec<crate::crypto::Digest>,
        deletion: Deletion,
        deadline: Timestamp,
        anchor: Anchor,
    ) -> Verified<Receipt> {
        let Deletion { method, tool, backups, obtained } = deletion;
        let receipt = Receipt { subject, keys, excerpts, method, tool, backups, obtained, deadline, anchor };
        Verified::sign(receipt, &self.key)
    }

    fn half(&self, terms: &Verified<Terms>) -> Result<AgencyHalf, AgencyError> {
        let secret = self.vault.get(Slot::Grant(terms.id()))?.ok_or(AgencyError::NotTakenIn(terms.id()))?;
        Ok(AgencyHalf::from_secret(terms, secret)?)
    }
}

impl<V> fmt::Debug for Agency<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agency").field("id", &self.id).finish_non_exhaustive()
    }
}

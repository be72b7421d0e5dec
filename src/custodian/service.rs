use core::fmt;
use std::collections::BTreeMap;

use thiserror::Error;

use crate::crypto::{Hedge, KemAlgorithm, KemPrivateKey, Label, Random, RandomError, Secret, SigningKey, VerifyingKey};
use crate::ledger::{DESTRUCTION_WAIT, Ledger, Party, epoch_due};
use crate::record::{
    CarriedReceipt, CustodianId, CustodianStart, Delivery, Epoch, ExpiryKey, GrantId, Method, Millis, Nonce, Receipt,
    Revocation, RevocationNotice, Signed, StatementId, Subject, Timestamp, Tool, Verified,
};

use super::keys::{EpochState, KeyStore, KeyStoreError};
use super::refusal::RefusedAnswer;

/// How many epochs ahead a custodian publishes keys at most.
const AHEAD: u32 = 45;

/// How far the custodian's clock may be ahead of witnessed time before it stops answering.
const MAX_AHEAD: Millis = Millis::DAY;

/// The parameters of a new custodian: its name, its keys and its tool.
#[derive(Debug)]
pub struct NewCustodian {
    /// The custodian's id.
    pub id: CustodianId,
    /// The key that registrars approve.
    pub key: SigningKey,
    /// The KEM of its expiry keys.
    pub kem: KemAlgorithm,
    /// The tool with which it destroys keys, as its receipts name it.
    pub tool: Tool,
    /// A secret that is mixed with fresh randomness in everything that the custodian makes. Draw it once, keep it with the
    /// signing key, use it for nothing else, and never back it up. If the random source is known or repeats itself, this
    /// secret alone protects the expiry keys: anyone who learns both can derive them, even after they were destroyed.
    pub long_term: Secret<32>,
}

/// A custodian that has started and does not serve yet: its start has to appear in the log first, which tells it the time.
#[must_use = "a custodian serves once its start is logged"]
pub struct Starting<S> {
    custodian: Custodian<S>,
    start: StatementId,
}

/// Receipts for destroyed keys, to be logged.
type Receipts = Vec<Verified<Receipt>>;

/// A custodian that serves.
pub struct Custodian<S> {
    pub(super) id: CustodianId,
    pub(super) key: SigningKey,
    kem: KemAlgorithm,
    tool: Tool,
    long_term: Secret<32>,
    pub(super) store: S,
    /// What it gave notice of, in memory only: a restart forgets it.
    pub(super) pending: BTreeMap<StatementId, Pending>,
}

/// An answer that the custodian gave notice of.
pub(super) struct Pending {
    pub(super) delivery: Delivery,
}

/// A custodian that cannot serve yet, and why. Nothing is lost: try again when the cause is gone.
#[derive(Debug, Error)]
#[error("the custodian does not serve yet: {error}")]
#[non_exhaustive]
pub struct NotServing<S> {
    /// The custodian, as it was.
    pub starting: Box<Starting<S>>,
    /// Why.
    #[source]
    pub error: CustodianError,
}

/// Why a custodian cannot do something.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CustodianError {
    /// The key store failed.
    #[error(transparent)]
    Store(#[from] KeyStoreError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The start is not in the log yet. Wait for it.
    #[error("the start is not in the log yet")]
    NotStarted,
    /// The log stands still, or the clock is more than 24 hours ahead of it. It answers again once the log moves.
    #[error("the log was last witnessed at {witnessed}, and the clock says {now}: no answers until they meet")]
    Stale {
        /// The witnessed time.
        witnessed: Timestamp,
        /// The clock.
        now: Timestamp,
    },
    /// The release is not answered.
    #[error(transparent)]
    Refused(#[from] RefusedAnswer),
    /// The revocation is not the grant's.
    #[error("the revocation is not signed by the grant's key")]
    Revocation,
    /// There is no witnessed checkpoint to anchor a receipt in.
    #[error("the log has no witnessed checkpoint yet")]
    NoCheckpoint,
    /// A key that was erased could still be read back.
    #[error("the key of epoch {0} could still be read after it was erased: repair the store before serving")]
    NotErased(u32),
}

impl<S: KeyStore> Starting<S> {
    /// Starts a custodian. The statement is to be logged; it has a nonce so that no earlier log shows it.
    pub fn begin(
        custodian: NewCustodian,
        store: S,
        random: &mut dyn Random,
    ) -> Result<(Self, Verified<CustodianStart>), CustodianError> {
        let NewCustodian { id, key, kem, tool, long_term } = custodian;
        let custodian = Custodian { id, key, kem, tool, long_term, store, pending: BTreeMap::new() };
        let nonce = custodian.nonce(&[b"start"], random)?;
        let start = CustodianStart { custodian: custodian.id.clone(), nonce };
        let start = Verified::sign(start, &custodian.key);
        Ok((Self { start: start.id(), custodian }, start))
    }

    /// The key that registrars approve.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.custodian.key.verifying_key()
    }

    /// Destroys what has ended already, as a serving custodian [does](Custodian::destroy_ended). A log that stands still
    /// keeps a custodian from serving; it must not keep it from destroying.
    pub fn destroy_ended(&mut self, ledger: &Ledger, now: Timestamp) -> Result<Receipts, CustodianError> {
        self.custodian.destroy_ended(ledger, now)
    }

    /// Serves, once the start is in the log: first every ended epoch is destroyed, and every destruction that was under way
    /// finished. The receipts are to be logged.
    pub fn serve(mut self, ledger: &Ledger, now: Timestamp) -> Result<(Custodian<S>, Receipts), NotServing<S>> {
        let ready = ledger.start(self.start).map_err(|_| CustodianError::NotStarted);
        match ready.and_then(|_| self.custodian.destroy_ended(ledger, now)) {
            Ok(receipts) => Ok((self.custodian, receipts)),
            Err(error) => Err(NotServing { starting: Box::new(self), error }),
        }
    }
}

impl<S: KeyStore> Custodian<S> {
    /// Its id.
    pub const fn id(&self) -> &CustodianId {
        &self.id
    }

    /// The key that registrars approve.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// Makes the expiry keys that are missing in the log, from the present epoch to `ahead` epochs later, 45 at most. The statements
    /// are to be logged.
    pub fn publish_keys(
        &mut self,
        ledger: &Ledger,
        ahead: u32,
        random: &mut dyn Random,
    ) -> Result<Vec<Verified<ExpiryKey>>, CustodianError> {
        let first = ledger.time().epoch();
        let mut published = Vec::new();
        for epoch in (0..=ahead.min(AHEAD)).map(|days| first.plus(days)) {
            let key = match self.store.state(epoch)? {
                None => {
                    let context: [&[u8]; 2] = [b"expiry key", &epoch.number().to_be_bytes()];
                    let secret = self.hedge(&context, random)?.secret(Label::KEM_SECRET, 0);
                    let secret = KemPrivateKey::from_secret(self.kem, secret);
                    self.store.put(epoch, secret.secret().duplicate())?;
                    secret
                }
                // Kept, but its statement was lost before it was logged: the same statement again.
                Some(EpochState::Held) if ledger.expiry_key(&self.id, epoch).is_none() => {
                    match self.store.get(epoch)? {
                        Some(secret) => KemPrivateKey::from_secret(self.kem, secret),
                        None => continue,
                    }
                }
                Some(_) => continue,
            };
            let statement = ExpiryKey { custodian: self.id.clone(), epoch, key: key.public_key() };
            published.push(Verified::sign(statement, &self.key));
        }
        Ok(published)
    }

    /// Takes a revocation: the grant is not answered for again. The notice is to be logged.
    pub fn revoke(&mut self, revocation: Signed<Revocation>) -> Result<Verified<RevocationNotice>, CustodianError> {
        let revocation = revocation.verify().map_err(|_| CustodianError::Revocation)?;
        let grant = revocation.statement().grant;
        if grant != GrantId::of(revocation.signer()) {
            return Err(CustodianError::Revocation);
        }
        let revoked = grant.revoked_digest();
        self.store.revoke(revoked)?;
        Ok(Verified::sign(RevocationNotice { custodian: self.id.clone(), revoked }, &self.key))
    }

    /// Carries an agency's receipt into the log.
    pub fn carry(&self, receipt: Signed<Receipt>) -> Verified<CarriedReceipt> {
        let carried = CarriedReceipt { custodian: self.id.clone(), receipt: Box::new(receipt) };
        Verified::sign(carried, &self.key)
    }

    /// Destroys the keys of every epoch that has ended by witnessed time, or by 72 hours on its own clock, and finishes what
    /// was under way. The receipts are to be logged.
    pub fn destroy_ended(&mut self, ledger: &Ledger, now: Timestamp) -> Result<Vec<Verified<Receipt>>, CustodianError> {
        let anchor = ledger.latest().ok_or(CustodianError::NoCheckpoint)?.to_anchor();
        let witnessed = ledger.time();
        let lasts = |epoch: Epoch| witnessed < epoch.end() && now < epoch.end().after(DESTRUCTION_WAIT);
        let mut receipts = Vec::new();
        let epochs = self.store.epochs()?;
        // All of them at first: a store that cannot go on in between has them marked at once.
        for (epoch, _) in epochs.iter().filter(|(epoch, state)| *state == EpochState::Held && !lasts(*epoch)) {
            self.store.mark(*epoch)?;
        }
        for (epoch, state) in epochs {
            let subject = Subject::Epoch(epoch);
            let published = ledger.expiry_fingerprint(&self.id, epoch);
            match state {
                EpochState::Held if lasts(epoch) => continue,
                EpochState::Held | EpochState::Destroying => self.erase(epoch)?,
                // Destroyed, and stated so.
                EpochState::Destroyed if !ledger.receipts(&Party::Custodian(self.id.clone()), subject).is_empty() => {
                    continue;
                }
                // Destroyed, and the receipt was lost before it was logged.
                EpochState::Destroyed => {}
            }
            let receipt = Receipt {
                subject,
                keys: published.into_iter().collect(),
                excerpts: Vec::new(),
                method: Method::CryptographicErase,
                tool: self.tool.clone(),
                backups: false,
                obtained: true,
                deadline: epoch_due(epoch),
                anchor: anchor.clone(),
            };
            receipts.push(Verified::sign(receipt, &self.key));
        }
        Ok(receipts)
    }

    /// Returns randomness for the purpose in `context`, from fresh randomness and the custodian's long-term secret.
    pub(super) fn hedge(&self, context: &[&[u8]], random: &mut dyn Random) -> Result<Hedge, RandomError> {
        let (key, kem) = (self.key.verifying_key(), self.kem.id().to_be_bytes());
        let length = [self.id.as_str().len() as u8];
        let own: [&[u8]; 4] = [&length, self.id.as_str().as_bytes(), key.as_bytes(), &kem];
        let context: Vec<_> = own.into_iter().chain(context.iter().copied()).collect();
        Hedge::new(random, &self.long_term, &context)
    }

    /// Returns the nonce of the statement that `context` describes.
    pub(super) fn nonce(&self, context: &[&[u8]], random: &mut dyn Random) -> Result<Nonce, RandomError> {
        Ok(Nonce::from_bytes(*self.hedge(context, random)?.secret::<32>(Label::NONCE, 0).expose()))
    }

    /// Erase what is marked, and read back.
    fn erase(&mut self, epoch: Epoch) -> Result<(), CustodianError> {
        self.store.erase(epoch)?;
        if self.store.get(epoch)?.is_some() { Err(CustodianError::NotErased(epoch.number())) } else { Ok(()) }
    }

    /// The time to answer by: never before what is witnessed, and not at all while the log stands still.
    pub(super) fn time(ledger: &Ledger, now: Timestamp) -> Result<Timestamp, CustodianError> {
        let witnessed = ledger.time();
        if now.since(witnessed) > MAX_AHEAD {
            Err(CustodianError::Stale { witnessed, now })
        } else {
            Ok(now.max(witnessed))
        }
    }

    /// The key of an epoch, if it may still be used.
    pub(super) fn expiry_key(&self, epoch: Epoch, time: Timestamp) -> Result<KemPrivateKey, CustodianError> {
        let held = self.store.state(epoch)? == Some(EpochState::Held) && time < epoch.end();
        let secret = if held { self.store.get(epoch)? } else { None };
        let secret = secret.ok_or(RefusedAnswer::Expired(epoch))?;
        Ok(KemPrivateKey::from_secret(self.kem, secret))
    }
}

impl<S> fmt::Debug for Starting<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Starting").field("id", &self.custodian.id).finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Custodian<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Custodian").field("id", &self.id).finish_non_exhaustive()
    }
}

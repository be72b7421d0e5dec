use thiserror::Error;

use crate::crypto::RandomError;
use crate::grant::{ExcerptError, OpenExcerptError, UnlockError, WriteEvidenceError};
use crate::ledger::{LogProofError, StandingError};
use crate::policy::Refusal;
use crate::record::{AgencyId, CustodianId, Epoch, StatementId};
use crate::store::{InvalidKey, InvalidPath, ObjectsError, StoreError};

/// Why an agency cannot do something.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AgencyError {
    /// The store failed. Open it again.
    #[error("the agency's store failed")]
    Store(#[from] StoreError),
    /// The objects failed. The same call may be made again.
    #[error("the agency's objects failed")]
    Objects(#[from] ObjectsError),
    /// A fact that this needs could not be read when the agency was opened. Repair the store, and open the agency again.
    #[error("the fact {0} could not be read: repair the store, and open the agency again")]
    Unread(String),
    /// A secret that a fact names is gone, or is not what it was.
    #[error("the secret {0} is gone, or is not what it was")]
    SecretGone(String),
    /// A secret or a copy could not be erased. Repeat the call, or open the agency again.
    #[error("{0} could not be erased: repeat the call, or open the agency again")]
    NotErased(String),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The maximum number of requests is open. Close some.
    #[error("the agency has {0} requests open: close some")]
    Full(usize),
    /// The maximum number of grants of the request is taken in and not released. Release or discard some.
    #[error("{waiting} grants of request {request} are taken in and not released: release or discard some")]
    FullRequest {
        /// The request.
        request: StatementId,
        /// The number of its grants that are taken in and not released.
        waiting: usize,
    },
    /// By the log as far as it was followed, no release of the grant could ever be answered, so it is not taken in. If the
    /// log was not followed to its end, follow it and take the grant in again.
    #[error("no release of the grant could be answered: it is not taken in")]
    Worthless(#[source] Refusal),
    /// The excerpt is for another agency.
    #[error("the excerpt is granted to {0}")]
    OtherAgency(AgencyId),
    /// The request key is destroyed, or was never here: the excerpt can never be taken in.
    #[error("no request key for request {0}: it is closed, or was not made here")]
    NoRequestKey(StatementId),
    /// The grant was taken in before. A grant that was deleted stays deleted.
    #[error("grant {0} was taken in before")]
    TakenIn(StatementId),
    /// The grant was not taken in.
    #[error("grant {0} was not taken in")]
    NotTakenIn(StatementId),
    /// The grant is released, so the agency has a public duty to delete it. Delete it.
    #[error("grant {0} is released: delete it, and log the receipt")]
    Owed(StatementId),
    /// The grant was not released yet. Release it first.
    #[error("grant {0} was not released yet")]
    NotReleased(StatementId),
    /// Not enough custodians have answered yet. Ask the others.
    #[error("{found} of {needed} custodians have answered: ask the others")]
    NotYet {
        /// Custodians whose good answers are here.
        found: usize,
        /// Answers that are needed.
        needed: usize,
    },
    /// Access has ended before enough custodians answered: the grant can never be opened.
    #[error("access ended with epoch {}: the grant can never be opened", .0.number())]
    Ended(Epoch),
    /// The household has revoked the grant before enough custodians answered: it can never be opened.
    #[error("grant {0} is revoked: it can never be opened")]
    Revoked(StatementId),
    /// The agency has finished with the grant: its keys are erased.
    #[error("grant {0} is finished: its keys are erased")]
    Finished(StatementId),
    /// The grant is deleted, or is being deleted.
    #[error("grant {0} is deleted")]
    Deleted(StatementId),
    /// An earlier request is not in the log yet, and the number of the next one follows it. Log it, or wait until it is
    /// stale: 24 hours of log time past its anchor.
    #[error("request {0} is not in the log yet: log it first")]
    Unlogged(StatementId),
    /// The ledger has no witnessed checkpoint yet. Follow the log.
    #[error("the ledger has no witnessed checkpoint yet: follow the log")]
    NoCheckpoint,
    /// The request was not made here.
    #[error("request {0} was not made here, or is over")]
    NoRequest(StatementId),
    /// The request or the release breaks a rule, so nobody would answer it. Nothing was signed.
    #[error("the request or release breaks a rule: nothing was signed")]
    Refused(#[from] Refusal),
    /// A statement that this needs (the request or the release) has no standing in the log as far as it was followed. Follow
    /// the log.
    #[error("the request or release has no standing in the log as far as it was followed")]
    Standing(#[from] StandingError),
    /// The answer is to another release, or does not hold what the terms commit to.
    #[error("the answer of {0} is to another release, or does not hold its share")]
    WrongAnswer(CustodianId),
    /// The lock does not open.
    #[error("the grant's lock does not open")]
    Unlock(#[from] UnlockError),
    /// The excerpt is none, or was altered.
    #[error("the excerpt cannot be taken in or read")]
    Excerpt(#[from] ExcerptError),
    /// The excerpt does not open.
    #[error("the excerpt does not open")]
    Open(#[from] OpenExcerptError),
    /// The checkpoint or the archive does not prove every statement that evidence rests on. The source says which to change.
    #[error("the checkpoint or the archive does not prove every statement that evidence rests on")]
    LogProof(#[from] LogProofError),
    /// The evidence file could not be written. Discard what the sink has received.
    #[error("the evidence file could not be written: discard what the sink has received")]
    Evidence(#[from] WriteEvidenceError),
    /// A name in the store cannot be.
    #[error(transparent)]
    Key(#[from] InvalidKey),
}

impl From<InvalidPath> for AgencyError {
    fn from(error: InvalidPath) -> Self {
        Self::Objects(error.into())
    }
}

impl AgencyError {
    /// Returns whether the grant can never be opened (any more), however often it is tried.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Revoked(_) | Self::Finished(_) | Self::Deleted(_) | Self::NoRequestKey(_))
    }
}

use thiserror::Error;

use crate::grant::UnlockError;
use crate::ledger::StandingError;
use crate::record::{Epoch, Timestamp};

/// Why a custodian does not answer a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RefusedAnswer {
    /// Release, request or notice is not in the log with standing.
    #[error(transparent)]
    Standing(#[from] StandingError),
    /// The terms are not signed by their grant's key, or possession is not proven.
    #[error("the release's terms are not the grant's own, or it does not prove possession of the agency's half")]
    Terms,
    /// The terms name another request, agency or custodian than the log does.
    #[error("the terms do not fit what the log holds: {0}")]
    Mismatch(&'static str),
    /// The agency is not approved now.
    #[error("the agency is not approved now")]
    AgencyNotApproved,
    /// The agency's requests fork, or this one's key was used before.
    #[error("the agency's requests form no chain, or the request key was used before")]
    Conduct,
    /// The request is over the agency's budget.
    #[error("the request is over the agency's budget")]
    Budget,
    /// The grant is revoked.
    #[error("the grant is revoked")]
    Revoked,
    /// The agency has stated that it deleted the grant.
    #[error("the agency has stated that the grant is deleted")]
    Deleted,
    /// Access has not begun.
    #[error("access begins at {0}")]
    NotYet(Timestamp),
    /// The end date is past, or the key of that epoch is destroyed.
    #[error("access ended with epoch {n}", n = .0.number())]
    Expired(Epoch),
    /// The notice was not witnessed before the end date.
    #[error("the notice was not witnessed before the end of access")]
    NoticeTooLate,
    /// This custodian gave no such notice since it started.
    #[error("no such notice was given since the start")]
    NoNotice,
    /// The share is not the resident's, or does not open.
    #[error("the share is not the one that was granted")]
    Share,
}

impl From<UnlockError> for RefusedAnswer {
    fn from(_: UnlockError) -> Self {
        Self::Share
    }
}

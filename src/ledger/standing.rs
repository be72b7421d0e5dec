use core::ops::Deref;

use thiserror::Error;

use crate::record::StatementId;
use crate::tlog::Logged;

/// A logged statement whose signer held the role for it at the witnessed time. Only a
/// [`View`](super::View) of the log makes one:
///
/// ```compile_fail,E0423
/// # use footage::{ledger::Standing, record::Request, tlog::Logged};
/// # fn f(logged: Logged<Request>) -> Standing<Request> {
/// Standing(logged)
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Standing<T>(Logged<T>);

impl<T> Standing<T> {
    pub(super) const fn new(logged: Logged<T>) -> Self {
        Self(logged)
    }
}

impl<T> Deref for Standing<T> {
    type Target = Logged<T>;

    fn deref(&self) -> &Logged<T> {
        &self.0
    }
}

/// Why a statement has no standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StandingError {
    /// The ledger knows no such statement: it is not in the log as far as that was followed.
    #[error("statement {0} is not in the log as far as it was followed")]
    NotLogged(StatementId),
    /// Whoever signed it was not approved for it when it was witnessed.
    #[error("the signer of {0} was not approved for it when it was witnessed")]
    NotApproved(StatementId),
    /// Nothing can be decided on it any more, and the ledger has forgotten all of it but what others refer to: whoever
    /// wants to see it reads it from the log.
    #[error("{statement} is past, and stands in full in entry {index} of the log")]
    Past {
        /// The statement.
        statement: StatementId,
        /// Its index.
        index: u64,
    },
}

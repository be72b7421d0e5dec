use core::fmt;

use thiserror::Error;

/// Why a store did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another writer has the directory open. It goes on; wait until it has ended.
    #[error("another writer has {0} open")]
    Locked(String),
    /// The store failed. Whether something was written is not known; the same may be tried again.
    #[error("{path}: {reason}")]
    Failed {
        /// What was read or written.
        path: String,
        /// What the store says.
        reason: String,
    },
}

impl StoreError {
    pub(super) fn at(path: impl fmt::Display, error: &dyn fmt::Display) -> Self {
        Self::Failed { path: path.to_string(), reason: error.to_string() }
    }
}

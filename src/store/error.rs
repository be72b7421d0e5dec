use alloc::string::String;
use alloc::sync::Arc;

use thiserror::Error;

use crate::io;

use super::StoreKey;

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no store here. Begin one, if this is the right place.
    #[error("there is no store here: begin one, if this is the right place")]
    Missing,
    /// There is a store here already. Open it.
    #[error("there is a store here already: open it")]
    Exists,
    /// The store is open already, in this process or in another. Drop the value that holds it first.
    #[error("the store is open already, in this process or in another")]
    InUse,
    /// The secret exists already, or is half erased. A secret is put once, and never overwritten.
    #[error("the secret {0} exists already, or is being erased")]
    SecretExists(StoreKey),
    /// The value is longer than a store takes. Nothing was changed.
    #[error("the value of {key} has {length} bytes, more than {max}")]
    TooLong {
        /// The fact or the secret.
        key: StoreKey,
        /// The bytes of the value.
        length: usize,
        /// The most that are taken.
        max: usize,
    },
    /// An earlier operation failed, so what is stored is not known. Open the store again.
    #[error("an earlier operation of this store failed: open it again")]
    Poisoned,
    /// What is stored was not written by a store, or was changed since. Everything else can still be read, and a damaged
    /// secret can still be erased.
    #[error("{0} was not written by a store, or was changed since")]
    Damaged(String),
    /// Reading or writing failed. Whether the change took place is not known until the store is opened again.
    #[error("the store failed at {at}")]
    Io {
        /// What was read or written.
        at: String,
        /// The cause.
        #[source]
        source: Arc<io::Error>,
    },
}

impl StoreError {
    /// Returns whether the store is poisoned after this error. A refusal that changed nothing does not poison it, nor
    /// does [`Damaged`](Self::Damaged), which concerns one value only.
    pub fn poisons(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Poisoned)
    }

    /// An error of reading or writing, and where it happened.
    pub fn io(at: impl Into<String>, source: io::Error) -> Self {
        Self::Io { at: at.into(), source: Arc::new(source) }
    }
}

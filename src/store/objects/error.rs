use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use core::fmt::Display;

use thiserror::Error;

use super::InvalidPath;

/// Why objects could not be read or written.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ObjectsError {
    /// The text is no path.
    #[error(transparent)]
    Path(#[from] InvalidPath),
    /// Another writer has the directory open. Wait until it has ended.
    #[error("another writer has {0} open")]
    InUse(String),
    /// Reading or writing failed. Whether a change took place is not known; the same call may be made again.
    #[error("{at} could not be read or written")]
    Failed {
        /// What was read or written.
        at: String,
        /// The cause.
        #[source]
        source: Arc<dyn core::error::Error + Send + Sync>,
    },
    /// The store makes conditional writes although their condition is not met, or does not make them. Choose another store,
    /// or set it up differently.
    #[error("the store does not keep to the conditions of conditional writes: {0}")]
    Unconditional(&'static str),
}

impl ObjectsError {
    /// An error of reading or writing, and what was read or written.
    pub fn failed(at: impl Display, source: impl core::error::Error + Send + Sync + 'static) -> Self {
        Self::Failed { at: at.to_string(), source: Arc::new(source) }
    }
}

//! The status of each error that a camera's calls can have. The words are the error's own.

use core::error::Error;

use crate::camera::{RecoverError, SealError, StartError, StoreError};
use crate::cbor::CborError;
use crate::clip::ClipError;
use crate::crypto::{KeyError, RandomError};
use crate::record::{StatementError, TimeError};

use super::status::{Failure, footage_status, footage_status::*};

/// An error that has a status.
pub(super) trait Failing: Error {
    fn status(&self) -> footage_status;

    /// Each rule that is broken, as JSON.
    #[cfg(feature = "serde")]
    fn broken(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

impl<E: Failing> From<E> for Failure {
    fn from(error: E) -> Self {
        let failure = Self::of(error.status(), &error);
        #[cfg(feature = "serde")]
        let failure = Self { broken: error.broken(), ..failure };
        failure
    }
}

/// Errors that always have one status.
macro_rules! always {
    ($($error:ty => $status:ident),+ $(,)?) => {$(
        impl Failing for $error {
            fn status(&self) -> footage_status {
                $status
            }
        }
    )+};
}
#[cfg(feature = "serde")]
pub(super) use always;

always! {
    CborError => FOOTAGE_MALFORMED,
    KeyError => FOOTAGE_ARGUMENT,
    RandomError => FOOTAGE_RANDOM,
    TimeError => FOOTAGE_ARGUMENT,
    StoreError => FOOTAGE_STORE,
}

impl Failing for StatementError {
    fn status(&self) -> footage_status {
        match self {
            Self::Form(_) => FOOTAGE_MALFORMED,
            Self::Signature | Self::Signer => FOOTAGE_SIGNATURE,
        }
    }
}

impl Failing for SealError {
    fn status(&self) -> footage_status {
        match self {
            Self::Owners(_) | Self::Time { .. } => FOOTAGE_ARGUMENT,
            Self::Random(error) => error.status(),
            Self::SegmentTooLong { .. } | Self::Full => FOOTAGE_FULL,
            Self::Empty | Self::Broken => FOOTAGE_ORDER,
            Self::Write(_) => FOOTAGE_STORE,
            Self::Cipher => FOOTAGE_INTERNAL,
        }
    }
}

impl Failing for StartError {
    fn status(&self) -> footage_status {
        match self {
            Self::Certificate => FOOTAGE_SIGNATURE,
            Self::Seal(error) => error.status(),
            Self::Store(error) => error.status(),
        }
    }
}

impl Failing for ClipError {
    fn status(&self) -> footage_status {
        match self {
            Self::Read(_) => FOOTAGE_STORE,
            Self::NotAClip | Self::Malformed { .. } | Self::Ends(_) | Self::Altered(_) | Self::Segment(_) => {
                FOOTAGE_MALFORMED
            }
            Self::Unfinished => FOOTAGE_ORDER,
            Self::Signature { error, .. } => error.status(),
            Self::EmptyRange | Self::PastTheEnd(_) => FOOTAGE_NOT_FOUND,
            Self::InitChanges(_) | Self::Time(_) => FOOTAGE_ARGUMENT,
            Self::Secret(_) | Self::Open(_) => FOOTAGE_LOCKED,
        }
    }
}

impl Failing for RecoverError {
    fn status(&self) -> footage_status {
        match self {
            Self::Clip(error) => error.status(),
            Self::OtherCamera => FOOTAGE_SIGNATURE,
            Self::Closed(_) => FOOTAGE_ORDER,
            Self::NothingSigned => FOOTAGE_NOT_FOUND,
            Self::Write(_) => FOOTAGE_STORE,
        }
    }
}

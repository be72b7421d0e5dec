//! The status of each error of Rust's that crosses the border. The words are the error's own.

use std::error::Error;

use crate::camera::{RecoverError, SealError, StartError};
use crate::cbor::CborError;
use crate::clip::ClipError;
use crate::crypto::{KeyError, RandomError};
use crate::record::{StatementError, TimeError};

use super::status::{Failure, footage_status, footage_status::*};

/// An error that has a status.
pub(super) trait Failing: Error {
    fn status(&self) -> footage_status;
}

impl<E: Failing> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::of(error.status(), &error)
    }
}

macro_rules! always {
    ($($error:ty => $status:ident),+ $(,)?) => {$(
        impl Failing for $error {
            fn status(&self) -> footage_status {
                $status
            }
        }
    )+};
}

always! {
    CborError => FOOTAGE_MALFORMED,
    KeyError => FOOTAGE_ARGUMENT,
    RandomError => FOOTAGE_RANDOM,
    TimeError => FOOTAGE_ARGUMENT,
    crate::camera::StoreError => FOOTAGE_STORE,
    crate::record::AgencyIdError => FOOTAGE_ARGUMENT,
    crate::ledger::LedgerError => FOOTAGE_LOG,
    crate::ledger::FeedError => FOOTAGE_LOG,
    crate::tlog::QuorumError => FOOTAGE_LOG,
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

//! The status of each error. The message is the error's own.

use core::error::Error;

use crate::camera::{LiveError, OpenCameraError, RecordError, RecoverError, SealError, StartError, TakeListError};
use crate::cbor::CborError;
use crate::clip::ClipError;
#[cfg(feature = "video")]
use crate::clip::PlayableRangeError;
use crate::crypto::{KeyError, RandomError};
#[cfg(feature = "std")]
use crate::media::CutError;
use crate::media::{CodecError, SampleError};
use crate::record::{NameError, OwnerChainError, OwnerListError, StatementError, TimeError};
use crate::store::StoreError;

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

/// Implements the trait by a `match` on the error.
macro_rules! failing {
    ($($error:ty { $($variant:pat => $status:expr),+ $(,)? })+) => {$(
        impl Failing for $error {
            fn status(&self) -> footage_status {
                match self { $($variant => $status),+ }
            }
        }
    )+};
}

failing! {
    CborError { _ => FOOTAGE_MALFORMED }
    KeyError { _ => FOOTAGE_ARGUMENT }
    NameError { _ => FOOTAGE_ARGUMENT }
    OwnerListError { _ => FOOTAGE_ARGUMENT }
    OwnerChainError {
        Self::List(error) => error.status(),
        _ => FOOTAGE_REFUSED,
    }
    RandomError { _ => FOOTAGE_RANDOM }
    TimeError { _ => FOOTAGE_ARGUMENT }
    StatementError {
        Self::Form(_) => FOOTAGE_MALFORMED,
        Self::Signature | Self::Signer => FOOTAGE_SIGNATURE,
    }
    StoreError {
        Self::Missing => FOOTAGE_NOT_FOUND,
        Self::Exists => FOOTAGE_EXISTS,
        _ => FOOTAGE_STORE,
    }
    OpenCameraError {
        Self::Certificate | Self::OtherCamera => FOOTAGE_SIGNATURE,
        Self::Missing => FOOTAGE_NOT_FOUND,
        Self::Exists => FOOTAGE_EXISTS,
        Self::Owners(error) => error.status(),
        Self::Damaged | Self::LaterVersion(_) | Self::Older { .. } | Self::MissingList(_) | Self::DamagedList(_) => {
            FOOTAGE_MALFORMED
        },
        Self::Store(error) => error.status(),
    }
    SealError {
        Self::Group(_) | Self::Time { .. } => FOOTAGE_ARGUMENT,
        Self::Random(error) => error.status(),
        Self::SegmentTooLong { .. } | Self::Full => FOOTAGE_FULL,
        Self::ClockSet => FOOTAGE_CLIP_OVER,
        Self::Broken => FOOTAGE_ORDER,
        Self::Write(_) => FOOTAGE_IO,
        Self::Cipher => FOOTAGE_INTERNAL,
    }
    StartError {
        Self::File(_) => FOOTAGE_IO,
        Self::TooManyRecordings => FOOTAGE_FULL,
        Self::Seal(error) => error.status(),
        Self::Store(error) => error.status(),
    }
    RecordError {
        Self::NotRecording(_) => FOOTAGE_ORDER,
        Self::OwnersChanged(_) => FOOTAGE_CLIP_OVER,
        Self::Ahead { .. } | Self::Behind { .. } => FOOTAGE_ARGUMENT,
        Self::Seal(error) => error.status(),
        Self::Store(error) => error.status(),
    }
    CodecError {
        Self::ParameterSets | Self::Configuration(_) => FOOTAGE_MALFORMED,
        _ => FOOTAGE_ARGUMENT,
    }
    SampleError {
        Self::TooLarge { .. } => FOOTAGE_FULL,
        Self::NalUnits | Self::Adts => FOOTAGE_MALFORMED,
        _ => FOOTAGE_ARGUMENT,
    }
    LiveError {
        Self::Codec(error) => error.status(),
        Self::Sample(error) => error.status(),
        Self::Content => FOOTAGE_ARGUMENT,
        Self::Record(error) => error.status(),
    }
    TakeListError {
        Self::Signature(error) => error.status(),
        Self::Refused(error) => error.status(),
        Self::Store(error) => error.status(),
    }
    RecoverError {
        Self::NotOpen(_) | Self::BeingRecorded(_) => FOOTAGE_ORDER,
        Self::Missing(_) => FOOTAGE_NOT_FOUND,
        Self::NothingSigned(_) => FOOTAGE_LOST,
        Self::Mismatch(_) => FOOTAGE_MALFORMED,
        Self::Read(_) | Self::Write(_) => FOOTAGE_IO,
        Self::Store(error) => error.status(),
    }
    ClipError {
        Self::Read(_) => FOOTAGE_IO,
        Self::NotAClip | Self::Malformed { .. } | Self::Ends(_) | Self::Altered(_) | Self::Segment(_) => {
            FOOTAGE_MALFORMED
        },
        Self::Unfinished => FOOTAGE_ORDER,
        Self::Signature { error, .. } => error.status(),
        Self::EmptyRange | Self::PastTheEnd(_) | Self::NoLayer { .. } | Self::NoTime => FOOTAGE_NOT_FOUND,
        Self::NoGroup(_) | Self::Time(_) => FOOTAGE_ARGUMENT,
        Self::Secret(_) | Self::WrongKey | Self::Open(_) => FOOTAGE_LOCKED,
    }
}

#[cfg(feature = "video")]
failing! {
    PlayableRangeError {
        Self::Clip(error) => error.status(),
        Self::NotVideo => FOOTAGE_ARGUMENT,
        Self::Codec(_) => FOOTAGE_CODEC,
        Self::Mux(_) => FOOTAGE_MALFORMED,
    }
}

#[cfg(feature = "std")]
failing! {
    CutError {
        Self::Io { .. } => FOOTAGE_IO,
        Self::PieceSize { .. } => FOOTAGE_ARGUMENT,
        _ => FOOTAGE_MALFORMED,
    }
}

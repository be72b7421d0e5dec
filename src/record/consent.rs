use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::cbor::{CborError, decode, encode, limits, record_array};

use super::{ClipId, Epoch, GrantId, Revocation, Signed, StatementId, Timestamp};

/// What a resident keeps of a consent, in every owner's store. It never leaves the household.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Consent {
    /// The grant that it made.
    pub grant: GrantId,
    /// The request that it answers.
    pub request: StatementId,
    /// The clip.
    pub clip: ClipId,
    /// The first segment that was granted.
    pub from: u32,
    /// The segment after the last that was granted.
    pub to: u32,
    /// When it was given, by the device's clock.
    pub given: Timestamp,
    /// The last epoch of access.
    pub not_after: Epoch,
    /// The revocation, ready to be sent to the custodians.
    pub revocation: Box<Signed<Revocation>>,
}

impl Consent {
    /// Reads a stored consent: canonical CBOR, and nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        decode(bytes, limits::STATEMENT_BYTES)
    }

    /// Its bytes, for every owner's store.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

record_array!(Consent { grant, request, clip, from, to, given, not_after, revocation });

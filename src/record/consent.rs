use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode, limits, record_array};

use super::{ClipId, Epoch, GrantId, Layers, Revocation, Signed, StatementId, Terms, Timestamp};

/// What a household keeps of a consent, on every device. It never leaves the household.
///
/// It is [kept](crate::resident::ConsentKeeper) before anything that opens the grant leaves the device, because nothing
/// else can revoke the grant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Consent {
    /// The grant's terms.
    pub terms: Box<Signed<Terms>>,
    /// What was granted, by clip.
    pub clips: Vec<ConsentedClip>,
    /// When it was given, by the device's clock.
    pub given: Timestamp,
    /// The revocation, ready to be sent to the custodians.
    pub revocation: Box<Signed<Revocation>>,
}

/// What was granted of one clip.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct ConsentedClip {
    /// The clip.
    pub clip: ClipId,
    /// The ranges, in ascending order.
    pub ranges: Vec<ConsentedRange>,
}
record_array!(ConsentedClip { clip, ranges });

/// Segments of a clip that were granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct ConsentedRange {
    /// The first segment.
    pub from: u32,
    /// The segment after the last.
    pub to: u32,
    /// The layers that were granted.
    pub layers: Layers,
}
record_array!(ConsentedRange { from, to, layers });

impl Consent {
    /// Bytes of an encoded consent, at most.
    const BYTES: usize = 2 * limits::STATEMENT_BYTES;

    /// Returns the grant that it made.
    pub fn grant(&self) -> GrantId {
        self.terms.statement().grant
    }

    /// Returns the request that it answers.
    pub fn request(&self) -> StatementId {
        self.terms.statement().request
    }

    /// Returns the last epoch of access.
    pub fn not_after(&self) -> Epoch {
        self.terms.statement().not_after
    }

    /// Returns whether the terms and the revocation name the same grant, and are signed by its key.
    pub fn is_of_its_grant(&self) -> bool {
        let Self { terms, revocation, .. } = self;
        let grant = self.grant();
        revocation.statement().grant == grant
            && GrantId::of(terms.signer()) == grant
            && terms.as_ref().clone().verify().is_ok()
            && revocation.as_ref().clone().verify_by(terms.signer()).is_ok()
    }

    /// Reads a stored consent: canonical CBOR, and nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        decode(bytes, Self::BYTES)
    }

    /// Returns its bytes, to be stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

impl Encode for Consent {
    fn encode(&self, to: &mut Writer) {
        to.array(4);
        self.terms.encode(to);
        self.clips.encode(to);
        self.given.encode(to);
        self.revocation.encode(to);
    }
}

impl Decode for Consent {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(4)?;
        let terms = Decode::decode(from)?;
        let clips = from.list(limits::RANGES)?;
        let (given, revocation) = (Decode::decode(from)?, Decode::decode(from)?);
        Ok(Self { terms, clips, given, revocation })
    }
}

use alloc::{boxed::Box, vec::Vec};

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode, limits, record_array};
use crate::crypto::{
    Digest, KemPrivateKey, KemPublicKey, Label, OpenError, Random, RandomError, Secret, Suite, Wrapped,
};
use crate::record::{CameraCertificate, ClipId, Signed, Timestamp};

/// The format's version.
pub(crate) const VERSION: u8 = 1;

/// Bytes of an encoded header, at most.
pub(crate) const HEADER_BYTES: usize = limits::STATEMENT_BYTES + 1024;

/// Bytes of the encoded owners' wraps, at most.
pub(crate) const OWNERS_BYTES: usize = limits::OWNERS * 1300;

/// What a clip says of itself before its first segment. It is public within an excerpt's private part; who owns the clip
/// stands in it as a digest only, so that an agency never learns how many share a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    version: u8,
    pub(crate) suite: Suite,
    pub(crate) clip: ClipId,
    /// When the recording began, as the camera claims.
    pub(crate) started: Timestamp,
    pub(crate) certificate: Box<Signed<CameraCertificate>>,
    /// The digest of the owners' wraps.
    owners: Digest,
}
record_array!(Header { version, suite, clip, started, certificate, owners });

impl Header {
    pub(crate) fn new(
        suite: Suite,
        clip: ClipId,
        started: Timestamp,
        certificate: Signed<CameraCertificate>,
        owners: &Owners,
    ) -> Self {
        Self { version: VERSION, suite, clip, started, certificate: Box::new(certificate), owners: owners.digest() }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads a header of this version.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        let header: Self = decode(bytes, HEADER_BYTES)?;
        if header.version == VERSION { Ok(header) } else { Err(CborError::Value("format version")) }
    }

    /// What the heads name it by.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(Label::HEADER, &[&self.to_bytes()])
    }

    /// Whether these are the owners that the header names.
    pub(crate) fn names(&self, owners: &Owners) -> bool {
        self.owners == owners.digest()
    }
}

/// The clip secret, wrapped once for each owner: the members of a household, and their recovery key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owners(Vec<OwnerWrap>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct OwnerWrap {
    /// The owner's key, by its fingerprint.
    owner: Digest,
    wrap: Wrapped,
}
record_array!(OwnerWrap { owner, wrap });

impl Encode for Owners {
    fn encode(&self, to: &mut Writer) {
        self.0.encode(to);
    }
}

impl Decode for Owners {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.list(limits::OWNERS).map(Self)
    }
}

impl Owners {
    pub(crate) fn wrap(
        clip: ClipId,
        secret: &Secret<32>,
        owners: &[KemPublicKey],
        random: &mut dyn Random,
    ) -> Result<Self, RandomError> {
        let wraps = owners.iter().map(|key| {
            let owner = key.fingerprint();
            Ok(OwnerWrap { owner, wrap: key.wrap(&info(clip, &owner), secret, random)? })
        });
        wraps.collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        decode(bytes, OWNERS_BYTES)
    }

    fn digest(&self) -> Digest {
        Digest::of(Label::OWNERS, &[&self.to_bytes()])
    }

    /// The clip secret, for one of the owners.
    pub(crate) fn unwrap(&self, clip: ClipId, key: &KemPrivateKey) -> Result<Secret<32>, OpenError> {
        let owner = key.public_key().fingerprint();
        let own = self.0.iter().find(|wrap| wrap.owner == owner).ok_or(OpenError)?;
        key.unwrap(&info(clip, &owner), &own.wrap)
    }
}

fn info(clip: ClipId, owner: &Digest) -> Vec<u8> {
    [Label::CLIP_SECRET.as_bytes(), clip.as_bytes(), owner.as_bytes()].concat()
}

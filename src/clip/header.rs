use alloc::{boxed::Box, vec::Vec};

use crate::cbor::{CborError, decode, encode, limits, record_array};
use crate::crypto::{Digest, KemAlgorithm, Label, Secret, Suite, expand};
use crate::record::{CameraCertificate, ClipId, Clock, Content, Signed, Timestamp};

use super::identity::{Identity, VERSION};

/// Bytes of an encoded header, at most.
pub(crate) const HEADER_BYTES: usize = limits::STATEMENT_BYTES + 1024;

/// What a clip says of itself before its first segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) version: u8,
    pub(crate) suite: Suite,
    pub(crate) clip: ClipId,
    /// The wall time of the clip's start 0, as far as `clock` says.
    pub(crate) started: Timestamp,
    pub(crate) clock: Clock,
    pub(crate) content: Content,
    /// The KEM of both wraps of the secret.
    pub(crate) kem: KemAlgorithm,
    pub(crate) certificate: Box<Signed<CameraCertificate>>,
    /// The check value, which tells a wrong secret from an altered clip.
    pub(crate) check: Digest,
    /// The digest of the owners: an agency sees nothing else of them.
    pub(crate) owners: Digest,
}
record_array!(Header { version, suite, clip, started, clock, content, kem, certificate, check, owners });

impl Header {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads a header of this version whose values go together.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        let header: Self = decode(bytes, HEADER_BYTES)?;
        if header.version != VERSION {
            return Err(CborError::Value("format version"));
        }
        let undated = matches!(header.clock, Clock::NotSet | Clock::None);
        if undated && header.started != Timestamp::default() {
            return Err(CborError::Value("date of a clip without a clock"));
        }
        Ok(header)
    }

    /// Returns what the heads name it by.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(Label::HEADER, &[&self.to_bytes()])
    }

    /// Returns the clip's identity. The maker's signature of the certificate is not checked.
    pub(crate) fn identity(&self) -> Identity {
        let camera = self.certificate.statement().key();
        Identity::of(self.suite, self.clip, self.started, self.clock, camera)
    }
}

/// The check value of a clip's secret.
pub(crate) fn check_value(identity: &Identity, secret: &Secret<32>) -> Digest {
    Digest::from_bytes(*expand::<32>(secret, Label::CHECK, &[identity.as_bytes()]).expose())
}

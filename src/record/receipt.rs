use alloc::vec::Vec;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, record_array, record_number};
use crate::crypto::Digest;

use super::signed::statement;
use super::{Anchor, Epoch, StatementId, Timestamp, Word};

/// A deletion receipt: its signer states to have destroyed something. The fields follow the certificate of sanitization
/// in NIST SP 800-88.
///
/// It binds its signer; it proves no absence of copies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Receipt {
    /// What was deleted.
    pub subject: Subject,
    /// The fingerprints of the keys that were destroyed; for a grant, the terms' commitment to the agency's half.
    pub keys: Vec<Digest>,
    /// The digests of the excerpts that were destroyed, as their envelopes name them.
    pub excerpts: Vec<Digest>,
    /// How.
    pub method: Method,
    /// With what.
    pub tool: Tool,
    /// Whether backups existed; if so, they were destroyed too.
    pub backups: bool,
    /// Whether the signer had obtained the footage at all.
    pub obtained: bool,
    /// The deadline that it believes to have kept.
    pub deadline: Timestamp,
    /// A witnessed checkpoint that the receipt is not older than.
    pub anchor: Anchor,
}
record_array!(Receipt { subject, keys, excerpts, method, tool, backups, obtained, deadline, anchor });
statement!(Receipt, "receipt");

/// What a receipt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Subject {
    /// An agency's copy of what a grant opened, by the grant's terms.
    Grant(StatementId),
    /// An agency's request key, by the request.
    Request(StatementId),
    /// A custodian's expiry key.
    Epoch(Epoch),
}

// The kind's number, then which one.
impl Encode for Subject {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        match self {
            Self::Grant(terms) => {
                to.uint(1);
                terms.encode(to);
            }
            Self::Request(request) => {
                to.uint(2);
                request.encode(to);
            }
            Self::Epoch(epoch) => {
                to.uint(3);
                epoch.encode(to);
            }
        }
    }
}

impl Decode for Subject {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        match from.uint()? {
            1 => Decode::decode(from).map(Self::Grant),
            2 => Decode::decode(from).map(Self::Request),
            3 => Decode::decode(from).map(Self::Epoch),
            _ => Err(CborError::Value("Subject")),
        }
    }
}

/// How something was destroyed, in the words of NIST SP 800-88.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Method {
    /// Overwritten where it can be addressed.
    Clear,
    /// Made infeasible to recover in a laboratory.
    Purge,
    /// Its only key was destroyed.
    CryptographicErase,
    /// The medium was destroyed.
    Destroy,
}
record_number!(Method { Clear = 1, Purge = 2, CryptographicErase = 3, Destroy = 4 });

/// The tool that destroyed it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Tool {
    /// Its name.
    pub name: Word,
    /// Its version.
    pub version: Word,
}
record_array!(Tool { name, version });

use alloc::{borrow::ToOwned, string::String};

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, limits};

/// Bytes that can be no anchor: too long, or not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an anchor: at most {limit} bytes of UTF-8", limit = limits::CHECKPOINT_BYTES)]
pub struct AnchorError;

/// A checkpoint with its quorum's cosignatures, put inside a statement to show that the statement is not older.
///
/// To the statement it is an opaque text of at most [`limits::CHECKPOINT_BYTES`]; whether it is a checkpoint, of the
/// right log and with a quorum, [`Witnessed::verify`](crate::tlog::Witnessed::verify) says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct Anchor(String);

impl Anchor {
    /// The anchor with these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AnchorError> {
        if bytes.len() > limits::CHECKPOINT_BYTES {
            return Err(AnchorError);
        }
        core::str::from_utf8(bytes).map(|text| Self(text.to_owned())).map_err(|_| AnchorError)
    }

    /// Its bytes, the text of the note.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl TryFrom<String> for Anchor {
    type Error = AnchorError;

    fn try_from(text: String) -> Result<Self, AnchorError> {
        if text.len() <= limits::CHECKPOINT_BYTES { Ok(Self(text)) } else { Err(AnchorError) }
    }
}

impl From<Anchor> for String {
    fn from(anchor: Anchor) -> Self {
        anchor.0
    }
}

impl Encode for Anchor {
    fn encode(&self, to: &mut Writer) {
        to.bytes(self.as_bytes());
    }
}

impl Decode for Anchor {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Self::from_bytes(from.bytes(limits::CHECKPOINT_BYTES)?).map_err(|_| CborError::Value("anchor"))
    }
}

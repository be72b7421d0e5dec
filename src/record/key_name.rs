use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, limits};

/// A text that no key may be named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a key name: 1 to 100 bytes without spaces, control characters and plus signs")]
pub struct KeyNameError;

/// What a key of signed notes is named by: the origin of a log, or the name of a witness.
///
/// 1 to 100 bytes without Unicode spaces, control characters and `+` (C2SP signed-note, "Format"); a URL without its
/// scheme is the custom. A name says nothing of who holds the key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct KeyName(String);

impl KeyName {
    /// The name with this text.
    pub fn new(text: impl Into<String>) -> Result<Self, KeyNameError> {
        let text = text.into();
        if text.len() <= limits::KEY_NAME_BYTES && Self::allows(&text) { Ok(Self(text)) } else { Err(KeyNameError) }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether C2SP lets a key be named so, be it longer than this format allows.
    pub(crate) fn allows(text: &str) -> bool {
        !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyName({})", self.0)
    }
}

impl FromStr for KeyName {
    type Err = KeyNameError;

    fn from_str(text: &str) -> Result<Self, KeyNameError> {
        Self::new(text)
    }
}

impl TryFrom<String> for KeyName {
    type Error = KeyNameError;

    fn try_from(text: String) -> Result<Self, KeyNameError> {
        Self::new(text)
    }
}

impl From<KeyName> for String {
    fn from(name: KeyName) -> Self {
        name.0
    }
}

impl Encode for KeyName {
    fn encode(&self, to: &mut Writer) {
        to.text(&self.0);
    }
}

impl Decode for KeyName {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Self::new(from.text(limits::KEY_NAME_BYTES)?).map_err(|_| CborError::Value("key name"))
    }
}

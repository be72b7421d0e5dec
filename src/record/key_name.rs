use alloc::string::String;

use thiserror::Error;

use crate::cbor::limits;

use super::name::text_form;

/// A text that no key may be named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a key name: 1 to 100 bytes without spaces, control characters and plus signs")]
pub struct KeyNameError;

/// What a key of signed notes is named by: the origin of a log, or the name of a witness.
///
/// 1 to 100 bytes without Unicode spaces, control characters and `+` (C2SP signed-note, "Format"); a URL without its
/// scheme is the custom. A name says nothing of who holds the key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

text_form!(KeyName, KeyNameError, limits::KEY_NAME_BYTES);

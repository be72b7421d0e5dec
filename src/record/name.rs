use alloc::{borrow::ToOwned, string::String};

use thiserror::Error;

/// Why a text is no [`Name`], [`Reference`] or token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing at all.
    #[error("empty: at least one character is needed")]
    Empty,
    /// More bytes than are allowed.
    #[error("longer than {0} bytes: shorten it")]
    TooLong(usize),
    /// A character that may not stand in it.
    #[error("the character {0:?} is not allowed here")]
    Character(char),
    /// A space or a hyphen at the beginning or the end.
    #[error("begins or ends with {0:?}: remove it")]
    Edge(char),
}

/// Gives a type with `new(&str)` and `as_str()` its text form, its JSON form (that text) and its CBOR form (a text string
/// of at most `$limit` bytes).
macro_rules! text_form {
    ($type:ident, $error:ident, $limit:expr) => {
        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self.as_str())
            }
        }

        impl core::str::FromStr for $type {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $type {
            type Error = $error;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl $crate::cbor::Encode for $type {
            fn encode(&self, to: &mut $crate::cbor::Writer) {
                to.text(self.as_str());
            }
        }

        impl $crate::cbor::Decode for $type {
            fn decode(from: &mut $crate::cbor::Reader<'_>) -> Result<Self, $crate::cbor::CborError> {
                Self::new(from.text($limit)?).map_err(|_| $crate::cbor::CborError::Value(stringify!($type)))
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Self::new(&*text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use text_form;

/// A text of `1..=limit` bytes, of allowed characters, with none of `edges` at either end.
fn checked(text: &str, limit: usize, allowed: fn(char) -> bool, edge: Option<char>) -> Result<String, NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > limit {
        return Err(NameError::TooLong(limit));
    }
    if let Some(character) = text.chars().find(|&character| !allowed(character)) {
        return Err(NameError::Character(character));
    }
    match edge {
        Some(edge) if text.starts_with(edge) || text.ends_with(edge) => Err(NameError::Edge(edge)),
        _ => Ok(text.to_owned()),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $limit:literal, $allowed:expr, $edge:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The most bytes that it can have.
            pub const MAX_BYTES: usize = $limit;

            /// Checks a text.
            pub fn new(text: &str) -> Result<Self, NameError> {
                checked(text, $limit, $allowed, $edge).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        text_form!($name, NameError, $limit);
    };
}

/// Characters that change how others are shown, or are not shown: with them two names could look the same.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

name! {
    /// What people call an agency, an operator, a maker or a product: 1 to 100 bytes of UTF-8, without control
    /// characters, line breaks and invisible formatting characters, without a space at either end. The only white space
    /// is the plain space.
    Name, 100,
    |c| c == ' ' || !(c.is_control() || c.is_whitespace() || is_invisible(c)),
    Some(' ')
}

name! {
    /// A case number or a court's reference: 1 to 32 of `[A-Z0-9-]`. It is public, and has no room for a person's story.
    Reference, 32, |c| matches!(c, 'A'..='Z' | '0'..='9' | '-'), None
}

fn is_token(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9' | '-')
}

name! {
    /// What a custodian is known by: 1 to 32 of `[a-z0-9-]`, with no hyphen at either end.
    CustodianId, 32, is_token, Some('-')
}

name! {
    /// What a group of custodians is known by: 1 to 32 of `[a-z0-9-]`, with no hyphen at either end.
    GroupId, 32, is_token, Some('-')
}

name! {
    /// What a maker of cameras is known by: 1 to 32 of `[a-z0-9-]`, with no hyphen at either end.
    MakerId, 32, is_token, Some('-')
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.')
}

name! {
    /// A tool's name or version, in which nothing can be told: 1 to 32 of `[A-Za-z0-9.-]`, with no hyphen at either end.
    Word, 32, is_word, Some('-')
}

#[cfg(test)]
mod tests {
    use super::{CustodianId, Name};
    use crate::cbor::{CborError, decode, encode};

    #[test]
    fn cbor_is_a_text_string() {
        let id = CustodianId::new("aclu-ma").unwrap();
        assert_eq!(encode(&id), b"\x67aclu-ma");
        assert_eq!(decode::<CustodianId>(b"\x67aclu-ma", 100), Ok(id));
        assert_eq!(decode::<CustodianId>(b"\x67ACLU-MA", 100), Err(CborError::Value("CustodianId")));
        assert!(matches!(decode::<CustodianId>(b"\x47aclu-ma", 100), Err(CborError::Shape(_))));
        let long = encode(&Name::new(&"n".repeat(100)).unwrap());
        assert_eq!(decode::<CustodianId>(&long, 200), Err(CborError::TooLong(32)));
    }
}

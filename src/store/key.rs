use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use thiserror::Error;

/// The name of a fact or of a secret: 1 to 96 characters out of `a` to `z`, `0` to `9`, `-`, `_` and `.`, of which the first
/// and the last are letters or digits.
///
/// Every file system and database takes such a name as it is, also one that does not distinguish case or that drops a dot
/// at the end.
///
/// ```
/// use footage::store::StoreKey;
///
/// let key: StoreKey = "grant.0a1b".parse()?;
/// assert_eq!(key.as_str(), "grant.0a1b");
/// assert!("Grant".parse::<StoreKey>().is_err());
/// assert!("grant.".parse::<StoreKey>().is_err());
/// # Ok::<(), footage::store::InvalidKey>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreKey(String);

/// The text is no [`StoreKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a store's key has 1 to 96 characters of a-z, 0-9, `-`, `_` and `.`, and begins and ends with a letter or a digit"
)]
pub struct InvalidKey;

impl StoreKey {
    /// The most characters of a key.
    pub const MAX_LENGTH: usize = 96;

    /// The key of this text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidKey> {
        let text = text.into();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ends = [text.bytes().next(), text.bytes().next_back()].iter().all(|end| end.is_some_and(plain));
        let all = text.bytes().all(|byte| plain(byte) || b"-_.".contains(&byte));
        if ends && all && text.len() <= Self::MAX_LENGTH { Ok(Self(text)) } else { Err(InvalidKey) }
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StoreKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        Self::new(text.to_owned())
    }
}

impl fmt::Display for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

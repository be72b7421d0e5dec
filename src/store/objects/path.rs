use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use thiserror::Error;

/// The path of an object, like `tile/0/x001/067`: at most 512 characters, in parts that `/` separates.
///
/// A part is 1 to 96 characters out of `a` to `z`, `0` to `9`, `-`, `_` and `.`, of which the first is a letter or a digit.
/// So no path leads out of its directory, none is absolute, and every file system and object store takes it as it is.
///
/// ```
/// use footage::store::ObjectPath;
///
/// let path: ObjectPath = "tile/0/x001/067.p/12".parse()?;
/// assert_eq!(path.as_str(), "tile/0/x001/067.p/12");
/// for invalid in ["", "/tile", "tile/", "tile//0", "../tile", "tile/.hidden", "Tile"] {
///     assert!(invalid.parse::<ObjectPath>().is_err());
/// }
/// # Ok::<(), footage::store::InvalidPath>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectPath(String);

/// The text is no [`ObjectPath`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no path of an object")]
pub struct InvalidPath(pub String);

impl ObjectPath {
    /// The most characters of a path.
    pub const MAX_LENGTH: usize = 512;
    /// The most characters of a part.
    pub const MAX_PART: usize = 96;

    /// The path of this text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidPath> {
        let text = text.into();
        if text.len() <= Self::MAX_LENGTH && text.split('/').all(is_part) {
            Ok(Self(text))
        } else {
            Err(InvalidPath(text))
        }
    }

    /// The path's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the object lies below this folder.
    pub fn is_below(&self, folder: &Self) -> bool {
        self.0.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }
}

fn is_part(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let first = part.bytes().next().is_some_and(plain);
    first && part.len() <= ObjectPath::MAX_PART && part.bytes().all(|byte| plain(byte) || b"-_.".contains(&byte))
}

impl FromStr for ObjectPath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        Self::new(text.to_owned())
    }
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

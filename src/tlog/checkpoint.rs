use core::fmt;
use core::str::FromStr;

use base64ct::{Base64, Encoding as _};
use thiserror::Error;

use crate::merkle::Hash;
use crate::record::KeyName;

/// Which line of a note's text is not that of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The first: not an origin, that is a [`KeyName`].
    #[error("the first line of the checkpoint is not an origin")]
    Origin,
    /// The second: not a number of leaves in decimal.
    #[error("the second line of the checkpoint is not a tree size")]
    Size,
    /// The third: not a hash in base64.
    #[error("the third line of the checkpoint is not a root hash")]
    Root,
    /// A later one: empty, or not ended.
    #[error("an extension line of the checkpoint is empty or not ended")]
    Extension,
}

/// What a log commits to: at this size it has this root (C2SP tlog-checkpoint, "Note text").
///
/// Its [text form](fmt::Display) is the text of the note. The origin is also the name of the log's key, which C2SP only
/// recommends; other origins are not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: KeyName,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// The checkpoint of a log, without extension lines.
    pub const fn new(origin: KeyName, size: u64, root: Hash) -> Self {
        Self { origin, size, root, extensions: Vec::new() }
    }

    /// Which log it is of.
    pub const fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// Further lines, which mean nothing here and are not empty.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, Base64::encode_string(self.root.as_bytes()))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Extension)?.split('\n');
        let origin = lines.next().and_then(|line| KeyName::new(line).ok()).ok_or(CheckpointError::Origin)?;
        let size = lines.next().and_then(decimal).ok_or(CheckpointError::Size)?;
        let root = lines.next().and_then(hash).ok_or(CheckpointError::Root)?;
        let extensions: Vec<_> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointError::Extension);
        }
        Ok(Self { origin, size, root, extensions })
    }
}

/// "The ASCII decimal representation [...] with no leading zeroes (unless the tree is empty, [...] `0`)."
fn decimal(line: &str) -> Option<u64> {
    line.parse().ok().filter(|size: &u64| size.to_string() == line)
}

fn hash(line: &str) -> Option<Hash> {
    let bytes: [u8; 32] = Base64::decode_vec(line).ok()?.try_into().ok()?;
    Some(Hash::from_bytes(bytes)).filter(|_| Base64::encode_string(&bytes) == line)
}

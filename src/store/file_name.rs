use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use super::StoreKey;

/// What a file of a store is, which its name says: `fact.` and the key, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Fact,
    Secret,
    /// A fact that is being written.
    NewFact,
    /// A secret that is being written.
    NewSecret,
    /// A secret whose erasure was begun.
    Erasing,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Fact, Self::Secret, Self::NewFact, Self::NewSecret, Self::Erasing];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Secret => "secret",
            Self::NewFact => "new-fact",
            Self::NewSecret => "new-secret",
            Self::Erasing => "erasing",
        }
    }

    /// The name of the file of this kind and key.
    pub(super) fn name(self, key: &StoreKey) -> String {
        format!("{}.{key}", self.prefix())
    }

    /// What a file of this name is, or `None` if no store gives a file this name.
    pub(super) fn parse(name: &str) -> Option<(Self, StoreKey)> {
        let (prefix, key) = name.split_once('.')?;
        let kind = Self::ALL.into_iter().find(|kind| kind.prefix() == prefix)?;
        Some((kind, StoreKey::new(key.to_owned()).ok()?))
    }
}

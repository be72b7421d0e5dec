use thiserror::Error;

use crate::store::{ObjectsError, StoreKey};

/// What an agency could not read or reach when it was opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Unread {
    /// A fact that is damaged, or that an agency of this version does not write. Nothing was erased: the fact may account for
    /// it.
    #[error("the fact {0} is damaged, or was written by a later version: nothing was erased")]
    Fact(StoreKey),
    /// The objects, in which excerpts lie. Copies that nothing accounts for are deleted at the next opening.
    #[error("the objects could not be reached: copies that nothing accounts for are deleted at the next opening")]
    Objects(#[source] ObjectsError),
}

impl Unread {
    /// Returns whether this is a fact, of which it is not known what it accounts for.
    pub(super) const fn accounts_for_something(&self) -> bool {
        matches!(self, Self::Fact(_))
    }

    pub(super) fn is_fact(&self, key: &StoreKey) -> bool {
        matches!(self, Self::Fact(unread) if unread == key)
    }
}

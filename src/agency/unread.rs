use thiserror::Error;

use crate::store::{ObjectsError, StoreKey};

/// A fact or store that an agency could not read or reach when it was opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Unread {
    /// A fact is damaged, or was written by a later version. Nothing was erased, since the fact may account for any secret
    /// or copy. Repair it, and open the agency again.
    #[error("the fact {0} is damaged, or was written by a later version: nothing was erased")]
    Fact(StoreKey),
    /// The objects, which hold the excerpts, could not be reached. Copies that no fact accounts for are deleted at the next
    /// opening.
    #[error("the objects could not be reached: copies that nothing accounts for are deleted at the next opening")]
    Objects(#[source] ObjectsError),
}

impl Unread {
    /// Returns whether this is a fact, since an unread fact may account for any secret or copy.
    pub(super) const fn is_any_fact(&self) -> bool {
        matches!(self, Self::Fact(_))
    }

    pub(super) fn is_fact(&self, key: &StoreKey) -> bool {
        matches!(self, Self::Fact(unread) if unread == key)
    }
}

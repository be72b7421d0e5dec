use alloc::vec::Vec;

use thiserror::Error;

use crate::record::{OwnerChainError, OwnerList, Signed, StatementError, Taken, Timestamp};
use crate::store::{Store, StoreError};

use super::Camera;
use super::list_facts::{put_list, remove_list};

/// The reason a camera does not take an owner list.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TakeListError {
    /// The list's signature is not valid. Nothing was changed.
    #[error("the owner list is not signed by the key that it names")]
    Signature(#[source] StatementError),
    /// The list does not follow the lists that the camera has taken. Nothing was changed.
    #[error("the camera does not take the owner list")]
    Refused(#[source] OwnerChainError),
    /// The store failed. Open the store and the camera again: the camera then has either the earlier lists alone, or this
    /// one too.
    #[error("the camera's store failed")]
    Store(#[from] StoreError),
}

impl<S: Store, F> Camera<S, F> {
    /// Takes a further owner list of the household: one of the present period that a known device signed, or one that begins
    /// a higher period and is signed by the recovery key of the lists that the camera has. The list is durable when the call
    /// returns, and clips that start afterwards are sealed for the newest list.
    ///
    /// A list that begins a period ends the clips that are being recorded: they take no further group
    /// ([`OwnersChanged`](super::RecordError::OwnersChanged)). Finish them and start others. The camera also forgets the
    /// latest time that it has dated, so that a new period can correct a wrong clock.
    pub fn take_list(&mut self, list: Signed<OwnerList>) -> Result<Taken, TakeListError> {
        let list = list.verify().map_err(TakeListError::Signature)?;
        let taken = self.owners.judge(&list).map_err(TakeListError::Refused)?;
        if taken == Taken::Known {
            return Ok(taken);
        }
        put_list(&mut self.store, &list)?;
        let _ = self.owners.take(list).map_err(TakeListError::Refused)?;
        let begins = taken == Taken::Period;
        if begins {
            (self.latest, self.unread) = (Timestamp::default(), false);
        }
        let (before, lists) = (self.state().lists.clone(), self.owners.kept().collect::<Vec<_>>());
        self.change(|state| {
            state.lists = lists;
            if begins {
                state.latest = Timestamp::default();
            }
        })?;
        for id in before {
            if !self.state().lists.contains(&id) {
                remove_list(&mut self.store, id)?;
            }
        }
        Ok(taken)
    }
}

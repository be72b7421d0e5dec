//! The household's owner lists: each is a fact of the store under its own id, and the state names those that count.

use alloc::format;
use alloc::vec::Vec;

use thiserror::Error;

use crate::io;
use crate::record::{
    OwnerChain, OwnerChainError, OwnerList, Signed, StatementError, StatementId, Taken, Timestamp, Verified,
};
use crate::store::{Store, StoreError, StoreKey};

use super::{Camera, OpenCameraError};

/// How the keys of lists begin; the list's id follows.
const PREFIX: &str = "owner-list.";

/// Why a camera does not take an owner list.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TakeListError {
    /// The list's signature is not valid. Nothing was changed.
    #[error("the owner list is not signed by the key that it names")]
    Signature(#[source] StatementError),
    /// The list does not follow those that the camera has taken. Nothing was changed.
    #[error("the camera does not take the owner list")]
    Refused(#[source] OwnerChainError),
    /// The store failed. Open store and camera again: the camera then has the lists before, or this one too.
    #[error("the camera's store failed")]
    Store(#[from] StoreError),
}

impl<S: Store, F> Camera<S, F> {
    /// Takes a further owner list of the household: one of the present period that a known device signed, or one that begins
    /// a higher period and is signed by the recovery key of the lists that the camera has. The list is durable when the call
    /// returns, and clips that start afterwards are sealed for the newest list.
    ///
    /// A list that begins a period ends the clips that are being recorded: they take no further group
    /// ([`OwnersChanged`](super::RecordError::OwnersChanged)). Finish them and start others. The camera forgets what it dated
    /// before, so a clock that was wrong can be set right with a new period.
    pub fn take_list(&mut self, list: Signed<OwnerList>) -> Result<Taken, TakeListError> {
        let list = list.verify().map_err(TakeListError::Signature)?;
        let taken = self.owners.judge(&list).map_err(TakeListError::Refused)?;
        if taken == Taken::Known {
            return Ok(taken);
        }
        self.store.put_fact(&list_key(list.id())?, &list.to_bytes())?;
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
                self.store.remove_fact(&list_key(id)?)?;
            }
        }
        Ok(taken)
    }
}

/// Writes the first list of a camera, before its state names it.
pub(super) fn put_first(store: &mut impl Store, list: &Verified<OwnerList>) -> Result<(), StoreError> {
    store.put_fact(&list_key(list.id())?, &list.to_bytes())
}

/// Reads the lists that a state names.
pub(super) fn read_lists(store: &mut impl Store, ids: &[StatementId]) -> Result<OwnerChain, OpenCameraError> {
    let mut owners = None;
    for &id in ids {
        let damaged = || OpenCameraError::DamagedList(id);
        let bytes = match store.fact(&list_key(id)?) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err(OpenCameraError::MissingList(id)),
            Err(StoreError::Damaged(_)) => return Err(damaged()),
            Err(error) => return Err(error.into()),
        };
        let list = Signed::<OwnerList>::from_bytes(&bytes).and_then(Signed::verify).map_err(|_| damaged())?;
        if list.id() != id {
            return Err(damaged());
        }
        owners = Some(match owners {
            None => OwnerChain::begin(list).map_err(|_| damaged())?,
            Some(mut owners) => {
                OwnerChain::take(&mut owners, list).map_err(|_| damaged())?;
                owners
            }
        });
    }
    owners.ok_or(OpenCameraError::Damaged)
}

/// Removes the lists that the state does not name: the power failed before it named them, or before they were removed.
pub(super) fn remove_unnamed_lists(store: &mut impl Store, named: &[StatementId]) -> Result<(), StoreError> {
    for key in store.facts()? {
        let Some(id) = key.as_str().strip_prefix(PREFIX) else { continue };
        if !named.iter().any(|named| format!("{named}") == id) {
            store.remove_fact(&key)?;
        }
    }
    Ok(())
}

fn list_key(id: StatementId) -> Result<StoreKey, StoreError> {
    StoreKey::new(format!("{PREFIX}{id}"))
        .map_err(|error| StoreError::io("owner list", io::Error::new(io::ErrorKind::InvalidInput, error)))
}

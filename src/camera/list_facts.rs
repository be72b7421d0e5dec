//! The owner lists of a camera as facts of its store, each under its own id.

use alloc::string::String;
use core::fmt::Write as _;

use thiserror::Error;

use crate::io;
use crate::record::{OwnerChain, OwnerList, Signed, StatementId, Verified};
use crate::store::{Store, StoreError, StoreKey};

/// The prefix of the keys of lists; the list's id follows.
const PREFIX: &str = "owner-list.";

/// The reason the lists that a state names cannot be read.
#[derive(Debug, Error)]
pub(super) enum ReadListsError {
    #[error("the state names no list")]
    None,
    #[error("list {0} is missing")]
    Missing(StatementId),
    #[error("list {0} is damaged")]
    Damaged(StatementId),
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// Writes a list, before a state names it.
pub(super) fn put_list(store: &mut impl Store, list: &Verified<OwnerList>) -> Result<(), StoreError> {
    store.put_fact(&list_key(list.id())?, &list.to_bytes())
}

/// Removes a list, once no state names it any more.
pub(super) fn remove_list(store: &mut impl Store, id: StatementId) -> Result<(), StoreError> {
    store.remove_fact(&list_key(id)?)
}

/// Reads the lists that a state names.
pub(super) fn read_lists(store: &mut impl Store, ids: &[StatementId]) -> Result<OwnerChain, ReadListsError> {
    let mut owners = None;
    for &id in ids {
        let damaged = || ReadListsError::Damaged(id);
        let bytes = match store.fact(&list_key(id)?) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err(ReadListsError::Missing(id)),
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
    owners.ok_or(ReadListsError::None)
}

/// Removes the lists that the state does not name. They are left if the power fails before the state names them, or before
/// they are removed.
pub(super) fn remove_unnamed_lists(store: &mut impl Store, named: &[StatementId]) -> Result<(), StoreError> {
    for key in store.facts()? {
        let is_list = key.as_str().starts_with(PREFIX);
        if is_list && !named.iter().any(|named| list_name(*named) == key.as_str()) {
            store.remove_fact(&key)?;
        }
    }
    Ok(())
}

fn list_key(id: StatementId) -> Result<StoreKey, StoreError> {
    StoreKey::new(list_name(id))
        .map_err(|error| StoreError::io("owner list", io::Error::new(io::ErrorKind::InvalidInput, error)))
}

/// Returns the text of a list's key. Without `format!`, which a firmware without unwinding cannot link.
fn list_name(id: StatementId) -> String {
    let mut name = String::from(PREFIX);
    // Writing into a string does not fail.
    let _ = write!(name, "{id}");
    name
}

use thiserror::Error;

use crate::crypto::{RandomError, VerifyingKey};
use crate::record::{OwnerChainError, OwnerListError, StatementError, StatementId};
use crate::store::StoreError;

use super::{HouseholdFileError, PlaceError, SheetError};

/// Why a household could not be begun, opened, changed or synchronised.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HouseholdError {
    /// The device's store failed. Open it again, and then the household.
    #[error("the device's store failed: open it again")]
    Store(#[from] StoreError),
    /// The place that keeps the household file failed.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// What the place gave is no file of this household, or it would become too large.
    #[error("the household file was refused")]
    File(#[from] HouseholdFileError),
    /// A list was refused.
    #[error("the owner list was refused")]
    Chain(#[from] OwnerChainError),
    /// A list cannot be made.
    #[error("the owner list cannot be made")]
    List(#[from] OwnerListError),
    /// A request or a handover is not signed by the expected key.
    #[error("the request or the handover was refused")]
    Statement(#[from] StatementError),
    /// Sheets were refused.
    #[error("the recovery sheets were refused")]
    Sheet(#[from] SheetError),
    /// The store holds no keys of a device. Begin one.
    #[error("this store holds no device: begin one")]
    NoDevice,
    /// The store holds a device that belongs to no household yet. Begin a household, or join one.
    #[error("this device belongs to no household yet: begin one, or join one")]
    NoHousehold,
    /// The device already belongs to a household. Open that one.
    #[error("this device belongs to a household already: open that one")]
    HasHousehold,
    /// What the store holds of the household is damaged. Join the household again with another store.
    #[error("what this device stored of the household is damaged: join the household again with a new store")]
    Damaged,
    /// The place holds no file.
    #[error("there is no household file at this place")]
    NoFile,
    /// The file lacks what this needs. The host holds back a newer one: synchronise another device, and try again.
    #[error("the household file lacks lists or entries that this needs: synchronise another device, then try again")]
    Incomplete,
    /// The file lacks a household key for this device. The device that added it has to synchronise.
    #[error(
        "no key of the period that list {0} begins is wrapped to this device: synchronise the device that added it"
    )]
    MissingKey(StatementId),
    /// A household key that was handed over is not the one that the list of its period names.
    #[error("the key handed over for the period that list {0} begins is a wrong one: have another device add this one")]
    WrongKey(StatementId),
    /// The handover is for another device, or does not add this one.
    #[error("the handover is for another device")]
    OtherDevice,
    /// The device's key has another KEM than the household's keys.
    #[error("the device's key has another KEM than the household's: begin the device's store with the household's KEM")]
    Kem,
    /// A device that stays has not offered a key of the new KEM. Have it offer one and synchronise, or take it out.
    #[error("the device that signs with {0:?} has offered no key of the new KEM: have it offer one, or take it out")]
    NotOffered(Box<VerifyingKey>),
    /// The device is in the household already, or a key of it is.
    #[error("a device with this key is in the household already")]
    Present,
    /// A device to take out is not in the household.
    #[error("a device to take out is not in the household")]
    Absent,
    /// This device is not in the present list any more, so it can change nothing.
    #[error("this device is no longer in the household")]
    NotAMember,
    /// The household keeps no consent to this grant, or no longer keeps it. Do not send the grant.
    #[error("the household keeps no consent to this grant: do not send it")]
    NotKept,
    /// The sheets are of another household, or of a recovery key that opens nothing here any more.
    #[error("these sheets open nothing here: they are of another household, or were replaced by newer ones")]
    OtherSheets,
    /// The sheets are of an earlier recovery key of this household. Use the newest ones.
    #[error("these sheets were replaced: use the newest ones of this household")]
    OldSheets,
    /// Other devices changed the file again and again. Synchronise again.
    #[error("other devices keep changing the household file: synchronise again")]
    Busy,
    /// The content of an entry passes a limit, or has a cell of another resolution.
    #[error("the entry's content passes a limit of the household file")]
    Content,
    /// The KEM key of this device is not known, so nothing can be wrapped to it. That device has to synchronise.
    #[error("the key of a device is not in the file: synchronise that device, then try again")]
    UnknownDeviceKey,
}

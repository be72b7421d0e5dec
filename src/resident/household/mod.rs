//! The household: its devices, its recovery key on paper, and the file that they share.

#[cfg(test)]
mod attacks;
mod check;
mod device_keys;
#[allow(clippy::module_inception, reason = "a file is named after its main type")]
mod household;
mod household_device;
mod household_error;
mod household_file;
mod household_keeper;
mod household_share;
mod key_wrap;
mod membership;
mod new_period;
mod own_clip;
mod place;
mod recovery_seed;
mod recovery_sheet;
mod sealed_entry;
mod state;
mod view;

pub use check::{CameraCheck, ClipCheck, ClipOwners, OwnersCheck};
pub use household::{Household, Synchronised};
pub use household_device::HouseholdDevice;
pub use household_error::HouseholdError;
pub use household_file::{HouseholdFile, HouseholdFileError};
pub use household_keeper::HouseholdKeeper;
pub use household_share::{HouseholdShare, ShareState};
use key_wrap::KeyWrap;
pub use new_period::{NewHousehold, NewPeriod, PeriodChange};
pub use own_clip::OwnClipError;
pub use place::{HouseholdPlace, MemoryPlace, ObjectPlace, PlaceError};
pub use recovery_seed::RecoverySeed;
pub use recovery_sheet::{Recovered, RecoverySheet, SheetError, SheetFingerprint};
use sealed_entry::SealedEntry;

//! The resident's app finds on the device which requests touch own cameras, and shares what the resident consents to.
//!
//! Silence and refusal are the same: neither has a function here, so neither can produce a message. The app fetches
//! *all* requests, whoever asks, and [`matching`] runs on the device.

mod consent;
mod household;
mod keeper;
mod matching;

pub use consent::{ConsentError, Consented, Consenting, Excerpted, KeptGrant, SendError, consent};
pub use household::{
    CameraCheck, ClipCheck, ClipOwners, Household, HouseholdDevice, HouseholdError, HouseholdFile, HouseholdFileError,
    HouseholdKeeper, HouseholdPlace, HouseholdShare, MemoryPlace, NewHousehold, NewPeriod, ObjectPlace, OwnClipError,
    OwnersCheck, PeriodChange, PlaceError, Recovered, RecoverySeed, RecoverySheet, ShareState, SheetError,
    SheetFingerprint, Synchronised,
};
pub use keeper::{ConsentKeeper, KeepError, MemoryKeeper};
pub use matching::{Match, OwnClip, matching};

#[cfg(feature = "video")]
pub use crate::grant::PlayableRunError;
pub use crate::grant::{OwnedClip, Preview, PreviewError};

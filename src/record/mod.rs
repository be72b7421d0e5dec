//! Every statement that somebody signs, and the values in it.
//!
//! A value is valid by construction: code that has [`Cells`] or a [`Window`] need not check it again. A statement is
//! read as [`Signed`] (not yet believed), becomes [`Verified`] under its signer's key, and is
//! [`Logged`](crate::tlog::Logged) once the log proves it. Statements are written in canonical CBOR inside a COSE_Sign1;
//! with the `serde` feature they have a JSON form for apps, which is never signed.

mod agency_id;
#[cfg(feature = "std")]
mod all_cores;
mod anchor;
#[cfg(feature = "std")]
mod approval;
mod bytes;
mod camera;
#[cfg(feature = "std")]
mod cell;
#[cfg(feature = "std")]
mod cells;
mod consent;
#[cfg(test)]
mod cose_wg;
mod custodian;
#[cfg(feature = "std")]
mod entry;
#[cfg(test)]
mod foreign;
#[cfg(feature = "geojson")]
mod geojson;
mod grant;
mod head;
#[cfg(feature = "std")]
mod household_entry;
#[cfg(feature = "std")]
mod jurisdiction;
mod key_name;
mod name;
mod offence;
#[cfg(feature = "serde")]
mod outline;
mod owner_chain;
mod owner_list;
mod receipt;
#[cfg(feature = "std")]
mod request;
#[cfg(test)]
pub(crate) mod sample;
mod signed;
mod time;
mod trust;

pub use agency_id::{AgencyId, AgencyIdError};
#[cfg(feature = "std")]
pub use all_cores::{read_all, verify_all};
pub use anchor::{Anchor, AnchorError};
#[cfg(feature = "std")]
pub use approval::{
    AgencyApproval, CustodianApproval, Disclosure, Group, GroupError, Incentive, MAX_APPROVAL, MakerApproval,
    Withdrawal, WithdrawalKind,
};
pub use bytes::{CameraId, ClipId, GrantId, HouseholdId, Nonce, ParseBytesError, Possession, StatementId};
pub use camera::{CameraCertificate, CertificateRequest, Clock, Content, Layer, Layers, SegmentKind};
#[cfg(feature = "std")]
pub use cell::{Cell, CellError};
#[cfg(feature = "std")]
pub use cells::{Cells, CellsError};
pub use consent::{Consent, ConsentedClip, ConsentedRange};
pub use custodian::{Answer, AnswerNotice, CarriedReceipt, CustodianStart, ExpiryKey, RevocationNotice};
#[cfg(feature = "std")]
pub use entry::Entry;
#[cfg(feature = "geojson")]
pub use geojson::GeoJsonError;
pub use grant::{Custody, CustodyError, Delivery, Envelope, Member, Release, Revocation, Terms};
pub use head::{ClockSet, End, Ending, Head};
#[cfg(feature = "std")]
pub use household_entry::{
    DeletionNote, DeviceRequest, EntryConsent, EntryContent, EntryRevocation, Handover, HouseholdCamera, HouseholdEntry,
};
#[cfg(feature = "std")]
pub use jurisdiction::{Jurisdiction, JurisdictionError};
pub use key_name::{KeyName, KeyNameError};
pub use name::{CustodianId, GroupId, MakerId, Name, NameError, Reference, Word};
pub use offence::{Offence, OffenceError, OffenceGroup};
#[cfg(feature = "serde")]
pub use outline::Outline;
pub use owner_chain::{OwnerChain, OwnerChainError, Taken};
pub use owner_list::{Device, OwnerList, OwnerListError, RecoveryKey};
pub use receipt::{Method, Receipt, Subject, Tool};
#[cfg(feature = "std")]
pub use request::{Basis, Outcome, OutcomeResult, Process, Request};
pub use signed::{Signed, Statement, StatementError, Verified};
pub use time::{Days, Epoch, Millis, TimeError, Timestamp, Window};
pub use trust::{LogRoot, TrustError, TrustRoots, WitnessKey};

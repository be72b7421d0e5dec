//! Sealed clips: the key tree, the segments, the heads that the camera signs, and the file that holds them.
//!
//! A camera's [`Recording`](crate::camera::Recording) writes a clip into its [`ClipFile`] in one forward pass and becomes a [`SealedClip`]; anybody opens what was written
//! as a [`FinishedClip`], which checks the camera's signatures; only an owner [unlocks](FinishedClip::unlock) it. The bytes
//! are described in [the format](crate::docs::format).

#[cfg(test)]
mod attacks;
mod error;
mod file;
mod finished;
mod frame;
mod group;
mod header;
mod identity;
mod index;
#[cfg(test)]
mod naive_tree;
mod order;
mod owners;
#[cfg(feature = "video")]
mod playable;
mod proof;
mod recover;
#[cfg(feature = "std")]
mod relay;
#[cfg(test)]
pub(crate) mod sample;
mod scan;
mod seal;
mod secret;
mod segment;
mod select;
mod start;
mod tree;
#[cfg(feature = "std")]
mod whole;
mod writer;

pub use error::{ClipError, SealError};
pub use file::ClipFile;
pub use finished::FinishedClip;
pub(crate) use frame::{read_array, read_frame, read_payload, read_payload_into, read_pieces, write_frame};
pub use group::{Group, Piece, Sound};
pub(crate) use header::Header;
#[cfg(test)]
pub(crate) use header::check_value;
#[cfg(test)]
pub(crate) use identity::Identity;
#[cfg(feature = "std")]
pub(crate) use order::Source;
pub use owners::Owners;
pub(crate) use owners::SealFor;
#[cfg(feature = "video")]
pub use playable::PlayableRangeError;
pub(crate) use recover::Remains;
#[cfg(feature = "std")]
pub(crate) use relay::{Relay, is_shared, run};
pub(crate) use scan::{Dated, dated};
pub use seal::{Cadence, SealedClip};
pub(crate) use seal::{NewClip, Prepared, SealedSegment, Sealer};
pub use secret::ClipSecret;
#[cfg(test)]
pub(crate) use segment::HEADER_LEN;
pub(crate) use segment::{OPEN_LEN, STORED_LEN, StoredSegment, open_body};
pub use segment::{OpenHalf, SegmentHeader, SegmentRange};
pub use select::Selection;
pub(crate) use start::{base, verify_certificate, verify_head};
#[cfg(test)]
pub(crate) use tree::Place;
pub(crate) use tree::{KeyTree, Seeds, cover};
#[cfg(feature = "std")]
pub use whole::OpenAllError;

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
mod header;
mod index;
#[cfg(test)]
mod naive_tree;
mod recover;
#[cfg(feature = "std")]
mod relay;
#[cfg(test)]
pub(crate) mod sample;
mod scan;
mod seal;
mod segment;
mod start;
mod tree;
#[cfg(feature = "std")]
mod whole;
mod writer;

pub use error::ClipError;
pub use file::ClipFile;
pub use finished::{ClipSecret, FinishedClip, Selection};
pub(crate) use frame::{read_array, read_frame, read_payload, read_payload_into, read_pieces, write_frame};
pub(crate) use header::Header;
pub(crate) use recover::Remains;
#[cfg(feature = "std")]
pub(crate) use relay::{Relay, is_shared, run};
pub use seal::{Cadence, SealError, SealedClip};
pub(crate) use seal::{ClipRoot, NewClip, Prepared, SealedSegment, Sealer, check_owners};
pub(crate) use segment::{HEADER_LEN, StoredSegment, open_body};
pub use segment::{SegmentHeader, SegmentRange};
pub(crate) use start::{verify_certificate, verify_head};
#[cfg(test)]
pub(crate) use tree::Place;
#[cfg(test)]
pub(crate) use tree::segment_key;
pub(crate) use tree::{Seeds, cover, node, seed};
#[cfg(feature = "std")]
pub use whole::OpenAllError;

//! Sealed clips: the key tree, the segments, the heads that the camera signs, and the file that holds them.
//!
//! A camera's [`Recording`](crate::camera::Recording) writes a clip in one forward pass and becomes a [`SealedClip`]; anybody opens what was written
//! as a [`FinishedClip`], which checks the camera's signatures; only an owner [unlocks](FinishedClip::unlock) it. The bytes
//! are described in [the format](crate::docs::format).

#[cfg(test)]
mod attacks;
mod error;
mod finished;
mod frame;
mod header;
mod index;
mod recover;
#[cfg(test)]
pub(crate) mod sample;
mod scan;
mod seal;
mod segment;
mod start;
mod tree;
mod writer;

pub use error::ClipError;
pub use finished::{ClipSecret, FinishedClip, Selection};
pub(crate) use frame::{read_array, read_frame, read_payload, write_frame};
pub(crate) use header::Header;
pub use recover::RecoverError;
pub(crate) use recover::Remains;
pub use seal::{Cadence, SealError, SealedClip};
pub(crate) use seal::{NewClip, Sealer};
pub(crate) use segment::{HEADER_LEN, StoredSegment};
pub use segment::{SegmentHeader, SegmentRange};
pub(crate) use start::{verify_certificate, verify_head};
#[cfg(test)]
pub(crate) use tree::Place;
pub(crate) use tree::{Seeds, cover, node, seed, segment_key};

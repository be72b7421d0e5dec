//! Where a recording may be cut: at pieces that can each be sealed as one segment.
//!
//! A [`Cutter`] reads a recording once, from the beginning, and gives [`Cut`]s. Of a fragmented MP4 (ISO/IEC 14496-12
//! section 8.8; CMAF, ISO/IEC 23000-19) it makes, for pictures and sound each, an [`Init`](crate::record::SegmentKind::Init)
//! piece and [`Media`](crate::record::SegmentKind::Media) pieces. Those of the pictures begin at a key frame; the init of a layer
//! and any contiguous run of its media after it play by themselves. Any other file is cut into pieces of one size.
//!
//! Only boxes that are needed to play go into a cut, by a list of those that are known: positions, titles, events
//! (`emsg`), the producer's clock (`prft`) and indexes over the whole recording stay out. A recording with a track that is
//! neither video nor audio (timed metadata, subtitles: cameras use both for positions) is refused. What a codec carries
//! inside its samples is not looked at.
//!
//! ```
//! # fn main() -> Result<(), footage::media::CutError> {
//! use footage::media::{Bytes, Cutter};
//! use footage::record::SegmentKind;
//!
//! let recording: &[u8] = b"not a video";
//! for cut in Cutter::by_size(recording, Bytes(4))? {
//!     let cut = cut?;
//!     assert_eq!(cut.kind, SegmentKind::Media);
//!     assert!(cut.bytes.len() <= 4);
//! }
//! # Ok(())
//! # }
//! ```

mod cut;
mod cutter;
#[cfg(feature = "mp4")]
mod mp4;
mod source;

pub use cut::{Bytes, Cut, CutError, FRAGMENTING};
pub use cutter::Cutter;

//! Cuts recordings into pieces that can each be sealed as one segment.
//!
//! A [`Cutter`] reads a recording once and gives [`Cut`]s. It reads MP4 (ISO/IEC 14496-12; `QuickTime`; CMAF, ISO/IEC
//! 23000-19), fragmented or progressive, or MPEG-TS (ISO/IEC 13818-1) into samples, and writes these as fragments of one track
//! each: for pictures and sound an [`Init`](crate::record::SegmentKind::Init) piece and
//! [`Media`](crate::record::SegmentKind::Media) pieces. A group of pictures begins where decoding can begin (the first one
//! where the recording begins). The init of a layer, and a contiguous run of its media that follows it, play by themselves.
//! What is known to be video and is not read is refused. Any other file is cut into pieces of one size.
//!
//! Samples are not altered. Besides them, only codec parameters and times go into a cut. Positions, titles, events (`emsg`),
//! the producer's clock (`prft`) and indexes over the whole recording stay out. Tracks that are neither the first with pictures
//! nor the first with sound (timed metadata, subtitles: cameras use both for positions) are left out and counted. The content
//! of a sample is inspected only to find where decoding can begin.
//!
//! What a camera's encoder gives is described by an [`EncodedSample`], a [`PictureCodec`] and a [`SoundCodec`], and cut in the
//! same way by [`camera::Live`](crate::camera::Live).
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

#![cfg_attr(not(feature = "video"), allow(dead_code, reason = "used by the readers of files"))]

mod bits;
mod buffers;
mod chunks;
mod clock;
mod codec;
mod cut;
#[cfg(feature = "std")]
mod cutter;
mod division;
mod encoded;
mod feed;
mod fragment;
mod grouper;
#[cfg(feature = "video")]
mod mp4;
#[cfg(feature = "video")]
mod muxer;
mod nal_units;
mod parameters;
mod sample_entry;
#[cfg(feature = "video")]
mod segments;
#[cfg(feature = "std")]
mod source;
#[cfg(feature = "std")]
mod sync;
#[cfg(feature = "video")]
mod track_info;
#[cfg(feature = "video")]
mod ts;
#[cfg(feature = "std")]
mod unread;

pub use cut::Cut;
#[cfg(feature = "std")]
pub use cut::{Bytes, CutError};
#[cfg(feature = "std")]
pub use cutter::Cutter;
pub use encoded::{
    CodecError, Companding, EncodedSample, NalUnits, PictureCodec, PictureCoding, PictureSize, SampleError, SoundCodec,
    SoundCoding, Ticks,
};
pub(crate) use feed::Feed;
#[cfg(feature = "video")]
pub use muxer::{Form, Layout, MuxError, Muxer};
#[cfg(feature = "video")]
pub(crate) use segments::{Segments, mux};
#[cfg(feature = "video")]
pub use track_info::{CodecName, TrackInfo};

use alloc::vec::Vec;
use core::fmt;

#[cfg(feature = "std")]
use thiserror::Error;

#[cfg(feature = "std")]
use crate::cbor::limits;
#[cfg(feature = "std")]
use crate::io;
use crate::record::{Layer, Millis, SegmentKind};

/// A number of bytes.
#[cfg(feature = "std")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub u64);

/// A piece of a recording, of at most 16 MiB, that can be sealed as one segment.
#[derive(Clone, PartialEq, Eq)]
pub struct Cut {
    /// The layer that it belongs to.
    pub layer: Layer,
    /// Whether it holds codec parameters or samples.
    pub kind: SegmentKind,
    /// Whether it is the first cut of a group. What is granted of a recording begins with a group.
    pub group: bool,
    /// Whether the recording jumped, lost something or changed its codec before this group or within it.
    pub gap: bool,
    /// The number of samples that it holds. Zero for an init, and in a file that is cut by size.
    pub samples: u64,
    /// The time from the beginning of the recording to its first presentation. Zero in a file that is cut by size.
    pub start: Millis,
    /// The time from its start to the end of its last presentation. Zero for an init, and in a file that is cut by size.
    pub duration: Millis,
    /// The content to seal.
    pub bytes: Vec<u8>,
}

/// Leaves the content out, because it is footage.
impl fmt::Debug for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cut")
            .field("layer", &self.layer)
            .field("kind", &self.kind)
            .field("group", &self.group)
            .field("gap", &self.gap)
            .field("samples", &self.samples)
            .field("start", &self.start)
            .field("duration", &self.duration)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// Why a recording cannot be cut, or cannot be cut further. Positions are bytes from its beginning.
///
/// Everything that was complete before the position has been returned as cuts.
#[cfg(feature = "std")]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CutError {
    /// The reader failed.
    #[error("the recording could not be read at byte {at}: {kind}")]
    Io {
        /// The position of the reader.
        at: u64,
        /// The kind of error that the reader returned.
        kind: io::ErrorKind,
    },
    /// The recording ends in the middle of a box, a fragment, a sample or a packet, as after a power cut.
    #[error(
        "the recording ends at byte {end}, inside what begins at byte {at}: only what is complete before it can be sealed"
    )]
    Truncated {
        /// Where the incomplete part begins.
        at: u64,
        /// Where the recording ends.
        end: u64,
    },
    /// An invalid or unsupported box, or one that contradicts an earlier box.
    #[error("malformed MP4 at byte {at}: {what}: remux it, or cut it by size with `Cutter::by_size`")]
    Malformed {
        /// Where the box begins.
        at: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The recording has no init, or none before its first fragment.
    #[error(
        "the recording has no `moov`, or none before its first fragment: put its init segment (`ftyp` and `moov`) first"
    )]
    NoInit,
    /// The MP4 is progressive: its `moov` lists samples, or follows them.
    #[error("this is a progressive MP4, which can only be read from a source that can seek: use `Cutter::open`")]
    Progressive,
    /// A box that is read into memory is over its limit.
    #[error(
        "the `{name}` at byte {at} is longer than {limit} bytes: remux the recording, or cut it by size with `Cutter::by_size`"
    )]
    BoxTooLarge {
        /// The name of the box.
        name: &'static str,
        /// Where it begins.
        at: u64,
        /// The maximum length in bytes.
        limit: u64,
    },
    /// A sample is larger than a segment.
    #[error(
        "a sample of what begins at byte {at} exceeds {} bytes: cut the recording by size with `Cutter::by_size`",
        limits::SEGMENT_BYTES
    )]
    SampleTooLarge {
        /// Where the sample or its fragment begins.
        at: u64,
    },
    /// It has no complete sample, or only sound of which the pictures do not come.
    #[error(
        "the recording has no pictures and no sound that can be cut: record it again, or cut it by size with `Cutter::by_size`"
    )]
    Empty,
    /// The codec parameters change so often that they exceed the samples by 4 MiB.
    #[error(
        "the codec parameters up to byte {at} exceed the samples: repair the recording, or cut it by size with `Cutter::by_size`"
    )]
    Parameters {
        /// The position of the reader.
        at: u64,
    },
    /// The size of pieces is zero, or larger than a segment.
    #[error("pieces cannot have {size} bytes: choose 1 to {}", limits::SEGMENT_BYTES)]
    PieceSize {
        /// The requested size.
        size: u64,
    },
    /// The recording is video or sound of a kind that is not read.
    #[error("this is {found}: run `{advice}` first, or cut it by size with `Cutter::by_size`")]
    Unread {
        /// The kind of recording.
        found: &'static str,
        /// The command that converts it to an MP4.
        advice: &'static str,
    },
    /// The recording is an MP4 or MPEG-TS, and this build has no parser for it.
    #[error("this is an MP4 or MPEG-TS: build with the feature `video`, or cut it by size with `Cutter::by_size`")]
    NoVideo,
}

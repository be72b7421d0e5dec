use core::fmt;
use std::io;

use thiserror::Error;

use crate::cbor::limits;
use crate::record::{Layer, Millis, SegmentKind};

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub u64);

/// A piece of a recording that can be sealed as one segment: at most 16 MiB.
#[derive(Clone, PartialEq, Eq)]
pub struct Cut {
    /// Which layer it belongs to.
    pub layer: Layer,
    /// What it holds.
    pub kind: SegmentKind,
    /// Whether it is the first of a group: a place where a part of the recording can begin.
    pub group: bool,
    /// Whether the recording jumped, lost something or changed its codec, before this or within its group.
    pub gap: bool,
    /// How many samples it holds. Zero for an init, and in a file that is cut by size.
    pub samples: u64,
    /// When it begins, from the beginning of the recording. Zero in a file that is cut by size.
    pub start: Millis,
    /// How long it is. Zero for an init, and in a file that is cut by size.
    pub duration: Millis,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Without the content, which is footage.
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

/// A recording that cannot be cut, or not further. Positions are bytes from its beginning.
///
/// Whatever was complete before the position has been given as cuts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CutError {
    /// The reader failed.
    #[error("reading at byte {at}: {kind}")]
    Io {
        /// How far it was read.
        at: u64,
        /// What the reader said.
        kind: io::ErrorKind,
    },
    /// It ends in the middle of a box, a fragment, a sample or a packet, as after a power cut.
    #[error("the recording ends at byte {end}, inside what begins at byte {at}: what is whole before was cut")]
    Truncated {
        /// Where the incomplete part begins.
        at: u64,
        /// Where the recording ends.
        end: u64,
    },
    /// An invalid or unsupported box, or one that contradicts an earlier box.
    #[error("malformed MP4 at byte {at}: {what}")]
    Malformed {
        /// Where the box begins.
        at: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// It has no init, or none before its first fragment.
    #[error(
        "the recording has no `moov`, or none before its first fragment: put its init segment (`ftyp` and `moov`) first"
    )]
    NoInit,
    /// The MP4 is progressive: its `moov` lists samples, or follows them.
    #[error("this is a progressive MP4, which can only be read from a source that can seek: use `Cutter::open`")]
    Progressive,
    /// A box other than `mdat` over its limit.
    #[error("the `{name}` at byte {at} is longer than {limit} bytes")]
    BoxTooLarge {
        /// Which box.
        name: &'static str,
        /// Where it begins.
        at: u64,
        /// The most bytes it may have.
        limit: u64,
    },
    /// A sample that is larger than a segment.
    #[error("what begins at byte {at} has a sample larger than {} bytes", limits::SEGMENT_BYTES)]
    SampleTooLarge {
        /// Where the sample or its fragment begins.
        at: u64,
    },
    /// The codec parameters change so often that they exceed the samples by 4 MiB.
    #[error("more codec parameters than samples up to byte {at}: the recording is damaged")]
    Parameters {
        /// How far it was read.
        at: u64,
    },
    /// Pieces of a size that no segment can have.
    #[error("pieces of {size} bytes: must be 1 to {}", limits::SEGMENT_BYTES)]
    PieceSize {
        /// The size asked for.
        size: u64,
    },
    /// A recording that is known to be video or sound, and is not read.
    #[error("this is {found}: run `{advice}` first, or cut it by size with `Cutter::by_size`")]
    Unread {
        /// What it is.
        found: &'static str,
        /// The command that makes an MP4 of it.
        advice: &'static str,
    },
    /// An MP4 or MPEG-TS, in a build that has no parser for it.
    #[error("this is an MP4 or MPEG-TS: build with the feature `video`, or cut it by size with `Cutter::by_size`")]
    NoVideo,
}

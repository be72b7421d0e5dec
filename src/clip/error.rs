use thiserror::Error;

use crate::cbor::{CborError, limits};
use crate::crypto::{OpenError, RandomError};
use crate::io;
use crate::record::{Layers, StatementError, TimeError};

/// Why a clip, or a part of it, cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClipError {
    /// The source failed, or the file ends early.
    #[error("reading the clip failed: {0}")]
    Read(#[from] io::Error),
    /// Not a clip of this format.
    #[error("not a footage clip: it does not begin with the magic bytes")]
    NotAClip,
    /// The clip's beginning is not what the format says.
    #[error("the clip's {part} is malformed: {error}")]
    Malformed {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        error: CborError,
    },
    /// The camera never closed the clip. Recover it first: only finished clips are read.
    #[error("the clip has no manifest: it was never finished, and has to be recovered by its camera")]
    Unfinished,
    /// The file ends before the clip's beginning is whole.
    #[error("the clip ends within its {0}: it was cut off")]
    Ends(&'static str),
    /// A signature in the clip is not its camera's.
    #[error("the clip's {part} is not signed as it must be: {error}")]
    Signature {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        error: StatementError,
    },
    /// A part is not the one that the camera signed.
    #[error("the clip was altered: {0}")]
    Altered(&'static str),
    /// A segment is not the one that the camera signed.
    #[error("segment {0} was altered, or is not this clip's")]
    Segment(u32),
    /// No group lies in the range wholly.
    #[error("no group lies in that range as a whole")]
    EmptyRange,
    /// The range reaches past the last segment.
    #[error("the range reaches past the clip's {0} segments")]
    PastTheEnd(u32),
    /// The range does not begin and end where groups do.
    #[error("a range begins and ends where a group begins, and segment {0} begins none")]
    NoGroup(u32),
    /// A group of the range has none of a layer. Choose other layers, or another range.
    #[error("the group at segment {group} does not have the layers {layers:?}")]
    NoLayer {
        /// The first segment of the group.
        group: u32,
        /// The layers that were chosen.
        layers: Layers,
    },
    /// The clip has no time: its camera's clock was not set, or not believed. Nothing of it can be granted.
    #[error("the clip has no time that is believed: nothing of it can be granted")]
    NoTime,
    /// The clip is not sealed for this key, or the wrap was altered.
    #[error("the clip is not sealed for this key")]
    Secret(#[from] OpenError),
    /// The secret is not this clip's: another clip's, or the camera wrapped a wrong one.
    #[error("wrong key: this is not the clip's secret")]
    WrongKey,
    /// The segment does not open.
    #[error("segment {0} does not open")]
    Open(u32),
    /// The camera's times cannot be.
    #[error("the clip's times cannot be: {0}")]
    Time(#[from] TimeError),
}

/// Why a clip could not be sealed further.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealError {
    /// No randomness. Nothing was written but perhaps a beginning; start a new clip later.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The group lacks what it must have. The clip goes on without it.
    #[error("the group has {0}")]
    Group(&'static str),
    /// The segment holds more than 16 MiB. Cut it smaller; the clip goes on without its group.
    #[error("segment {index} holds {length} bytes, more than {max}", max = limits::SEGMENT_BYTES)]
    SegmentTooLong {
        /// Which segment.
        index: u32,
        /// Its bytes.
        length: usize,
    },
    /// The clip has no place for the group: it has at most 2^24 segments. Finish it and start another.
    #[error("the clip is full: {max} segments", max = limits::SEGMENTS)]
    Full,
    /// The segment begins before the one before it, or ends before it begins, or lasts over 49 days. Order the segments; the
    /// clip goes on without the group.
    #[error("segment {index} is out of order in time, or too long")]
    Time {
        /// Which segment.
        index: u32,
    },
    /// The camera's clock was moved by more than two seconds, or the clip could not be dated and the next one can. Finish this
    /// clip and start another. The group was not sealed.
    #[error("the clip's date no longer holds, because the clock was set: finish it and start another")]
    ClockSet,
    /// The clip's file failed. What was written can be recovered.
    #[error("writing the clip failed")]
    Write(#[from] io::Error),
    /// An earlier write failed, so the clip's bytes are no longer known. Recover it.
    #[error("an earlier write of this clip failed: recover it")]
    Broken,
    /// The cipher refused. It does so only above its own limits, which the format's are below.
    #[error("the cipher refused")]
    Cipher,
}

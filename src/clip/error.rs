use thiserror::Error;

use crate::cbor::CborError;
use crate::crypto::OpenError;
use crate::io;
use crate::record::{StatementError, TimeError};

/// Why a clip, or a part of it, cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClipError {
    /// The source failed, or the file ends early.
    #[error("reading the clip failed: {0}")]
    Read(#[from] io::Error),
    /// Not a clip of this format.
    #[error("not a footage clip: it does not begin as one")]
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
    /// No segment lies in the range wholly.
    #[error("no segment lies in that range as a whole")]
    EmptyRange,
    /// The range reaches past the last segment.
    #[error("the range reaches past the clip's {0} segments")]
    PastTheEnd(u32),
    /// Within the range the codec parameters change. Grant the parts before and after each by itself.
    #[error("the codec parameters change at segment {0}: grant what lies before and after it separately")]
    InitChanges(u32),
    /// The key is no owner's, or the wrap was altered.
    #[error("the clip's secret does not open with this key")]
    Secret(#[from] OpenError),
    /// The segment does not open.
    #[error("segment {0} does not open")]
    Open(u32),
    /// The camera's times cannot be.
    #[error("the clip's times cannot be: {0}")]
    Time(#[from] TimeError),
}

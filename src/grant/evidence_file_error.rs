use std::io;

use thiserror::Error;

use crate::cbor::CborError;
use crate::record::{ClipId, StatementError};

use super::excerpt::ExcerptError;
use super::open_error::OpenExcerptError;

/// Why a file is no evidence. Nothing of it is believed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvidenceFileError {
    /// The source failed. The same file may be read again.
    #[error("reading the evidence file failed")]
    Read(#[from] io::Error),
    /// Not an evidence file of this format.
    #[error("not a footage evidence file: it does not begin as one")]
    NotEvidence,
    /// A piece is not what the format says.
    #[error("the evidence file's {part} is malformed")]
    Malformed {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        #[source]
        error: CborError,
    },
    /// The file ends before it is whole.
    #[error("the evidence file ends within its {0}: it was cut off")]
    Ends(&'static str),
    /// The terms are not signed by the grant key.
    #[error("the evidence file's {part} is not signed by its grant")]
    Signature {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        #[source]
        error: StatementError,
    },
    /// A piece is not the one that was granted.
    #[error("the evidence file was altered: its {0} is not the one that was granted")]
    Altered(&'static str),
    /// A clip in it does not verify.
    #[error("a clip of the evidence file is not what its camera signed, or was not granted")]
    Clip(#[from] OpenExcerptError),
}

impl EvidenceFileError {
    pub(super) fn reading(error: io::Error, part: &'static str) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Ends(part) } else { error.into() }
    }
}

/// What is shared with the excerpt's frames.
impl From<ExcerptError> for EvidenceFileError {
    fn from(error: ExcerptError) -> Self {
        match error {
            ExcerptError::Read(error) => Self::Read(error),
            ExcerptError::NotAnExcerpt => Self::NotEvidence,
            ExcerptError::Malformed { part, error } => Self::Malformed { part, error },
            ExcerptError::Ends(part) => Self::Ends(part),
            ExcerptError::Signature { part, error } => Self::Signature { part, error },
            ExcerptError::Altered(part) => Self::Altered(part),
        }
    }
}

/// Why no evidence file is written. What the sink has of it is to be thrown away.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteEvidenceError {
    /// No clip was chosen. Evidence is of one clip at least.
    #[error("no clip was chosen: evidence is of one clip at least")]
    NoClip,
    /// The grant has no such clip, or it was chosen twice.
    #[error("the grant has no clip {0}, or it was chosen twice")]
    Clip(ClipId),
    /// The excerpt cannot be read, or was altered since it was taken in.
    #[error("the excerpt cannot be read, or was altered since it was taken in")]
    Excerpt(#[from] ExcerptError),
    /// The excerpt does not open.
    #[error("the excerpt does not open")]
    Open(#[from] OpenExcerptError),
    /// The sink failed.
    #[error("writing the evidence file failed")]
    Write(#[source] io::Error),
}

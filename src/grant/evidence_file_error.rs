use std::io;

use thiserror::Error;

use crate::cbor::CborError;
use crate::record::{ClipId, StatementError};

use super::excerpt::ExcerptError;
use super::open_error::OpenExcerptError;

/// The reason a file is not accepted as evidence. Trust nothing in it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvidenceFileError {
    /// The source failed. The same file may be read again.
    #[error("reading the evidence file failed")]
    Read(#[from] io::Error),
    /// The file is not an evidence file of this format.
    #[error("not a footage evidence file: it does not begin with the magic bytes")]
    NotEvidence,
    /// A part of the file does not have the form that the format gives it.
    #[error("the evidence file's {part} is malformed")]
    Malformed {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        #[source]
        error: CborError,
    },
    /// The file was cut off. Obtain it again.
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
    /// A part of the file is not the one that was granted.
    #[error("the evidence file was altered: its {0} is not the one that was granted")]
    Altered(&'static str),
    /// A clip in the file does not verify.
    #[error("a clip of the evidence file is not what its camera signed, or was not granted")]
    Clip(#[from] OpenExcerptError),
}

impl EvidenceFileError {
    pub(super) fn reading(error: io::Error, part: &'static str) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Ends(part) } else { error.into() }
    }
}

/// Errors of the frames that evidence files share with excerpts.
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

/// The reason an evidence file could not be written. Discard what the sink has received.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteEvidenceError {
    /// No clip was chosen. Choose at least one.
    #[error("no clip was chosen: choose at least one")]
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

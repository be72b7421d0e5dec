use thiserror::Error;

use crate::clip::ClipError;
use crate::record::ClipId;

use super::excerpt::ExcerptError;
use super::form::FormError;

/// Why an excerpt that was unlocked is not opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenExcerptError {
    /// The file cannot be read, or was altered since it was taken in.
    #[error("the excerpt cannot be read, or was altered since it was taken in")]
    Excerpt(#[from] ExcerptError),
    /// A part does not open, or is not what the terms commit to.
    #[error("a part of the grant does not open, or is not the one that was granted")]
    Part,
    /// What a camera should have signed is not signed by it, or cannot be granted.
    #[error("a clip of the grant is not what its camera signed, or cannot be granted")]
    Camera(#[from] ClipError),
    /// A part is not in its one form.
    #[error("the grant is not in its one form: {0}")]
    Form(&'static str),
    /// Something of a clip lies outside of the window that was asked for.
    #[error("clip {0} lies outside of the window that was asked for")]
    Window(ClipId),
    /// The segments are not those of the camera's manifest.
    #[error("the segments are not those that the camera signed")]
    Manifest,
    /// A segment is not the one that the camera signed, or does not open. Nothing of it was handed out.
    #[error("segment {0} is not the one that the camera signed, or does not open")]
    Segment(u32),
    /// There is no such run.
    #[error("the excerpt has no run {0}")]
    NoRun(usize),
    /// The sink failed. What it has of the content is a beginning.
    #[error("writing the excerpt's content failed")]
    Write(#[source] std::io::Error),
}

impl From<FormError> for OpenExcerptError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Clip(error) => Self::Camera(error),
            FormError::Rule(rule) => Self::Form(rule),
            FormError::Manifest => Self::Manifest,
        }
    }
}

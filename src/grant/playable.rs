//! Writes a run as one file that players open.

use std::io::Write;

use thiserror::Error;

use crate::media::{Form, MuxError, Segments, mux};
use crate::record::{Content, Layer, SegmentKind};

use super::open_error::OpenExcerptError;
use super::reading_order::Footage;

/// Why a run cannot be written as a playable file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlayableRunError {
    /// The run cannot be read or opened. What the sink has is an incomplete file.
    #[error("the run cannot be opened: discard the incomplete file")]
    Open(#[from] OpenExcerptError),
    /// The clip is not a video. Its content can be written as it was sealed.
    #[error("the clip is not a video: write its content with `go_to` and `open_all`")]
    NotVideo,
    /// The segments of the run cannot become one playable file.
    #[error("the segments of the run cannot become one playable file: discard what was written of it")]
    Mux(#[from] MuxError),
}

/// Writes a run as one file.
pub(super) fn write<F: Footage, W: Write>(
    footage: &mut F,
    run: usize,
    form: Form,
    sink: W,
) -> Result<(), PlayableRunError> {
    let order = footage.order();
    let clip = order.runs().get(run).ok_or(OpenExcerptError::NoRun(run))?.clip;
    if order.clips().get(clip).is_none_or(|clip| clip.content() != Content::Video) {
        return Err(PlayableRunError::NotVideo);
    }
    mux(&mut Run { footage, run }, form, sink)
}

struct Run<'a, F> {
    footage: &'a mut F,
    run: usize,
}

impl<F: Footage> Segments for Run<'_, F> {
    type Error = PlayableRunError;

    fn rewind(&mut self) -> Result<(), PlayableRunError> {
        Ok(self.footage.order().go_to(self.run)?)
    }

    fn next_into(&mut self, content: &mut Vec<u8>) -> Result<Option<(Layer, SegmentKind)>, PlayableRunError> {
        let header = self.footage.open_next_into(content)?;
        Ok(header.map(|header| (header.open.layer, header.open.kind)))
    }
}

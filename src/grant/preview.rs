//! What an agency would see of a grant, before anybody consents to it.

use core::fmt;
use std::io::{Read, Seek, Write};

use thiserror::Error;

use crate::clip::Selection;
#[cfg(feature = "video")]
use crate::media::Form;

use super::make::{GrantError, encoded, gather_all};
use super::open_clip::{OpenClip, PlayableRun};
use super::open_error::OpenExcerptError;
use super::owned_clip::OwnedClip;
#[cfg(feature = "video")]
use super::playable::{self, PlayableRunError};
use super::reading_order::{Footage, ReadingOrder};
use super::whole;

/// Why there is no preview.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PreviewError {
    /// No grant can be made of the selections.
    #[error("no grant can be made of what was selected")]
    Grant(#[from] GrantError),
    /// A clip cannot be read, or no agency could open a grant of the selections.
    #[error("what was selected cannot be read, or no agency could open a grant of it")]
    Open(#[from] OpenExcerptError),
}

/// What an agency would see of a grant of some selections.
///
/// It is made like the grant, and opened with the keys that the grant would have, by the code that opens an excerpt. Its files
/// are therefore those that the agency would get, byte for byte.
///
/// ```no_run
/// # #[cfg(feature = "video")] {
/// use std::fs::File;
///
/// use footage::clip::Selection;
/// use footage::media::Form;
/// use footage::resident::{OwnedClip, Preview};
///
/// fn show(clips: &mut [OwnedClip<File>], selections: &[Selection]) -> Result<(), Box<dyn std::error::Error>> {
///     let mut preview = Preview::new(clips, selections)?;
///     for run in 0..preview.runs().len() {
///         preview.write_playable(run, Form::FastStart, File::create(format!("preview-{run}.mp4"))?)?;
///     }
///     Ok(())
/// }
/// # }
/// ```
pub struct Preview<'a, R> {
    clips: &'a mut [OwnedClip<R>],
    order: ReadingOrder,
}

impl<R> fmt::Debug for Preview<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (clips, runs) = (self.order.clips(), self.order.runs());
        f.debug_struct("Preview").field("clips", &clips).field("runs", &runs).finish()
    }
}

impl<'a, R: Read + Seek> Preview<'a, R> {
    /// Returns the preview of a grant of these selections, one for each clip. It sorts the clips into the order of the grant,
    /// and reads no bodies yet.
    ///
    /// # Errors
    /// Returns [`PreviewError::Grant`] if no grant can be made of the selections, and [`PreviewError::Open`] if no agency could
    /// open it.
    pub fn new(clips: &'a mut [OwnedClip<R>], selections: &[Selection]) -> Result<Self, PreviewError> {
        let mut opened = Vec::new();
        for (_, part) in gather_all(clips, selections)? {
            encoded(&part)?;
            opened.push(OpenClip::new(part)?);
        }
        Ok(Self { clips, order: ReadingOrder::new(opened) })
    }

    /// Returns what would be granted of each clip, in the order in which the clips began.
    pub fn clips(&self) -> &[OpenClip] {
        self.order.clips()
    }

    /// Returns the runs of segments that would be granted, each of which is one playable recording.
    pub fn runs(&self) -> &[PlayableRun] {
        self.order.runs()
    }

    /// Writes a run as the file that the agency [would get](super::OpenExcerpt::write_playable).
    ///
    /// # Errors
    /// Fails if the run cannot be opened, if it is not a video, or if the sink fails. What the sink has then is incomplete.
    #[cfg(feature = "video")]
    pub fn write_playable<W: Write>(&mut self, run: usize, form: Form, sink: W) -> Result<(), PlayableRunError> {
        playable::write(self, run, form, sink)
    }

    /// Goes to the beginning of a run, so that [`open_all`](Self::open_all) writes this run and nothing else.
    ///
    /// # Errors
    /// Returns [`OpenExcerptError::NoRun`] if there is no such run.
    pub fn go_to(&mut self, run: usize) -> Result<(), OpenExcerptError> {
        self.order.go_to(run)
    }

    /// Opens the remaining segments and writes their contents one after the other, as
    /// [`OpenExcerpt`](super::OpenExcerpt::open_all) does. This suits files that are not videos.
    ///
    /// # Errors
    /// Fails if a segment cannot be read or opened, or if the sink fails. What the sink has then is incomplete.
    pub fn open_all<W: Write>(&mut self, sink: &mut W, progress: impl FnMut(u64)) -> Result<(), OpenExcerptError> {
        whole::open_all(self, sink, progress)
    }
}

impl<R: Read + Seek> Footage for Preview<'_, R> {
    fn order(&mut self) -> &mut ReadingOrder {
        &mut self.order
    }

    fn read(
        &mut self,
        clip: usize,
        number: usize,
        body: &mut Vec<u8>,
        each: impl FnMut(&[u8]),
    ) -> Result<(), OpenExcerptError> {
        let granted = self.order.clips().get(clip).and_then(|clip| clip.full().get(number));
        let index = granted.ok_or(OpenExcerptError::Form("bodies"))?.header.open.index;
        let owned = self.clips.get_mut(clip).ok_or(OpenExcerptError::Form("bodies"))?;
        Ok(owned.clip.body_into(index, body, each)?)
    }
}

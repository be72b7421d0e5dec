//! Writes a range of a clip as one file that players open, for its owner.

use std::io::{Read, Seek, Write};

use thiserror::Error;
use zeroize::Zeroizing;

use super::error::ClipError;
use super::finished::FinishedClip;
use super::secret::ClipSecret;
use super::segment::{OpenHalf, SegmentHeader, SegmentRange};
use crate::media::{Form, MuxError, Segments, mux};
use crate::record::{Content, Layer, SegmentKind};

/// Why a range of a clip cannot be written as a playable file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlayableRangeError {
    /// A segment cannot be read, or is not the one that the camera signed. What the sink has is an incomplete file.
    #[error("the range cannot be opened: discard the incomplete file")]
    Clip(#[from] ClipError),
    /// The clip is not a video. Its content can be written as it was sealed.
    #[error("the clip is not a video: write its content with `open_all`")]
    NotVideo,
    /// The codec parameters change at this segment.
    #[error("the codec parameters change: write the range up to segment {0}, and another range from there")]
    Codec(u32),
    /// The segments of the range cannot become one playable file.
    #[error("the segments of the range cannot become one playable file: discard what was written of it")]
    Mux(#[from] MuxError),
}

impl<R: Read + Seek> FinishedClip<R> {
    /// Writes a range of the clip as one file that players open. The file begins at 0, and lasts as long as what it shows.
    ///
    /// Only the segments of the range and the inits that they need are read, twice. [`Selection::range`](super::Selection::range)
    /// returns the range of a window of time.
    ///
    /// # Errors
    /// Fails if the clip is not a video, if the range does not begin and end where groups begin or the clip ends, if the codec
    /// parameters change within it, or if a segment or the sink fails. What the sink has then is incomplete.
    pub fn write_playable<W: Write>(
        &mut self,
        secret: &ClipSecret,
        range: SegmentRange,
        form: Form,
        sink: W,
    ) -> Result<(), PlayableRangeError> {
        if self.content() != Content::Video {
            return Err(PlayableRangeError::NotVideo);
        }
        let count = self.count();
        for border in [range.from(), range.to()].into_iter().filter(|border| *border < count) {
            if !self.header_at(border)?.open.group {
                return Err(ClipError::NoGroup(border).into());
            }
        }
        let (next, group, inits, held) = (range.from(), range.from(), [None; 2], None);
        mux(&mut Segmented { clip: self, secret, range, next, group, inits, held }, form, sink)
    }
}

struct Segmented<'a, R> {
    clip: &'a mut FinishedClip<R>,
    secret: &'a ClipSecret,
    range: SegmentRange,
    next: u32,
    /// The first segment of the group that is being read.
    group: u32,
    /// The index of the latest init of each layer.
    inits: [Option<u32>; 2],
    /// A segment that was read before its init, which is returned first.
    held: Option<(Layer, Zeroizing<Vec<u8>>)>,
}

impl<R: Read + Seek> Segments for Segmented<'_, R> {
    type Error = PlayableRangeError;

    fn rewind(&mut self) -> Result<(), PlayableRangeError> {
        (self.next, self.group, self.inits, self.held) = (self.range.from(), self.range.from(), [None; 2], None);
        Ok(())
    }

    fn next_into(&mut self, content: &mut Vec<u8>) -> Result<Option<(Layer, SegmentKind)>, PlayableRangeError> {
        if let Some((layer, mut held)) = self.held.take() {
            core::mem::swap(content, &mut held);
            return Ok(Some((layer, SegmentKind::Media)));
        }
        if self.next >= self.range.to() {
            return Ok(None);
        }
        let SegmentHeader { open: OpenHalf { index, layer, kind, group, .. }, init, .. } =
            self.clip.segment_into(self.secret, self.next, content)?;
        self.next += 1;
        if group {
            self.group = index;
        }
        let needed = if kind == SegmentKind::Init { Some(index) } else { init };
        let Some(latest) = self.inits.get_mut(layer.place()) else { return Ok(None) };
        if needed.is_none() || needed == *latest {
            return Ok(Some((layer, kind)));
        }
        if latest.is_some() {
            // No file begins with a group that has two of them.
            let begins = self.group == self.range.from();
            return Err(if begins { MuxError::Codec.into() } else { PlayableRangeError::Codec(self.group) });
        }
        *latest = needed;
        if let Some(init) = needed.filter(|_| kind == SegmentKind::Media) {
            // The init is stored before the range.
            self.held = Some((layer, Zeroizing::new(core::mem::take(content))));
            self.clip.segment_into(self.secret, init, content)?;
            return Ok(Some((layer, SegmentKind::Init)));
        }
        Ok(Some((layer, kind)))
    }
}

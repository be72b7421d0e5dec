use core::fmt;
use std::io::Read;

use super::source::Source;
use super::{Bytes, Cut, CutError};
use crate::cbor::limits;
use crate::record::{Layer, Millis, SegmentKind};

#[cfg(feature = "mp4")]
use super::mp4::Fragments;

/// Cuts a recording into pieces that can each be sealed, in one forward pass.
///
/// It holds two groups at most. After an error it gives nothing more.
///
/// A file that begins with `ftyp` is cut as fragmented MP4, in groups. A group begins at a key frame of the first video track (in
/// an audio file: at the fragment with which two seconds are over), the very first where the recording begins. It consists of
/// the pictures and then of the sound, each as fragments of that one track; sound in fragments of its own goes with the pictures
/// that most of it belongs to. The first video track and the first audio track are cut; other tracks, and sound without any
/// pictures, are counted as left out. Times are presentation times, from the first group on. A clock that jumps back, as after a
/// restart of the camera or with a new `moov`, goes on where the group before it ended, and the group is flagged as one after a
/// gap.
///
/// Any other file is cut into pieces of 1 MiB, whose times are zero: what to grant of it is chosen by piece.
pub struct Cutter<R> {
    source: Source<R>,
    mode: Mode,
    /// Buffers for the next cuts.
    spare: Vec<Vec<u8>>,
    /// Tracks and samples that are not cut.
    left_out: (u64, u64),
}

enum Mode {
    Unknown,
    Pieces(Bytes),
    #[cfg(feature = "mp4")]
    Fragments(Box<Fragments>),
    Over,
}

impl<R: Read> Cutter<R> {
    /// The size of a file's pieces if it is no MP4.
    pub const PIECE: Bytes = Bytes(1 << 20);

    /// Cuts fragmented MP4 at its fragments, any other file by size. Reads nothing yet.
    pub fn new(recording: R) -> Self {
        Self { source: Source::new(recording), mode: Mode::Unknown, spare: Vec::new(), left_out: (0, 0) }
    }

    /// Cuts any file into pieces of this size, the last one shorter.
    ///
    /// # Errors
    /// [`CutError::PieceSize`] unless it is 1 byte to 16 MiB.
    pub fn by_size(recording: R, piece: Bytes) -> Result<Self, CutError> {
        if piece.0 == 0 || piece.0 > limits::SEGMENT_BYTES.into() {
            return Err(CutError::PieceSize { size: piece.0 });
        }
        Ok(Self { source: Source::new(recording), mode: Mode::Pieces(piece), spare: Vec::new(), left_out: (0, 0) })
    }

    /// Gives a cut's buffer back. A later cut takes it, so that none is allocated for that: cuts of one size need as many
    /// as are held at once.
    pub fn give_back(&mut self, buffer: Vec<u8>) {
        if let Mode::Pieces(_) = self.mode {
            self.spare.push(buffer);
        }
    }

    /// Returns whether it is a recording with pictures or sound, by its first bytes.
    pub(crate) fn is_video(&mut self) -> Result<bool, CutError> {
        self.look()?;
        Ok(match self.mode {
            Mode::Unknown | Mode::Over | Mode::Pieces(_) => false,
            #[cfg(feature = "mp4")]
            Mode::Fragments(_) => true,
        })
    }

    /// Returns how many tracks the recording has that are not cut, and how many samples of them there were so far.
    pub fn left_out(&self) -> (u64, u64) {
        self.left_out
    }

    fn look(&mut self) -> Result<(), CutError> {
        if let Mode::Unknown = self.mode {
            let head = self.source.peek(8)?;
            self.mode = match head.get(4..8) {
                Some(b"ftyp") => mp4()?,
                Some(b"styp" | b"moof") => return Err(CutError::NoInit),
                _ => Mode::Pieces(Self::PIECE),
            };
        }
        Ok(())
    }

    fn step(&mut self) -> Result<Option<Cut>, CutError> {
        self.look()?;
        match &mut self.mode {
            Mode::Unknown | Mode::Over => Ok(None),
            Mode::Pieces(size) => piece(&mut self.source, *size, self.spare.pop().unwrap_or_default()),
            #[cfg(feature = "mp4")]
            Mode::Fragments(fragments) => {
                let cut = fragments.next(&mut self.source);
                self.left_out = fragments.left_out();
                cut
            }
        }
    }
}

/// Without what it holds, which is footage.
impl<R> fmt::Debug for Cutter<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cutter").finish_non_exhaustive()
    }
}

impl<R: Read> Iterator for Cutter<R> {
    type Item = Result<Cut, CutError>;

    fn next(&mut self) -> Option<Self::Item> {
        let cut = self.step().transpose();
        if !matches!(cut, Some(Ok(_))) {
            self.mode = Mode::Over;
        }
        cut
    }
}

#[cfg(feature = "mp4")]
#[expect(clippy::unnecessary_wraps, reason = "fails without the feature")]
fn mp4() -> Result<Mode, CutError> {
    Ok(Mode::Fragments(Box::default()))
}

#[cfg(not(feature = "mp4"))]
fn mp4() -> Result<Mode, CutError> {
    Err(CutError::NoMp4)
}

fn piece<R: Read>(source: &mut Source<R>, size: Bytes, mut bytes: Vec<u8>) -> Result<Option<Cut>, CutError> {
    source.fill(size.0, &mut bytes)?;
    Ok((!bytes.is_empty()).then_some(Cut {
        layer: Layer::Pictures,
        kind: SegmentKind::Media,
        group: true,
        gap: false,
        samples: 0,
        start: Millis(0),
        duration: Millis(0),
        bytes,
    }))
}

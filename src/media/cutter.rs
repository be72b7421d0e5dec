use core::fmt;
use std::io::{Read, Seek};

use super::source::Source;
use super::{Bytes, Cut, CutError, sync, unread};
use crate::cbor::limits;
use crate::record::{Layer, Millis, SegmentKind};

#[cfg(feature = "video")]
use super::{TrackInfo, mp4::Demuxer, ts::Transport};

/// Cuts a recording into pieces that can each be sealed, in one pass.
///
/// [`Cutter::open`] reads files, [`Cutter::new`] streams. A cutter holds the group that it reads: at most 32 MiB of pictures,
/// up to 32 MiB of samples that are stored before earlier ones, and about 16 MiB of pictures that wait for their sound. After
/// an error, it returns no further cuts.
///
/// MP4 and MPEG-TS are cut into groups. Recordings of other kinds that are known to be video or sound are refused with
/// [`CutError::Unread`]. Any other file is cut into pieces of [1 MiB](Self::PIECE) whose times are zero; they are granted by
/// their number.
///
/// # Groups
///
/// A group begins with a picture at which decoding can begin. The first group begins with the recording. Without a video track, a
/// group is two seconds of sound. In H.264, decoding can begin at IDR pictures; in HEVC, at IDR, BLA and CRA pictures. For other
/// codecs, the flags in the file are believed.
///
/// A group consists of its pictures, in segments of at most 16 MiB, and of the sound that begins before the next group and
/// belongs to no earlier one. A group of more than 32 MiB of pictures continues in another group, at which decoding cannot
/// begin. Each segment holds fragments of one track.
///
/// The first video track and the first audio track are cut. Other tracks, and sound that belongs to no group, are counted as
/// left out. A clip has pictures in all of its groups or in none: sound of a time without pictures is left out, and pictures
/// that begin after a stretch of sound alone are refused. If the codec parameters of the sound change, the new sound begins
/// with the next group.
///
/// # MP4
///
/// A fragmented MP4 is read forward only. A progressive one needs a source that can seek. Its samples are read in the order in
/// which they are decoded, wherever they are stored, and its tables in windows of 64 KiB. Where the sample entry of a track
/// changes, the codec parameters change. If the file ends before some of its samples, the samples before them are cut.
///
/// All samples are cut, including those that the edit list of their track leaves out. An edit list shifts its track: its empty
/// edits delay it, and the media time at which its first other edit starts is subtracted. Further edits are ignored.
///
/// # MPEG-TS
///
/// The first program is read: its first stream of H.264 or HEVC, and its first stream of AAC, MP3 or AC-3. Where packets are
/// lost, what is incomplete is dropped, and the group is flagged.
///
/// # Times
///
/// Times are presentation times. They count from the first sample, or from the recording's own 0 if that is later. The
/// start time of a fragment overrides the durations of the samples before it. A duration over ten seconds is replaced
/// unless the duration before or after it is similar. A composition offset over ten seconds is dropped, and any of sound.
/// If the clock of a track jumps back, or forward by more than a day, its times continue from the last one; tracks that
/// jump together stay in sync.
///
/// A group is [flagged](Cut::gap) if something is missing before it or in it, if one of its times was repaired, or if codec
/// parameters changed.
pub struct Cutter<R> {
    source: Source<R>,
    mode: Mode,
    /// Buffers for later cuts.
    spare: Vec<Vec<u8>>,
    /// The numbers of tracks and of samples that are left out.
    left_out: (u64, u64),
}

enum Mode {
    Unknown,
    Pieces(Bytes),
    #[cfg(feature = "video")]
    Mp4(Box<Demuxer>),
    #[cfg(feature = "video")]
    Transport(Box<Transport>),
    Over,
}

impl<R: Read + Seek> Cutter<R> {
    /// Returns a cutter of a source that can seek, which may be a progressive MP4. The source is read from its first byte,
    /// whatever its position is. Nothing is read yet.
    pub fn open(recording: R) -> Self {
        Self::of(Source::seekable(recording), Mode::Unknown)
    }
}

impl<R: Read> Cutter<R> {
    /// The size of the pieces of a file that is not a recording.
    pub const PIECE: Bytes = Bytes(1 << 20);

    /// Returns a cutter of a source that cannot seek. A progressive MP4 is refused with [`CutError::Progressive`]. Nothing is
    /// read yet.
    pub fn new(recording: R) -> Self {
        Self::of(Source::new(recording), Mode::Unknown)
    }

    /// Returns a cutter that cuts any file, also a recording, into pieces of this size. The last piece may be shorter.
    ///
    /// # Errors
    /// Returns [`CutError::PieceSize`] if the size is zero or more than 16 MiB.
    pub fn by_size(recording: R, piece: Bytes) -> Result<Self, CutError> {
        if piece.0 == 0 || piece.0 > limits::SEGMENT_BYTES.into() {
            return Err(CutError::PieceSize { size: piece.0 });
        }
        Ok(Self::of(Source::new(recording), Mode::Pieces(piece)))
    }

    const fn of(source: Source<R>, mode: Mode) -> Self {
        Self { source, mode, spare: Vec::new(), left_out: (0, 0) }
    }

    /// Returns the buffer of a cut to the cutter, which reuses it for a later cut.
    pub fn give_back(&mut self, buffer: Vec<u8>) {
        match &mut self.mode {
            Mode::Pieces(_) => self.spare.push(buffer),
            #[cfg(feature = "video")]
            Mode::Mp4(demuxer) => demuxer.give_back(buffer),
            #[cfg(feature = "video")]
            Mode::Transport(transport) => transport.give_back(buffer),
            Mode::Unknown | Mode::Over => {}
        }
    }

    /// Returns whether the source is a recording with pictures or sound, by its first bytes.
    pub(crate) fn is_video(&mut self) -> Result<bool, CutError> {
        self.look()?;
        Ok(match self.mode {
            Mode::Unknown | Mode::Over | Mode::Pieces(_) => false,
            #[cfg(feature = "video")]
            Mode::Mp4(_) | Mode::Transport(_) => true,
        })
    }

    /// Returns the number of tracks that are left out, and the number of samples left out so far.
    pub fn left_out(&self) -> (u64, u64) {
        self.left_out
    }

    /// Returns the tracks that are cut, pictures first. The list is empty before the first call of [`next`](Iterator::next),
    /// which reads the codec parameters, after the last cut, and for a file that is cut by size.
    #[cfg(feature = "video")]
    pub fn tracks(&self) -> Vec<TrackInfo> {
        match &self.mode {
            Mode::Mp4(demuxer) => demuxer.tracks(),
            Mode::Transport(transport) => transport.tracks(),
            Mode::Unknown | Mode::Over | Mode::Pieces(_) => Vec::new(),
        }
    }

    fn look(&mut self) -> Result<(), CutError> {
        if let Mode::Unknown = self.mode {
            self.source.rewind()?;
            let head = self.source.peek(8)?;
            // Not the length of a box, but text.
            let is_text = |size: &&[u8]| size.iter().all(|byte| matches!(byte, b' '..=b'~'));
            self.mode = match head.get(..4).filter(|size| !is_text(size)).and_then(|_| head.get(4..8)) {
                // Boxes that an MP4 may begin with. The `moov` may follow later.
                Some(
                    b"ftyp" | b"moov" | b"styp" | b"moof" | b"mdat" | b"sidx" | b"ssix" | b"emsg" | b"prft" | b"uuid"
                    | b"free" | b"skip" | b"wide" | b"pdin" | b"pnot" | b"meta" | b"udta" | b"mfra" | b"junk",
                ) => mp4()?,
                _ => other(&self.source.peek(unread::HEAD)?)?.unwrap_or(Mode::Pieces(Self::PIECE)),
            };
        }
        Ok(())
    }

    fn step(&mut self) -> Result<Option<Cut>, CutError> {
        self.look()?;
        match &mut self.mode {
            Mode::Unknown | Mode::Over => Ok(None),
            Mode::Pieces(size) => piece(&mut self.source, *size, self.spare.pop().unwrap_or_default()),
            #[cfg(feature = "video")]
            Mode::Mp4(demuxer) => {
                let cut = demuxer.next(&mut self.source);
                self.left_out = demuxer.left_out();
                cut
            }
            #[cfg(feature = "video")]
            Mode::Transport(transport) => {
                let cut = transport.next(&mut self.source);
                self.left_out = transport.left_out();
                cut
            }
        }
    }
}

/// Leaves out what it holds, because that is footage.
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

#[cfg(feature = "video")]
#[expect(clippy::unnecessary_wraps, reason = "fails without the feature")]
fn mp4() -> Result<Mode, CutError> {
    Ok(Mode::Mp4(Box::default()))
}

#[cfg(not(feature = "video"))]
fn mp4() -> Result<Mode, CutError> {
    Err(CutError::NoVideo)
}

#[cfg(feature = "video")]
#[expect(clippy::unnecessary_wraps, reason = "fails without the feature")]
fn transport() -> Result<Mode, CutError> {
    Ok(Mode::Transport(Box::default()))
}

#[cfg(not(feature = "video"))]
fn transport() -> Result<Mode, CutError> {
    Err(CutError::NoVideo)
}

/// Returns how to cut a file that is not an MP4, by its first bytes; `None` if it is not a recording.
fn other(head: &[u8]) -> Result<Option<Mode>, CutError> {
    if let Some(error) = unread::of(head) {
        return Err(error);
    }
    if sync::is_transport_stream(head) { transport().map(Some) } else { Ok(None) }
}

fn piece<R: Read>(source: &mut Source<R>, size: Bytes, mut bytes: Vec<u8>) -> Result<Option<Cut>, CutError> {
    source.fill(0, size.0, &mut bytes)?;
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

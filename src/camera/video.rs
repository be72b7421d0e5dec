use std::collections::VecDeque;

use thiserror::Error;

use crate::clip::{ClipFile, Prepared, Relay, SealError, SealedClip, SealedSegment, Sealer, Source, run};
use crate::crypto::Random;
use crate::io::Read;
use crate::media::{Cut, CutError, Cutter};
use crate::record::{Clock, Content, Ending, Millis, Timestamp, Window};
use crate::store::Store;

use super::cuts::Cuts;
use super::{Camera, ClipFiles, RecordError, StartError};

/// Why a file could not be sealed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealVideoError {
    /// The file cannot be cut.
    #[error(transparent)]
    Cut(#[from] CutError),
    /// The clip could not be begun.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A segment could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The clip could not be closed: recover it.
    #[error(transparent)]
    Finish(#[from] RecordError),
}

impl<S: Store, F: ClipFiles> Camera<S, F> {
    /// Seals a whole file for the camera's [owners](Self::owners): a recording that the [`Cutter`] reads (MP4 or MPEG-TS) in
    /// groups, any other file in pieces. After each segment, `progress` is called with the number of bytes of content sealed so
    /// far. That is no share of the file's size: all of it may be less, or a little more.
    ///
    /// `recorded` is when the file was recorded, according to the caller; the clip says that it is [told](Clock::Told). If the
    /// file has no times of its own, each of its pieces lasts for the whole window. If `recorded` is `None`, nothing of the
    /// clip can be granted.
    ///
    /// With the feature `parallel`, all cores seal. Source and clip file stay on the calling thread. Besides what the cutter
    /// holds, at most 16 MiB are being sealed.
    ///
    /// If the source ends in the middle, as after a power cut, the complete groups before the end are sealed, and the manifest
    /// says that the clip was [cut off](Ending::CutOff).
    ///
    /// # Errors
    /// Fails if no group is complete, or if the file cannot be cut or sealed for another reason. The unfinished clip is then
    /// removed.
    pub fn seal<R: Read>(
        &mut self,
        mut cutter: Cutter<R>,
        recorded: Option<Window>,
        progress: impl FnMut(u64),
        random: &mut dyn Random,
    ) -> Result<SealedClip<F::File>, SealVideoError> {
        let content = if cutter.is_video()? { Content::Video } else { Content::AnyFile };
        let (started, clock) = match recorded {
            Some(window) => (window.from(), Clock::Told),
            None => (Timestamp::default(), Clock::None),
        };
        let span = recorded.map_or(Millis(0), |window| window.to().since(window.from()));
        // The token says that the clip is being recorded.
        let (mut sealer, token) = self.begin_clip(content, started, clock, random)?;
        let groups = Groups::new(cutter, (content == Content::AnyFile).then_some(span));
        let (ready, source) = (VecDeque::new(), SourceState::Empty);
        let mut video = Video { groups, sealer: &mut sealer, ready, source, progress, sealed: 0 };
        if let Err(error) = run(&mut video) {
            let clip = sealer.clip();
            drop(token);
            // The first error is reported. If this fails too, an open clip without a head is left.
            if self.give_up(clip).is_ok() {
                let _ = self.files.remove(clip);
            }
            return Err(error);
        }
        let how = if video.source == SourceState::CutOff { Ending::CutOff } else { Ending::Finished };
        let (tracks, samples) = video.groups.cutter.left_out();
        sealer.leave_out(tracks, samples);
        Ok(self.close(sealer, how)?)
    }
}

/// Gathers cuts into groups.
pub(crate) struct Groups<R> {
    pub(crate) cutter: Cutter<R>,
    /// The first cut of the next group.
    next: Option<Cut>,
    /// The error of the cutter, to return after the last group.
    failed: Option<CutError>,
    /// The duration of a piece of a file without times; `None` for a recording.
    span: Option<Millis>,
}

impl<R: Read> Groups<R> {
    /// Returns the groups of a file. `span` is the duration of a piece of a file without times, and `None` for a recording.
    pub(crate) const fn new(cutter: Cutter<R>, span: Option<Millis>) -> Self {
        Self { cutter, next: None, failed: None, span }
    }

    /// Returns the next group. An error is returned after the group that was complete before it.
    pub(crate) fn next_group(&mut self) -> Result<Option<Cuts>, CutError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let first = match self.next.take() {
            Some(cut) => Some(cut),
            None => self.cutter.next().transpose()?,
        };
        let Some(first) = first else { return Ok(None) };
        let mut cuts = Cuts::default();
        cuts.put(first);
        // Each piece of a file without times is a group, whatever follows it.
        if let Some(span) = self.span {
            cuts.pictures.iter_mut().for_each(|cut| cut.duration = span);
            return Ok(Some(cuts));
        }
        for cut in self.cutter.by_ref() {
            let cut = match cut {
                Ok(cut) => cut,
                Err(error) if cuts.pictures.is_empty() && cuts.sound.is_none() => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            };
            if cut.group {
                cuts.next = (!cut.gap).then_some(cut.start);
                self.next = Some(cut);
                break;
            }
            cuts.put(cut);
        }
        Ok(Some(cuts))
    }
}

impl Cuts {
    /// Takes the content of a segment out.
    fn take(&mut self, source: Source) -> Vec<u8> {
        let [picture_init, sound_init] = &mut self.inits;
        match source {
            Source::PictureInit => picture_init.take().unwrap_or_default(),
            Source::SoundInit => sound_init.take().unwrap_or_default(),
            Source::Picture(at) => {
                self.pictures.get_mut(at).map(|cut| core::mem::take(&mut cut.bytes)).unwrap_or_default()
            }
            Source::Sound => self.sound.take().map(|cut| cut.bytes).unwrap_or_default(),
            Source::Silence => Vec::new(),
        }
    }
}

/// The progress of reading the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SourceState {
    /// No group was read.
    Empty,
    /// At least one group was read.
    Groups,
    /// At least one group was read, and the source ended in the middle of another.
    CutOff,
}

struct Video<'a, R, W, P> {
    groups: Groups<R>,
    sealer: &'a mut Sealer<W>,
    /// The segments of the current group.
    ready: VecDeque<(Prepared, Vec<u8>)>,
    source: SourceState,
    progress: P,
    sealed: u64,
}

impl<R: Read, W: ClipFile, P: FnMut(u64)> Relay for Video<'_, R, W, P> {
    type Task = (Prepared, Vec<u8>);
    type Done = Result<(SealedSegment, Vec<u8>), SealError>;
    type Error = SealVideoError;

    fn take(&mut self) -> Result<Option<(Self::Task, usize)>, SealVideoError> {
        while self.ready.is_empty() {
            let mut cuts = match self.groups.next_group() {
                Ok(Some(cuts)) => cuts,
                Ok(None) => return Ok(None),
                // The complete groups are kept.
                Err(CutError::Truncated { .. }) if self.source == SourceState::Groups => {
                    self.source = SourceState::CutOff;
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            };
            self.source = SourceState::Groups;
            for (source, prepared) in self.sealer.prepare(&cuts.group())? {
                self.ready.push_back((prepared, cuts.take(source)));
            }
        }
        let next = self.ready.pop_front();
        Ok(next.map(|(prepared, bytes)| {
            let size = bytes.len();
            ((prepared, bytes), size)
        }))
    }

    fn work((prepared, mut bytes): Self::Task) -> Self::Done {
        Ok((prepared.seal(&mut bytes)?, bytes))
    }

    fn put(&mut self, done: Self::Done) -> Result<(), SealVideoError> {
        let (sealed, ciphertext) = done?;
        self.sealer.write(&sealed, &ciphertext)?;
        self.sealed += ciphertext.len() as u64;
        (self.progress)(self.sealed);
        self.groups.cutter.give_back(ciphertext);
        Ok(())
    }
}

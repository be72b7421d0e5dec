use alloc::vec::Vec;
use core::fmt;

use thiserror::Error;

use crate::clip::{ClipFile, SealedClip};
use crate::media::{CodecError, Cut, EncodedSample, Feed, PictureCodec, SampleError, SoundCodec};
use crate::record::{ClipId, Content, Millis};
use crate::store::Store;

use super::cuts::Cuts;
use super::recording::AHEAD;
use super::wall::Clocks;
use super::{Camera, ClipFiles, RecordError, Recording};

/// A recording of what a camera's encoders give, sample by sample. It cuts samples into groups and seals each group.
///
/// Use it where pictures and sound come as encoded samples. Seal groups that are cut already with [`Recording::group`], and
/// files with [`Camera::seal`].
///
/// A group begins with a picture at which decoding can begin, and takes the sound that begins between its start and the start
/// of the next one. It is sealed when the second picture of the next group has come, and sound that begins with the next group
/// or later. Sound is waited for until pictures of two seconds or 16 MiB more have come. What comes later is left out and
/// counted, and the group that lacks it is flagged. Without pictures, a group is two seconds of sound.
///
/// Decode times are readings of the monotonic clock of [`Clocks`], in ticks. They are followed as those of a file are (see
/// `media::Cutter`), with one rule more: no time is believed that is more than two seconds after the monotonic clock,
/// whether a decode time, a duration or an offset makes it. Where the times of a track jump back, or too far, they go on
/// where they were. If the clock of an encoder begins anew after a pause, finish the clip and start another: a group that
/// would be dated over a minute too early is refused. A group is flagged if something is missing before it or in it, or if
/// one of its times was repaired.
///
/// In memory are the group that is being gathered, twice while it is cut, and what comes before its sound: at most 80 MiB. A
/// group of more than 32 MiB goes on in another, with which decoding cannot begin. What waits is not sealed yet: a power
/// cut loses it, and who steals the running camera can read it.
///
/// ```
/// # use footage::camera::{Camera, Clocks, Live, LiveError, Recording};
/// # use footage::media::{EncodedSample, NalUnits, PictureCodec, PictureCoding, Ticks};
/// # use footage::record::Layer;
/// # use footage::{camera::DirectoryFiles, store::DirectoryStore};
/// # use std::fs::File;
/// # type Doorbell = Camera<DirectoryStore, DirectoryFiles>;
/// # fn f(camera: &mut Doorbell, recording: Recording<File>, clocks: impl Fn() -> Clocks) -> Result<(), LiveError> {
/// # let (parameter_sets, pictures) = ([0; 9], [(0, [0; 9])]);
/// let coding = PictureCoding::H264 { parameters: &parameter_sets, units: NalUnits::StartCodes };
/// let codec = PictureCodec { timescale: 90_000, coding };
/// let mut live = Live::new(recording, Some(codec), None)?;
/// for (time, bytes) in &pictures {
///     let (decode, offset, duration) = (Ticks(*time), Ticks(0), Ticks(3000));
///     let sample = EncodedSample { layer: Layer::Pictures, decode, offset, duration, sync: false, bytes };
///     live.push(camera, clocks(), sample)?;
/// }
/// let _ = live.finish(camera, clocks())?;
/// # Ok(())
/// # }
/// ```
#[must_use = "an unfinished clip can only be recovered"]
pub struct Live<W> {
    recording: Recording<W>,
    feed: Feed,
    /// The first cut of the next group.
    ahead: Option<Cut>,
    /// When the last group said that the next one begins.
    next: Option<Millis>,
    /// Codec parameters of pictures and of sound that could not be sealed yet.
    inits: [Option<Vec<u8>>; 2],
}

/// Why a sample or a group of a live recording is not taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LiveError {
    /// The codecs are not taken. Nothing was changed.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The sample is not taken. Nothing was changed.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The recording is of a file without times. Start one of [`Content::Video`].
    #[error("the recording is of any file: start one of a video")]
    Content,
    /// A group could not be sealed. It is left out, and its samples are counted. If the error says that the clip has to end,
    /// finish it, start another, and begin with a picture at which decoding can begin.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl<W: ClipFile> Live<W> {
    /// Goes on with a recording in which nothing was sealed, with these codecs. Give those of all tracks that the recording
    /// will have: sound that first comes later is left out.
    ///
    /// # Errors
    /// [`LiveError::Codec`] and [`LiveError::Content`]. The recording is dropped, so that its clip is to be
    /// [recovered](Camera::recover).
    pub fn new(
        recording: Recording<W>,
        pictures: Option<PictureCodec<'_>>,
        sound: Option<SoundCodec<'_>>,
    ) -> Result<Self, LiveError> {
        let feed = Self::feed(&recording, pictures, sound)?;
        Ok(Self { recording, feed, ahead: None, next: None, inits: [None, None] })
    }

    /// Checks what [`new`](Self::new) would be given.
    #[cfg(feature = "ffi")]
    pub(crate) fn check(
        recording: &Recording<W>,
        pictures: Option<PictureCodec<'_>>,
        sound: Option<SoundCodec<'_>>,
    ) -> Result<(), LiveError> {
        Self::feed(recording, pictures, sound).map(|_| ())
    }

    fn feed(
        recording: &Recording<W>,
        pictures: Option<PictureCodec<'_>>,
        sound: Option<SoundCodec<'_>>,
    ) -> Result<Feed, LiveError> {
        if recording.content() != Content::Video {
            return Err(LiveError::Content);
        }
        Ok(Feed::new(recording.origin(), pictures, sound)?)
    }

    /// The clip's id.
    pub const fn clip(&self) -> ClipId {
        self.recording.clip()
    }

    /// Takes a sample, and seals the groups that are complete with it. Returns how many. `clocks` is what the camera's clocks
    /// say now.
    ///
    /// The samples of each track come in the order in which they are decoded, pictures and sound as they are encoded.
    ///
    /// # Errors
    /// - [`LiveError::Sample`] if the sample is not taken. It is counted as left out; nothing else has changed.
    /// - [`LiveError::Record`] if a group could not be sealed. The sample was taken. Unless the clip has to end, it goes on.
    pub fn push<S: Store, F: ClipFiles<File = W>>(
        &mut self,
        camera: &mut Camera<S, F>,
        clocks: Clocks,
        sample: EncodedSample<'_>,
    ) -> Result<u64, LiveError> {
        self.recording.check_camera(camera)?;
        let now = self.recording.elapsed(clocks);
        if let Err(error) = self.feed.push(&sample, now, Millis(now.0.saturating_add(AHEAD.0))) {
            self.recording.leave_out(0, 1);
            return Err(error.into());
        }
        Ok(self.seal(camera, clocks)?)
    }

    /// Takes the codecs of the samples that follow. Returns how many groups were sealed. Codecs that are in force already change
    /// nothing.
    ///
    /// Give the codecs of both tracks, also one that stays: `None` ends its track. If samples change their parameter sets and this
    /// is not called, one run holds both, and many players stop there.
    ///
    /// Where the codec of the pictures changes, what came before is sealed. Where only that of the sound changes, the next group
    /// begins with it, and sound that comes before is left out. That group is flagged. What plays begins anew there, as with
    /// another file.
    ///
    /// # Errors
    /// [`LiveError::Codec`] if a codec is not taken, or pictures come into a clip that began with sound alone.
    pub fn codecs<S: Store, F: ClipFiles<File = W>>(
        &mut self,
        camera: &mut Camera<S, F>,
        clocks: Clocks,
        pictures: Option<PictureCodec<'_>>,
        sound: Option<SoundCodec<'_>>,
    ) -> Result<u64, LiveError> {
        self.recording.check_camera(camera)?;
        self.feed.codecs(pictures, sound)?;
        Ok(self.seal(camera, clocks)?)
    }

    /// Seals everything that waits: because the encoder pauses, or the power is about to fail. Returns how many groups were
    /// sealed.
    ///
    /// What follows before the next picture at which decoding can begin is a group by itself, which is flagged, and which cannot be
    /// decoded alone. Sound that comes later and begins before the end of what was sealed is left out, and counted: flush when the
    /// encoders pause.
    pub fn flush<S: Store, F: ClipFiles<File = W>>(
        &mut self,
        camera: &mut Camera<S, F>,
        clocks: Clocks,
    ) -> Result<u64, LiveError> {
        self.recording.check_camera(camera)?;
        self.feed.flush();
        Ok(self.seal(camera, clocks)?)
    }

    /// Counts tracks and samples that the camera has and that are not pushed. The manifest says so.
    pub fn leave_out(&mut self, tracks: u64, samples: u64) {
        self.recording.leave_out(tracks, samples);
    }

    /// Seals what waits, and closes the clip as [`Recording::finish`] does. What can no longer be sealed in this clip is left
    /// out, and counted.
    pub fn finish<S: Store, F: ClipFiles<File = W>>(
        mut self,
        camera: &mut Camera<S, F>,
        clocks: Clocks,
    ) -> Result<SealedClip<W>, RecordError> {
        self.wind_up(camera, clocks)?;
        self.recording.finish(camera)
    }

    /// Closes the clip like [`finish`](Self::finish), and says that the source broke off: there was more to record.
    pub fn cut_off<S: Store, F: ClipFiles<File = W>>(
        mut self,
        camera: &mut Camera<S, F>,
        clocks: Clocks,
    ) -> Result<SealedClip<W>, RecordError> {
        self.wind_up(camera, clocks)?;
        self.recording.cut_off(camera)
    }

    fn wind_up<S: Store, F: ClipFiles<File = W>>(
        &mut self,
        camera: &mut Camera<S, F>,
        clocks: Clocks,
    ) -> Result<(), RecordError> {
        self.recording.check_camera(camera)?;
        self.feed.finish();
        // A clip that cannot be closed says so when it is closed.
        while self.seal(camera, clocks).is_err() {}
        self.recording.leave_out(0, self.feed.left_out());
        Ok(())
    }

    /// Seals the groups that are complete, up to one that fails.
    fn seal<S: Store, F: ClipFiles<File = W>>(
        &mut self,
        camera: &mut Camera<S, F>,
        clocks: Clocks,
    ) -> Result<u64, RecordError> {
        let mut sealed = 0;
        while let Some(mut cuts) = self.next_group() {
            // It may have been complete before a pause.
            let given = self.feed.given();
            if let Err(error) = self.recording.seal_given(camera, clocks, &mut cuts.group(), given) {
                self.inits = cuts.inits;
                self.recording.break_off();
                self.recording.leave_out(0, cuts.pictures.iter().chain(&cuts.sound).map(|cut| cut.samples).sum());
                return Err(error);
            }
            self.next = cuts.next;
            sealed += 1;
        }
        Ok(sealed)
    }

    fn next_group(&mut self) -> Option<Cuts> {
        let first = self.ahead.take().or_else(|| self.feed.next())?;
        // Said before all of this group was known.
        if first.gap || self.next.is_some_and(|next| first.start < next) {
            self.recording.break_off();
        }
        let mut cuts = Cuts { inits: core::mem::take(&mut self.inits), ..Cuts::default() };
        cuts.put(first);
        cuts.next = self.feed.next_group();
        while let Some(cut) = self.feed.next() {
            if cut.group {
                cuts.next = (!cut.gap).then_some(cut.start);
                self.ahead = Some(cut);
                break;
            }
            cuts.put(cut);
        }
        Some(cuts)
    }
}

/// Without what it holds, which is footage.
impl<W> fmt::Debug for Live<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Live").field(&self.recording).finish()
    }
}

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use thiserror::Error;

use crate::clip::{Cadence, ClipFile, Group, Piece, SealError, SealedClip, Sealer};
use crate::record::{ClipId, Content, Ending, Millis};
use crate::store::{Store, StoreError};

use super::wall::{Clocks, Reading, Wall};
use super::{Camera, ClipFiles};

/// The longest time that a group may end after the monotonic clock when it is sealed.
pub(super) const AHEAD: Millis = Millis(2000);

/// The longest time that a group may have ended before the monotonic clock.
const BEHIND: Millis = Millis::MINUTE;

/// A clip that is being recorded. If it is dropped, the clip stays unfinished and can only be
/// [recovered](Camera::recover).
///
/// A finished clip cannot be recorded further:
///
/// ```
/// # use std::fs::File;
/// # use footage::{camera::{Camera, Clocks, DirectoryFiles, Group, Recording}, store::DirectoryStore};
/// # type Doorbell = Camera<DirectoryStore, DirectoryFiles>;
/// # fn f(mut recording: Recording<File>, camera: &mut Doorbell, clocks: Clocks) {
/// let _ = recording.group(camera, clocks, Group::default());
/// let _ = recording.finish(camera);
/// # }
/// ```
///
/// ```compile_fail,E0382
/// # use std::fs::File;
/// # use footage::{camera::{Camera, Clocks, DirectoryFiles, Group, Recording}, store::DirectoryStore};
/// # type Doorbell = Camera<DirectoryStore, DirectoryFiles>;
/// # fn f(mut recording: Recording<File>, camera: &mut Doorbell, clocks: Clocks) {
/// let _ = recording.finish(camera);
/// let _ = recording.group(camera, clocks, Group::default());
/// # }
/// ```
#[must_use = "an unfinished clip can only be recovered"]
pub struct Recording<W> {
    sealer: Sealer<W>,
    cadence: Cadence,
    wall: Wall,
    /// When the last piece without a time was sealed.
    sealed_at: Millis,
    /// As long as it lives, the camera knows that the clip is being recorded.
    token: Arc<()>,
}

/// Why a recording cannot go on, or cannot be finished.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The camera does not record this clip: it is another camera's, or the camera was opened again since. Recover the clip.
    #[error("the camera does not record clip {0}: recover it")]
    NotRecording(ClipId),
    /// The household began a new period, with other keys, after this clip was started. The group was not sealed. Finish this
    /// clip and start another.
    #[error("clip {0} is sealed for the keys of an earlier period of the household: finish it and start another")]
    OwnersChanged(ClipId),
    /// The group ends more than two seconds after the monotonic clock, as if it were not recorded yet. It was not sealed,
    /// and the clip goes on. Date groups by the monotonic clock.
    #[error("the group ends {} ms into the clip, of which only {} ms have passed: date it by the monotonic clock", end.0, now.0)]
    Ahead {
        /// When the group ends.
        end: Millis,
        /// How much of the clip has passed.
        now: Millis,
    },
    /// The group ended more than a minute ago by the monotonic clock. It was not sealed, and the clip goes on. Date groups
    /// by the monotonic clock, and seal them as they are recorded.
    #[error("the group ended {} ms into the clip, of which {} ms have passed: seal it within a minute", end.0, now.0)]
    Behind {
        /// When the group ends.
        end: Millis,
        /// How much of the clip has passed.
        now: Millis,
    },
    /// The group could not be sealed, or the clip could not be closed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed. Open store and camera again, and recover the clip.
    #[error("the camera's store failed")]
    Store(#[from] StoreError),
}

impl<W: ClipFile> Recording<W> {
    pub(super) const fn new(sealer: Sealer<W>, token: Arc<()>, cadence: Cadence, wall: Wall) -> Self {
        Self { sealer, cadence, wall, sealed_at: Millis(0), token }
    }

    /// The clip's id.
    pub const fn clip(&self) -> ClipId {
        self.sealer.clip()
    }

    /// Seals a group. `clocks` is what the camera's clocks say now.
    ///
    /// The times of the group count from the monotonic reading that the clip was started with. The group may end at most two
    /// seconds after `clocks` and at most a minute before. Correct the times of an encoder whose clock drifts further or
    /// stands still. To record what the camera kept in memory before it was rung, start the clip with the clocks of the
    /// moment at which that began, at most a minute ago.
    ///
    /// With [`Cadence::EveryGroup`] the group is signed and durable when the call returns.
    ///
    /// # Errors
    /// - [`SealError::ClockSet`] or [`RecordError::OwnersChanged`] if the clip has to end here: finish it, start another,
    ///   and seal the group in that.
    /// - [`RecordError::Ahead`] and [`RecordError::Behind`] if its times are not those of the monotonic clock. The clip goes
    ///   on.
    pub fn group<S: Store, F: ClipFiles<File = W>>(
        &mut self,
        camera: &mut Camera<S, F>,
        clocks: Clocks,
        mut group: Group<'_>,
    ) -> Result<(), RecordError> {
        self.seal(camera, clocks, &mut group)
    }

    /// Seals a piece of a recording that has no times of its own, as a group. It lasts from when the piece before it was sealed
    /// until now. The content is sealed in place and holds ciphertext afterwards.
    pub fn piece<S: Store, F: ClipFiles<File = W>>(
        &mut self,
        camera: &mut Camera<S, F>,
        clocks: Clocks,
        content: &mut [u8],
    ) -> Result<(), RecordError> {
        if self.sealer.content() != Content::AnyFile {
            return Err(SealError::Group("a piece without times, in a video").into());
        }
        let (start, end) = (self.sealed_at, self.wall.elapsed(clocks).max(self.sealed_at));
        let mut group = Group { pictures: Vec::from([Piece { start, end, content }]), ..Group::default() };
        self.seal(camera, clocks, &mut group)?;
        self.sealed_at = end;
        Ok(())
    }

    /// Counts tracks and samples that the recording has and that are not given to the camera. The manifest says so.
    pub fn leave_out(&mut self, tracks: u64, samples: u64) {
        self.sealer.leave_out(tracks, samples);
    }

    pub(super) const fn content(&self) -> Content {
        self.sealer.content()
    }

    /// Returns what the monotonic clock said at the beginning of the clip.
    pub(super) const fn origin(&self) -> Millis {
        self.wall.origin()
    }

    /// Returns how much of the clip has passed.
    pub(super) const fn elapsed(&self, clocks: Clocks) -> Millis {
        self.wall.elapsed(clocks)
    }

    /// Something is missing before the next group, whenever it begins.
    pub(super) const fn break_off(&mut self) {
        self.sealer.break_off();
    }

    fn seal<S: Store, F: ClipFiles<File = W>>(
        &mut self,
        camera: &mut Camera<S, F>,
        clocks: Clocks,
        group: &mut Group<'_>,
    ) -> Result<(), RecordError> {
        self.seal_given(camera, clocks, group, None)
    }

    /// Seals a group. `given` says when it was given to the camera, if that was before now.
    pub(super) fn seal_given<S: Store, F: ClipFiles<File = W>>(
        &mut self,
        camera: &mut Camera<S, F>,
        clocks: Clocks,
        group: &mut Group<'_>,
        given: Option<Millis>,
    ) -> Result<(), RecordError> {
        self.check_camera(camera)?;
        if !camera.is_of_present_period(self.clip()) {
            return Err(RecordError::OwnersChanged(self.clip()));
        }
        match self.wall.read(clocks, camera.believed_from()) {
            Reading::Ends => return Err(SealError::ClockSet.into()),
            Reading::Sets(start) => {
                let set = camera.judge_start(start);
                self.wall.set(start, set);
                self.sealer.set_clock(set);
            }
            Reading::GoesOn => {}
        }
        let (end, now) = (self.sealer.end_of(group)?, self.wall.elapsed(clocks));
        // A base that was raised has used some of it, so that no clip dates more than this after the wall clock.
        let ahead = AHEAD.0.saturating_sub(self.wall.raised().0);
        if end.0 > now.0.saturating_add(ahead) {
            return Err(RecordError::Ahead { end, now });
        }
        let given = given.unwrap_or(now).min(now);
        if end.0.saturating_add(BEHIND.0) < given.0 {
            return Err(RecordError::Behind { end, now });
        }
        self.sealer.group(group)?;
        if self.cadence == Cadence::EveryGroup {
            camera.about_to_date(&mut self.wall, self.sealer.end_of_media())?;
            self.sealer.sign()?;
        }
        Ok(())
    }

    /// Signs the manifest and closes the clip for ever, on the camera that started it.
    pub fn finish<S: Store, F: ClipFiles<File = W>>(
        self,
        camera: &mut Camera<S, F>,
    ) -> Result<SealedClip<W>, RecordError> {
        self.end(camera, Ending::Finished)
    }

    /// Closes the clip like [`finish`](Self::finish), and says that the source ended in the middle: there was more to record.
    pub fn cut_off<S: Store, F: ClipFiles<File = W>>(
        self,
        camera: &mut Camera<S, F>,
    ) -> Result<SealedClip<W>, RecordError> {
        self.end(camera, Ending::CutOff)
    }

    fn end<S: Store, F: ClipFiles<File = W>>(
        mut self,
        camera: &mut Camera<S, F>,
        how: Ending,
    ) -> Result<SealedClip<W>, RecordError> {
        self.check_camera(camera)?;
        self.sealer.whole()?;
        if self.sealer.count() > 0 && camera.is_of_present_period(self.clip()) {
            camera.about_to_date(&mut self.wall, self.sealer.end_of_media())?;
        }
        camera.close(self.sealer, how)
    }

    pub(super) fn check_camera<S, F: ClipFiles<File = W>>(&self, camera: &Camera<S, F>) -> Result<(), RecordError> {
        let clip = self.clip();
        let own = |token: &alloc::sync::Weak<()>| token.as_ptr() == Arc::as_ptr(&self.token);
        let known = camera.recordings.iter().any(|(recorded, token)| *recorded == clip && own(token));
        if known { Ok(()) } else { Err(RecordError::NotRecording(clip)) }
    }
}

impl<S: Store, F: ClipFiles> Camera<S, F> {
    /// Closes a clip. The last head is durable before the state says that the clip ends there, and the state before the manifest
    /// is signed.
    pub(super) fn close(
        &mut self,
        mut sealer: Sealer<F::File>,
        how: Ending,
    ) -> Result<SealedClip<F::File>, RecordError> {
        let manifest = sealer.end(how)?;
        self.change(|state| state.remember(&manifest))?;
        let clip = manifest.clip;
        let sealed = sealer.finish(manifest)?;
        self.change(|state| state.let_go(clip))?;
        Ok(sealed)
    }
}

impl<W> fmt::Debug for Recording<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recording").field(&self.sealer).finish()
    }
}

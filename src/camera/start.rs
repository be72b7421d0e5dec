use alloc::sync::Arc;

use thiserror::Error;

use crate::clip::{Cadence, NewClip, SealError, SealFor, Sealer};
use crate::crypto::{Random, RandomError};
use crate::io;
use crate::record::{ClipId, Clock, Content, Timestamp};
use crate::store::{Store, StoreError};

use super::state::{OPEN_CLIPS, OpenClip};
use super::wall::{Clocks, Judged, Wall};
use super::{Camera, ClipFiles, Recording, RecoverError};

/// Why a recording cannot start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The clip's file cannot be written. Nothing was changed, and no other clip was given up; start again when it can.
    #[error("the clip's file cannot be written")]
    File(#[source] io::Error),
    /// 16 clips are being recorded. Finish one of them first.
    #[error("{OPEN_CLIPS} clips are being recorded: finish one of them first")]
    TooManyRecordings,
    /// The clip could not be begun.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed. Open store and camera again.
    #[error("the camera's store failed")]
    Store(#[from] StoreError),
}

impl From<RandomError> for StartError {
    fn from(error: RandomError) -> Self {
        Self::Seal(error.into())
    }
}

impl<S: Store, F: ClipFiles> Camera<S, F> {
    /// Starts a live recording for the camera's [owners](Self::owners). Time 0 of the clip is the moment of `clocks`: now,
    /// or the moment at which footage kept in memory began, at most a minute ago.
    ///
    /// If the wall clock is not set, the clip has no time until it is set: the next group then dates the clip. If the
    /// clock shows an earlier time than one that the camera has already used, the clip has no time, and ends once the
    /// clock is believed again.
    ///
    /// At most 16 clips are open. At the limit, the oldest that is not being recorded and can be recovered is recovered to make
    /// room; if none can, the oldest that is not being recorded is given up.
    pub fn start(
        &mut self,
        content: Content,
        cadence: Cadence,
        clocks: Clocks,
        random: &mut dyn Random,
    ) -> Result<Recording<F::File>, StartError> {
        let judged = clocks.wall.map(|wall| self.judge(wall));
        let (started, clock) = match judged {
            None => (Timestamp::default(), Clock::NotSet),
            Some(Judged { time, earlier: false }) => (time, Clock::Set),
            Some(Judged { time, earlier: true }) => (time, Clock::Earlier),
        };
        let wall = Wall::start(clocks, judged);
        self.begin_clip(content, started, clock, random)
            .map(|(sealer, token)| Recording::new(sealer, token, cadence, wall))
    }

    /// Begins a clip's file and state.
    pub(super) fn begin_clip(
        &mut self,
        content: Content,
        started: Timestamp,
        clock: Clock,
        random: &mut dyn Random,
    ) -> Result<(Sealer<F::File>, Arc<()>), StartError> {
        // 2^64 clips are never reached.
        let number = self.state().counter.saturating_add(1);
        let (certificate, newest) = (self.certificate.clone(), self.owners.newest().clone());
        let list = newest.statement();
        let owners = SealFor { household: &list.key, recovery: &list.recovery.kem, list: newest.id() };
        let new = NewClip { suite: self.suite, started, clock, content, certificate: &certificate, owners, number };
        let root = new.draw(&self.secret, random)?;
        let clip = root.clip();
        // The file comes first: storage that cannot be written costs no other clip its place.
        let file = self.files.create(clip).map_err(StartError::File)?;
        if let Err(error) = self.make_room() {
            let _ = self.files.remove(clip);
            return Err(error);
        }
        self.change(|state| {
            state.counter = number;
            state.open.push(OpenClip { clip, period: list.period, manifest: None });
        })?;
        match Sealer::begin(&new, root, Arc::clone(&self.key), file) {
            Ok(sealer) => {
                let token = Arc::new(());
                self.recordings.retain(|(_, token)| token.strong_count() > 0);
                self.recordings.push((clip, Arc::downgrade(&token)));
                Ok((sealer, token))
            }
            Err(error) => {
                // No segment was sealed. A file that stays is only a beginning without content.
                self.change(|state| state.let_go(clip))?;
                let _ = self.files.remove(clip);
                Err(error.into())
            }
        }
    }

    /// Makes room for one clip more.
    fn make_room(&mut self) -> Result<(), StartError> {
        if self.state().open.len() < OPEN_CLIPS {
            return Ok(());
        }
        let mut idle = self.open_clips();
        idle.retain(|&clip| !self.is_recording(clip));
        for &clip in &idle {
            match self.recover(clip) {
                Ok(_) | Err(RecoverError::NothingSigned(_)) => return Ok(()),
                Err(RecoverError::Store(error)) => return Err(error.into()),
                Err(RecoverError::Write(error)) => return Err(StartError::File(error)),
                Err(_) => {}
            }
        }
        let oldest: ClipId = *idle.first().ok_or(StartError::TooManyRecordings)?;
        Ok(self.change(|state| state.let_go(oldest))?)
    }
}

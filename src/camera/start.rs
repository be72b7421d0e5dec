use alloc::sync::Arc;

use thiserror::Error;

use crate::clip::{Cadence, ClipRoot, NewClip, SealError, Sealer, check_owners};
use crate::crypto::{KemPublicKey, Random, RandomError};
use crate::io;
use crate::record::{ClipId, Timestamp};
use crate::store::{Store, StoreError};

use super::state::{OPEN_CLIPS, OpenClip};
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
    /// Starts a clip for these owners. `started` is the camera's claim of the time.
    ///
    /// At most 16 clips are open. At the limit, the oldest that is not being recorded and can be recovered is recovered to make
    /// room; if none can, the oldest that is not being recorded is given up.
    pub fn start(
        &mut self,
        owners: &[KemPublicKey],
        started: Timestamp,
        cadence: Cadence,
        random: &mut dyn Random,
    ) -> Result<Recording<F::File>, StartError> {
        check_owners(owners)?;
        // 2^64 clips are never reached.
        let counter = self.state().counter.saturating_add(1);
        let root = ClipRoot::random(&self.secret, counter, random)?;
        let clip = root.clip();
        // The file comes first: storage that cannot be written costs no other clip its place.
        let file = self.files.create(clip).map_err(StartError::File)?;
        if let Err(error) = self.make_room() {
            let _ = self.files.remove(clip);
            return Err(error);
        }
        self.change(|state| {
            state.counter = counter;
            state.open.push(OpenClip { clip, manifest: None });
        })?;
        let certificate = self.certificate.clone().into_signed();
        let new = NewClip { suite: self.suite, started, certificate, owners, root, cadence };
        match Sealer::begin(new, Arc::clone(&self.key), file, random) {
            Ok(sealer) => {
                let token = Arc::new(());
                self.recordings.retain(|(_, token)| token.strong_count() > 0);
                self.recordings.push((clip, Arc::downgrade(&token)));
                Ok(Recording::new(sealer, token))
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

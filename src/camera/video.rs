use thiserror::Error;

use crate::clip::{Cadence, ClipFile, Prepared, Relay, SealError, SealedClip, SealedSegment, Sealer, run};
use crate::crypto::{KemPublicKey, Random};
use crate::io::Read;
use crate::media::{CutError, Cutter};
use crate::record::{SegmentKind, Timestamp};
use crate::store::Store;

use super::{Camera, ClipFiles, FinishError, StartError};

/// Why a video could not be sealed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealVideoError {
    /// The video cannot be cut.
    #[error(transparent)]
    Cut(#[from] CutError),
    /// The clip could not be begun.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A segment could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The clip could not be closed. Recover it.
    #[error(transparent)]
    Finish(#[from] FinishError),
}

impl<S: Store, F: ClipFiles> Camera<S, F> {
    /// Seals a whole file: a fragmented MP4 at its fragments, anything else in pieces. After each segment, `progress` is
    /// told how many bytes of content are sealed.
    ///
    /// With the feature `parallel` all cores seal; recording and file stay on this thread. At most 32 MiB of content are
    /// held at once, beside what the cutter holds.
    ///
    /// If the video cannot be cut or sealed, what was written of it is removed.
    pub fn seal<R: Read>(
        &mut self,
        cutter: Cutter<R>,
        owners: &[KemPublicKey],
        started: Timestamp,
        progress: impl FnMut(u64),
        random: &mut dyn Random,
    ) -> Result<SealedClip<F::File>, SealVideoError> {
        let mut recording = self.start(owners, started, Cadence::AtEnd, random)?;
        if let Err(error) = run(&mut Video { cutter, sealer: recording.sealer(), progress, sealed: 0 }) {
            let clip = recording.clip();
            drop(recording);
            // The error of the video is the one to report; what fails here leaves an open clip without a head.
            if self.give_up(clip).is_ok() {
                let _ = self.files.remove(clip);
            }
            return Err(error);
        }
        Ok(recording.finish(self)?)
    }
}

struct Video<'a, R, W, P> {
    cutter: Cutter<R>,
    sealer: &'a mut Sealer<W>,
    progress: P,
    sealed: u64,
}

impl<R: Read, W: ClipFile, P: FnMut(u64)> Relay for Video<'_, R, W, P> {
    type Task = (Prepared, Vec<u8>);
    type Done = Result<(SealedSegment, Vec<u8>), SealError>;
    type Error = SealVideoError;

    fn take(&mut self) -> Result<Option<(Self::Task, usize)>, SealVideoError> {
        let Some(cut) = self.cutter.next().transpose()? else { return Ok(None) };
        let size = cut.bytes.len();
        let prepared = match cut.kind {
            SegmentKind::Init => self.sealer.prepare_init(size)?,
            SegmentKind::Media => self.sealer.prepare_media(cut.start, cut.duration, size)?,
        };
        Ok(Some(((prepared, cut.bytes), size)))
    }

    fn work((prepared, mut bytes): Self::Task) -> Self::Done {
        Ok((prepared.seal(&mut bytes)?, bytes))
    }

    fn put(&mut self, done: Self::Done) -> Result<(), SealVideoError> {
        let (sealed, ciphertext) = done?;
        self.sealer.write(&sealed, &ciphertext)?;
        self.sealed += ciphertext.len() as u64;
        (self.progress)(self.sealed);
        self.cutter.give_back(ciphertext);
        Ok(())
    }
}

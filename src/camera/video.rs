use thiserror::Error;

use crate::clip::{Cadence, SealError, SealedClip};
use crate::crypto::{KemPublicKey, Random};
use crate::io::{Read, Write};
use crate::media::{CutError, Cutter};
use crate::record::{SegmentKind, Timestamp};

use super::{Camera, CameraStore, StartError};

/// Why a video could not be sealed. What was written of it is to be thrown away.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealVideoError {
    /// The video cannot be cut.
    #[error(transparent)]
    Cut(#[from] CutError),
    /// The clip could not be begun or closed.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A segment could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl<S: CameraStore> Camera<S> {
    /// Seals a whole file: a fragmented MP4 at its fragments, anything else in pieces.
    pub fn seal<R: Read, W: Write>(
        &mut self,
        cutter: Cutter<R>,
        owners: &[KemPublicKey],
        started: Timestamp,
        sink: W,
        random: &mut dyn Random,
    ) -> Result<SealedClip<W>, SealVideoError> {
        let mut recording = self.start(owners, started, Cadence::AtEnd, sink, random)?;
        for cut in cutter {
            let mut cut = cut?;
            match cut.kind {
                SegmentKind::Init => recording.init(&mut cut.bytes)?,
                SegmentKind::Media => recording.media(cut.start, cut.duration, &mut cut.bytes)?,
            }
        }
        Ok(recording.finish()?)
    }
}

use alloc::sync::Arc;
use core::fmt;

use thiserror::Error;

use crate::clip::{ClipFile, SealError, SealedClip, Sealer};
use crate::record::{ClipId, Millis};
use crate::store::{Store, StoreError};

use super::{Camera, ClipFiles};

/// A clip while it is recorded. Dropped, it stays unfinished and can only be [recovered](Camera::recover).
#[must_use = "an unfinished clip can only be recovered"]
pub struct Recording<W> {
    sealer: Sealer<W>,
    /// As long as it lives, the camera knows that the clip is being recorded.
    token: Arc<()>,
}

/// Why a recording cannot be finished.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FinishError {
    /// The camera does not record this clip: it is another camera's, or the camera was opened again since. Recover the clip.
    #[error("the camera does not record clip {0}: recover it")]
    NotRecording(ClipId),
    /// The clip could not be closed. What was written can be recovered.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed. Open store and camera again, and recover the clip.
    #[error("the camera's store failed")]
    Store(#[from] StoreError),
}

impl<W: ClipFile> Recording<W> {
    pub(super) const fn new(sealer: Sealer<W>, token: Arc<()>) -> Self {
        Self { sealer, token }
    }

    /// The clip's id.
    pub const fn clip(&self) -> ClipId {
        self.sealer.clip()
    }

    /// Seals the codec parameters for the media that follow. `content` is sealed in place and holds ciphertext afterwards.
    pub fn init(&mut self, content: &mut [u8]) -> Result<(), SealError> {
        self.sealer.init(content)
    }

    /// Seals a media segment that begins at `start` from the beginning of the clip. `content` is sealed in place and holds
    /// ciphertext afterwards.
    ///
    /// With [`Cadence::EverySegment`](super::Cadence::EverySegment) the segment is durable when the call returns.
    pub fn media(&mut self, start: Millis, duration: Millis, content: &mut [u8]) -> Result<(), SealError> {
        self.sealer.media(start, duration, content)
    }

    /// What seals it.
    #[cfg(feature = "std")]
    pub(super) const fn sealer(&mut self) -> &mut Sealer<W> {
        &mut self.sealer
    }

    /// Signs the manifest and closes the clip for ever, on the camera that started it.
    pub fn finish<S: Store, F: ClipFiles<File = W>>(
        mut self,
        camera: &mut Camera<S, F>,
    ) -> Result<SealedClip<W>, FinishError> {
        let clip = self.clip();
        let own = |token: &alloc::sync::Weak<()>| token.as_ptr() == Arc::as_ptr(&self.token);
        if !camera.recordings.iter().any(|(recorded, token)| *recorded == clip && own(token)) {
            return Err(FinishError::NotRecording(clip));
        }
        // The last head is durable before the state says that the clip ends there, and the state before anything is signed.
        let manifest = self.sealer.end()?;
        camera.change(|state| state.remember(&manifest))?;
        let sealed = self.sealer.finish(manifest)?;
        camera.change(|state| state.let_go(clip))?;
        Ok(sealed)
    }
}

impl<W> fmt::Debug for Recording<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recording").field(&self.sealer).finish()
    }
}

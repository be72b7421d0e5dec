use thiserror::Error;

use crate::clip::{Remains, SealedClip};
use crate::io;
use crate::record::ClipId;
use crate::store::{Store, StoreError};

use super::{Camera, ClipFiles};

/// Why a clip that a power cut ended cannot be closed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// The camera knows no such open clip: it was closed or given up before, or is another camera's. Nothing else is ever
    /// signed under its id.
    #[error("clip {0} is not open: nothing is signed under its id")]
    NotOpen(ClipId),
    /// The clip is being recorded. Finish or drop the recording first.
    #[error("clip {0} is being recorded")]
    BeingRecorded(ClipId),
    /// The clip has no file. It stays open: recover it when the file is there, or give it up.
    #[error("clip {0} has no file: it stays open until it is recovered or given up")]
    Missing(ClipId),
    /// No signed head of the clip stands in its file, so there is nothing that the camera can vouch for. The camera gave the
    /// clip up: it is not open any more. The file was left.
    #[error("no signed head of clip {0} is left: nothing of it can be vouched for, and it was given up")]
    NothingSigned(ClipId),
    /// The clip was being closed, and its file does not hold the head that the camera remembers. It stays open.
    #[error(
        "the file of clip {0} does not hold the head that the camera remembers: it stays open until it is given up"
    )]
    Mismatch(ClipId),
    /// Reading the file failed. The clip stays open.
    #[error("reading the clip failed")]
    Read(#[source] io::Error),
    /// Writing the file failed. The clip stays open: recover it again.
    #[error("writing the recovered clip failed")]
    Write(#[source] io::Error),
    /// The store failed. Open store and camera again, and recover the clip.
    #[error("the camera's store failed")]
    Store(#[from] StoreError),
}

impl<S: Store, F: ClipFiles> Camera<S, F> {
    /// Closes a clip that a power cut left open, in its file: the longest beginning under its own last head that stands, and
    /// nothing else. The manifest says that it was recovered. If the power failed while the clip was being closed, it is closed
    /// with the manifest that it was about to have.
    pub fn recover(&mut self, clip: ClipId) -> Result<SealedClip<F::File>, RecoverError> {
        let open = self.state().open_clip(clip).ok_or(RecoverError::NotOpen(clip))?;
        let remembered = open.manifest.clone();
        if self.is_recording(clip) {
            return Err(RecoverError::BeingRecorded(clip));
        }
        let file = self.files.open(clip).map_err(RecoverError::Read)?.ok_or(RecoverError::Missing(clip))?;
        let remains = Remains::find(file, clip, &self.key.verifying_key(), remembered.as_ref());
        let sealed = match remains.map_err(RecoverError::Read)? {
            Remains::Nothing if remembered.is_some() => return Err(RecoverError::Mismatch(clip)),
            Remains::Nothing => {
                self.change(|state| state.let_go(clip))?;
                return Err(RecoverError::NothingSigned(clip));
            }
            // The state was put back since. Nothing is signed.
            Remains::Closed(mut sealed) => sealed.sync().map(|()| sealed),
            Remains::Prefix(mut prefix) => {
                let manifest = if let Some(manifest) = remembered {
                    manifest
                } else {
                    // A process that was killed may have left the file in the system's memory only.
                    let manifest = prefix.cut().map_err(RecoverError::Write)?;
                    self.change(|state| state.remember(&manifest))?;
                    manifest
                };
                prefix.close(manifest, &self.key)
            }
        };
        let sealed = sealed.map_err(RecoverError::Write)?;
        self.change(|state| state.let_go(clip))?;
        Ok(sealed)
    }

    /// Gives up a clip that is open and not being recorded: the camera signs nothing more of it. Its file is left.
    pub fn give_up(&mut self, clip: ClipId) -> Result<(), RecoverError> {
        if self.state().open_clip(clip).is_none() {
            return Err(RecoverError::NotOpen(clip));
        }
        if self.is_recording(clip) {
            return Err(RecoverError::BeingRecorded(clip));
        }
        Ok(self.change(|state| state.let_go(clip))?)
    }
}

use std::io::{Read, Seek};

use thiserror::Error;

use crate::clip::{ClipError, FinishedClip};
use crate::grant::OwnedClip;
use crate::record::Timestamp;
use crate::store::Store;

use super::{CameraCheck, ClipOwners, Household, OwnersCheck};

/// The reason a household does not accept a clip as its own. Nothing of the clip can be granted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OwnClipError {
    /// No camera of the household recorded it. If the camera is the household's, write it into the household file first.
    #[error(
        "no camera of the household recorded the clip ({0:?}): if the camera is yours, write it into the household file"
    )]
    Camera(CameraCheck),
    /// The clip is sealed for a stranger as well, or for another household.
    #[error("the clip is not sealed for the household alone: {0:?}")]
    Owners(OwnersCheck),
    /// This device does not have the household key that the clip is sealed for. Synchronise, and try again.
    #[error("this device does not have the household key that the clip is sealed for: synchronise, and try again")]
    MissingKey,
    /// The clip does not open with the household key.
    #[error("the clip does not open with the household key")]
    Clip(#[from] ClipError),
}

impl<S: Store> Household<S> {
    /// Opens a clip that one of the household's cameras sealed for the household, and for nobody else.
    ///
    /// A clip of an [ended](OwnersCheck::Ended) period is accepted, and so is a clip by a list that this device does not
    /// [know](OwnersCheck::UnknownList). Members who left can open the former, but neither is sealed for a stranger.
    pub fn own<R: Read + Seek>(&self, clip: FinishedClip<R>, now: Timestamp) -> Result<OwnedClip<R>, OwnClipError> {
        let owners = ClipOwners::from(clip.owners());
        let check = self.check(&owners, clip.certificate().statement().key(), now);
        if !matches!(check.camera, CameraCheck::Own(_)) {
            return Err(OwnClipError::Camera(check.camera));
        }
        match check.owners {
            OwnersCheck::Present | OwnersCheck::Ended { .. } | OwnersCheck::UnknownList { .. } => {}
            OwnersCheck::Stranger { .. } | OwnersCheck::OtherHousehold => {
                return Err(OwnClipError::Owners(check.owners));
            }
        }
        let key = self.key(&owners.household).ok_or(OwnClipError::MissingKey)?;
        let secret = clip.unlock(key)?;
        Ok(OwnedClip { clip, secret })
    }
}

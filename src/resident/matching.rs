use std::collections::HashSet;

use crate::clip::{ClipError, FinishedClip};
use crate::crypto::VerifyingKey;
use crate::io::{Read, Seek};
use crate::ledger::Standing;
use crate::record::{ClipId, HouseholdCamera, Request, StatementId, Window};

/// A finished clip of the household, as [matching](matching()) needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct OwnClip {
    /// Which clip.
    pub clip: ClipId,
    /// The key of the camera that recorded it.
    pub camera: VerifyingKey,
    /// The time that it covers.
    pub span: Window,
}

impl OwnClip {
    /// Returns the whole of a finished clip, as the camera dated it.
    ///
    /// # Errors
    /// [`ClipError::NoTime`] if the clip has no believed time. Nothing of it can be granted.
    pub fn of<R: Read + Seek>(clip: &mut FinishedClip<R>) -> Result<Self, ClipError> {
        let span = clip.select_segments(0, clip.count())?.span();
        Ok(Self { clip: clip.clip(), camera: *clip.certificate().statement().key(), span })
    }
}

/// A clip that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Match {
    /// The request.
    pub request: StatementId,
    /// The clip.
    pub clip: ClipId,
    /// The time that both cover.
    pub span: Window,
}

/// Returns the clips that a request asks for: those recorded in its window by one of these cameras, if the camera's cell is
/// in one of its cells. This runs on the device and sends nothing. The [household](super::Household::cameras) knows its cameras.
pub fn matching(request: &Standing<Request>, cameras: &[HouseholdCamera], clips: &[OwnClip]) -> Vec<Match> {
    let asked = request.statement();
    let is_inside = |own: &&HouseholdCamera| own.cell.is_some_and(|cell| asked.cells.contains(cell));
    let inside: HashSet<_> = cameras.iter().filter(is_inside).map(|own| own.key).collect();
    clips
        .iter()
        .filter_map(|own| {
            let span = own.span.overlap(asked.window).filter(|_| inside.contains(&own.camera))?;
            Some(Match { request: request.id(), clip: own.clip, span })
        })
        .collect()
}

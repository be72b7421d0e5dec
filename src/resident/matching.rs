use std::collections::HashSet;

use crate::ledger::Standing;
use crate::record::{CameraId, ClipId, Position, Request, StatementId, Window};

/// A camera of the household. Its position never leaves this store: no other type has one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct OwnCamera {
    /// Which camera.
    pub camera: CameraId,
    /// Where it hangs.
    pub position: Position,
}

/// A finished clip of the household.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct OwnClip {
    /// Which clip.
    pub clip: ClipId,
    /// The camera that recorded it.
    pub camera: CameraId,
    /// The time that it covers.
    pub span: Window,
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

/// The own clips that a request asks for: recorded by a camera in its area, in its window. Runs on the device, and tells
/// nobody.
pub fn matching(request: &Standing<Request>, cameras: &[OwnCamera], clips: &[OwnClip]) -> Vec<Match> {
    let asked = request.statement();
    let inside = cameras.iter().filter(|own| asked.area.contains(own.position)).map(|own| own.camera);
    let inside: HashSet<_> = inside.collect();
    clips
        .iter()
        .filter_map(|own| {
            let span = own.span.overlap(asked.window).filter(|_| inside.contains(&own.camera))?;
            Some(Match { request: request.id(), clip: own.clip, span })
        })
        .collect()
}

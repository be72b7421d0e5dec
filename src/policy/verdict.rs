use crate::grant::{Gap, OpenClip};
use crate::ledger::{CameraTrust, LogPlace, View};
use crate::record::{ClipId, Clock, End, Layer};

/// The verdict on one clip of an opened excerpt or of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub struct ClipVerdict {
    /// The clip's id.
    pub clip: ClipId,
    /// The clock that dates the clip.
    pub clock: Clock,
    /// The part of the pictures that is granted, or of the whole content for a file that is no video.
    pub pictures: Completeness,
    /// The part of the sound that is granted.
    pub sound: Completeness,
    /// The gaps inside the granted ranges: places where the recording jumped, lost something or changed its codec.
    pub gaps: Vec<Gap>,
    /// The number of segments of the clip outside of the ranges, of all layers and kinds. It is a lower bound if the clip
    /// was recovered.
    pub outside: u32,
    /// The end of the clip, with the counts of what the camera did not take. If the clip was recovered after a power cut,
    /// there may have been more.
    pub end: End,
    /// The trust in the camera just before the release.
    pub camera: CameraTrust,
}

/// The part of a layer that is granted, in media segments of the ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub struct Completeness {
    /// The number of segments that are granted.
    pub granted: u32,
    /// The number of segments that were left out by choice.
    pub left_out: u32,
}

impl Completeness {
    fn of(clip: &OpenClip, layer: Layer) -> Self {
        Self { granted: clip.granted(layer), left_out: clip.left_out(layer) }
    }
}

impl ClipVerdict {
    /// Judges a clip, and its camera at a place in the log.
    pub(crate) fn of(clip: &OpenClip, ledger: &View, released: LogPlace) -> Self {
        Self {
            clip: clip.id(),
            clock: clip.clock(),
            pictures: Completeness::of(clip, Layer::Pictures),
            sound: Completeness::of(clip, Layer::Sound),
            gaps: clip.gaps(),
            outside: clip.outside(),
            end: clip.end(),
            camera: ledger.camera_trust(clip.certificate(), released),
        }
    }
}

/// The standing of the agency that the terms name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum AgencyStanding {
    /// The agency was approved: now, for an opened excerpt; for its request and its release, for evidence.
    Approved,
    /// The agency was not approved.
    NotApproved,
}

/// The strength of a grant's wraps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum WrapStrength {
    /// Every wrap is X-Wing.
    PostQuantum,
    /// At least one wrap is X25519 alone.
    NotPostQuantum,
}

impl WrapStrength {
    /// Returns the strength of the weakest wrap.
    pub(crate) const fn of(post_quantum: bool) -> Self {
        if post_quantum { Self::PostQuantum } else { Self::NotPostQuantum }
    }
}

impl AgencyStanding {
    pub(crate) const fn of(approved: bool) -> Self {
        if approved { Self::Approved } else { Self::NotApproved }
    }
}

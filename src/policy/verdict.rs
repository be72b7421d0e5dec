use crate::grant::{Gap, OpenClip};
use crate::ledger::{CameraTrust, LogPlace, View};
use crate::record::{ClipId, Clock, End, Layer};

/// What is known of one clip of an opened excerpt, or of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub struct ClipVerdict {
    /// Which clip.
    pub clip: ClipId,
    /// How it is dated.
    pub clock: Clock,
    /// How much of the pictures is granted; for a file that is no video, of the file.
    pub pictures: Completeness,
    /// How much of the sound is granted.
    pub sound: Completeness,
    /// The gaps inside the granted ranges: places where the recording jumped, lost something or changed its codec.
    pub gaps: Vec<Gap>,
    /// Segments of the clip outside of the ranges, of all layers and kinds; a lower bound if the clip was recovered.
    pub outside: u32,
    /// How the clip ended, and what the camera did not take: if it was recovered after a power cut, there may have been more.
    pub end: End,
    /// How far the camera was trusted just before the release.
    pub camera: CameraTrust,
}

/// How much of a layer is granted, in media segments of the ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub struct Completeness {
    /// Segments granted.
    pub granted: u32,
    /// Segments left out by choice.
    pub left_out: u32,
}

impl Completeness {
    fn of(clip: &OpenClip, layer: Layer) -> Self {
        Self { granted: clip.granted(layer), left_out: clip.left_out(layer) }
    }
}

impl ClipVerdict {
    /// Says what is known of a clip, its camera judged at a place of the log.
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

/// Whether the agency that the terms name was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum AgencyStanding {
    /// It was approved at the time of the verdict.
    Approved,
    /// It was not.
    NotApproved,
}

/// How strong the wraps of a grant are.
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
    /// The weakest link counts.
    pub(crate) const fn of(post_quantum: bool) -> Self {
        if post_quantum { Self::PostQuantum } else { Self::NotPostQuantum }
    }
}

impl AgencyStanding {
    pub(crate) const fn of(approved: bool) -> Self {
        if approved { Self::Approved } else { Self::NotApproved }
    }
}

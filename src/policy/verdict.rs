use crate::grant::OpenClip;
use crate::ledger::View;
use crate::record::{ClipId, Clock, End, Layer, MakerId, Timestamp};

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
    /// Gaps inside of the runs: places where the recording jumped, lost something or changed its codec.
    pub gaps: u32,
    /// Segments of the clip outside of the ranges, of all layers and kinds; a lower bound if the clip was recovered.
    pub outside: u32,
    /// How the clip ended, and what the camera did not take: if it was recovered after a power cut, there may have been more.
    pub end: End,
    /// Whether the camera's maker is approved.
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
    /// Says what is known of a clip, its camera judged at a time.
    pub(crate) fn of(clip: &OpenClip, ledger: &View, time: Timestamp) -> Self {
        let certificate = clip.certificate();
        let maker = certificate.statement().maker.clone();
        let known = ledger.maker(&maker, certificate.signer(), time).is_some();
        Self {
            clip: clip.id(),
            clock: clip.clock(),
            pictures: Completeness::of(clip, Layer::Pictures),
            sound: Completeness::of(clip, Layer::Sound),
            gaps: clip.gaps(),
            outside: clip.outside(),
            end: clip.end(),
            camera: if known { CameraTrust::ApprovedMaker(maker) } else { CameraTrust::UnknownMaker(maker) },
        }
    }
}

/// Whether a camera is what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum CameraTrust {
    /// Certified by a maker who was approved at the time of the verdict.
    ApprovedMaker(MakerId),
    /// Certified by a key that no approved maker of that name has.
    UnknownMaker(MakerId),
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

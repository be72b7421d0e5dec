use std::io::{Read, Seek};

use crate::grant::{OpenClip, OpenExcerpt};
use crate::ledger::{CameraTrust, Ledger, LogPlace};
use crate::record::{ClipId, Clock, End, Layer, Millis, Timestamp};

/// What is known of an opened excerpt, each by itself. That the content is what the camera recorded, in order and
/// unaltered, needs no verdict: what is not so does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub struct OpenVerdict {
    /// What is known of each clip, in their order.
    pub clips: Vec<ClipVerdict>,
    /// Whether the log is up to date.
    pub log: LogState,
    /// Whether the agency is approved.
    pub agency: AgencyStanding,
    /// Whether recorded traffic of this grant stays sealed against a quantum computer.
    pub wrap: WrapStrength,
}

/// What is known of one clip of an excerpt.
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
    fn of(clip: &OpenClip, ledger: &Ledger, released: LogPlace) -> Self {
        Self {
            clip: clip.id(),
            clock: clip.clock(),
            pictures: Completeness::of(clip, Layer::Pictures),
            sound: Completeness::of(clip, Layer::Sound),
            outside: clip.outside(),
            end: clip.end(),
            camera: ledger.camera_trust(clip.certificate(), released),
        }
    }
}

/// Whether the log moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum LogState {
    /// Witnessed within the last day.
    Current,
    /// Not witnessed since then: what the other verdicts say of standing is that old.
    StaleSince(Timestamp),
}

/// Whether the agency that the terms name is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum AgencyStanding {
    /// It is approved now.
    Approved,
    /// It is not.
    NotApproved,
}

/// How strong the wraps of a grant are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum WrapStrength {
    /// Every key that anything was wrapped to is X-Wing: those of the clips' owners, the request key, the expiry keys, and the
    /// release's one-time key.
    PostQuantum,
    /// At least one of these keys is X25519 alone, or is not known.
    NotPostQuantum,
}

impl LogState {
    /// Longer than this without a witnessed checkpoint, and the log stands still.
    const FRESH: Millis = Millis::DAY;

    pub(super) fn of(ledger: &Ledger, now: Timestamp) -> Self {
        let witnessed = ledger.time();
        if now.since(witnessed) <= Self::FRESH { Self::Current } else { Self::StaleSince(witnessed) }
    }
}

impl OpenVerdict {
    /// `keys_are_strong` tells of every key that something of the grant was wrapped to.
    pub(super) fn of<R: Read + Seek>(
        open: &OpenExcerpt<R>,
        keys_are_strong: bool,
        ledger: &Ledger,
        released: LogPlace,
        now: Timestamp,
    ) -> Self {
        let time = now.max(ledger.time());
        let agency = &open.excerpt().terms().statement().agency;
        let approved = ledger.agency(agency, time).is_some();
        // The weakest link: the clips' own wraps, and those of the grant, by their keys and never by their lengths.
        let strong = keys_are_strong && open.clips().iter().all(OpenClip::is_post_quantum);
        Self {
            clips: open.clips().iter().map(|clip| ClipVerdict::of(clip, ledger, released)).collect(),
            log: LogState::of(ledger, now),
            agency: if approved { AgencyStanding::Approved } else { AgencyStanding::NotApproved },
            wrap: if strong { WrapStrength::PostQuantum } else { WrapStrength::NotPostQuantum },
        }
    }
}

use std::io::{Read, Seek};

use crate::grant::OpenExcerpt;
use crate::ledger::Ledger;
use crate::record::{Ending, Layer, MakerId, Millis, Timestamp};

/// What is known of an opened excerpt, each by itself. That the content is what the camera recorded, in order and
/// unaltered, needs no verdict: what is not so does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub struct OpenVerdict {
    /// How much of the clip it is.
    pub completeness: Completeness,
    /// Whether the camera's maker is approved.
    pub camera: CameraTrust,
    /// Whether the log is up to date.
    pub log: LogState,
    /// Whether the agency is approved.
    pub agency: AgencyStanding,
    /// Whether recorded traffic of this grant stays sealed against a quantum computer.
    pub wrap: WrapStrength,
}

/// How much of its clip an excerpt is, in media and init segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub struct Completeness {
    /// Segments left out before the range.
    pub before: u32,
    /// Segments granted.
    pub granted: u32,
    /// Segments of pictures within the range that were left out by choice.
    pub pictures_left_out: u32,
    /// Segments of sound within the range that were left out by choice.
    pub sound_left_out: u32,
    /// Segments left out after the range; a lower bound if the clip was recovered.
    pub after: u32,
    /// How the clip ended: if it was recovered after a power cut, there may have been more.
    pub ending: Ending,
}

/// Whether a camera is what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum CameraTrust {
    /// Certified by a maker who is approved now.
    ApprovedMaker(MakerId),
    /// Certified by a key that no approved maker of that name has.
    UnknownMaker(MakerId),
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
    /// Every wrap is X-Wing.
    PostQuantum,
    /// At least one wrap is X25519 alone.
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
    pub(super) fn of<R: Read + Seek>(open: &OpenExcerpt<R>, ledger: &Ledger, now: Timestamp) -> Self {
        let time = now.max(ledger.time());
        let certificate = open.certificate();
        let maker = certificate.statement().maker.clone();
        let known = ledger.maker(&maker, certificate.signer(), time).is_some();
        let agency = &open.excerpt().terms().statement().agency;
        let range = open.range();
        let [pictures_left_out, sound_left_out] = Layer::ALL.map(|layer| open.left_out(layer));
        Self {
            completeness: Completeness {
                before: open.before(),
                granted: range.count().saturating_sub(pictures_left_out).saturating_sub(sound_left_out),
                pictures_left_out,
                sound_left_out,
                after: open.count().saturating_sub(range.to()),
                ending: open.ending(),
            },
            camera: if known { CameraTrust::ApprovedMaker(maker) } else { CameraTrust::UnknownMaker(maker) },
            log: LogState::of(ledger, now),
            agency: if ledger.agency(agency, time).is_some() {
                AgencyStanding::Approved
            } else {
                AgencyStanding::NotApproved
            },
            wrap: if open.excerpt().is_post_quantum() {
                WrapStrength::PostQuantum
            } else {
                WrapStrength::NotPostQuantum
            },
        }
    }
}

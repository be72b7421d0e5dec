use std::io::{Read, Seek};

use crate::grant::{OpenClip, OpenExcerpt};
use crate::ledger::{Ledger, LogPlace};
use crate::policy::{AgencyStanding, ClipVerdict, WrapStrength};
use crate::record::{Millis, Timestamp};

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
            agency: AgencyStanding::of(approved),
            wrap: WrapStrength::of(strong),
        }
    }
}

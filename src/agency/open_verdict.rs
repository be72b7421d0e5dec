use std::io::{Read, Seek};

use crate::grant::{OpenClip, OpenExcerpt};
use crate::ledger::{Ledger, LogPlace};
use crate::policy::{AgencyStanding, ClipVerdict, WrapStrength};
use crate::record::{Millis, Timestamp};

/// The verdicts on an opened excerpt, each independent of the others. There is none on the content: footage that is not what
/// the camera recorded, in order and unaltered, does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub struct OpenVerdict {
    /// The verdict on each clip, in the order of the clips.
    pub clips: Vec<ClipVerdict>,
    /// The state of the log.
    pub log: LogState,
    /// The agency's standing.
    pub agency: AgencyStanding,
    /// The strength of the grant's wraps: whether recorded traffic stays sealed against a quantum computer.
    pub wrap: WrapStrength,
}

/// The state of the log: current, or at a standstill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum LogState {
    /// The log was witnessed within the last day.
    Current,
    /// The log was last witnessed at this time. The other verdicts judge standing as of then.
    StaleSince(Timestamp),
}

impl LogState {
    /// The longest time without a witnessed checkpoint in which the log counts as current.
    const FRESH: Millis = Millis::DAY;

    pub(super) fn of(ledger: &Ledger, now: Timestamp) -> Self {
        let witnessed = ledger.time();
        if now.since(witnessed) <= Self::FRESH { Self::Current } else { Self::StaleSince(witnessed) }
    }
}

impl OpenVerdict {
    /// Judges an opened excerpt. `keys_are_strong` is `true` if every key that a secret of the grant was wrapped to is
    /// post-quantum.
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
        // The weakest wrap counts: those of the clips and those of the grant, judged by their keys and never by their
        // lengths.
        let strong = keys_are_strong && open.clips().iter().all(OpenClip::is_post_quantum);
        Self {
            clips: open.clips().iter().map(|clip| ClipVerdict::of(clip, ledger, released)).collect(),
            log: LogState::of(ledger, now),
            agency: AgencyStanding::of(approved),
            wrap: WrapStrength::of(strong),
        }
    }
}

//! Times of cuts, from the beginning of the recording.

use super::movie::Span;
use crate::record::Millis;

/// Turns ticks into milliseconds: starts are rounded down and ends up, so that nothing lies outside of its times.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    origin: Option<Origin>,
    /// Whether anything was placed.
    begun: bool,
    /// Where the last group began and ended.
    start: u64,
    end: u64,
}

/// Milliseconds without pictures that are a gap.
const JUMP: u64 = 1000;

/// The times of a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) start: Millis,
    pub(super) duration: Millis,
    /// Start and duration of the sound.
    pub(super) other: Option<(Millis, Millis)>,
    /// Whether something is missing before it.
    pub(super) gap: bool,
}

#[derive(Debug, Clone, Copy)]
struct Origin {
    tick: i128,
    millis: u64,
    /// The tick at which the last cut began.
    last: i128,
}

impl Timeline {
    /// The next cut continues here, whatever its clock says.
    pub(super) fn restart(&mut self) {
        self.origin = None;
    }

    /// Places the next group: its pictures, and its sound if there is any. A second has so many ticks.
    pub(super) fn place(&mut self, main: Span, other: Option<Span>, ticks: u64) -> Placed {
        let known = self.origin.filter(|origin| origin.last <= main.start);
        // Of the very first group, what begins first begins at 0.
        let begin = if self.begun { main.start } else { other.map_or(main.start, |other| other.start.min(main.start)) };
        let origin = known.unwrap_or(Origin { tick: begin, millis: self.end, last: 0 });
        self.origin = Some(Origin { last: main.start, ..origin });
        let millis = |tick: i128, up: bool| {
            let since = u128::try_from(tick - origin.tick).unwrap_or(0).saturating_mul(1000);
            let ticks = u128::from(ticks.max(1));
            let since = if up { since.div_ceil(ticks) } else { since / ticks };
            origin.millis.saturating_add(u64::try_from(since).unwrap_or(u64::MAX))
        };
        let start = millis(main.start, false).max(if known.is_some() { 0 } else { self.end });
        // What abuts in ticks may overlap by the rounding, but groups begin no earlier than those before them.
        let start = start.max(self.start);
        let gap = self.begun && (known.is_none() || start > self.end.saturating_add(JUMP));
        self.begun = true;
        self.start = start;
        self.end = millis(main.end, true).max(start);
        let other = other.map(|other| {
            let from = millis(other.start, false);
            (Millis(from), Millis(millis(other.end, true).max(from) - from))
        });
        Placed { start: Millis(start), duration: Millis(self.end - start), other, gap }
    }
}

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
    tick: u64,
    millis: u64,
    /// The tick at which the last cut began.
    last: u64,
}

impl Timeline {
    /// The next cut continues here, whatever its clock says.
    pub(super) fn restart(&mut self) {
        self.origin = None;
    }

    /// Places the next group: its pictures, and its sound if there is any.
    pub(super) fn place(&mut self, main: Span, other: Option<Span>, timescale: u32) -> Placed {
        let known = self.origin.filter(|origin| origin.last <= main.start);
        // Of the very first group, what begins first begins at 0.
        let begin = if self.begun { main.start } else { other.map_or(main.start, |other| other.start.min(main.start)) };
        let origin = known.unwrap_or(Origin { tick: begin, millis: self.end, last: 0 });
        self.origin = Some(Origin { last: main.start, ..origin });
        let millis = |tick: u64, up: bool| {
            let since = u128::from(tick.saturating_sub(origin.tick)) * 1000;
            let timescale = u128::from(timescale.max(1));
            let since = if up { since.div_ceil(timescale) } else { since / timescale };
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

//! Times of cuts, from the beginning of the recording.

use super::movie::Span;
use crate::record::Millis;

/// Turns ticks into milliseconds. What abuts in ticks abuts in milliseconds, because each time is rounded by itself.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    origin: Option<Origin>,
    end: u64,
}

#[derive(Debug, Clone, Copy)]
struct Origin {
    tick: u64,
    millis: u64,
    /// The tick at which the last cut began.
    last: u64,
}

impl Timeline {
    /// Where the next cut begins if nothing is missing.
    pub(super) fn end(&self) -> Millis {
        Millis(self.end)
    }

    /// The next cut continues here, whatever its clock says.
    pub(super) fn restart(&mut self) {
        self.origin = None;
    }

    /// Start and duration of the next cut.
    pub(super) fn place(&mut self, span: Span, timescale: u32) -> (Millis, Millis) {
        let known = self.origin.filter(|origin| origin.last <= span.start);
        let origin = known.unwrap_or(Origin { tick: span.start, millis: self.end, last: 0 });
        self.origin = Some(Origin { last: span.start, ..origin });
        let millis = |tick: u64| {
            let since = u128::from(tick.saturating_sub(origin.tick)) * 1000 / u128::from(timescale.max(1));
            origin.millis.saturating_add(u64::try_from(since).unwrap_or(u64::MAX))
        };
        let start = millis(span.start).max(self.end);
        self.end = millis(span.end).max(start);
        (Millis(start), Millis(self.end - start))
    }
}

//! Time passes, and the log goes on.

use super::super::action::{DAY, Reader, SECOND, Span, WITNESSES};
use super::super::facts::Model;
use super::super::log::Checkpoint;
use super::{Judged, Outcome, require};

impl Model {
    /// Three of four witnesses make a checkpoint. If one of them lies about the time, nothing comes of it.
    pub(super) fn witness(&mut self, absent: u8) -> Judged {
        self.now += SECOND;
        require(u32::from(WITNESSES) - absent.count_ones() >= 3, "no quorum")?;
        let not_before = self.now / SECOND * SECOND;
        self.log.checkpoints.push(Checkpoint { size: self.log.facts.len(), not_before });
        Ok(Outcome::Done)
    }

    pub(super) fn follow(&mut self, reader: Reader, follows: bool) {
        let now = self.view(reader).checkpoints;
        self.stuck[reader.number()] = (!follows).then_some(now);
    }

    /// What was withheld is logged.
    pub(super) fn admit(&mut self) {
        for fact in std::mem::take(&mut self.withheld) {
            self.log.append(fact);
        }
    }
}

impl Span {
    /// How long it is from a time on.
    pub fn from(self, now: u64) -> u64 {
        match self {
            Self::Millis(millis) => millis,
            Self::ToDaysEnd => ((now / DAY + 1) * DAY - 2 * SECOND).saturating_sub(now),
        }
    }
}

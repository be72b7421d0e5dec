//! Time passes; the log goes on; registrars, its operator and liars.

use super::super::action::{DAY, HOUR, Reader, SECOND, Span, WITNESSES, Who};
use super::super::facts::{Fact, Model};
use super::super::log::Checkpoint;
use super::{Outcome, Verdict};

impl Model {
    pub(super) fn pass(&mut self, span: Span) -> Verdict {
        self.now += span.from(self.now);
        Verdict::Accept(Outcome::Done)
    }

    /// Three of four witnesses make a checkpoint. If one of them lies about the time, nothing comes of it.
    pub(super) fn witness(&mut self, absent: u8) -> Verdict {
        self.now += SECOND;
        if WITNESSES as u32 - absent.count_ones() < 3 {
            return Verdict::Refuse("no quorum");
        }
        let not_before = self.now / SECOND * SECOND;
        self.log.checkpoints.push(Checkpoint { size: self.log.facts.len(), not_before });
        Verdict::Accept(Outcome::Done)
    }

    pub(super) fn set_clock(&mut self, reader: Reader, hours: i64) -> Verdict {
        self.clocks[reader.number()] = hours * HOUR as i64;
        Verdict::Accept(Outcome::Done)
    }

    pub(super) fn follow(&mut self, reader: Reader, follows: bool) -> Verdict {
        let now = self.view(reader).checkpoints;
        self.stuck[reader.number()] = (!follows).then_some(now);
        Verdict::Accept(Outcome::Done)
    }

    pub(super) fn withdraw(&mut self, who: Who) -> Verdict {
        self.log.append(Fact::Withdrawn { who });
        Verdict::Accept(Outcome::Done)
    }

    pub(super) fn admit(&mut self) -> Verdict {
        for fact in std::mem::take(&mut self.withheld) {
            self.log.append(fact);
        }
        Verdict::Accept(Outcome::Done)
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

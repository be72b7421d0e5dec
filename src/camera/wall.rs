//! Decides whether the camera believes its wall clock, and remembers the latest time that it used, so that no clip is
//! dated before an older one.

use crate::clip::{Dated, dated};
use crate::record::{ClockSet, Millis, Timestamp};
use crate::store::{Store, StoreError};

use super::{Camera, ClipFiles};

/// How far a clock may be behind what was dated, or move during a clip, before it counts as set.
const TOLERANCE: Millis = Millis(2000);

/// How far the latest wall time may run ahead of what the state remembers.
const MARGIN: Millis = Millis::MINUTE;

/// What a camera's two clocks say at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// The monotonic clock, from any origin. It never goes back while a clip is recorded, and is never set.
    pub monotonic: Millis,
    /// The wall clock; `None` while it is not set.
    pub wall: Option<Timestamp>,
}

/// Whether a wall time is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) time: Timestamp,
    /// Whether it is earlier than something that the camera has dated.
    pub(super) earlier: bool,
}

/// The wall time of a recording's start 0, and how it is followed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wall {
    /// The monotonic clock at start 0.
    origin: Millis,
    /// The wall clock at start 0, in milliseconds, by the reading that fixed the base; `None` while it is not set. An `i128`
    /// would need memory aligned to 16 bytes.
    reference: Option<i64>,
    /// The wall time of start 0, if it is believed.
    base: Option<Timestamp>,
    /// Whether a wall time was given that is not believed.
    flagged: bool,
    /// Whether the base was set during the recording, and the state has not been raised for it yet.
    fresh: bool,
    /// Whether the clip has to end.
    over: bool,
}

/// What a reading of the clocks means for a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    GoesOn,
    /// The clock was set for the first time, and would put start 0 at this wall time.
    Sets(i64),
    /// The clip has to end.
    Ends,
}

impl Wall {
    /// The clock of a clip that starts now. `judged` is what is made of the wall clock, if it is set.
    pub(super) fn start(clocks: Clocks, judged: Option<Judged>) -> Self {
        Self {
            origin: clocks.monotonic,
            reference: clocks.wall.map(|wall| wall.as_millis().cast_signed()),
            base: judged.filter(|judged| !judged.earlier).map(|judged| judged.time),
            flagged: judged.is_some_and(|judged| judged.earlier),
            fresh: false,
            over: false,
        }
    }

    /// The monotonic clock at start 0.
    pub(super) const fn origin(&self) -> Millis {
        self.origin
    }

    /// The time since start 0.
    pub(super) const fn elapsed(&self, clocks: Clocks) -> Millis {
        Millis(clocks.monotonic.0.saturating_sub(self.origin.0))
    }

    /// Returns how far the base lies after what the wall clock said at start 0.
    pub(super) fn raised(&self) -> Millis {
        let said = self.reference.and_then(|reference| u64::try_from(reference).ok());
        self.base.zip(said).map_or(Millis(0), |(base, said)| Millis(base.as_millis().saturating_sub(said)))
    }

    /// Compares the clocks with the earlier readings. `believed` is the earliest wall time at which the camera believes
    /// its clock.
    pub(super) fn read(&mut self, clocks: Clocks, believed: Timestamp) -> Reading {
        if self.over {
            return Reading::Ends;
        }
        let Some(wall) = clocks.wall else { return Reading::GoesOn };
        let elapsed = i64::try_from(self.elapsed(clocks).0).unwrap_or(i64::MAX);
        let at_start = wall.as_millis().cast_signed().saturating_sub(elapsed);
        let Some(reference) = self.reference else { return Reading::Sets(at_start) };
        let stepped = at_start.abs_diff(reference) > TOLERANCE.0;
        // A clip that could not be dated is over when the next one can.
        self.over = stepped || (self.flagged && wall >= believed);
        if self.over { Reading::Ends } else { Reading::GoesOn }
    }

    /// Sets the clock that was not set.
    pub(super) fn set(&mut self, reference: i64, set: ClockSet) {
        self.reference = Some(reference);
        self.base = (!set.earlier).then_some(set.wall);
        self.flagged = set.earlier;
        self.fresh = true;
    }

    /// The wall time of what ends at this time of the clip, if the clip is dated.
    fn dated(&self, end: Millis) -> Option<Timestamp> {
        self.base.map(|base| base.after(end))
    }
}

impl<S: Store, F: ClipFiles> Camera<S, F> {
    /// Returns the wall time from which on the clock is believed. Where an open clip could not be read, the state alone says what
    /// was dated, less its margin.
    pub(super) fn believed_from(&self) -> Timestamp {
        let remembered = self.state().latest;
        if self.unread && remembered > Timestamp::default() {
            self.latest.max(remembered.after(MARGIN))
        } else {
            self.latest
        }
    }

    /// Judges a wall time that is to date a clip.
    pub(super) fn judge(&mut self, time: Timestamp) -> Judged {
        self.read_dated();
        let believed = self.believed_from();
        // A clock that is a little behind is not one that was set back, unless more may have been dated than is known.
        let behind = believed == self.latest && time >= believed.before(TOLERANCE);
        if behind || time >= believed {
            Judged { time: time.max(self.latest), earlier: false }
        } else {
            Judged { time, earlier: true }
        }
    }

    /// Judges where the wall clock puts the start of a clip that began without one.
    pub(super) fn judge_start(&mut self, start: i64) -> ClockSet {
        let time = u64::try_from(start).ok().and_then(|start| Timestamp::from_millis(start).ok());
        match time {
            Some(time) => {
                let Judged { time, earlier } = self.judge(time);
                ClockSet { wall: time, earlier }
            }
            // Before 1970.
            None => ClockSet { wall: Timestamp::default(), earlier: true },
        }
    }

    /// Reads again what the open clips date: their heads may be newer than the state.
    pub(super) fn read_dated(&mut self) {
        self.unread = false;
        for clip in self.open_clips() {
            if self.is_recording(clip) || !self.is_of_present_period(clip) {
                continue;
            }
            // No head of the camera dates more before the state remembers it.
            let (key, bound) = (self.key.verifying_key(), self.state().latest.after(MARGIN));
            let file = self.files.open(clip).ok().flatten();
            match file.and_then(|mut file| dated(&mut file, clip, &key, bound).ok()) {
                Some(Dated { until, clear }) => {
                    self.latest = self.latest.max(until.unwrap_or_default());
                    self.unread |= !clear;
                }
                None => self.unread = true,
            }
        }
    }

    /// Remembers that a head is about to date everything up to this time of a clip: in the state if it is the first that a set
    /// clock dates, or more than a minute ahead of it.
    pub(super) fn about_to_date(&mut self, wall: &mut Wall, end: Millis) -> Result<(), StoreError> {
        let Some(end) = wall.dated(end) else { return Ok(()) };
        self.latest = self.latest.max(end);
        if wall.fresh || end > self.state().latest.after(MARGIN) {
            // Every change takes the latest wall time along.
            self.change(|_| {})?;
            wall.fresh = false;
        }
        Ok(())
    }
}

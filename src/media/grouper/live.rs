//! A recording that is cut while it is made. Its times are those of the clip.

use super::{Grouper, JUMP, Lane, Run, WAIT, millis};
use crate::media::clock::Ticks;
use crate::record::{Layer, Millis};

/// Seconds by which sound may come after the pictures that it belongs to.
const LATE: i64 = 2;

impl Grouper {
    /// Returns the grouper of a clip that is being recorded. It does not wait for more than it needs to know of a group.
    pub(in crate::media) fn live() -> Self {
        Self { live: true, shift: Some(Ticks::new(0, 1)), origin: Some(Ticks::new(0, 1)), ..Self::default() }
    }

    /// Takes a run that comes `now`. No time after `latest` is believed.
    pub(in crate::media) fn push_live(&mut self, run: Run, now: Millis, latest: Millis) {
        self.now = now;
        if let Some(lane) = self.lane_of(run.layer) {
            lane.clock.believe_until(Ticks::new(latest.0.into(), 1000));
        }
        self.push(run);
        // When the last sound ends, no later sound says.
        if !self.waiting.is_empty()
            && self.next_begin().is_some_and(|end| self.is_late(end))
            && let Some(sound) = self.sound.as_mut().filter(|sound| !sound.run.is_empty())
        {
            sound.clock.settle();
            self.commit(Layer::Sound);
            self.drain(None, false);
        }
    }

    /// Cuts everything that waits. Sound whose codec parameters changed begins with the next group.
    pub(in crate::media) fn flush(&mut self) {
        let next = self.next_sound.take();
        self.finish();
        if let Some(next) = next {
            self.begin_sound(next);
            self.group.gap = true;
        }
    }

    /// Returns whether there were samples of a layer.
    pub(in crate::media) fn has_begun_in(&self, layer: Layer) -> bool {
        self.filled(layer).is_some_and(|lane| lane.clock.has_begun())
    }

    /// Returns when the last sample of the next group came, for each group once.
    pub(in crate::media) fn given(&mut self) -> Option<Millis> {
        self.given.pop_front()
    }

    /// Returns when the group after the first that waits begins, if that is known.
    pub(super) fn next_begin(&self) -> Option<i64> {
        self.waiting.get(1).map(|next| next.span().0).or_else(|| self.next_start())
    }

    /// Returns when the group that is being gathered begins, once nothing that belongs to it can be presented earlier.
    fn next_start(&self) -> Option<i64> {
        let lane = self.lanes().next().filter(|_| self.live)?;
        let (start, _) = self.group.span?;
        let gathered = self.waiting.iter().chain([&self.group]).map(|group| group.earliest);
        let earliest = gathered.chain(lane.run.iter().map(|sample| sample.offset)).fold(0, i32::min);
        (lane.clock.next().saturating_add(earliest.into()) >= start).then_some(start)
    }

    /// Returns whether a group that ends then has waited for sound long enough, and all sound that has come is in place.
    pub(super) fn is_overdue(&self, end: i64) -> bool {
        self.is_late(end) && self.sound.as_ref().is_none_or(|sound| sound.run.is_empty())
    }

    /// Returns whether more pictures have come after a group that ends then than its sound may be late.
    fn is_late(&self, end: i64) -> bool {
        let late = |lane: &Lane| lane.clock.next().saturating_sub(end) > i64::from(lane.codec.timescale) * LATE;
        let first = self.waiting.front().map_or(0, |group| group.bytes);
        let is_full = self.waiting_bytes.saturating_sub(first) + self.group.bytes > WAIT;
        self.live && (is_full || self.pictures.as_ref().is_some_and(late))
    }

    /// Returns when the group after the last cut begins, if that is known, and nothing is missing before it.
    pub(in crate::media) fn next_group(&self) -> Option<Millis> {
        let (begun, ended) = self.last?;
        let (group, start) = match self.waiting.front() {
            Some(group) => (group, group.span().0),
            None => (&self.group, self.next_start()?),
        };
        let is_broken = self.owed || group.gap || group.samples.iter().any(|sample| sample.gap);
        let timescale = self.lanes().next()?.codec.timescale;
        let (start, _) = millis((start, start), self.origin?, timescale);
        (!is_broken && start <= ended.saturating_add(JUMP)).then_some(Millis(start.max(begun)))
    }
}

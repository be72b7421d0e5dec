//! Plausible times, whatever a recording claims.
//!
//! Where a track says when a fragment begins, that is believed over what the samples before it said of their durations. If that time
//! is implausible, the track's times continue where they were. All tracks of a recording that jump together stay in sync.

use super::codec::Sample;
use super::division::floored;

/// Seconds. A longer duration is believed only if the one before or after it is similar.
pub(super) const LONG: u32 = 10;
/// Seconds. A longer jump forward is not believed; a shorter one is a gap.
const MISSING: u32 = 24 * 3600;
/// Seconds by which one track may begin before another.
const EARLY: u32 = 60;
/// Seconds. No sample lasts longer.
pub(super) const LONGEST: u32 = 3600;
/// A bound beyond any real time, in ticks.
const FAR: i128 = 1 << 60;

/// A time or a difference of times, in ticks of a timescale. Memory that it needs is aligned to 8 bytes, as that of a board is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(Rust, packed(8))]
pub(super) struct Ticks {
    count: i128,
    timescale: u32,
}

impl Ticks {
    pub(super) const fn new(count: i128, timescale: u32) -> Self {
        Self { count, timescale }
    }

    pub(super) const fn timescale(self) -> u32 {
        self.timescale
    }

    /// Returns the earlier of two times.
    pub(super) fn earlier(self, other: Self) -> Self {
        if self.is_before(other) { self } else { other }
    }

    /// Returns the later of two times.
    pub(super) fn later(self, other: Self) -> Self {
        if self.is_before(other) { other } else { self }
    }

    fn is_before(self, other: Self) -> bool {
        self.count.saturating_mul(other.timescale.into()) < other.count.saturating_mul(self.timescale.into())
    }

    pub(super) const fn is_negative(self) -> bool {
        self.count < 0
    }

    /// Returns the exact time from this to `ticks` of a timescale, as numerator and denominator.
    pub(super) fn until(self, ticks: i64, timescale: u32) -> (i128, i128) {
        let (own, other) = (i128::from(self.timescale), i128::from(timescale));
        (i128::from(ticks) * own - self.count.saturating_mul(other), own * other)
    }

    /// Returns the nearest number of ticks in another timescale.
    pub(super) fn in_timescale(self, timescale: u32) -> i64 {
        clamped(self.count_in(timescale))
    }

    fn count_in(self, timescale: u32) -> i128 {
        if self.timescale == timescale {
            return self.count;
        }
        let from = i128::from(self.timescale);
        let scaled = self.count.saturating_mul(i128::from(timescale));
        floored(scaled.saturating_mul(2).saturating_add(from), 2 * from)
    }
}

/// When a fragment begins, by its track.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// In ticks, with the track's edit list.
    pub(super) ticks: i128,
    /// Whether the recording wrote it with 32 bits, so that it may have wrapped.
    pub(super) narrow: bool,
}

/// The clock of one track.
#[derive(Debug)]
pub(super) struct Clock {
    timescale: u32,
    /// What is added to the track's times.
    shift: Option<Ticks>,
    /// Whether there was a run, when the last one began, and when the next sample is expected.
    begun: bool,
    run: i64,
    next: i64,
    /// Whether the last run is a single sample, and whether it has no durations.
    single: bool,
    unknown: bool,
    /// The last duration that was believed.
    duration: u32,
    /// No later time is believed, if there is one.
    latest: Option<i64>,
}

/// When a run of samples begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) at: i64,
    /// Whether something is missing before it, or its time was repaired.
    pub(super) gap: bool,
}

impl Clock {
    /// Returns the clock of a track in a recording that begins.
    pub(super) const fn begin(timescale: u32) -> Self {
        Self {
            timescale,
            shift: None,
            begun: false,
            run: 0,
            next: 0,
            single: false,
            unknown: false,
            duration: 0,
            latest: None,
        }
    }

    /// Returns the clock of a track whose first sample is expected at this time, and is not before it.
    pub(super) const fn resume(timescale: u32, shift: Option<Ticks>, next: i64) -> Self {
        Self { timescale, shift, begun: true, run: next, next, single: true, unknown: false, duration: 0, latest: None }
    }

    /// Believes no time after this: the recording is being made, and the time is known.
    pub(super) fn believe_until(&mut self, latest: Ticks) {
        self.latest = Some(latest.in_timescale(self.timescale));
    }

    /// Returns whether there was a run.
    pub(super) const fn has_begun(&self) -> bool {
        self.begun
    }

    /// Returns when the next sample is expected.
    pub(super) const fn next(&self) -> i64 {
        self.next
    }

    fn seconds(&self, seconds: u32) -> i64 {
        i64::from(self.timescale) * i64::from(seconds)
    }

    /// So many seconds, or what an offset holds if that is less.
    fn offset(&self, seconds: u32) -> i64 {
        self.seconds(seconds).min(1 << 30)
    }

    /// Places a run of samples. `others` is the latest shift of any track. A track that jumps takes it over if it fits, and
    /// replaces it otherwise. `beside` is when the next sample of the other track is expected.
    pub(super) fn place(&mut self, start: Option<Start>, others: &mut Option<Ticks>, beside: Option<i64>) -> Placed {
        let Some(Start { ticks, narrow }) = start else { return Placed { at: self.next, gap: false } };
        let long = i128::from(self.offset(LONG));
        // Some recorders write no durations. The last known one is used until the next run begins.
        let next = i128::from(self.next) + if self.unknown { self.duration.into() } else { 0 };
        let mut continued = false;
        let mut shift = if let Some(shift) = self.shift.or(*others) {
            shift.count_in(self.timescale)
        } else {
            // The first time of the recording: its own clock if that begins near 0, or else what continues the runs before.
            let own = ticks.abs() <= long && ticks >= if self.begun { next } else { -long };
            continued = self.begun && !own;
            let shift = if own { 0 } else { next - ticks };
            *others = Some(Ticks::new(shift, self.timescale));
            shift
        };
        if narrow {
            shift += wrapped(ticks + shift, next, long);
        }
        let at = ticks + shift;
        let other = others.map(|other| other.count_in(self.timescale)).filter(|other| *other != shift);
        let other = other.filter(|other| (ticks + other - next).abs() <= long);
        // A single picture may have the time of the one before it.
        let least = i128::from(self.run) + i128::from(!self.single);
        let least = if self.begun { least } else { next - i128::from(self.offset(EARLY)) };
        let beside = beside.is_some_and(|beside| (at - i128::from(beside)).abs() <= long);
        let believed = at >= least && (beside || at - next <= i128::from(self.seconds(MISSING)));
        let believed = self.latest.map_or(believed, |latest| at >= least && at <= i128::from(latest));
        // It jumped if the other track did, and is nearer to where it was by that track's shift.
        let nearer = other.is_some_and(|other| (ticks + other - next).abs() < (at - next).abs());
        if believed && !(self.begun && nearer) {
            self.shift = Some(Ticks::new(shift, self.timescale));
            let missing = self.begun && at - next > i128::from(self.seconds(1));
            return Placed { at: clamped(at), gap: missing || continued };
        }
        let shift = Ticks::new(other.unwrap_or(next - ticks), self.timescale);
        self.shift = Some(shift);
        if other.is_none() {
            *others = Some(shift);
        }
        Placed { at: clamped(ticks + shift.count).max(self.run), gap: true }
    }

    /// The times of the last run are final: the next one begins when it ends, or later.
    pub(super) const fn settle(&mut self) {
        (self.run, self.single) = (self.next, true);
    }

    /// Assigns decode times to the samples of a run that starts at `begin`, and flags those whose duration or offset it repairs.
    pub(super) fn run(&mut self, begin: i64, samples: &mut [Sample]) {
        let (long, far) = (duration(self.seconds(LONG)), duration(self.offset(LONG)));
        for at in 0..samples.len() {
            let following = samples.get(at + 1).map(|sample| sample.duration);
            let Some(sample) = samples.get_mut(at) else { break };
            let alike = |other: u32| sample.duration / 2 <= other;
            let similar = alike(self.duration) || following.is_some_and(alike);
            if sample.duration > long && (!similar || i64::from(sample.duration) > self.seconds(LONGEST)) {
                let following = following.filter(|&following| following <= long);
                sample.duration = if self.duration > 0 { self.duration } else { following.unwrap_or(0) };
                sample.gap = true;
            }
            if sample.duration > 0 {
                self.duration = sample.duration;
            }
            if sample.offset.unsigned_abs() > far {
                (sample.offset, sample.gap) = (0, true);
            }
        }
        if let (Some(latest), [sample]) = (self.latest, &mut *samples) {
            let most = latest.saturating_sub(begin).max(0);
            if i64::from(sample.duration) > most {
                (sample.duration, sample.gap) = (duration(most), true);
            }
            if i64::from(sample.offset) > most - i64::from(sample.duration) {
                (sample.offset, sample.gap) = (0, true);
            }
        }
        (self.begun, self.run, self.single) = (true, begin, samples.len() == 1);
        self.next = line_up(begin, samples);
        self.unknown = self.next == begin;
    }

    /// Makes the last run end at `end`, unless that leaves a gap of more than a second. Flags a run that is shortened by more than
    /// a second.
    pub(super) fn fit(&mut self, samples: &mut [Sample], end: i64) {
        let Some(first) = samples.first_mut() else { return };
        let (begin, excess) = (first.decode, self.next.saturating_sub(end));
        first.gap |= excess > self.seconds(1);
        let count = i64::try_from(samples.len()).unwrap_or(i64::MAX);
        if self.unknown {
            let usual = if self.duration > 0 { self.duration.into() } else { self.seconds(1) };
            spread(samples, end.saturating_sub(begin).min(count.saturating_mul(usual)));
        } else if excess > 0 && !shorten(samples, excess) {
            spread(samples, end.saturating_sub(begin));
        } else if excess < 0
            && -excess <= self.seconds(1)
            && let Some(last) = samples.last_mut()
        {
            last.duration = last.duration.saturating_add(duration(-excess));
        }
        line_up(begin, samples);
        if let Some(last) = samples.last().filter(|last| last.duration > 0) {
            self.duration = last.duration;
        }
    }
}

/// Returns how many ticks a clock of 32 bits that wrapped has to be moved to be near `next`, or 0.
fn wrapped(at: i128, next: i128, long: i128) -> i128 {
    let turns = ((next - at + (1 << 31)) >> 32) << 32;
    if (at + turns - next).abs() <= long { turns } else { 0 }
}

/// Shortens the last sample by `excess` ticks, or the longest if the last is too short. Returns `false` if no sample is longer
/// than `excess`.
fn shorten(samples: &mut [Sample], excess: i64) -> bool {
    let longer = |sample: &Sample| i64::from(sample.duration) > excess;
    let last = samples.last().is_some_and(longer);
    let found = if last { samples.last_mut() } else { samples.iter_mut().max_by_key(|sample| sample.duration) };
    let Some(sample) = found.filter(|sample| longer(sample)) else { return false };
    sample.duration = sample.duration.saturating_sub(duration(excess));
    true
}

/// Gives all samples the same duration.
fn spread(samples: &mut [Sample], span: i64) {
    let count = i64::try_from(samples.len()).unwrap_or(i64::MAX);
    let each = duration(span.checked_div(count).unwrap_or(0));
    for sample in samples {
        sample.duration = each;
    }
}

/// Places samples one after the other, and returns when the last one ends.
fn line_up(begin: i64, samples: &mut [Sample]) -> i64 {
    samples.iter_mut().fold(begin, |at, sample| {
        sample.decode = at;
        at.saturating_add(sample.duration.into()).min(FAR as i64)
    })
}

/// A duration as a sample has it.
fn duration(ticks: i64) -> u32 {
    u32::try_from(ticks.max(0)).unwrap_or(u32::MAX)
}

fn clamped(ticks: i128) -> i64 {
    ticks.clamp(-FAR, FAR) as i64
}

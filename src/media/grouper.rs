mod codecs;
mod live;

use alloc::collections::VecDeque;
use alloc::vec::Vec;

#[cfg(feature = "video")]
use super::TrackInfo;
use super::buffers::Buffers;
use super::chunks::{Chunk, Chunks};
use super::clock::{Clock, Start, Ticks};
use super::codec::{Codec, Sample};
use super::division::floored;
use super::{Cut, fragment};
use crate::cbor::limits;
use crate::record::{Layer, Millis, SegmentKind};

const SEGMENT: u64 = limits::SEGMENT_BYTES as u64;
/// The most bytes of pictures in a group.
const GROUP: u64 = 2 * SEGMENT;
/// The most bytes of pictures that wait for their sound.
const WAIT: u64 = SEGMENT;
/// Seconds of a group of sound alone.
const SOUND_ALONE: i64 = 2;
/// The fewest bytes of samples that a group has, on average.
const LEAST: u64 = 256;
/// By how many bytes codec parameters, and groups at [`LEAST`], may exceed the samples.
const SURPLUS: u64 = 4 << 20;

/// Gathers the samples of pictures and sound into groups.
///
/// A group begins with a picture at which decoding can begin. It takes the sound that begins between its start and the start of
/// the next group. Until that sound has come, the group waits, up to a limit.
#[derive(Default)]
pub(super) struct Grouper {
    pictures: Option<Lane>,
    sound: Option<Lane>,
    /// Sound whose codec parameters changed within a group. The next group begins with it.
    next_sound: Option<Lane>,
    /// Whether there are pictures in all groups or in none; `None` before the first.
    has_pictures: Option<bool>,
    /// When the samples of the last codec parameters of each layer end, and how much later they are decoded.
    ends: [Option<Ticks>; 2],
    lifts: [Option<Ticks>; 2],
    /// How many groups are closed, the bytes of codec parameters, and those of samples.
    groups: u64,
    described: u64,
    taken: u64,
    failed: Option<codecs::Failure>,
    /// The latest shift of a track that jumped.
    shift: Option<Ticks>,
    /// Codec parameters that no group has begun with yet.
    inits: Vec<(Layer, Vec<u8>)>,
    /// The group that is being gathered, and those that wait for their sound.
    group: Group,
    waiting: VecDeque<Group>,
    waiting_bytes: u64,
    /// When the first sample is presented: milliseconds count from here.
    origin: Option<Ticks>,
    /// Milliseconds at which the last group began and ended.
    last: Option<(u64, u64)>,
    /// Whether the first group has a gap, which the one after it shows.
    owed: bool,
    /// Sound samples that belong to no group.
    left_out: u64,
    ready: VecDeque<Cut>,
    pub(super) buffers: Buffers,
    /// Whether the recording is cut while it is made.
    live: bool,
    /// What the clock says, and when the last sample of each group came that was cut and not asked for.
    now: Millis,
    given: VecDeque<Millis>,
}

/// Samples of one track, and what they say.
pub(super) struct Run {
    pub(super) layer: Layer,
    /// When the first is decoded; `None` if it follows the last one.
    pub(super) start: Option<Start>,
    /// Their decode times are not set yet.
    pub(super) samples: Vec<Sample>,
    pub(super) data: Chunk,
    /// Whether it ends where its durations say, wherever the next one begins.
    pub(super) ends: bool,
}

/// The samples of one track that are not cut yet.
struct Lane {
    codec: Codec,
    clock: Clock,
    /// Whether codec parameters came again. A following run without a start time may then not continue the last one.
    renewed: bool,
    /// The last run, which ends where the next one begins.
    run: Vec<Sample>,
    /// The samples before it that are in no group.
    samples: VecDeque<Sample>,
    data: Chunks,
    /// Added to decode times and subtracted from offsets, so that no decode time is negative.
    lift: Option<i64>,
    /// When the last run came, if the recording is being made.
    given: Millis,
}

/// The pictures of a group, or the sound of one without pictures.
#[derive(Default)]
struct Group {
    inits: Vec<(Layer, Vec<u8>)>,
    samples: Vec<Sample>,
    written: Written,
    /// When its first sample is presented, and when the last presentation ends.
    span: Option<(i64, i64)>,
    /// The least of zero and the composition offsets of its samples.
    earliest: i32,
    /// What it takes of memory.
    bytes: u64,
    gap: bool,
    /// When its last sample came, if the recording is being made.
    given: Millis,
}

/// What a sample takes of memory besides its bytes.
const SAMPLE: u64 = size_of::<Sample>() as u64 + 8;

impl Group {
    fn push(&mut self, sample: Sample) {
        let (start, end) = self.span.unwrap_or((sample.start(), sample.end()));
        self.span = Some((start.min(sample.start()), end.max(sample.end())));
        self.earliest = self.earliest.min(sample.offset);
        self.bytes += SAMPLE + u64::from(sample.size);
        self.written = self.written.and(&sample);
        self.samples.push(sample);
    }

    fn span(&self) -> (i64, i64) {
        self.span.unwrap_or_default()
    }
}

impl Grouper {
    /// Returns the lanes, the pictures' first.
    fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.pictures.iter().chain(&self.sound)
    }

    /// Returns the tracks, the pictures' first.
    #[cfg(feature = "video")]
    pub(super) fn tracks(&self) -> Vec<TrackInfo> {
        self.lanes().map(|lane| TrackInfo::of(&lane.codec)).collect()
    }

    /// Returns the lane of a layer that takes samples.
    fn filled(&self, layer: Layer) -> Option<&Lane> {
        match layer {
            Layer::Pictures => self.pictures.as_ref(),
            Layer::Sound => self.next_sound.as_ref().or(self.sound.as_ref()),
        }
    }

    /// Returns the place of the lane of a layer that takes samples.
    const fn lane_of(&mut self, layer: Layer) -> &mut Option<Lane> {
        match layer {
            Layer::Pictures => &mut self.pictures,
            Layer::Sound if self.next_sound.is_some() => &mut self.next_sound,
            Layer::Sound => &mut self.sound,
        }
    }

    /// The layer by which groups are made.
    const fn main(&self) -> Layer {
        if self.pictures.is_some() { Layer::Pictures } else { Layer::Sound }
    }

    /// Takes a run.
    pub(super) fn push(&mut self, run: Run) {
        let Run { layer, start, mut samples, data, ends } = run;
        let other = match layer {
            Layer::Pictures => Layer::Sound,
            Layer::Sound => Layer::Pictures,
        };
        let beside = self.filled(other).filter(|other| other.clock.has_begun()).map(Lane::end);
        let mut shift = self.shift;
        self.taken += data.samples().len() as u64;
        let Some(lane) = self.lane_of(layer) else { return };
        let mut placed = lane.clock.place(start, &mut shift, beside.map(|end| end.in_timescale(lane.codec.timescale)));
        if let [one] = &mut lane.run[..]
            && (layer, one.decode) == (Layer::Sound, placed.at)
        {
            // Of two frames of sound that are said to begin at one time, the second follows the first.
            let lasts = samples.first().map(|first| first.duration).filter(|lasts| *lasts <= lane.codec.timescale);
            one.duration = if one.duration == 0 { lasts.unwrap_or(0) } else { one.duration };
            placed.at = one.end();
        } else {
            lane.clock.fit(&mut lane.run, placed.at);
        }
        self.shift = shift;
        self.commit(layer);
        // Sound whose pictures do not come, or come much later, is left out.
        let is_alone = self.has_pictures.is_some_and(|all| all && self.pictures.is_none());
        let most = match (layer, &self.pictures) {
            _ if is_alone => 0,
            (Layer::Sound, Some(_)) => GROUP,
            _ => u64::MAX,
        };
        let now = self.now;
        let Some(lane) = self.lane_of(layer) else { return };
        if layer == Layer::Sound {
            // Sound is heard in the order in which it is decoded.
            for sample in samples.iter_mut().filter(|sample| sample.offset != 0) {
                (sample.offset, sample.gap) = (0, true);
            }
        }
        lane.clock.run(placed.at, &mut samples);
        let renewed = core::mem::take(&mut lane.renewed) && start.is_none();
        if let Some(first) = samples.first_mut() {
            first.gap |= placed.gap || renewed;
        }
        let mut rest = data.samples();
        for sample in &mut samples {
            let Some((bytes, after)) = rest.split_at_checked(sample.size as usize) else { break };
            sample.begins = lane.codec.coding.begins(sample.begins, bytes);
            rest = after;
        }
        if lane.data.len() + SAMPLE * lane.samples.len() as u64 >= most {
            self.left_out += samples.len() as u64;
            self.group.gap = true;
            return;
        }
        (lane.run, lane.given) = (samples, now);
        lane.data.push(data);
        // A long run does not wait for the next one, which says when it ends.
        if ends || lane.data.len() > GROUP {
            lane.clock.settle();
            self.commit(layer);
        }
        self.drain(None, false);
    }

    /// Moves the last run of a layer, whose times are final, into groups.
    fn commit(&mut self, layer: Layer) {
        let main = self.main();
        let Some(lane) = self.lane_of(layer) else { return };
        let run = core::mem::take(&mut lane.run);
        if layer != main {
            lane.samples.extend(run);
            return;
        }
        let (two, given) = (i64::from(lane.codec.timescale) * SOUND_ALONE, lane.given);
        for sample in run {
            // Groups cost what samples do.
            let affords = LEAST * self.groups <= self.taken + SURPLUS;
            let begins = affords && layer == Layer::Pictures && sample.begins;
            let is_over = match layer {
                // A group that is too long goes on in the next one.
                Layer::Pictures => self.group.bytes + SAMPLE + u64::from(sample.size) > GROUP,
                // It is one segment.
                Layer::Sound => self.group.samples.first().is_some_and(|first| {
                    let is_long = sample.end().saturating_sub(first.start()) > two;
                    affords && is_long || !self.group.written.and(&sample).fits()
                }),
            };
            if begins || is_over {
                self.close();
            }
            if begins {
                self.renew_sound(sample.start());
            }
            self.group.push(sample);
            self.group.given = given;
        }
    }

    fn close(&mut self) {
        if self.group.samples.is_empty() {
            return;
        }
        self.groups += 1;
        let mut group = core::mem::take(&mut self.group);
        group.inits = core::mem::take(&mut self.inits);
        group.bytes += fragment::OVERHEAD;
        self.waiting_bytes += group.bytes;
        self.waiting.push_back(group);
    }

    /// Cuts everything that waits: the recording ends, or its codec parameters change.
    pub(super) fn finish(&mut self) {
        self.commit(Layer::Pictures);
        self.commit(Layer::Sound);
        self.close();
        self.drain(None, true);
        if self.pictures.is_some() {
            // No group is left for this sound: there are no pictures, or its segment is full.
            self.drop_sound();
            let next = self.next_sound.take();
            self.leave_out(next);
        }
    }

    /// Counts the samples of a lane that belong to no group.
    fn leave_out(&mut self, lane: Option<Lane>) {
        self.left_out += lane.map_or(0, |lane| (lane.samples.len() + lane.run.len()) as u64);
    }

    /// Leaves out the sound that belongs to no group.
    fn drop_sound(&mut self) {
        let Some(sound) = &mut self.sound else { return };
        self.left_out += sound.samples.len() as u64;
        sound.samples.clear();
        sound.data = Chunks::default();
    }

    /// Returns the next cut.
    pub(super) fn next(&mut self) -> Option<Cut> {
        self.ready.pop_front()
    }

    /// Returns how many sound samples belong to no group.
    pub(super) const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Cuts the groups whose sound is complete, or all. `next` is when the group begins that is to come, if that is known.
    fn drain(&mut self, next: Option<i64>, all: bool) {
        while let Some(group) = self.waiting.front() {
            let next = self.next_begin().or(next);
            let both = self.pictures.as_ref().zip(self.sound.as_ref());
            let (complete, silent) = match (both, next) {
                (None, next) => (all || !self.live || next.is_some(), false),
                (Some(_), None) => (all, false),
                (Some((pictures, sound)), Some(end)) => {
                    let next = Ticks::new(end.into(), pictures.codec.timescale).in_timescale(sound.codec.timescale);
                    let heard = sound.samples.back().is_some_and(|last| last.start() >= next);
                    let full = self.waiting_bytes > WAIT + group.bytes || self.is_overdue(end);
                    (all || heard || full, full && !heard && sound.clock.has_begun())
                }
            };
            if !complete {
                return;
            }
            let Some(mut group) = self.waiting.pop_front() else { return };
            self.waiting_bytes -= group.bytes;
            // Sound that comes for it later is left out.
            group.gap |= silent;
            self.cut(group, next);
        }
    }

    fn cut(&mut self, mut group: Group, next: Option<i64>) {
        let main = self.main();
        let (start, end) = group.span();
        let Some(lane) = self.lanes().next() else { return };
        let timescale = lane.codec.timescale;
        let sound = self.take_sound(self.last.map(|_| start), next, timescale);
        if self.origin.is_none() {
            self.set_origin(start, timescale, &sound);
        }
        let origin = self.origin.unwrap_or(Ticks::new(0, 1));
        let (from, to) = millis((start, end), origin, timescale);
        let (before, ended) = self.last.unwrap_or((0, 0));
        let from = from.max(before);
        let to = to.clamp(from, from.saturating_add(u32::MAX.into()));
        let within = group.gap || group.samples.iter().chain(&sound).any(|sample| sample.gap);
        let gap = self.last.is_some() && (within || self.owed || from > ended.saturating_add(JUMP));
        self.owed = self.last.is_none() && within;
        self.last = Some((from, to));
        if self.live {
            self.given.push_back(group.given);
        }
        let first = self.ready.len();
        let piece = |layer, kind, (start, end): (u64, u64), samples: usize, bytes| Cut {
            layer,
            kind,
            group: false,
            gap: false,
            samples: samples as u64,
            start: Millis(start),
            duration: Millis(end.saturating_sub(start).min(u32::MAX.into())),
            bytes,
        };
        for (layer, bytes) in group.inits.drain(..) {
            self.ready.push_back(piece(layer, SegmentKind::Init, (from, from), 0, bytes));
        }
        // A segment holds 16 MiB: a long group goes on in the next.
        let (parts, mut least) = (parts(&group.samples), from);
        for (place, part) in parts.iter().enumerate() {
            let own = span(part).map_or((from, to), |span| millis(span, origin, timescale));
            let start = if place == 0 { from } else { own.0.max(least) };
            let end = if parts.len() == 1 { to } else { own.1.max(start) };
            least = start;
            let lane = if main == Layer::Pictures { &mut self.pictures } else { &mut self.sound };
            let Some(lane) = lane else { return };
            let bytes = lane.write(origin, part, &mut self.buffers);
            self.ready.push_back(piece(main, SegmentKind::Media, (start, end), part.len(), bytes));
        }
        if let (Layer::Pictures, Some(lane)) = (main, &mut self.sound) {
            let time = span(&sound).map_or((from, from), |span| millis(span, origin, lane.codec.timescale));
            let bytes = lane.write(origin, &sound, &mut self.buffers);
            self.ready.push_back(piece(Layer::Sound, SegmentKind::Media, time, sound.len(), bytes));
        }
        if let Some(cut) = self.ready.get_mut(first) {
            (cut.group, cut.gap) = (true, gap);
        }
    }

    /// The sound that begins before the next group, as far as it fits a segment. What begins before this group has had its group,
    /// and is left out; `start` is `None` for the first group, which has no other before it.
    fn take_sound(&mut self, start: Option<i64>, next: Option<i64>, timescale: u32) -> Vec<Sample> {
        let (Some(_), Some(sound)) = (&self.pictures, &mut self.sound) else { return Vec::new() };
        let ticks = |time: i64| Ticks::new(time.into(), timescale).in_timescale(sound.codec.timescale);
        let (start, next) = (start.map(ticks), next.map(ticks));
        let late = sound.samples.iter().take_while(|sample| start.is_some_and(|start| sample.start() < start)).count();
        let bytes = sound.samples.drain(..late).map(|sample| u64::from(sample.size)).sum();
        sound.data.take(bytes, &mut self.buffers, |_| {});
        self.left_out += late as u64;
        let before = |sample: &&Sample| next.is_none_or(|next| sample.start() < next);
        let count = sound.samples.iter().take_while(before).count();
        let count = fitting(sound.samples.iter().take(count)).min(count);
        sound.samples.drain(..count).collect()
    }

    /// The recording begins where its first sample is presented, or at its own 0 if that is later.
    fn set_origin(&mut self, start: i64, timescale: u32, sound: &[Sample]) {
        // The recording's own clock is in use: it was not shifted by half a second or more.
        let own = self.shift.is_none_or(|shift| shift.in_timescale(1) == 0);
        let mut origin = Ticks::new(start.into(), timescale);
        if let (Some((heard, _)), Some(lane)) = (span(sound), &self.sound)
            && origin.in_timescale(lane.codec.timescale) > heard
        {
            origin = Ticks::new(heard.into(), lane.codec.timescale);
        }
        self.origin = Some(if own && origin.is_negative() { Ticks::new(0, 1) } else { origin });
    }
}

impl Lane {
    /// When its next sample is expected.
    fn end(&self) -> Ticks {
        Ticks::new(self.clock.next().into(), self.codec.timescale)
    }

    /// Returns the samples as fragments, with times counted from the origin.
    fn write(&mut self, origin: Ticks, samples: &[Sample], buffers: &mut Buffers) -> Vec<u8> {
        let Some(first) = samples.first() else { return Vec::new() };
        let origin = origin.in_timescale(self.codec.timescale);
        let lift = *self.lift.get_or_insert((origin - first.decode).max(0));
        let placed: Vec<_> = samples.iter().map(|sample| sample.moved(lift, origin)).collect();
        let size: usize = samples.iter().map(|sample| (u64::from(sample.size) + fragment::PER_SAMPLE) as usize).sum();
        if let Some(bytes) = self.taken_whole(&placed) {
            return bytes;
        }
        let mut bytes = buffers.take(size + fragment::OVERHEAD as usize);
        bytes.clear();
        for (number, part) in (1..).zip(fragment::parts(&placed)) {
            let length = fragment::head(self.codec.layer, number, part, &mut bytes);
            self.data.take(length, buffers, |data| bytes.extend_from_slice(data));
        }
        bytes
    }

    /// Returns samples as one fragment in the buffer that they were read into, if it holds nothing else.
    fn taken_whole(&mut self, samples: &[Sample]) -> Option<Vec<u8>> {
        if !self.data.has_room() || fragment::parts(samples).nth(1).is_some() {
            return None;
        }
        let mut head = Vec::with_capacity(fragment::OVERHEAD as usize);
        let length = fragment::head(self.codec.layer, 1, samples, &mut head);
        self.data.take_behind(&head, length)
    }
}

/// Milliseconds without pictures that are a gap.
const JUMP: u64 = 1000;

/// Splits a group into parts that each fit a segment.
fn parts(samples: &[Sample]) -> Vec<&[Sample]> {
    let (mut parts, mut rest) = (Vec::new(), samples);
    while !rest.is_empty() {
        let (part, after) = rest.split_at(fitting(rest));
        parts.push(part);
        rest = after;
    }
    parts
}

/// How many of these samples fit a segment; at least one.
fn fitting<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> usize {
    let sums = samples.into_iter().scan(Written::default(), |written, sample| {
        *written = written.and(sample);
        Some(*written)
    });
    sums.take_while(|written| written.fits()).count().max(1)
}

/// Samples as fragments.
#[derive(Clone, Copy, Default)]
struct Written {
    /// The most bytes that they have.
    length: u64,
    /// When the last one ends.
    end: Option<i64>,
}

impl Written {
    /// Returns these samples and another one.
    fn and(self, sample: &Sample) -> Self {
        // Where something is missing, another fragment begins.
        let head = if self.end == Some(sample.decode) { 0 } else { fragment::OVERHEAD };
        let length = self.length + head + fragment::PER_SAMPLE + u64::from(sample.size);
        Self { length, end: Some(sample.decode.saturating_add(sample.duration.into())) }
    }

    /// Returns whether they fit a segment.
    const fn fits(self) -> bool {
        self.length <= SEGMENT
    }
}

/// Returns when the first of these samples is presented, and when the last presentation ends.
fn span(samples: &[Sample]) -> Option<(i64, i64)> {
    Some((samples.iter().map(Sample::start).min()?, samples.iter().map(Sample::end).max()?))
}

/// Returns a span in milliseconds from the origin: its start rounded down, its end rounded up.
fn millis((start, end): (i64, i64), origin: Ticks, timescale: u32) -> (u64, u64) {
    let whole = |millis: i128| u64::try_from(millis.max(0)).unwrap_or(u64::MAX);
    let ((start, scale), (end, _)) = (origin.until(start, timescale), origin.until(end, timescale));
    let (start, end) = (start.saturating_mul(1000), end.saturating_mul(1000));
    (whole(floored(start, scale)), whole(floored(end + scale - 1, scale)))
}

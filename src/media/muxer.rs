use core::fmt;
use core::ops::Range;
use std::collections::BTreeSet;
use std::io::{self, Write};

use thiserror::Error;

use super::clock::Ticks;
use super::codec::{Codec, Sample};
use super::fragment::{atom, file_type, full, movie_header, no_samples, track_box, track_extends, words};
use super::mp4::Init;
use super::{CutError, fragment};
use crate::record::{Layer, SegmentKind};

/// The form of a playable file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Form {
    /// A fragmented MP4: it plays while it comes, by `<video>` and by Media Source Extensions.
    #[default]
    Fragmented,
    /// An MP4 with its index in front: every player opens it. Laying it out takes up to 100 bytes of memory for each sample.
    FastStart,
}

/// Why segments cannot be put together into a file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MuxError {
    /// A segment is not what the format says that it is. Its content can be written as it is.
    #[error("a segment is no MP4 that can be read: write its content as it is")]
    Segment(#[from] CutError),
    /// The codec parameters of a layer change. Begin another file with the segment.
    #[error("the codec parameters change: begin another file with this segment")]
    Codec,
    /// The segments are not those that were laid out, or their order is another.
    #[error("the segments are not those that were laid out, in the same order")]
    Order,
    /// The sink failed.
    #[error("the file could not be written")]
    Write(#[source] io::Error),
}

/// The first pass over the segments of a run that become one playable file: it takes their times and, for
/// [`Form::FastStart`], their index.
///
/// The file begins at 0, lasts as long as what it shows, and has nothing in it but codec parameters, times and samples.
pub struct Layout {
    form: Form,
    tracks: [Option<Track>; 2],
    /// Whether each piece of samples is of sound, with an index in front.
    order: Vec<(Layer, u32)>,
}

struct Track {
    /// The content of the init segment.
    content: Vec<u8>,
    init: Init,
    /// The parameter sets in the sample entry.
    known_sets: BTreeSet<Vec<u8>>,
    /// When the first sample is decoded, and the least offset of a presentation from that, or 0.
    decoded: Option<i64>,
    least: i32,
    /// When the first presentation begins and the last one ends.
    shown: Option<(i64, i64)>,
    /// Whether samples have parameter sets that are not those of the sample entry.
    has_other_parameter_sets: bool,
    /// Every sample, with an index in front.
    samples: Vec<Alike>,
}

/// Samples that differ in nothing but their decode times, each of which begins where the one before it ends.
#[derive(Clone, Copy)]
struct Alike {
    first: Sample,
    count: u32,
}

impl Alike {
    /// Takes the next sample if it is like these.
    fn take(&mut self, sample: &Sample) -> bool {
        let next = self.first.decode.saturating_add(i64::from(self.count) * i64::from(self.first.duration));
        let alike = *sample == Sample { decode: next, ..self.first } && self.count < u32::MAX;
        self.count += u32::from(alike);
        alike
    }

    fn each(self) -> impl Iterator<Item = Sample> {
        (0..self.count).map(move |number| {
            let since = i64::from(number) * i64::from(self.first.duration);
            Sample { decode: self.first.decode.saturating_add(since), ..self.first }
        })
    }
}

impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layout").field("form", &self.form).finish_non_exhaustive()
    }
}

impl Layout {
    /// Begins to lay out a file of this form.
    pub const fn new(form: Form) -> Self {
        Self { form, tracks: [None, None], order: Vec::new() }
    }

    /// Takes the content of the next segment of the run.
    pub fn add(&mut self, layer: Layer, kind: SegmentKind, content: &[u8]) -> Result<(), MuxError> {
        let Some(track) = self.tracks.get_mut(layer.place()) else { return Ok(()) };
        if kind == SegmentKind::Init {
            match track {
                Some(track) if track.content == content => {}
                Some(_) => return Err(MuxError::Codec),
                None => *track = Some(Track::new(content, layer)?),
            }
            return Ok(());
        }
        if content.is_empty() {
            return Ok(());
        }
        let Some(track) = track else { return Err(MuxError::Order) };
        let (fast_start, order) = (self.form == Form::FastStart, &mut self.order);
        let Track { init, known_sets, decoded, least, shown, has_other_parameter_sets, samples: all, .. } = track;
        init.samples(content, |samples, data| {
            let mut rest = data;
            for sample in samples {
                let (bytes, after) = rest.split_at_checked(sample.size as usize).unwrap_or_default();
                rest = after;
                *has_other_parameter_sets =
                    *has_other_parameter_sets || init.codec.coding.has_other_parameter_sets(bytes, known_sets);
                decoded.get_or_insert(sample.decode);
                *least = sample.offset.min(*least);
                let (start, end) = shown.unwrap_or((sample.start(), sample.end()));
                *shown = Some((sample.start().min(start), sample.end().max(end)));
                if fast_start && !all.last_mut().is_some_and(|alike| alike.take(sample)) {
                    all.push(Alike { first: *sample, count: 1 });
                }
            }
            if fast_start {
                order.push((layer, samples.len() as u32));
            }
            Ok(())
        })
    }

    /// Writes the beginning of the file. The same segments are to follow.
    pub fn begin<W: Write>(self, sink: W) -> Result<Muxer<W>, MuxError> {
        let Self { form, tracks, order } = self;
        let tracks = tracks.map(|track| track.filter(|track| track.shown.is_some()));
        let present = || tracks.iter().flatten();
        let frame = Frame::of(&tracks);
        let mut head = Vec::new();
        file_type(&mut head);
        match form {
            Form::Fragmented => {
                atom(&mut head, *b"moov", |to| {
                    let whole = frame.whole(&tracks);
                    movie_header(to, frame.timescale, whole);
                    for track in present() {
                        // Players take the media from there on, however long it is.
                        track_box(
                            to,
                            &track.codec(),
                            [frame.end(track), 0],
                            |to| frame.edits(to, track, 0),
                            no_samples,
                        );
                    }
                    atom(to, *b"mvex", |to| {
                        full(to, *b"mehd", 1 << 24, |to| to.extend_from_slice(&whole.to_be_bytes()));
                        for track in present() {
                            track_extends(to, track.init.codec.layer);
                        }
                    });
                });
            }
            Form::FastStart => {
                let bytes: u64 = present().map(Track::bytes).sum();
                let length = u32::try_from(bytes + 8);
                let chunks = index(&mut head, &tracks, &order, &frame);
                // Where the data begins is known when the index is written.
                let data = head.len() as u64 + if length.is_ok() { 8 } else { 16 };
                for place in chunks.into_iter().flat_map(|chunks| chunks.step_by(8)) {
                    if let Some(at) = head.get_mut(place..).and_then(|rest| rest.first_chunk_mut()) {
                        *at = (u64::from_be_bytes(*at) + data).to_be_bytes();
                    }
                }
                words(&mut head, &[length.unwrap_or(1)]);
                head.extend_from_slice(b"mdat");
                if length.is_err() {
                    head.extend_from_slice(&(bytes + 16).to_be_bytes());
                }
            }
        }
        let mut muxer = Muxer { sink, form, number: 1, tracks, left: order.len() };
        muxer.sink.write_all(&head).map_err(MuxError::Write)?;
        Ok(muxer)
    }
}

impl Track {
    fn new(content: &[u8], layer: Layer) -> Result<Self, MuxError> {
        let mut init = Init::read(content).map_err(MuxError::Segment)?;
        init.codec.layer = layer;
        Ok(Self {
            content: content.to_vec(),
            known_sets: init.codec.parameter_sets(),
            init,
            decoded: None,
            least: 0,
            shown: None,
            has_other_parameter_sets: false,
            samples: Vec::new(),
        })
    }

    /// Returns the codec parameters under the name that most players know, where it is true.
    fn codec(&self) -> Codec {
        let mut codec = self.init.codec.clone();
        if !self.has_other_parameter_sets
            && let Some(name) = codec.entry.get_mut(4..8)
        {
            match &*name {
                b"hev1" => name.copy_from_slice(b"hvc1"),
                b"avc3" => name.copy_from_slice(b"avc1"),
                _ => {}
            }
        }
        codec
    }

    /// When the first presentation begins.
    fn start(&self) -> Option<Ticks> {
        self.shown.map(|(start, _)| Ticks::new(start.into(), self.init.codec.timescale))
    }

    /// Returns so many ticks after the first sample is decoded, at which the first presentation begins, and the last one ends. No
    /// offset is below 0 by then.
    fn media(&self) -> [u64; 2] {
        let (start, end) = self.shown.unwrap_or_default();
        let from = self.decoded.unwrap_or(0).saturating_add(self.least.into());
        [start, end].map(|at| u64::try_from(at.saturating_sub(from)).unwrap_or(0))
    }

    fn bytes(&self) -> u64 {
        self.samples.iter().map(|alike| u64::from(alike.first.size) * u64::from(alike.count)).sum()
    }

    /// Returns every sample, with an index in front.
    fn each(&self) -> impl Iterator<Item = Sample> {
        self.samples.iter().copied().flat_map(Alike::each)
    }
}

/// The time that becomes 0, and the timescale of the movie.
struct Frame {
    first: Ticks,
    /// That of the track that begins later, so that its delay is exact.
    timescale: u32,
}

impl Frame {
    fn of(tracks: &[Option<Track>; 2]) -> Self {
        let starts = || tracks.iter().flatten().filter_map(Track::start);
        let first = starts().reduce(Ticks::earlier).unwrap_or(Ticks::new(0, 1000));
        Self { first, timescale: starts().reduce(Ticks::later).unwrap_or(first).timescale() }
    }

    /// Returns how long after the first presentation of all this one is, in ticks of the movie.
    fn since(&self, at: i64, timescale: u32) -> u64 {
        let at = Ticks::new(at.into(), timescale).in_timescale(self.timescale);
        u64::try_from(at.saturating_sub(self.first.in_timescale(self.timescale))).unwrap_or(0)
    }

    fn end(&self, track: &Track) -> u64 {
        self.since(track.shown.unwrap_or_default().1, track.init.codec.timescale)
    }

    fn whole(&self, tracks: &[Option<Track>; 2]) -> u64 {
        tracks.iter().flatten().map(|track| self.end(track)).max().unwrap_or(0)
    }

    /// Writes the edit list of a track: its delay, and where in its media the first presentation begins.
    fn edits(&self, to: &mut Vec<u8>, track: &Track, duration: u64) {
        let delay = self.since(track.shown.unwrap_or_default().0, track.init.codec.timescale);
        let [begin, _] = track.media();
        let mut edits = vec![[duration, begin]];
        if delay > 0 {
            edits.insert(0, [delay, u64::MAX]);
        }
        atom(to, *b"edts", |to| {
            full(to, *b"elst", 1 << 24, |to| {
                words(to, &[edits.len() as u32]);
                for [duration, begin] in &edits {
                    to.extend_from_slice(&duration.to_be_bytes());
                    to.extend_from_slice(&begin.to_be_bytes());
                    // At its own speed.
                    words(to, &[0x1_0000]);
                }
            });
        });
    }
}

/// Writes a playable file, in a second pass over the segments that were laid out.
pub struct Muxer<W> {
    sink: W,
    form: Form,
    /// The number of the next fragment.
    number: u32,
    tracks: [Option<Track>; 2],
    /// With an index in front, how many pieces of samples are to follow.
    left: usize,
}

impl<W> fmt::Debug for Muxer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Muxer").field("form", &self.form).finish_non_exhaustive()
    }
}

impl<W: Write> Muxer<W> {
    /// Takes the content of the next segment.
    pub fn add(&mut self, layer: Layer, kind: SegmentKind, content: &[u8]) -> Result<(), MuxError> {
        if kind == SegmentKind::Init || content.is_empty() {
            return Ok(());
        }
        let Self { sink, form, number, tracks, left } = self;
        let Some(Some(track)) = tracks.get(layer.place()) else { return Err(MuxError::Order) };
        // Decoded from 0 on. The edit list says where presentations begin, since not all players know offsets below 0.
        let (origin, lift) = (track.decoded.unwrap_or(0).saturating_add(track.least.into()), i64::from(track.least));
        track.init.samples(content, |samples, data| {
            if *form == Form::FastStart {
                *left = left.checked_sub(1).ok_or(MuxError::Order)?;
                return sink.write_all(data).map_err(MuxError::Write);
            }
            let samples: Vec<_> = samples.iter().map(|sample| sample.moved(lift, origin)).collect();
            let mut rest = data;
            for part in fragment::parts(&samples) {
                let mut head = Vec::new();
                let length = fragment::head(layer, *number, part, &mut head);
                *number = number.wrapping_add(1);
                let data = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
                let (data, after) = data.ok_or(MuxError::Order)?;
                rest = after;
                sink.write_all(&head).and_then(|()| sink.write_all(data)).map_err(MuxError::Write)?;
            }
            Ok(())
        })
    }

    /// Ends the file, and returns the sink.
    pub fn finish(mut self) -> Result<W, MuxError> {
        if self.left > 0 {
            return Err(MuxError::Order);
        }
        self.sink.flush().map_err(MuxError::Write)?;
        Ok(self.sink)
    }
}

/// Writes a `moov` that lists every sample, with positions from the beginning of the data. Returns where these stand.
fn index(to: &mut Vec<u8>, tracks: &[Option<Track>; 2], order: &[(Layer, u32)], frame: &Frame) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    // What the tables take of samples that are not alike.
    to.reserve(tracks.iter().flatten().map(|track| 24 * track.samples.len()).sum());
    atom(to, *b"moov", |to| {
        movie_header(to, frame.timescale, frame.whole(tracks));
        for track in tracks.iter().flatten() {
            let (end, [_, media]) = (frame.end(track), track.media());
            let start = frame.since(track.shown.unwrap_or_default().0, track.init.codec.timescale);
            let edits = |to: &mut Vec<u8>| frame.edits(to, track, end.saturating_sub(start));
            let chunks = chunks(tracks, order, track.init.codec.layer);
            track_box(to, &track.codec(), [end, media], edits, |to| places.push(tables(to, track, &chunks)));
        }
    });
    places
}

/// Where the pieces of samples of a layer begin in the data, and how many samples each has.
fn chunks(tracks: &[Option<Track>; 2], order: &[(Layer, u32)], wanted: Layer) -> Vec<(u64, u32)> {
    let mut samples = [0, 1].map(|place| tracks.get(place).and_then(Option::as_ref).into_iter().flat_map(Track::each));
    let (mut at, mut chunks) = (0, Vec::new());
    for (layer, count) in order {
        if *layer == wanted {
            chunks.push((at, *count));
        }
        let Some(own) = samples.get_mut(layer.place()) else { continue };
        at += own.by_ref().take(*count as usize).map(|sample| u64::from(sample.size)).sum::<u64>();
    }
    chunks
}

/// Writes the tables of a track's samples. Returns where the positions of its chunks stand.
fn tables(to: &mut Vec<u8>, track: &Track, chunks: &[(u64, u32)]) -> Range<usize> {
    let first = track.samples.first().map(|alike| alike.first);
    // A sample lasts until the next one.
    let next = track.each().skip(1).map(Some).chain([None]);
    let lasts = track.each().zip(next).map(|(own, next)| {
        next.map_or(own.duration, |next| u32::try_from(next.decode - own.decode).unwrap_or(own.duration))
    });
    runs(to, *b"stts", lasts);
    // None in the table is below 0.
    let least = track.least;
    if track.samples.iter().any(|alike| alike.first.offset != least) {
        runs(to, *b"ctts", track.each().map(|sample| sample.offset.wrapping_sub(least).cast_unsigned()));
    }
    if track.samples.iter().any(|alike| !alike.first.begins) {
        let begin: Vec<_> =
            (1..).zip(track.each()).filter(|(_, sample)| sample.begins).map(|(number, _)| number).collect();
        full(to, *b"stss", 0, |to| {
            words(to, &[begin.len() as u32]);
            words(to, &begin);
        });
    }
    full(to, *b"stsc", 0, |to| {
        let mut entries: Vec<(u32, u32)> = (1..).zip(chunks).map(|(number, (_, count))| (number, *count)).collect();
        entries.dedup_by_key(|(_, count)| *count);
        words(to, &[entries.len() as u32]);
        for (number, count) in &entries {
            words(to, &[*number, *count, 1]);
        }
    });
    full(to, *b"stsz", 0, |to| {
        let count = track.samples.iter().fold(0_u32, |count, alike| count.wrapping_add(alike.count));
        let same =
            first.filter(|first| first.size > 0 && track.samples.iter().all(|alike| alike.first.size == first.size));
        words(to, &[same.map_or(0, |first| first.size), count]);
        if same.is_none() {
            track.each().for_each(|sample| words(to, &[sample.size]));
        }
    });
    full(to, *b"co64", 0, |to| {
        words(to, &[chunks.len() as u32]);
        for (at, _) in chunks {
            to.extend_from_slice(&at.to_be_bytes());
        }
    });
    to.len() - 8 * chunks.len()..to.len()
}

/// Writes a table of values with how often each comes.
fn runs(to: &mut Vec<u8>, name: [u8; 4], values: impl Iterator<Item = u32>) {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((count, last)) if *last == value => *count += 1,
            _ => runs.push((1, value)),
        }
    }
    full(to, name, 0, |to| {
        words(to, &[runs.len() as u32]);
        for (count, value) in &runs {
            words(to, &[*count, *value]);
        }
    });
}

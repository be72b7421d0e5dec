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
    /// A fragmented MP4, which plays while it is received, in `<video>` and by Media Source Extensions.
    #[default]
    Fragmented,
    /// A progressive MP4 with its index in front, which every player opens. Laying it out takes up to 100 bytes of memory for
    /// each sample.
    FastStart,
}

/// Why segments cannot become one playable file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MuxError {
    /// A segment is not an MP4 that can be read.
    #[error("a segment is not an MP4 that can be read: write its content as it was sealed")]
    Segment(#[from] CutError),
    /// The codec parameters of a layer change at this segment.
    #[error("the codec parameters change: begin another file with this segment")]
    Codec,
    /// A segment comes before its init, or the segments of the two passes differ.
    #[error(
        "a segment comes before its init, or differs from what was laid out: pass the same segments in the same order twice"
    )]
    Order,
    /// A pause between two samples of a track is longer than 2^32 ticks, which an index cannot hold.
    #[error("a pause is too long for an index in front: write the file as `Form::Fragmented`")]
    Pause,
    /// The sink failed.
    #[error("the file could not be written: discard it and write it again")]
    Write(#[source] io::Error),
}

/// The first pass over the segments of a playable file. It collects their times and, for [`Form::FastStart`], their index.
///
/// [`begin`](Self::begin) returns the [`Muxer`] for the second pass. The file begins at 0, lasts as long as what it shows, and
/// holds nothing but codec parameters, times and samples.
///
/// ```
/// use footage::media::{Cut, Form, Layout, MuxError};
///
/// fn playable(cuts: &[Cut]) -> Result<Vec<u8>, MuxError> {
///     let mut layout = Layout::new(Form::FastStart);
///     for cut in cuts {
///         layout.add(cut.layer, cut.kind, &cut.bytes)?;
///     }
///     let mut muxer = layout.begin(Vec::new())?;
///     for cut in cuts {
///         muxer.add(cut.layer, cut.kind, &cut.bytes)?;
///     }
///     muxer.finish()
/// }
/// ```
pub struct Layout {
    form: Form,
    tracks: [Option<Track>; 2],
    /// For [`Form::FastStart`], the layer of each chunk and its number of samples, in the order of the file.
    order: Vec<(Layer, u32)>,
}

struct Track {
    /// The content of the init segment.
    content: Vec<u8>,
    init: Init,
    /// The parameter sets in its sample entry.
    known_sets: BTreeSet<Vec<u8>>,
    /// When the first sample is decoded.
    decoded: Option<i64>,
    /// The least composition offset, or 0 if none is negative.
    least: i32,
    /// When the first presentation begins, and when the last one ends.
    shown: Option<(i64, i64)>,
    /// Whether samples have parameter sets that are not those of the sample entry.
    has_other_parameter_sets: bool,
    /// For [`Form::FastStart`], all samples.
    samples: Vec<Repeated>,
}

/// Consecutive samples that differ only in their decode times, each of which is decoded when the one before it ends.
#[derive(Clone, Copy)]
struct Repeated {
    first: Sample,
    count: u32,
}

impl Repeated {
    /// Appends the next sample if it is like these. Returns whether it is.
    fn take(&mut self, sample: &Sample) -> bool {
        let next = self.first.decode.saturating_add(i64::from(self.count) * i64::from(self.first.duration));
        let is_like = *sample == Sample { decode: next, ..self.first } && self.count < u32::MAX;
        self.count += u32::from(is_like);
        is_like
    }

    /// When the last one is decoded.
    fn last(&self) -> i64 {
        self.first.decode.saturating_add(i64::from(self.count - 1) * i64::from(self.first.duration))
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
    /// Returns an empty layout of a file of this form.
    pub const fn new(form: Form) -> Self {
        Self { form, tracks: [None, None], order: Vec::new() }
    }

    /// Adds the content of the next segment. An init comes before the segments that it belongs to.
    ///
    /// # Errors
    /// Returns [`MuxError::Segment`] if the segment cannot be read, [`MuxError::Codec`] if it is a different init of its layer,
    /// and [`MuxError::Order`] if its init did not come before it.
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
                if fast_start && !all.last_mut().is_some_and(|repeated| repeated.take(sample)) {
                    let last = all.last().map_or(sample.decode, Repeated::last);
                    if sample.decode.saturating_sub(last) > u32::MAX.into() {
                        return Err(MuxError::Pause);
                    }
                    all.push(Repeated { first: *sample, count: 1 });
                }
            }
            if fast_start {
                order.push((layer, samples.len() as u32));
            }
            Ok(())
        })
    }

    /// Writes the beginning of the file, and returns the muxer that takes the same segments again.
    ///
    /// # Errors
    /// Returns [`MuxError::Write`] if the sink fails.
    pub fn begin<W: Write>(self, sink: W) -> Result<Muxer<W>, MuxError> {
        let Self { form, tracks, order } = self;
        let tracks = tracks.map(|track| track.filter(|track| track.shown.is_some()));
        let mut muxer = Muxer { sink, form, number: 1, tracks, left: order.len() };
        let head = match form {
            Form::Fragmented => fragmented_head(&muxer.tracks),
            Form::FastStart => fast_start_head(&muxer.tracks, &order),
        };
        muxer.sink.write_all(&head).map_err(MuxError::Write)?;
        Ok(muxer)
    }
}

/// Returns what precedes the fragments of a file.
fn fragmented_head(tracks: &[Option<Track>; 2]) -> Vec<u8> {
    let timebase = Timebase::of(tracks);
    let present = || tracks.iter().flatten();
    let whole = timebase.whole(tracks);
    let mut head = Vec::new();
    file_type(&mut head);
    atom(&mut head, *b"moov", |to| {
        movie_header(to, timebase.timescale, whole);
        for track in present() {
            // An edit of duration 0 lasts until the end of the media.
            let edits = |to: &mut Vec<u8>| timebase.edits(to, track, 0);
            track_box(to, &track.codec(), [timebase.end(track), 0], edits, no_samples);
        }
        atom(to, *b"mvex", |to| {
            full(to, *b"mehd", 1 << 24, |to| to.extend_from_slice(&whole.to_be_bytes()));
            for track in present() {
                track_extends(to, track.init.codec.layer);
            }
        });
    });
    head
}

/// Returns what precedes the samples of a file with an index.
fn fast_start_head(tracks: &[Option<Track>; 2], order: &[(Layer, u32)]) -> Vec<u8> {
    let bytes: u64 = tracks.iter().flatten().map(Track::bytes).sum();
    let length = u32::try_from(bytes + 8);
    let mut head = Vec::new();
    file_type(&mut head);
    let chunks = index(&mut head, tracks, order);
    // Where the data begins is known once the index is written.
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
    head
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

    /// Returns the codec parameters with the sample entry type that most players know, if the samples allow it: one without
    /// parameter sets in the samples.
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

    /// Returns when the first presentation begins.
    fn start(&self) -> Option<Ticks> {
        self.shown.map(|(start, _)| Ticks::new(start.into(), self.init.codec.timescale))
    }

    /// Returns what is subtracted from presentation times, so that the first sample is decoded at 0 and no composition offset is
    /// negative.
    fn origin(&self) -> i64 {
        self.decoded.unwrap_or(0).saturating_add(self.least.into())
    }

    /// Returns the media times at which the first presentation begins, and the last one ends.
    fn media(&self) -> [u64; 2] {
        let (start, end) = self.shown.unwrap_or_default();
        [start, end].map(|at| u64::try_from(at.saturating_sub(self.origin())).unwrap_or(0))
    }

    fn bytes(&self) -> u64 {
        self.samples.iter().map(|repeated| u64::from(repeated.first.size) * u64::from(repeated.count)).sum()
    }

    /// Returns all samples, for [`Form::FastStart`].
    fn each(&self) -> impl Iterator<Item = Sample> {
        self.samples.iter().copied().flat_map(Repeated::each)
    }
}

/// The times of the movie.
struct Timebase {
    /// When the first presentation of all tracks begins. It becomes 0.
    first: Ticks,
    /// The timescale of the track that begins later, so that its delay is exact.
    timescale: u32,
}

impl Timebase {
    fn of(tracks: &[Option<Track>; 2]) -> Self {
        let starts = || tracks.iter().flatten().filter_map(Track::start);
        let first = starts().reduce(Ticks::earlier).unwrap_or(Ticks::new(0, 1000));
        Self { first, timescale: starts().reduce(Ticks::later).unwrap_or(first).timescale() }
    }

    /// Returns the time from the first presentation to `at`, in ticks of the movie.
    fn since(&self, at: i64, timescale: u32) -> u64 {
        let at = Ticks::new(at.into(), timescale).in_timescale(self.timescale);
        u64::try_from(at.saturating_sub(self.first.in_timescale(self.timescale))).unwrap_or(0)
    }

    /// Returns when the last presentation of a track ends.
    fn end(&self, track: &Track) -> u64 {
        self.since(track.shown.unwrap_or_default().1, track.init.codec.timescale)
    }

    /// Returns the duration of the movie.
    fn whole(&self, tracks: &[Option<Track>; 2]) -> u64 {
        tracks.iter().flatten().map(|track| self.end(track)).max().unwrap_or(0)
    }

    /// Writes the edit list of a track: its delay, and the media time at which its first presentation begins.
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
                    // Played at normal speed.
                    words(to, &[0x1_0000]);
                }
            });
        });
    }
}

/// Writes a playable file, in the second pass over the segments that a [`Layout`] has seen.
pub struct Muxer<W> {
    sink: W,
    form: Form,
    /// The number of the next fragment.
    number: u32,
    tracks: [Option<Track>; 2],
    /// For [`Form::FastStart`], the number of chunks that are to follow.
    left: usize,
}

impl<W> fmt::Debug for Muxer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Muxer").field("form", &self.form).finish_non_exhaustive()
    }
}

impl<W: Write> Muxer<W> {
    /// Writes the content of the next segment.
    ///
    /// # Errors
    /// Returns [`MuxError::Segment`] if the segment cannot be read, [`MuxError::Order`] if it was not laid out, and
    /// [`MuxError::Write`] if the sink fails.
    pub fn add(&mut self, layer: Layer, kind: SegmentKind, content: &[u8]) -> Result<(), MuxError> {
        if kind == SegmentKind::Init || content.is_empty() {
            return Ok(());
        }
        let Self { sink, form, number, tracks, left } = self;
        let Some(Some(track)) = tracks.get(layer.place()) else { return Err(MuxError::Order) };
        // Not all players know negative composition offsets. The edit list says where presentations begin.
        let (origin, lift) = (track.origin(), i64::from(track.least));
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

    /// Flushes the file, and returns the sink.
    ///
    /// # Errors
    /// Returns [`MuxError::Order`] if segments that were laid out are missing, and [`MuxError::Write`] if the sink fails.
    pub fn finish(mut self) -> Result<W, MuxError> {
        if self.left > 0 {
            return Err(MuxError::Order);
        }
        self.sink.flush().map_err(MuxError::Write)?;
        Ok(self.sink)
    }
}

/// Writes a `moov` that lists all samples, with chunk offsets from the beginning of the data. Returns where each table of
/// offsets is.
fn index(to: &mut Vec<u8>, tracks: &[Option<Track>; 2], order: &[(Layer, u32)]) -> Vec<Range<usize>> {
    let (timebase, mut places) = (Timebase::of(tracks), Vec::new());
    // The tables of a sample that is not like the one before it take up to 24 bytes.
    to.reserve(tracks.iter().flatten().map(|track| 24 * track.samples.len()).sum());
    atom(to, *b"moov", |to| {
        movie_header(to, timebase.timescale, timebase.whole(tracks));
        for track in tracks.iter().flatten() {
            let (end, [_, media]) = (timebase.end(track), track.media());
            let start = timebase.since(track.shown.unwrap_or_default().0, track.init.codec.timescale);
            let edits = |to: &mut Vec<u8>| timebase.edits(to, track, end.saturating_sub(start));
            let chunks = chunks(tracks, order, track.init.codec.layer);
            track_box(to, &track.codec(), [end, media], edits, |to| places.push(tables(to, track, &chunks)));
        }
    });
    places
}

/// Returns the chunks of a layer: where each begins in the data, and its number of samples.
fn chunks(tracks: &[Option<Track>; 2], order: &[(Layer, u32)], wanted: Layer) -> Vec<(u64, u32)> {
    let mut samples = [0, 1].map(|place| tracks.get(place).and_then(Option::as_ref).into_iter().flat_map(Track::each));
    let (mut at, mut chunks) = (0, Vec::new());
    for (layer, count) in order {
        if *layer == wanted {
            chunks.push((at, *count));
        }
        let Some(samples) = samples.get_mut(layer.place()) else { continue };
        at += samples.by_ref().take(*count as usize).map(|sample| u64::from(sample.size)).sum::<u64>();
    }
    chunks
}

/// Writes the tables of a track's samples. Returns where the table of chunk offsets is.
fn tables(to: &mut Vec<u8>, track: &Track, chunks: &[(u64, u32)]) -> Range<usize> {
    let first = track.samples.first().map(|repeated| repeated.first);
    // A sample lasts until the next one.
    let next = track.each().skip(1).map(Some).chain([None]);
    let durations = track.each().zip(next).map(|(sample, next)| {
        next.map_or(sample.duration, |next| u32::try_from(next.decode - sample.decode).unwrap_or(sample.duration))
    });
    run_lengths(to, *b"stts", durations);
    // Offsets in the table are not negative.
    let least = track.least;
    if track.samples.iter().any(|repeated| repeated.first.offset != least) {
        run_lengths(to, *b"ctts", track.each().map(|sample| sample.offset.wrapping_sub(least).cast_unsigned()));
    }
    if track.samples.iter().any(|repeated| !repeated.first.begins) {
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
        let count = track.samples.iter().fold(0_u32, |count, repeated| count.wrapping_add(repeated.count));
        let same = first
            .filter(|first| first.size > 0 && track.samples.iter().all(|repeated| repeated.first.size == first.size));
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

/// Writes a table of run-length encoded values.
fn run_lengths(to: &mut Vec<u8>, name: [u8; 4], values: impl Iterator<Item = u32>) {
    let mut entries: Vec<(u32, u32)> = Vec::new();
    for value in values {
        match entries.last_mut() {
            Some((count, last)) if *last == value => *count += 1,
            _ => entries.push((1, value)),
        }
    }
    full(to, name, 0, |to| {
        words(to, &[entries.len() as u32]);
        for (count, value) in &entries {
            words(to, &[*count, *value]);
        }
    });
}

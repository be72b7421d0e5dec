//! Progressive MP4: reads the samples that a `moov` lists, in the order in which they are decoded.

use std::collections::VecDeque;
use std::io::Read;

use super::entry::pcm_frame;
use super::movie::{Movie, RUN, RUN_BYTES};
use super::skim::Skim;
use super::table::{Locations, Place, RunLengths, Sizes, Syncs};
use super::{SEGMENT, boxes::Header};
use crate::media::chunks::Chunk;
use crate::media::clock::{LONG, LONGEST, Start};
use crate::media::codec::{Codec, Sample};
use crate::media::grouper::{Grouper, Run};
use crate::media::source::Source;
use crate::media::{CutError, fragment};
use crate::record::Layer;

/// The samples that a `moov` lists.
pub(super) struct Index {
    tracks: Vec<Track>,
    /// The codec parameters of tracks whose samples are all in fragments.
    later: Vec<Codec>,
    /// The length of the recording in bytes.
    length: u64,
    /// The number of bytes of the samples so far.
    bytes: u64,
    /// Where the boxes after the `moov` begin, if fragments may follow the listed samples.
    pub(super) fragments: Option<u64>,
    /// The number of samples in tracks that are left out.
    pub(super) left_out: u64,
    /// The error to return at the end if the recording ends before some samples.
    cut_off: Option<CutError>,
    /// The error to return after the samples before it.
    failed: Option<CutError>,
}

/// A track that is cut.
struct Track {
    layer: Layer,
    timescale: u32,
    /// What the edit list adds to its times.
    shift: i128,
    /// The codec parameters of each sample entry.
    codecs: Vec<Result<Codec, CutError>>,
    /// The index of the first entry that is equal, for each entry.
    equals: Vec<u32>,
    /// The index of the sample entry in force, counted from 1.
    description: u32,
    tables: Tables,
    /// The next sample.
    next: Option<Listed>,
    /// The samples of the run that is being gathered.
    samples: Vec<Sample>,
    /// When the first of them is decoded.
    start: i64,
    /// Where their bytes are.
    extents: VecDeque<Extent>,
    /// The number of their bytes.
    bytes: u64,
    /// The duration of the last sample.
    lasted: u32,
}

/// The least bytes of pictures in a run that ends where a group begins.
const SMALL: u64 = 64 << 10;

/// Contiguous bytes of the recording.
struct Extent {
    at: u64,
    length: u64,
}

/// A sample as the tables list it.
struct Listed {
    sample: Sample,
    /// Where its bytes begin.
    at: u64,
    /// The index of its sample entry.
    description: u32,
}

/// The tables of a track.
struct Tables {
    sizes: Sizes,
    durations: RunLengths,
    offsets: Option<RunLengths>,
    syncs: Option<Syncs>,
    locations: Locations,
    /// The number of samples.
    count: u32,
    /// The number of the last sample that was read, counted from 1.
    number: u32,
    /// When the next one is decoded.
    decode: i64,
    /// The longest duration. Larger values are negative differences.
    most: u32,
    /// The ticks of negative differences that are still to be subtracted from later durations.
    excess: u32,
}

impl Index {
    /// Opens the sample tables of a `moov`. Returns `None` if they are empty and fragments may follow.
    pub(super) fn open<R: Read>(
        skim: &Skim,
        movie: &Movie,
        length: u64,
        source: &mut Source<R>,
    ) -> Result<Option<Self>, CutError> {
        let (mut tracks, mut later, mut left_out) = (Vec::new(), Vec::new(), 0);
        for (track, tables) in movie.tracks.iter().zip(&skim.tables) {
            let Some(codec) = &track.codec else {
                // The tables of tracks that are left out may be malformed.
                left_out += sizes(tables)
                    .map_or(Ok(0), |sizes| Sizes::open(sizes, source).map(|(count, _)| count.into()))
                    .unwrap_or(0);
                continue;
            };
            let Some(tables) = Tables::open(tables, codec, skim, source)? else {
                later.extend(movie.is_fragmented.then(|| codec.clone()));
                continue;
            };
            let others = track.others.iter().map(|other| other.clone().map_err(|error| skim.located(error)));
            let codecs: Vec<_> = [Ok(codec.clone())].into_iter().chain(others).collect();
            let first = |codec| (1..).zip(&codecs).find(|(_, other)| *other == codec).map_or(1, |(index, _)| index);
            let mut track = Track {
                layer: codec.layer,
                timescale: codec.timescale,
                shift: track.shift,
                equals: codecs.iter().map(first).collect(),
                codecs,
                description: 1,
                tables,
                next: None,
                samples: Vec::new(),
                start: 0,
                extents: VecDeque::new(),
                bytes: 0,
                lasted: 0,
            };
            track.advance(source)?;
            track.description = track.next.as_ref().map_or(1, |next| next.description);
            tracks.push(track);
        }
        if tracks.is_empty() {
            let none = CutError::Malformed { at: skim.at, what: "no samples of pictures or sound" };
            return if movie.is_fragmented { Ok(None) } else { Err(none) };
        }
        tracks.sort_by_key(|track: &Track| track.layer);
        let fragments = movie.is_fragmented.then_some(skim.end);
        Ok(Some(Self { tracks, later, length, bytes: 0, fragments, left_out, cut_off: None, failed: None }))
    }

    /// Reads the next samples, and passes them to the grouper. Returns whether there were any.
    pub(super) fn step<R: Read>(&mut self, source: &mut Source<R>, grouper: &mut Grouper) -> Result<bool, CutError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        // The samples before an error are passed on first.
        self.failed = self.gather(source, grouper).err();
        let data = self.read(source, grouper)?;
        let mut found = self.failed.is_some();
        for (track, data) in self.tracks.iter_mut().zip(data) {
            if track.samples.is_empty() {
                continue;
            }
            found = true;
            if core::mem::take(&mut track.bytes) == 0 && track.samples.len() > 1 {
                return Err(track.tables.locations.offsets().malformed("samples without bytes"));
            }
            let start = Some(Start { ticks: i128::from(track.start) + track.shift, narrow: false });
            let samples = core::mem::take(&mut track.samples);
            grouper.push(Run { layer: track.layer, start, samples, data, ends: true });
        }
        if !found && let Some(error) = self.cut_off.take() {
            return Err(error);
        }
        Ok(found)
    }

    /// Gathers the next run of each track from the tables, in the order in which samples are decoded and up to a limit of memory.
    fn gather<R: Read>(&mut self, source: &mut Source<R>, grouper: &mut Grouper) -> Result<(), CutError> {
        let (mut count, mut bytes) = (0, 0);
        while count < RUN && bytes < RUN_BYTES {
            let Some((place, next)) = self.earliest() else { break };
            let (size, begins) = (next.sample.size, next.sample.begins);
            let end = next.at.saturating_add(size.into());
            if next.description != self.tracks.get(place).map_or(0, |track| track.description) {
                if count > 0 {
                    break;
                }
                self.describe(place, grouper)?;
                continue;
            }
            let Some(track) = self.tracks.get_mut(place) else { break };
            if u64::from(size) > SEGMENT - fragment::OVERHEAD - fragment::PER_SAMPLE {
                return Err(CutError::SampleTooLarge { at: track.next.as_ref().map_or(0, |next| next.at) });
            }
            if end > self.length {
                let at = track.next.take().map_or(end, |next| next.at);
                let offsets = *track.tables.locations.offsets();
                if !ends_within(source, self.length)? {
                    return Err(offsets.malformed("samples outside of the recording"));
                }
                // The other track may have more samples.
                self.cut_off.get_or_insert(CutError::Truncated { at, end: self.length });
                continue;
            }
            // The run ends before the next group, so that a group is sealed in the buffer that it is read into.
            if begins && track.layer == Layer::Pictures && track.bytes >= SMALL {
                break;
            }
            // A sample without bytes counts as one byte.
            self.bytes += u64::from(size.max(1));
            if self.bytes > self.length {
                return Err(track.tables.locations.offsets().malformed("samples that overlap, or outnumber bytes"));
            }
            let duration = track.take();
            (count, bytes) = (count + 1, bytes + u64::from(size));
            track.advance(source)?;
            if track.pauses_after(duration) {
                break;
            }
        }
        Ok(())
    }

    /// Returns the next sample to decode, and the index of its track.
    fn earliest(&self) -> Option<(usize, &Listed)> {
        let mut earliest: Option<(usize, &Track, &Listed)> = None;
        for (place, track) in self.tracks.iter().enumerate() {
            let Some(next) = &track.next else { continue };
            if earliest.is_none_or(|(_, other, before)| track.is_before(next, other, before)) {
                earliest = Some((place, track, next));
            }
        }
        earliest.map(|(place, _, next)| (place, next))
    }

    /// Switches a track to the sample entry of its next sample.
    fn describe(&mut self, place: usize, grouper: &mut Grouper) -> Result<(), CutError> {
        let Some(track) = self.tracks.get_mut(place) else { return Ok(()) };
        track.description = track.next.as_ref().map_or(1, |next| next.description);
        grouper.begin(&self.codecs()?);
        Ok(())
    }

    /// Returns the codec parameters in force, those of pictures first.
    pub(super) fn codecs(&self) -> Result<Vec<Codec>, CutError> {
        let in_force = |track: &Track| {
            let codec = track.description.checked_sub(1).and_then(|entry| track.codecs.get(entry as usize));
            codec.cloned().unwrap_or_else(|| {
                Err(track.tables.locations.sample_to_chunk().malformed("samples of a sample entry that does not exist"))
            })
        };
        let mut codecs: Vec<_> = self.tracks.iter().map(in_force).collect::<Result<_, _>>()?;
        codecs.extend(self.later.iter().cloned());
        codecs.sort_by_key(|codec| codec.layer);
        Ok(codecs)
    }

    /// Reads the bytes of the gathered samples. Returns those of each track, in the order of its samples. Where the chunks of
    /// tracks alternate, the reader only goes forward.
    fn read<R: Read>(&mut self, source: &mut Source<R>, grouper: &mut Grouper) -> Result<Vec<Chunk>, CutError> {
        // The recording is longer than this, so that memory is not taken for bytes that are only claimed.
        let mut buffer = |track: &Track| {
            let room = fragment::head_length(track.layer, &track.samples);
            let length = room + track.bytes as usize;
            let mut data = grouper.buffers.take(length);
            data.resize(length, 0);
            (Chunk { bytes: data, room }, room)
        };
        let mut chunks: Vec<_> = self.tracks.iter().map(&mut buffer).collect();
        loop {
            let heads = self.tracks.iter().map(|track| track.extents.front().map(|extent| extent.at)).enumerate();
            let Some((place, _)) = heads.filter_map(|(place, at)| Some((place, at?))).min_by_key(|(_, at)| *at) else {
                break;
            };
            let extent = self.tracks.get_mut(place).and_then(|track| track.extents.pop_front());
            let (Some(Extent { at, length }), Some((chunk, filled))) = (extent, chunks.get_mut(place)) else { break };
            let target =
                chunk.bytes.get_mut(*filled..).and_then(|rest| rest.get_mut(..length as usize)).unwrap_or_default();
            *filled += target.len();
            source.go_to(at)?;
            if source.read_to(target)? < target.len() {
                return Err(CutError::Truncated { at, end: source.at() });
            }
        }
        Ok(chunks.into_iter().map(|(chunk, _)| chunk).collect())
    }
}

impl Track {
    /// Returns when a sample is decoded, shifted by the edit list.
    fn time(&self, listed: &Listed) -> i128 {
        i128::from(listed.sample.decode) + self.shift
    }

    /// Returns whether a sample of this track is decoded before one of another.
    fn is_before(&self, sample: &Listed, other: &Self, other_sample: &Listed) -> bool {
        let (time, other_time) = (self.time(sample), other.time(other_sample));
        time.saturating_mul(other.timescale.into()) < other_time.saturating_mul(self.timescale.into())
    }

    /// Adds the next sample to the run, and returns its duration.
    fn take(&mut self) -> u32 {
        let Some(Listed { sample, at, .. }) = self.next.take() else { return 0 };
        if self.samples.is_empty() {
            self.start = sample.decode;
        }
        let size = u64::from(sample.size);
        self.bytes += size;
        match self.extents.back_mut() {
            _ if size == 0 => {}
            Some(last) if last.at + last.length == at => last.length += size,
            _ => self.extents.push_back(Extent { at, length: size }),
        }
        self.samples.push(sample);
        sample.duration
    }

    /// Reads the next sample of the tables.
    fn advance<R: Read>(&mut self, source: &mut Source<R>) -> Result<(), CutError> {
        self.next = self.tables.next(source)?;
        if let Some(next) = &mut self.next
            && let Some(equal) = next.description.checked_sub(1).and_then(|entry| self.equals.get(entry as usize))
        {
            next.description = *equal;
        }
        Ok(())
    }

    /// Returns whether the last sample, of this duration, may be followed by a pause.
    fn pauses_after(&mut self, duration: u32) -> bool {
        let before = core::mem::replace(&mut self.lasted, duration);
        let neighbours = self.next.as_ref().map_or(0, |next| next.sample.duration).max(before);
        let longer = |seconds: u32| duration > seconds.saturating_mul(self.timescale);
        longer(LONG) && neighbours < duration / 2 || longer(LONGEST)
    }
}

impl Tables {
    /// Opens the sample tables of a track. Returns `None` if it has no samples.
    fn open<R: Read>(
        tables: &[Place],
        codec: &Codec,
        skim: &Skim,
        source: &mut Source<R>,
    ) -> Result<Option<Self>, CutError> {
        let Some(table) = sizes(tables) else { return Ok(None) };
        let (count, mut sizes) = Sizes::open(table, source)?;
        if count == 0 {
            return Ok(None);
        }
        let of = |name: &[u8; 4]| tables.iter().find(|table| &table.name == name).copied();
        let required = |table: Option<Place>| {
            table.ok_or(CutError::Malformed { at: skim.at, what: "a track without its tables of samples" })
        };
        if let Sizes::Same(size) = &mut sizes
            && codec.layer == Layer::Sound
        {
            match pcm_frame(&codec.entry) {
                // QuickTime writes 1 for all uncompressed sound.
                Some(frame) => *size = frame.max(*size),
                None if *size > 1 => {}
                None => return Err(table.malformed("sound whose packets are not listed")),
            }
        }
        Ok(Some(Self {
            sizes,
            durations: RunLengths::open(required(of(b"stts"))?, source)?,
            offsets: of(b"ctts").map(|table| RunLengths::open(table, source)).transpose()?,
            syncs: of(b"stss").map(|table| Syncs::open(table, source)).transpose()?,
            locations: Locations::open(required(of(b"stsc"))?, required(of(b"co64").or(of(b"stco")))?, source)?,
            count,
            number: 0,
            decode: 0,
            // The last 10 seconds of the 32 bits are negative, unless 10 seconds have more than 30 bits.
            most: u32::MAX - LONG.checked_mul(codec.timescale).filter(|long| long >> 30 == 0).unwrap_or(0),
            excess: 0,
        }))
    }

    /// Returns the next sample, or `None` after the last.
    fn next<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<Listed>, CutError> {
        if self.number == self.count {
            return Ok(None);
        }
        let Some(size) = self.sizes.next(source)? else { return Ok(None) };
        self.number += 1;
        let mut duration = self.durations.next(source)?;
        if duration > self.most {
            // The samples after a negative difference are shorter.
            self.excess = self.excess.saturating_add(duration.wrapping_neg());
            duration = 0;
        }
        let back = self.excess.min(duration);
        (self.excess, duration) = (self.excess - back, duration - back);
        // Some recorders write negative offsets in a version that has none.
        let offset = self.offsets.as_mut().map_or(Ok(0), |offsets| offsets.next(source))?.cast_signed();
        let begins = self.syncs.as_mut().map_or(Ok(true), |syncs| syncs.has(self.number, source))?;
        let (at, description) = self.locations.next(size, source)?;
        let sample = Sample { decode: self.decode, offset, duration, size, begins, gap: false };
        self.decode = self.decode.saturating_add(duration.into());
        Ok(Some(Listed { sample, at, description }))
    }
}

/// Returns the table of sample sizes.
fn sizes(tables: &[Place]) -> Option<Place> {
    tables.iter().find(|table| matches!(&table.name, b"stsz" | b"stz2")).copied()
}

/// Returns whether the recording may be truncated: whether its end, at `length`, is not the end of a box.
fn ends_within<R: Read>(source: &mut Source<R>, length: u64) -> Result<bool, CutError> {
    let mut at = 0;
    while at < length {
        source.go_to(at)?;
        let header = Header::parse(&source.peek(16)?, at).ok().flatten();
        let Some(size) = header.and_then(|header| header.size) else { return Ok(true) };
        at = at.saturating_add(size);
    }
    Ok(at > length)
}

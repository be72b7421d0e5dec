//! Progressive MP4: the samples that a `moov` lists, in the order in which they are decoded.

use std::collections::VecDeque;
use std::io::Read;

use super::entry::pcm_frame;
use super::movie::{Movie, RUN, RUN_BYTES};
use super::skim::Skim;
use super::table::{Locations, Place, Runs, Sizes, Syncs};
use super::{SEGMENT, boxes::Header};
use crate::media::clock::Start;
use crate::media::codec::{Codec, Sample};
use crate::media::grouper::{Grouper, Run};
use crate::media::source::Source;
use crate::media::{CutError, fragment};
use crate::record::Layer;

/// Seconds. After a sample that lasts longer than that, and longer than those around it, the next one says when it begins.
const LONG: u32 = 10;
/// The same, whatever those around it say.
const LONGEST: u32 = 3600;

/// The samples that a `moov` lists.
pub(super) struct Index {
    tracks: Vec<Track>,
    /// The codec parameters of tracks that are in fragments only.
    later: Vec<Codec>,
    /// How many bytes the recording has, and those of the samples so far.
    length: u64,
    bytes: u64,
    /// Where the recording goes on after these samples, in fragments.
    pub(super) fragments: Option<u64>,
    /// How many samples the tracks have that are left out.
    pub(super) left_out: u64,
    /// The recording ends before some samples.
    cut_off: Option<CutError>,
    failed: Option<CutError>,
}

/// A track that is cut.
struct Track {
    layer: Layer,
    timescale: u32,
    shift: i128,
    /// By its sample entries, and the index of the one in force.
    codecs: Vec<Result<Codec, CutError>>,
    description: u32,
    tables: Tables,
    /// The next sample.
    next: Option<Listed>,
    /// The samples that are read next, when the first is decoded, and where their bytes stand.
    samples: Vec<Sample>,
    start: i64,
    pieces: VecDeque<Piece>,
    bytes: u64,
    /// The duration of the last sample.
    lasted: u32,
}

/// Bytes that stand one after the other.
struct Piece {
    at: u64,
    length: u64,
}

/// A sample as the tables have it.
struct Listed {
    sample: Sample,
    at: u64,
    /// The index of its sample entry.
    description: u32,
}

/// The tables of a track.
struct Tables {
    sizes: Sizes,
    durations: Runs,
    offsets: Option<Runs>,
    syncs: Option<Syncs>,
    locations: Locations,
    /// How many samples there are, and the number of the last one that was read.
    count: u32,
    number: u32,
    /// When the next one is decoded.
    decode: i64,
    /// Durations of more than that are below zero, and how many ticks are still to be taken back for them.
    most: u32,
    excess: u32,
}

impl Index {
    /// Opens the tables of a `moov`. `None` if it lists no samples, but has fragments.
    pub(super) fn open<R: Read>(
        skim: &Skim,
        movie: &Movie,
        length: u64,
        source: &mut Source<R>,
    ) -> Result<Option<Self>, CutError> {
        let (mut tracks, mut later, mut left_out) = (Vec::new(), Vec::new(), 0);
        for (track, tables) in movie.tracks.iter().zip(&skim.tables) {
            let Some(codec) = &track.codec else {
                // What is left out need not be whole.
                left_out += sizes(tables)
                    .map_or(Ok(0), |sizes| Sizes::open(sizes, source).map(|(count, _)| count.into()))
                    .unwrap_or(0);
                continue;
            };
            let Some(mut tables) = Tables::open(tables, codec, skim, source)? else {
                later.extend(movie.is_fragmented.then(|| codec.clone()));
                continue;
            };
            let next = tables.next(source)?;
            let codecs = [Ok(codec.clone())]
                .into_iter()
                .chain(track.others.iter().map(|other| other.clone().map_err(|error| skim.located(error))));
            tracks.push(Track {
                layer: codec.layer,
                timescale: codec.timescale,
                shift: track.shift,
                codecs: codecs.collect(),
                description: next.as_ref().map_or(1, |next| next.description),
                tables,
                next,
                samples: Vec::new(),
                start: 0,
                pieces: VecDeque::new(),
                bytes: 0,
                lasted: 0,
            });
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
        // What is whole before an error is passed on before it.
        self.failed = self.gather(source, grouper).err();
        let data = self.read(source, grouper)?;
        let mut found = self.failed.is_some();
        for (track, data) in self.tracks.iter_mut().zip(data) {
            if track.samples.is_empty() {
                continue;
            }
            found = true;
            if core::mem::take(&mut track.bytes) == 0 && track.samples.len() > 1 {
                return Err(track.tables.locations.place().malformed("samples without bytes"));
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

    /// Takes the next samples of all tracks, in the order in which they are decoded, so far as little memory is needed for them.
    fn gather<R: Read>(&mut self, source: &mut Source<R>, grouper: &mut Grouper) -> Result<(), CutError> {
        let (mut count, mut bytes) = (0, 0);
        while count < RUN && bytes < RUN_BYTES {
            let Some((place, next)) = self.earliest() else { break };
            let (size, end) = (next.sample.size, next.at.saturating_add(next.sample.size.into()));
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
                let own = track.next.take().map_or(end, |next| next.at);
                let place = *track.tables.locations.place();
                if !ends_within(source, self.length)? {
                    return Err(place.malformed("samples outside of the recording"));
                }
                // The other track may go on.
                self.cut_off.get_or_insert(CutError::Truncated { at: own, end: self.length });
                continue;
            }
            self.bytes += u64::from(size);
            if self.bytes > self.length {
                return Err(track.tables.locations.place().malformed("samples that overlap"));
            }
            let duration = track.take();
            (count, bytes) = (count + 1, bytes + u64::from(size));
            track.next = track.tables.next(source)?;
            if track.pauses_after(duration) {
                break;
            }
        }
        Ok(())
    }

    /// Returns the sample that is decoded first, and the place of its track.
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

    /// Goes on with the sample entry of the next sample of a track.
    fn describe(&mut self, place: usize, grouper: &mut Grouper) -> Result<(), CutError> {
        let Some(track) = self.tracks.get_mut(place) else { return Ok(()) };
        track.description = track.next.as_ref().map_or(1, |next| next.description);
        grouper.begin(&self.codecs()?);
        Ok(())
    }

    /// Returns the codec parameters in force, the pictures' first.
    pub(super) fn codecs(&self) -> Result<Vec<Codec>, CutError> {
        let own = |track: &Track| {
            let codec = track.description.checked_sub(1).and_then(|entry| track.codecs.get(entry as usize));
            codec.cloned().unwrap_or_else(|| {
                Err(track.tables.locations.runs().malformed("samples of a sample entry that there is not"))
            })
        };
        let mut codecs: Vec<_> = self.tracks.iter().map(own).collect::<Result<_, _>>()?;
        codecs.extend(self.later.iter().cloned());
        codecs.sort_by_key(|codec| codec.layer);
        Ok(codecs)
    }

    /// Reads the bytes of the samples that were taken, of each track in the order of its samples. Where tracks alternate, the
    /// reader goes forward only.
    fn read<R: Read>(&mut self, source: &mut Source<R>, grouper: &mut Grouper) -> Result<Vec<Vec<u8>>, CutError> {
        // All of the bytes are there: the recording is longer.
        let mut buffer = |track: &Track| {
            let mut data = grouper.buffers.take(track.bytes as usize);
            data.resize(track.bytes as usize, 0);
            (data, 0)
        };
        let mut data: Vec<_> = self.tracks.iter().map(&mut buffer).collect();
        loop {
            let pieces = self.tracks.iter().map(|track| track.pieces.front()).enumerate();
            let next =
                pieces.filter_map(|(place, piece)| piece.map(|piece| (place, piece))).min_by_key(|(_, piece)| piece.at);
            let Some((place, _)) = next else { break };
            let piece = self.tracks.get_mut(place).and_then(|track| track.pieces.pop_front());
            let (Some(Piece { at, length }), Some((data, filled))) = (piece, data.get_mut(place)) else { break };
            let room = data.get_mut(*filled..).and_then(|rest| rest.get_mut(..length as usize)).unwrap_or_default();
            *filled += room.len();
            source.go_to(at)?;
            if source.read_to(room)? < room.len() {
                return Err(CutError::Truncated { at, end: source.at() });
            }
        }
        Ok(data.into_iter().map(|(data, _)| data).collect())
    }
}

impl Track {
    /// When a sample is decoded, with the edit list.
    fn time(&self, listed: &Listed) -> i128 {
        i128::from(listed.sample.decode) + self.shift
    }

    /// Returns whether a sample of this track is decoded before one of another.
    fn is_before(&self, own: &Listed, other: &Self, others: &Listed) -> bool {
        let (own, others) = (self.time(own), other.time(others));
        own.saturating_mul(other.timescale.into()) < others.saturating_mul(self.timescale.into())
    }

    /// Takes the next sample, and returns its duration.
    fn take(&mut self) -> u32 {
        let Some(Listed { sample, at, .. }) = self.next.take() else { return 0 };
        if self.samples.is_empty() {
            self.start = sample.decode;
        }
        let size = u64::from(sample.size);
        self.bytes += size;
        match self.pieces.back_mut() {
            _ if size == 0 => {}
            Some(last) if last.at + last.length == at => last.length += size,
            _ => self.pieces.push_back(Piece { at, length: size }),
        }
        self.samples.push(sample);
        sample.duration
    }

    /// Returns whether the last sample has a duration that may not be believed.
    fn pauses_after(&mut self, duration: u32) -> bool {
        let before = core::mem::replace(&mut self.lasted, duration);
        let around = self.next.as_ref().map_or(0, |next| next.sample.duration).max(before);
        let longer = |seconds: u32| duration > seconds.saturating_mul(self.timescale);
        longer(LONG) && around < duration / 2 || longer(LONGEST)
    }
}

impl Tables {
    /// Opens the tables of a track. `None` if it has no samples.
    fn open<R: Read>(
        tables: &[Place],
        codec: &Codec,
        skim: &Skim,
        source: &mut Source<R>,
    ) -> Result<Option<Self>, CutError> {
        let Some(own) = sizes(tables) else { return Ok(None) };
        let (count, mut sizes) = Sizes::open(own, source)?;
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
                // QuickTime writes 1 for any uncompressed sound.
                Some(frame) => *size = frame.max(*size),
                None if *size > 1 => {}
                None => return Err(own.malformed("sound whose packets are not listed")),
            }
        }
        Ok(Some(Self {
            sizes,
            durations: Runs::open(required(of(b"stts"))?, source)?,
            offsets: of(b"ctts").map(|table| Runs::open(table, source)).transpose()?,
            syncs: of(b"stss").map(|table| Syncs::open(table, source)).transpose()?,
            locations: Locations::open(required(of(b"stsc"))?, required(of(b"co64").or(of(b"stco")))?, source)?,
            count,
            number: 0,
            decode: 0,
            // Where 10 seconds are long in ticks, so many ticks may be a duration.
            most: u32::MAX - LONG.checked_mul(codec.timescale).filter(|long| long >> 30 == 0).unwrap_or(0),
            excess: 0,
        }))
    }

    fn next<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<Listed>, CutError> {
        if self.number == self.count {
            return Ok(None);
        }
        let Some(size) = self.sizes.next(source)? else { return Ok(None) };
        self.number += 1;
        let mut duration = self.durations.next(source)?;
        if duration > self.most {
            // A difference below zero: the samples after it are shorter.
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

fn sizes(tables: &[Place]) -> Option<Place> {
    tables.iter().find(|table| matches!(&table.name, b"stsz" | b"stz2")).copied()
}

/// Returns whether the recording, of this length, ends in the middle of a box, or may: whether something can be missing.
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

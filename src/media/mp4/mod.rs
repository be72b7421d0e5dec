//! Reads MP4 (ISO/IEC 14496-12): fragments (section 8.8) in one forward pass, and samples that a `moov` lists.

mod boxes;
mod entry;
mod index;
mod movie;
mod segment;
mod skim;
mod table;

use std::collections::{BTreeSet, VecDeque};
use std::io::Read;

use boxes::{Header, Node};
use index::Index;
use movie::{FoundRun, Movie};
use skim::Skim;

use super::chunks::Chunk;
use super::grouper::{Grouper, Run};
use super::source::Source;
use super::{Cut, CutError, TrackInfo, fragment};

pub(super) use segment::Init;

use crate::cbor::limits;

const SEGMENT: u64 = limits::SEGMENT_BYTES as u64;
/// The most bytes of a `moov` in memory.
const MOOV: u64 = 4 << 20;
/// The most bytes of the `moof`s that wait for their data.
const MOOF: u64 = 1 << 20;
/// The most bytes of samples that are held until earlier samples are read.
const HELD: u64 = 2 * SEGMENT;

/// A reader of an MP4, which returns its cuts.
#[derive(Default)]
pub(super) struct Demuxer {
    /// Whether the `moov` has been looked for, in a source that can seek.
    opened: bool,
    movie: Option<Movie>,
    grouper: Grouper,
    /// The samples that the `moov` lists, until all are read. They come before all fragments.
    index: Option<Box<Index>>,
    /// Fragments whose data, or that of a fragment before them, is incomplete.
    waiting: VecDeque<Fragment>,
    /// The number of fragments that have been handed over.
    handed_over: u64,
    /// The runs that are not read yet: where their data begins, the number of the fragment, the index of the run.
    pending: BTreeSet<(u64, u64, usize)>,
    /// The `mdat` that is being read: where it begins, and where it ends unless it extends to the end of the recording.
    data: Option<(u64, Option<u64>)>,
    /// The number of bytes of data that waiting fragments hold.
    held: u64,
    /// The number of bytes of their `moof`s.
    heads: u64,
    /// The numbers of tracks and of samples that are left out.
    left_out: (u64, u64),
    end: Option<Result<(), CutError>>,
}

/// A fragment whose runs have not all been handed over.
struct Fragment {
    at: u64,
    /// The length of its `moof` in bytes.
    head: u64,
    /// The number of its runs that are not read yet.
    missing: usize,
    /// Its runs that have not been handed over.
    runs: VecDeque<Waiting>,
    /// The number of its runs that have been handed over.
    handed_over: usize,
}

/// A run whose data comes.
struct Waiting {
    /// What is not read yet; `None` if all is.
    rest: Option<FoundRun>,
    /// What is read, in parts, with the data of each.
    read: VecDeque<(FoundRun, Chunk)>,
}

impl Demuxer {
    /// Returns the next cut. An error comes after everything that was complete before it.
    pub(super) fn next<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<Cut>, CutError> {
        loop {
            if let Some(cut) = self.grouper.next() {
                return Ok(Some(cut));
            }
            if let Some(end) = &self.end {
                return end.clone().map(|()| None);
            }
            let read = self.step(source).and_then(|more| self.grouper.check(source.at()).map(|()| more));
            if !matches!(read, Ok(true)) {
                self.grouper.finish();
                self.end = Some(read.and_then(|_| if self.grouper.has_cut() { Ok(()) } else { Err(CutError::Empty) }));
            }
        }
    }

    /// Returns the tracks that are cut.
    pub(super) fn tracks(&self) -> Vec<TrackInfo> {
        self.grouper.tracks()
    }

    /// Keeps the buffer of a cut for a later one.
    pub(super) fn give_back(&mut self, buffer: Vec<u8>) {
        self.grouper.buffers.give_back(buffer);
    }

    /// Returns the number of tracks that are left out, and the number of samples left out so far.
    pub(super) fn left_out(&self) -> (u64, u64) {
        (self.left_out.0, self.left_out.1 + self.grouper.left_out())
    }

    /// Hands over a run, reads the data of a run, or reads a box. Returns `false` at the end.
    fn step<R: Read>(&mut self, source: &mut Source<R>) -> Result<bool, CutError> {
        if !core::mem::replace(&mut self.opened, true) {
            self.open(source)?;
        }
        if let Some(index) = &mut self.index {
            if index.step(source, &mut self.grouper)? {
                return Ok(true);
            }
            let Some(fragments) = index.fragments else { return Ok(false) };
            source.go_to(fragments)?;
            self.index = None;
        }
        let at = source.at();
        if self.hand_over() {
            return Ok(true);
        }
        if let Some((begin, end)) = self.data {
            if !self.run(source, begin, end)? {
                self.data = None;
                let rest = end.map_or(u64::MAX, |end| end - source.at());
                if source.skip(rest)? < rest && end.is_some() {
                    return Err(CutError::Truncated { at: begin, end: source.at() });
                }
            }
            return Ok(true);
        }
        let head = source.peek(16)?;
        let end = at + head.len() as u64;
        if head.is_empty() {
            return match self.waiting.front() {
                Some(&Fragment { at, .. }) => Err(CutError::Truncated { at, end }),
                None if self.movie.is_none() => Err(CutError::NoInit),
                None => Ok(false),
            };
        }
        let header = Header::parse(&head, at)?.ok_or(CutError::Truncated { at, end })?;
        match &header.name {
            b"moov" => self.moov(&whole(source, &header, "moov", MOOV)?, at)?,
            b"moof" => self.moof(&whole(source, &header, "moof", MOOF)?, at)?,
            b"mdat" if self.movie.is_none() => return Err(CutError::Progressive),
            b"mdat" => {
                source.skip(header.length)?;
                self.data = Some((at, header.size.map(|size| at.saturating_add(size))));
            }
            // Indexes, wall clocks, metadata, padding and events are not cut.
            _ => {
                let skipped = source.skip(header.size.unwrap_or(u64::MAX))?;
                if header.size.is_some_and(|size| skipped < size) {
                    return Err(CutError::Truncated { at, end: source.at() });
                }
            }
        }
        Ok(true)
    }

    /// Finds the `moov`, if the source can seek. If it lists no samples, the recording is read from there on.
    fn open<R: Read>(&mut self, source: &mut Source<R>) -> Result<(), CutError> {
        let Some(length) = source.length() else { return Ok(()) };
        let mut at = 0;
        while at < length {
            source.go_to(at)?;
            let header = Header::parse(&source.peek(16)?, at)?.ok_or(CutError::Truncated { at, end: length })?;
            if &header.name == b"moof" {
                return Err(CutError::NoInit);
            }
            if &header.name != b"moov" {
                let end = header.size.map_or(length, |size| at.saturating_add(size));
                if end > length {
                    return Err(CutError::Truncated { at, end: length });
                }
                at = end;
                continue;
            }
            let skim = Skim::read(source, &header, MOOV)?;
            let movie = Movie::read(&Node::whole(&skim.moov, at)?).map_err(|error| skim.located(error))?;
            let Some(index) = Index::open(&skim, &movie, length, source)? else { return source.go_to(at) };
            self.grouper.begin(&index.codecs()?);
            self.left_out = (movie.left_out(), index.left_out);
            (self.movie, self.index) = (Some(movie), Some(Box::new(index)));
            return Ok(());
        }
        Err(CutError::NoInit)
    }

    /// Takes a `moov` of a fragmented recording.
    fn moov(&mut self, moov: &[u8], at: u64) -> Result<(), CutError> {
        if let Some(&Fragment { at, .. }) = self.waiting.front() {
            return Err(CutError::Malformed { at, what: "a fragment without its `mdat`" });
        }
        let movie = Movie::of_fragments(&Node::whole(moov, at)?)?;
        self.grouper.begin(&movie.codecs());
        self.left_out.0 = self.left_out.0.max(movie.left_out());
        self.movie = Some(movie);
        Ok(())
    }

    /// Takes a `moof`, whose runs then wait for their data.
    fn moof(&mut self, moof: &[u8], at: u64) -> Result<(), CutError> {
        let Some(movie) = &self.movie else { return Err(CutError::NoInit) };
        let runs = movie.fragment(&Node::whole(moof, at)?)?;
        let head = moof.len() as u64;
        self.heads += head;
        if self.heads > MOOF {
            return Err(CutError::Malformed { at, what: "too many fragments without their `mdat`" });
        }
        let number = self.handed_over + self.waiting.len() as u64;
        let mut waiting = Fragment { at, head, missing: 0, runs: VecDeque::new(), handed_over: 0 };
        for run in runs {
            if run.length > 0 && run.at < at + head {
                return Err(CutError::Malformed { at, what: "samples before the end of their `moof`" });
            }
            let most = SEGMENT - fragment::OVERHEAD - fragment::PER_SAMPLE;
            if run.layer.is_some() && u64::from(run.largest()) > most {
                return Err(CutError::SampleTooLarge { at });
            }
            if run.length > 0 {
                waiting.missing += 1;
                self.pending.insert((run.at, number, waiting.runs.len()));
                waiting.runs.push_back(Waiting { rest: Some(run), read: VecDeque::new() });
            } else {
                waiting.runs.push_back(Waiting {
                    rest: None,
                    read: run.parts().map(|part| (part, Chunk::default())).collect(),
                });
            }
        }
        self.waiting.push_back(waiting);
        Ok(())
    }

    /// Reads the data of the next run in an `mdat`, or a part of it. Returns whether there was one.
    fn run<R: Read>(&mut self, source: &mut Source<R>, at: u64, end: Option<u64>) -> Result<bool, CutError> {
        let Some(&(begin, number, place)) = self.pending.first() else { return Ok(false) };
        if end.is_some_and(|end| begin >= end) {
            return Ok(false);
        }
        let before = begin.checked_sub(source.at());
        let before = before.ok_or(CutError::Malformed { at, what: "samples that overlap" })?;
        self.pending.pop_first();
        let index = usize::try_from(number - self.handed_over).unwrap_or(usize::MAX);
        let Some(waiting) = self.waiting.get_mut(index) else { return Ok(true) };
        let Some(Waiting { rest, read }) = waiting.runs.get_mut(place - waiting.handed_over) else { return Ok(true) };
        let Some(mut run) = rest.take() else { return Ok(true) };
        // Little memory is taken before the data has come.
        if run.layer.is_some() {
            let first = run.take();
            *rest = Some(core::mem::replace(&mut run, first)).filter(|rest| rest.count() > 0);
        }
        match rest {
            Some(rest) if rest.length > 0 => drop(self.pending.insert((rest.at, number, place))),
            _ => waiting.missing -= 1,
        }
        if end.is_some_and(|end| run.length > end - begin) {
            return Err(CutError::Malformed { at, what: "a sample outside of its `mdat`" });
        }
        let mut data = Chunk::default();
        let skipped = source.skip(before)?;
        let came = match run.layer {
            Some(_) if self.held + run.length > HELD => {
                return Err(CutError::Malformed { at, what: "too many samples stored before earlier ones" });
            }
            Some(layer) => {
                data.room = fragment::head_length(layer, &run.samples());
                data.bytes = self.grouper.buffers.spare(data.room + run.length as usize).unwrap_or_default();
                source.fill(data.room, run.length, &mut data.bytes)?;
                data.samples().len() as u64
            }
            None => source.skip(run.length)?,
        };
        if skipped < before || came < run.length {
            return Err(CutError::Truncated { at, end: source.at() });
        }
        self.held += data.samples().len() as u64;
        read.push_back((run, data));
        // No data comes for samples without bytes.
        if let Some(empty) = rest.take_if(|rest| rest.length == 0) {
            read.extend(empty.parts().map(|part| (part, Chunk::default())));
        }
        Ok(true)
    }

    /// Passes the next run to the grouper once all data of its fragment is read, or if more than 16 MiB are held. Returns whether
    /// there was one.
    fn hand_over(&mut self) -> bool {
        while let Some(first) = self.waiting.front_mut() {
            let Some(Waiting { rest, read }) = first.runs.front_mut() else {
                self.heads -= first.head;
                self.handed_over += 1;
                self.waiting.pop_front();
                continue;
            };
            if first.missing > 0 && self.held <= SEGMENT {
                break;
            }
            let Some((run, data)) = read.pop_front() else {
                if rest.is_some() {
                    break;
                }
                first.runs.pop_front();
                first.handed_over += 1;
                continue;
            };
            self.held -= data.samples().len() as u64;
            let Some(layer) = run.layer else {
                self.left_out.1 += run.count() as u64;
                continue;
            };
            self.grouper.push(Run { layer, start: run.start, samples: run.samples(), data, ends: false });
            return true;
        }
        false
    }
}

/// Reads a whole box.
fn whole<R: Read>(
    source: &mut Source<R>,
    header: &Header,
    name: &'static str,
    limit: u64,
) -> Result<Vec<u8>, CutError> {
    let (at, mut bytes) = (header.at, Vec::new());
    let size = header.size.ok_or(CutError::Malformed { at, what: "a box without a size" })?;
    if size > limit {
        return Err(CutError::BoxTooLarge { name, at, limit });
    }
    if source.append(size, &mut bytes)? < size {
        return Err(CutError::Truncated { at, end: source.at() });
    }
    Ok(bytes)
}

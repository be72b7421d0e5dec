//! Fragmented MP4 (ISO/IEC 14496-12 section 8.8), cut in one forward pass.

mod boxes;
mod movie;
mod sift;
mod split;
mod timeline;

use std::collections::VecDeque;
use std::io::Read;

use boxes::{Header, Node};
use movie::{Movie, Span};
use timeline::Timeline;

use super::source::Source;
use super::{Cut, CutError};
use crate::cbor::limits;
use crate::record::{Layer, Millis, SegmentKind};

const CUT: u64 = limits::SEGMENT_BYTES as u64;
const MOOV: u64 = 4 << 20;
const MOOF: u64 = 1 << 20;
/// `ftyp` and `styp`.
const TYPE: u64 = 4 << 10;

/// The cuts of a fragmented MP4.
#[derive(Default)]
pub(super) struct Fragments {
    ftyp: Vec<u8>,
    movie: Option<Movie>,
    timeline: Timeline,
    /// The cut being made, and after it what may belong to the next one.
    bytes: Vec<u8>,
    /// How many of these bytes surely belong to the cut.
    settled: usize,
    /// How many of them are whole fragments.
    whole: usize,
    /// The main track's time in them.
    span: Option<Span>,
    /// The sound's time in what surely belongs to the cut, and in what may belong to the next one.
    sound: [Option<Span>; 2],
    /// Codec parameters that no group has begun with yet.
    inits: Vec<(Layer, Vec<u8>)>,
    left_out: (u64, u64),
    /// The fragment being read.
    open: Option<Open>,
    ready: VecDeque<Cut>,
    end: Option<Result<(), CutError>>,
}

/// A `moof` that may still be followed by an `mdat` of its own.
struct Open {
    at: u64,
    main: Option<Span>,
    other: Option<Span>,
    /// Whether it has samples, and no whole `mdat` yet, or another that is not whole.
    awaits: bool,
    /// Whether it surely belongs to the cut.
    settles: bool,
    /// Bytes left out since. Offsets count from the `moof`: if an `mdat` follows, they become a blank box.
    gap: u64,
}

impl Fragments {
    /// The next cut. A failure comes after what was complete before it.
    pub(super) fn next<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<Cut>, CutError> {
        loop {
            if let Some(cut) = self.ready.pop_front() {
                return Ok(Some(cut));
            }
            if let Some(end) = &self.end {
                return end.clone().map(|()| None);
            }
            match self.step(source) {
                Ok(true) => {}
                Ok(false) => self.end = Some(Ok(())),
                Err(error) => {
                    self.salvage();
                    self.end = Some(Err(error));
                }
            }
        }
    }

    /// Reads one box, and says whether there was one.
    fn step<R: Read>(&mut self, source: &mut Source<R>) -> Result<bool, CutError> {
        let (at, head) = (source.at(), source.peek(16)?);
        if head.is_empty() {
            if let Some(open) = self.open.as_ref().filter(|open| open.awaits) {
                return Err(CutError::Truncated { at: open.at, end: at });
            }
            self.finish(at)?;
            return Ok(false);
        }
        let end = at + head.len() as u64;
        let header = Header::parse(&head, at)?.ok_or(CutError::Truncated { at, end })?;
        match &header.name {
            // Until a `moov` follows it, it begins nothing, and is left out like other boxes.
            b"ftyp" => {
                self.check_complete()?;
                self.ftyp = whole(source, &header, "ftyp", TYPE)?;
                if let Some(open) = &mut self.open {
                    open.gap = open.gap.saturating_add(self.ftyp.len() as u64);
                }
            }
            b"moov" => {
                self.finish(at)?;
                self.init(&whole(source, &header, "moov", MOOV)?, at)?;
            }
            b"styp" if !self.awaits() => {
                self.end_fragment();
                self.bytes.extend(whole(source, &header, "styp", TYPE)?);
            }
            b"moof" => self.moof(&whole(source, &header, "moof", MOOF)?, at)?,
            b"mdat" => self.mdat(source, &header)?,
            _ => self.skip(source, &header)?,
        }
        Ok(true)
    }

    fn init(&mut self, moov: &[u8], at: u64) -> Result<(), CutError> {
        let moov = Node::whole(moov, at)?;
        let movie = Movie::read(&moov)?;
        self.timeline.restart();
        self.inits.clear();
        for (layer, wanted) in movie.cut() {
            let mut bytes = self.ftyp.clone();
            sift::movie(&moov, wanted.track, &mut bytes)?;
            self.inits.push((layer, bytes));
        }
        self.left_out.0 = self.left_out.0.max(movie.left_out());
        self.movie = Some(movie);
        Ok(())
    }

    /// How many tracks are not cut, and how many samples of them there were so far.
    pub(super) fn left_out(&self) -> (u64, u64) {
        self.left_out
    }

    fn moof(&mut self, moof: &[u8], at: u64) -> Result<(), CutError> {
        let Some(movie) = &mut self.movie else { return Err(CutError::NoInit) };
        let moof = Node::whole(moof, at)?;
        let fragment = movie.fragment(&moof)?;
        self.left_out.1 += fragment.left_out;
        let mut bytes = Vec::new();
        sift::fragment(&moof, &mut bytes)?;
        // Several `moof` before their `mdat` cannot be parted.
        let joined = self.awaits();
        if joined {
            self.fill_gap(at)?;
        } else {
            self.end_fragment();
            let spans = self.span.zip(fragment.main).zip(self.movie.as_ref());
            if fragment.sync && spans.is_some_and(|((group, next), movie)| movie.begins_group(group, next)) {
                self.close(at)?;
            }
        }
        let settles = match (self.span, fragment.other) {
            _ if fragment.main.is_some() => true,
            (Some(cut), Some(other)) => other.mostly_before(cut.end),
            (cut, _) => cut.is_some(),
        };
        let before = self.open.take();
        self.open = Some(Open {
            at: before.as_ref().map_or(at, |open| open.at),
            main: Span::over(before.as_ref().and_then(|open| open.main), fragment.main),
            other: Span::over(before.as_ref().and_then(|open| open.other), fragment.other),
            awaits: joined || fragment.has_samples(),
            settles: settles || before.is_some_and(|open| open.settles),
            gap: 0,
        });
        self.room(bytes.len() as u64, at)?;
        self.bytes.append(&mut bytes);
        Ok(())
    }

    fn mdat<R: Read>(&mut self, source: &mut Source<R>, header: &Header) -> Result<(), CutError> {
        self.open.as_mut().ok_or(CutError::Progressive)?.awaits = true;
        let at = header.at;
        self.fill_gap(at)?;
        let begin = self.bytes.len();
        if let Some(size) = header.size {
            self.room(size, at)?;
            if source.append(size, &mut self.bytes)? < size {
                return Err(CutError::Truncated { at, end: source.at() });
            }
        } else {
            source.append(CUT + 1, &mut self.bytes)?;
            self.room(0, at)?;
            sift::close(begin, &mut self.bytes)?;
        }
        if let Some(open) = &mut self.open {
            open.awaits = false;
        }
        Ok(())
    }

    /// Leaves out a box: an index, a wall clock, metadata, padding, events (`emsg` is used for positions, too).
    fn skip<R: Read>(&mut self, source: &mut Source<R>, header: &Header) -> Result<(), CutError> {
        let skipped = source.skip(header.size.unwrap_or(u64::MAX))?;
        if header.size.is_some_and(|size| skipped < size) {
            return Err(CutError::Truncated { at: header.at, end: source.at() });
        }
        if let Some(open) = &mut self.open {
            open.gap = open.gap.saturating_add(skipped);
        }
        Ok(())
    }

    fn fill_gap(&mut self, at: u64) -> Result<(), CutError> {
        let gap = self.open.as_mut().map_or(0, |open| core::mem::take(&mut open.gap));
        if gap > 0 {
            self.room(gap, at)?;
            sift::blank(gap, &mut self.bytes);
        }
        Ok(())
    }

    fn awaits(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.awaits)
    }

    fn check_complete(&self) -> Result<(), CutError> {
        match &self.open {
            Some(Open { awaits: true, at, .. }) => {
                Err(CutError::Malformed { at: *at, what: "a fragment without its `mdat`" })
            }
            _ => Ok(()),
        }
    }

    /// Whether so many bytes fit into the cut that they belong to.
    fn room(&self, count: u64, at: u64) -> Result<(), CutError> {
        let settles = self.open.as_ref().is_some_and(|open| open.settles);
        let taken = self.bytes.len() - if settles { 0 } else { self.settled };
        if count > CUT || taken as u64 + count > CUT { Err(CutError::CutTooLarge { at }) } else { Ok(()) }
    }

    fn end_fragment(&mut self) {
        if let Some(open) = self.open.take() {
            self.whole = self.bytes.len();
            let [settled, pending] = &mut self.sound;
            *pending = Span::over(*pending, open.other);
            if open.settles {
                self.settled = self.whole;
                *settled = Span::over(*settled, pending.take());
            }
            self.span = Span::over(self.span, open.main);
        }
    }

    /// Ends the fragment and the cut, before an init or at the end.
    fn finish(&mut self, at: u64) -> Result<(), CutError> {
        self.check_complete()?;
        self.end_fragment();
        if self.whole as u64 > CUT {
            return Err(CutError::CutTooLarge { at });
        }
        self.bytes.truncate(self.whole);
        self.settle();
        self.close(at)
    }

    /// Nothing comes after: all that is whole belongs to the cut.
    fn settle(&mut self) {
        self.settled = self.whole;
        let [settled, pending] = &mut self.sound;
        *settled = Span::over(*settled, pending.take());
    }

    /// Ends the cut where whole fragments end.
    fn salvage(&mut self) {
        if !self.awaits() {
            self.end_fragment();
        }
        if self.whole as u64 <= CUT {
            self.settle();
        }
        // The failure before it is the one to tell of.
        let _ = self.close(0);
    }

    /// Gives the settled bytes as a group: codec parameters that are new, pictures, sound.
    fn close(&mut self, at: u64) -> Result<(), CutError> {
        let rest = self.bytes.split_off(self.settled.min(self.bytes.len()));
        let bytes = core::mem::replace(&mut self.bytes, rest);
        self.whole = self.whole.saturating_sub(self.settled);
        self.settled = 0;
        let [settled, _] = &mut self.sound;
        let sound = settled.take();
        let span = self.span.take();
        let Some(movie) = &self.movie else { return Ok(()) };
        let mut parts = Vec::new();
        for (layer, wanted) in movie.cut() {
            parts.push((layer, split::part(&bytes, at, wanted)?));
        }
        let Some(span) = span else {
            // Sound without any pictures has no group to go into.
            self.left_out.1 += parts.iter().map(|(_, part)| part.samples).sum::<u64>();
            return Ok(());
        };
        let placed = self.timeline.place(span, sound, movie.ticks());
        let cut = |layer, kind, (start, duration), samples, bytes| Cut {
            layer,
            kind,
            group: false,
            gap: false,
            samples,
            start,
            duration,
            bytes,
        };
        let nothing = (placed.start, Millis(0));
        let first = self.ready.len();
        for (layer, bytes) in self.inits.drain(..) {
            self.ready.push_back(cut(layer, SegmentKind::Init, nothing, 0, bytes));
        }
        for (number, (layer, split::Part { bytes, samples })) in parts.into_iter().enumerate() {
            let time = if number == 0 { (placed.start, placed.duration) } else { placed.other.unwrap_or(nothing) };
            self.ready.push_back(cut(layer, SegmentKind::Media, time, samples, bytes));
        }
        if let Some(cut) = self.ready.get_mut(first) {
            (cut.group, cut.gap) = (true, placed.gap);
        }
        Ok(())
    }
}

/// Reads a box as a whole.
fn whole<R: Read>(
    source: &mut Source<R>,
    header: &Header,
    name: &'static str,
    limit: u64,
) -> Result<Vec<u8>, CutError> {
    let (at, mut bytes) = (header.at, Vec::new());
    let size = header.size.ok_or(CutError::Malformed { at, what: "a box without an end" })?;
    if size > limit {
        return Err(CutError::BoxTooLarge { name, at, limit });
    }
    if source.append(size, &mut bytes)? < size {
        return Err(CutError::Truncated { at, end: source.at() });
    }
    Ok(bytes)
}

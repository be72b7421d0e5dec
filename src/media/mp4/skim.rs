//! Walks over the boxes of a `moov` of any size. Small boxes are read, sample tables are only located.

use std::io::Read;

use super::boxes::{Header, Name};
use super::table::Place;
use crate::media::CutError;
use crate::media::source::Source;

/// The boxes of a `moov` that are read into memory, and where its sample tables are.
pub(super) struct Skim {
    /// Where the `moov` begins.
    pub(super) at: u64,
    /// Where it ends.
    pub(super) end: u64,
    /// A `moov` with the boxes that are needed.
    pub(super) moov: Vec<u8>,
    /// The sample tables of each `trak`.
    pub(super) tables: Vec<Vec<Place>>,
    /// Offsets in `moov` at which bytes are left out, and the number of bytes left out up to there.
    left_out: Vec<(u64, u64)>,
    /// The maximum length of `moov`.
    limit: u64,
}

impl Skim {
    /// Reads a `moov`, with at most `limit` bytes in memory.
    pub(super) fn read<R: Read>(source: &mut Source<R>, header: &Header, limit: u64) -> Result<Self, CutError> {
        let length = source.length().unwrap_or(u64::MAX);
        // A box without a size extends to the end of the recording.
        let header = &Header { size: header.size.or(length.checked_sub(header.at)), ..*header };
        let place = place(header, length).ok_or(CutError::Truncated { at: header.at, end: length })?;
        let (at, end) = (place.at, place.end);
        let mut skim = Self { at, end, moov: Vec::new(), tables: Vec::new(), left_out: Vec::new(), limit };
        skim.container(source, &place)?;
        Ok(skim)
    }

    /// Returns an error with its position in `moov` replaced by the position in the recording.
    pub(super) fn located(&self, error: CutError) -> CutError {
        match error {
            CutError::Malformed { at, what } => {
                let offset = at.saturating_sub(self.at);
                let before = self.left_out.partition_point(|(place, _)| *place <= offset);
                let skipped = before.checked_sub(1).and_then(|last| self.left_out.get(last));
                CutError::Malformed { at: at + skipped.map_or(0, |(_, skipped)| *skipped), what }
            }
            error => error,
        }
    }

    /// Reads a container.
    fn container<R: Read>(&mut self, source: &mut Source<R>, container: &Place) -> Result<(), CutError> {
        let begin = self.moov.len();
        self.moov.extend_from_slice(&[0; 4]);
        self.moov.extend_from_slice(&container.name);
        self.skip(container.body - container.at - 8);
        let mut at = container.body;
        // Fewer than 8 bytes at the end are padding.
        while container.end - at >= 8 {
            source.go_to(at)?;
            let header = Header::parse(&source.peek(16)?, at)?;
            let overrun = CutError::Malformed { at, what: "a box longer than the one around it" };
            let place = header.and_then(|header| place(&header, container.end)).ok_or(overrun)?;
            self.child(source, container.name, &place)?;
            at = place.end;
        }
        self.skip(container.end - at);
        let size = (self.moov.len() - begin) as u32;
        if let Some(place) = self.moov.get_mut(begin..).and_then(|rest| rest.first_chunk_mut::<4>()) {
            *place = size.to_be_bytes();
        }
        Ok(())
    }

    /// Reads, locates or skips a child box.
    fn child<R: Read>(&mut self, source: &mut Source<R>, parent: Name, place: &Place) -> Result<(), CutError> {
        let size = place.end - place.at;
        match (&parent, &place.name) {
            (b"moov", b"trak") | (b"trak", b"mdia") | (b"mdia", b"minf") | (b"minf", b"stbl") => {
                if &parent == b"moov" {
                    self.tables.push(Vec::new());
                }
                self.check(8)?;
                self.container(source, place)?;
            }
            (b"moov", b"mvhd" | b"mvex")
            | (b"trak", b"tkhd" | b"edts")
            | (b"mdia", b"mdhd" | b"hdlr")
            | (b"stbl", b"stsd") => {
                self.check(size)?;
                if source.append(size, &mut self.moov)? < size {
                    return Err(CutError::Truncated { at: place.at, end: source.at() });
                }
            }
            (b"stbl", b"stts" | b"ctts" | b"stss" | b"stsc" | b"stsz" | b"stz2" | b"stco" | b"co64") => {
                if let Some(tables) = self.tables.last_mut()
                    && tables.iter().all(|table| table.name != place.name)
                {
                    tables.push(*place);
                }
                self.skip(size);
            }
            // Names, copyright, positions and hints are not needed.
            _ => self.skip(size),
        }
        Ok(())
    }

    /// Returns an error if `moov` and `more` bytes exceed the limit.
    fn check(&self, more: u64) -> Result<(), CutError> {
        if (self.moov.len() as u64).saturating_add(more) > self.limit {
            return Err(CutError::BoxTooLarge { name: "moov", at: self.at, limit: self.limit });
        }
        Ok(())
    }

    /// Notes that the next `count` bytes are left out.
    fn skip(&mut self, count: u64) {
        let (here, before) = (self.moov.len() as u64, self.left_out.last().copied());
        match self.left_out.last_mut() {
            _ if count == 0 => {}
            Some((place, skipped)) if *place == here => *skipped += count,
            _ => self.left_out.push((here, before.map_or(0, |(_, skipped)| skipped) + count)),
        }
    }
}

/// Returns where a box is, or `None` if it ends after `end`.
fn place(header: &Header, end: u64) -> Option<Place> {
    let end = header.at.checked_add(header.size?).filter(|box_end| *box_end <= end)?;
    Some(Place { name: header.name, at: header.at, body: header.at + header.length, end })
}

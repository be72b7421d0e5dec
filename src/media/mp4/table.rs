//! The sample tables in a `moov` (ISO/IEC 14496-12 sections 8.6 and 8.7), read window by window.

use std::io::Read;

use super::boxes::Name;
use crate::media::CutError;
use crate::media::source::Source;

/// The most bytes of a table that are held at once.
const WINDOW: usize = 64 << 10;

/// Where a box of a `moov` is in the recording.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) name: Name,
    /// Where the box begins.
    pub(super) at: u64,
    /// Where its content begins.
    pub(super) body: u64,
    /// Where it ends.
    pub(super) end: u64,
}

impl Place {
    pub(super) const fn malformed(&self, what: &'static str) -> CutError {
        CutError::Malformed { at: self.at, what }
    }

    /// Reads the first `N` words of the content.
    fn words<const N: usize, R: Read>(&self, source: &mut Source<R>) -> Result<[u32; N], CutError> {
        if self.end - self.body < 4 * N as u64 {
            return Err(self.malformed("a box shorter than its fields"));
        }
        source.go_to(self.body)?;
        let mut words = [0; N];
        for word in &mut words {
            let mut bytes = [0; 4];
            if source.read_to(&mut bytes)? < 4 {
                return Err(CutError::Truncated { at: self.at, end: source.at() });
            }
            *word = u32::from_be_bytes(bytes);
        }
        Ok(words)
    }
}

/// A table whose entries have `N` bytes.
pub(super) struct Table<const N: usize> {
    place: Place,
    /// Where the next window begins in the recording.
    next: u64,
    /// The number of entries from there on.
    left: u64,
    window: Vec<u8>,
    /// The number of bytes of the window that are used up.
    taken: usize,
}

impl<const N: usize> Table<N> {
    /// Returns a table of `left` entries, which begin after the first `fields` bytes of the content.
    fn of(place: Place, fields: u64, left: u64) -> Result<Self, CutError> {
        let next = place.body.saturating_add(fields);
        if place.end.saturating_sub(next) / (N as u64) < left {
            return Err(place.malformed("a table longer than its box"));
        }
        Ok(Self { place, next, left, window: Vec::new(), taken: 0 })
    }

    /// Opens a table that begins with its version, flags and number of entries.
    pub(super) fn open<R: Read>(place: Place, source: &mut Source<R>) -> Result<Self, CutError> {
        let [_, count] = place.words(source)?;
        Self::of(place, 8, count.into())
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// Returns the next entry, or `None` after the last.
    pub(super) fn next<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<[u8; N]>, CutError> {
        if self.taken == self.window.len() {
            let count = self.left.min((WINDOW / N) as u64);
            if count == 0 {
                return Ok(None);
            }
            source.go_to(self.next)?;
            let length = count * N as u64;
            self.taken = 0;
            source.fill(0, length, &mut self.window)?;
            if (self.window.len() as u64) < length {
                return Err(CutError::Truncated { at: self.place.at, end: source.at() });
            }
            self.next += length;
            self.left -= count;
        }
        let entry = self.window.get(self.taken..).and_then(|rest| rest.first_chunk::<N>()).copied();
        self.taken += N;
        Ok(entry)
    }
}

/// The table of an `stts` or a `ctts`: run-length encoded values, one for each sample.
pub(super) struct RunLengths {
    table: Table<8>,
    /// The number of further samples that have this value.
    left: u32,
    value: u32,
}

impl RunLengths {
    pub(super) fn open<R: Read>(place: Place, source: &mut Source<R>) -> Result<Self, CutError> {
        Ok(Self { table: Table::open(place, source)?, left: 0, value: 0 })
    }

    /// Returns the value of the next sample.
    pub(super) fn next<R: Read>(&mut self, source: &mut Source<R>) -> Result<u32, CutError> {
        while self.left == 0 {
            let Some(entry) = self.table.next(source)? else {
                return Err(self.table.place().malformed("a table with fewer samples than there are sizes"));
            };
            [self.left, self.value] = words(entry);
        }
        self.left -= 1;
        Ok(self.value)
    }
}

/// The table of an `stss`: the numbers of the sync samples.
pub(super) struct Syncs {
    table: Table<4>,
    /// The next sync sample.
    next: Option<u32>,
}

impl Syncs {
    pub(super) fn open<R: Read>(place: Place, source: &mut Source<R>) -> Result<Self, CutError> {
        Ok(Self { table: Table::open(place, source)?, next: Some(0) })
    }

    /// Returns whether a sample is a sync sample. Samples must be requested in ascending order.
    pub(super) fn has<R: Read>(&mut self, number: u32, source: &mut Source<R>) -> Result<bool, CutError> {
        while self.next.is_some_and(|next| next < number) {
            self.next = self.table.next(source)?.map(u32::from_be_bytes);
        }
        Ok(self.next == Some(number))
    }
}

/// The table of an `stsz` or an `stz2`: the size of each sample.
pub(super) enum Sizes {
    /// All samples have one size.
    Same(u32),
    Words(Table<4>),
    Halves(Table<2>),
    Bytes(Table<1>),
    /// Two sizes in each byte, and the second size of the last byte until it is returned.
    Nibbles(Table<1>, Option<u8>),
}

impl Sizes {
    /// Returns the number of samples, and their sizes.
    pub(super) fn open<R: Read>(place: Place, source: &mut Source<R>) -> Result<(u32, Self), CutError> {
        let [_, size, count] = place.words(source)?;
        let left = u64::from(count);
        let sizes = match (&place.name, size) {
            (b"stsz", 0) => Self::Words(Table::of(place, 12, left)?),
            (b"stsz", size) => Self::Same(size),
            // In an `stz2`, the last byte of this word is the number of bits in a size.
            (_, size) => match size & 0xff {
                4 => Self::Nibbles(Table::of(place, 12, left.div_ceil(2))?, None),
                8 => Self::Bytes(Table::of(place, 12, left)?),
                16 => Self::Halves(Table::of(place, 12, left)?),
                _ => return Err(place.malformed("sizes that have neither 4, 8 nor 16 bits")),
            },
        };
        Ok((count, sizes))
    }

    /// Returns the size of the next sample, or `None` after the last.
    pub(super) fn next<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<u32>, CutError> {
        Ok(match self {
            Self::Same(size) => Some(*size),
            Self::Words(table) => table.next(source)?.map(u32::from_be_bytes),
            Self::Halves(table) => table.next(source)?.map(u16::from_be_bytes).map(u32::from),
            Self::Bytes(table) => table.next(source)?.map(|[size]| size.into()),
            Self::Nibbles(table, second) => match second.take() {
                Some(size) => Some(size.into()),
                None => table.next(source)?.map(|[both]| {
                    *second = Some(both & 0xf);
                    (both >> 4).into()
                }),
            },
        })
    }
}

/// The tables of an `stsc` and an `stco` or `co64`: which samples are in which chunk, and where the chunks begin.
pub(super) struct Locations {
    offsets: Offsets,
    sample_to_chunk: Table<12>,
    /// The next entry of `sample_to_chunk`: the first chunk, the number of samples in a chunk, and the index of their sample
    /// entry.
    next: Option<[u32; 3]>,
    /// The number of the current chunk, counted from 1.
    number: u32,
    /// The number of samples in the current chunk.
    samples: u32,
    /// The index of their sample entry.
    description: u32,
    /// Where the current chunk begins.
    begin: u64,
    /// Where its next sample begins.
    at: u64,
    /// The number of samples that it has left.
    left: u32,
}

/// The offsets of chunks.
enum Offsets {
    Narrow(Table<4>),
    Wide(Table<8>),
}

impl Offsets {
    const fn place(&self) -> &Place {
        match self {
            Self::Narrow(table) => table.place(),
            Self::Wide(table) => table.place(),
        }
    }

    fn next<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<u64>, CutError> {
        Ok(match self {
            Self::Narrow(table) => table.next(source)?.map(|at| u32::from_be_bytes(at).into()),
            Self::Wide(table) => table.next(source)?.map(u64::from_be_bytes),
        })
    }
}

impl Locations {
    /// Opens an `stsc`, and an `stco` or `co64`.
    pub(super) fn open<R: Read>(stsc: Place, offsets: Place, source: &mut Source<R>) -> Result<Self, CutError> {
        let mut sample_to_chunk = Table::open(stsc, source)?;
        let offsets = match &offsets.name {
            b"co64" => Offsets::Wide(Table::open(offsets, source)?),
            _ => Offsets::Narrow(Table::open(offsets, source)?),
        };
        let next: Option<[u32; 3]> = sample_to_chunk.next(source)?.map(words);
        if next.is_none_or(|[first, ..]| first != 1) {
            return Err(sample_to_chunk.place().malformed("a table that does not begin with the first chunk"));
        }
        let (number, samples, description, begin, at, left) = (0, 0, 0, 0, 0, 0);
        Ok(Self { offsets, sample_to_chunk, next, number, samples, description, begin, at, left })
    }

    /// Returns where the table of offsets is.
    pub(super) const fn offsets(&self) -> &Place {
        self.offsets.place()
    }

    /// Returns where the `stsc` is.
    pub(super) const fn sample_to_chunk(&self) -> &Place {
        self.sample_to_chunk.place()
    }

    /// Returns where the next sample begins, and the index of its sample entry. `size` is the size of the sample.
    pub(super) fn next<R: Read>(&mut self, size: u32, source: &mut Source<R>) -> Result<(u64, u32), CutError> {
        while self.left == 0 {
            self.chunk(source)?;
        }
        let at = self.at;
        self.at =
            at.checked_add(size.into()).ok_or_else(|| self.offsets().malformed("samples outside of the recording"))?;
        self.left -= 1;
        Ok((at, self.description))
    }

    /// Goes on to the next chunk.
    fn chunk<R: Read>(&mut self, source: &mut Source<R>) -> Result<(), CutError> {
        let Some(begin) = self.offsets.next(source)? else {
            return Err(self.offsets().malformed("a table with fewer chunks than the samples need"));
        };
        self.number = self.number.saturating_add(1);
        if let Some([first, samples, description]) = self.next.filter(|[first, ..]| *first == self.number) {
            (self.samples, self.description) = (samples, description);
            self.next = self.sample_to_chunk.next(source)?.map(words);
            if self.next.is_some_and(|[next, ..]| next <= first) {
                return Err(self.sample_to_chunk().malformed("a table whose chunks are not in order"));
            }
        }
        // A chunk must not begin within the one before it.
        if (self.begin..self.at).contains(&begin) {
            return Err(self.offsets().malformed("samples that overlap"));
        }
        (self.begin, self.at, self.left) = (begin, begin, self.samples);
        Ok(())
    }
}

/// Returns the words of an entry.
fn words<const B: usize, const N: usize>(entry: [u8; B]) -> [u32; N] {
    let mut words = [0; N];
    for (word, bytes) in words.iter_mut().zip(entry.as_chunks().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    words
}

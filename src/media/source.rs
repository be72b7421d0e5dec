use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};

use super::CutError;

/// A reader that knows its position, and can be peeked into.
pub(super) struct Source<R> {
    reader: R,
    /// How to seek; `None` if the reader cannot.
    seek: Option<fn(&mut R, SeekFrom) -> io::Result<u64>>,
    /// The number of bytes of a reader that can seek, once it was rewound.
    #[cfg(feature = "video")]
    length: Option<u64>,
    /// Bytes that were peeked and not read yet.
    peeked: VecDeque<u8>,
    at: u64,
}

impl<R: Read + Seek> Source<R> {
    /// Returns a source that can seek. It must be rewound before it is read.
    pub(super) fn seekable(reader: R) -> Self {
        Self { seek: Some(R::seek), ..Self::new(reader) }
    }
}

impl<R: Read> Source<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            seek: None,
            #[cfg(feature = "video")]
            length: None,
            peeked: VecDeque::new(),
            at: 0,
        }
    }

    /// Seeks to the first byte. Does nothing if the reader cannot seek.
    pub(super) fn rewind(&mut self) -> Result<(), CutError> {
        let Some(seek) = self.seek else { return Ok(()) };
        #[cfg(feature = "video")]
        {
            let length = seek(&mut self.reader, SeekFrom::End(0));
            self.length = Some(self.checked(length)?);
        }
        let begin = seek(&mut self.reader, SeekFrom::Start(0));
        self.checked(begin)?;
        self.peeked.clear();
        self.at = 0;
        Ok(())
    }

    /// Returns the position: the number of bytes before the next one.
    #[cfg(feature = "video")]
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Returns the number of bytes, if the reader can seek.
    #[cfg(feature = "video")]
    pub(super) const fn length(&self) -> Option<u64> {
        self.length
    }

    /// Goes to a position, which may be beyond the end. A reader that cannot seek only goes forward.
    #[cfg(feature = "video")]
    pub(super) fn go_to(&mut self, at: u64) -> Result<(), CutError> {
        match (at.checked_sub(self.at), self.seek) {
            (Some(0), _) => {}
            (Some(ahead), seek) if ahead <= NEAR || seek.is_none() => {
                self.skip(ahead)?;
            }
            (_, Some(seek)) => {
                let sought = seek(&mut self.reader, SeekFrom::Start(at));
                self.checked(sought)?;
                self.peeked.clear();
                self.at = at;
            }
            (_, None) => return self.checked(Err(io::ErrorKind::NotSeekable.into())),
        }
        Ok(())
    }

    /// Returns the next `count` bytes, or fewer at the end, without moving the position.
    pub(super) fn peek(&mut self, count: u64) -> Result<Vec<u8>, CutError> {
        let (at, mut bytes) = (self.at, Vec::new());
        self.append(count, &mut bytes)?;
        self.peeked.extend(&bytes);
        self.at = at;
        Ok(bytes)
    }

    /// Appends the next `count` bytes, or fewer at the end, and returns how many. Memory grows with the bytes that are there,
    /// whatever `count` is.
    pub(super) fn append(&mut self, count: u64, to: &mut Vec<u8>) -> Result<u64, CutError> {
        let read = self.by_ref().take(count).read_to_end(to);
        self.checked(read.map(|read| read as u64))
    }

    /// Reads the next `count` bytes, or fewer at the end, behind the first `room` bytes of a buffer, whose other content is
    /// replaced. Beyond the capacity of the buffer, memory grows with the bytes that are there, whatever `count` is.
    pub(super) fn fill(&mut self, room: usize, count: u64, buffer: &mut Vec<u8>) -> Result<(), CutError> {
        const STEP: usize = 64 << 10;
        let end = usize::try_from(count).unwrap_or(usize::MAX).saturating_add(room);
        buffer.truncate(end);
        let mut read = room;
        while read < end {
            if read >= buffer.len() {
                let length = end.min(buffer.capacity().max(2 * read).max(STEP));
                buffer.reserve_exact(length - buffer.len());
                buffer.resize(length, 0);
            }
            let more = self.read_to(buffer.get_mut(read..).unwrap_or_default())?;
            if more == 0 {
                break;
            }
            read += more;
        }
        buffer.truncate(read);
        Ok(())
    }

    /// Fills a slice, except at the end, and returns the number of bytes read.
    pub(super) fn read_to(&mut self, to: &mut [u8]) -> Result<usize, CutError> {
        let mut read = 0;
        while let Some(room) = to.get_mut(read..).filter(|room| !room.is_empty()) {
            match self.read(room) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.checked(Err(error))?,
            }
        }
        Ok(read)
    }

    /// Skips the next `count` bytes, or fewer at the end, and returns how many.
    #[cfg(feature = "video")]
    pub(super) fn skip(&mut self, count: u64) -> Result<u64, CutError> {
        if let (Some(length), true) = (self.length, count > NEAR) {
            let count = count.min(length.saturating_sub(self.at));
            self.go_to(self.at + count)?;
            return Ok(count);
        }
        let read = io::copy(&mut self.by_ref().take(count), &mut io::sink());
        self.checked(read)
    }

    fn checked<T>(&self, read: io::Result<T>) -> Result<T, CutError> {
        read.map_err(|error| CutError::Io { at: self.at, kind: error.kind() })
    }
}

/// The most bytes that are read and dropped instead of sought over.
#[cfg(feature = "video")]
const NEAR: u64 = 4 << 10;

impl<R: Read> Read for Source<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = if self.peeked.is_empty() { self.reader.read(to)? } else { self.peeked.read(to)? };
        self.at += read as u64;
        Ok(read)
    }
}

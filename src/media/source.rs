use std::collections::VecDeque;
use std::io::{self, Read};

use super::CutError;

/// A reader that knows its position and can be looked into.
pub(super) struct Source<R> {
    reader: R,
    unread: VecDeque<u8>,
    at: u64,
}

impl<R: Read> Source<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, unread: VecDeque::new(), at: 0 }
    }

    /// Bytes read so far.
    #[cfg(feature = "mp4")]
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next bytes, fewer only at the end; they stay to be read.
    pub(super) fn peek(&mut self, count: u64) -> Result<Vec<u8>, CutError> {
        let (at, mut bytes) = (self.at, Vec::new());
        self.append(count, &mut bytes)?;
        self.unread.extend(&bytes);
        self.at = at;
        Ok(bytes)
    }

    /// Appends the next bytes, fewer only at the end, and says how many. Memory grows as they come, not as asked for.
    pub(super) fn append(&mut self, count: u64, to: &mut Vec<u8>) -> Result<u64, CutError> {
        let read = self.by_ref().take(count).read_to_end(to);
        self.checked(read.map(|read| read as u64))
    }

    /// Reads the next bytes into a buffer in the place of what it held, fewer only at the end. What the buffer has room
    /// for is read at once; beyond that memory grows as they come.
    pub(super) fn fill(&mut self, count: u64, buffer: &mut Vec<u8>) -> Result<(), CutError> {
        const STEP: usize = 64 << 10;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        buffer.truncate(count);
        let mut read = 0;
        while read < count {
            if read == buffer.len() {
                let room = count.min(buffer.capacity().max(2 * read).max(STEP));
                buffer.reserve_exact(room - read);
                buffer.resize(room, 0);
            }
            match self.read(buffer.get_mut(read..).unwrap_or_default()) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.checked(Err(error))?,
            }
        }
        buffer.truncate(read);
        Ok(())
    }

    /// Skips the next bytes, fewer only at the end, and says how many.
    #[cfg(feature = "mp4")]
    pub(super) fn skip(&mut self, count: u64) -> Result<u64, CutError> {
        let read = io::copy(&mut self.by_ref().take(count), &mut io::sink());
        self.checked(read)
    }

    fn checked<T>(&self, read: io::Result<T>) -> Result<T, CutError> {
        read.map_err(|error| CutError::Io { at: self.at, kind: error.kind() })
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = if self.unread.is_empty() { self.reader.read(to)? } else { self.unread.read(to)? };
        self.at += read as u64;
        Ok(read)
    }
}

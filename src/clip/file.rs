use alloc::vec::Vec;

use crate::io::{self, Cursor, Read, Seek, Write};

/// The file that a clip is recorded into, and recovered in.
///
/// What was written is durable after [`sync`](Self::sync), and not before: a power cut may lose, tear or reorder any of it.
pub trait ClipFile: Read + Write + Seek {
    /// Makes everything that was written, and the length, durable. It is when the call returns.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to its first `length` bytes. Where the file is read and written next is not defined afterwards.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// A file in memory, for a clip that nobody needs after a power cut.
impl ClipFile for Cursor<Vec<u8>> {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.get_mut().truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(())
    }
}

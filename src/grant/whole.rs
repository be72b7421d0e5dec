//! A whole excerpt in the clear, as fast as its source, the cipher and the sink go.

use std::io::{Read, Seek, Write};

use zeroize::Zeroizing;

use crate::clip::{Relay, is_shared, run};

use super::open::{OpenExcerpt, SealedBody};
use super::open_error::OpenExcerptError;

impl<R: Read + Seek> OpenExcerpt<R> {
    /// Opens the segments that are left, and writes their contents one after the other: each is checked before any of it is
    /// written, as [`next_segment`](Self::next_segment) does. To have one playable recording, [go to](Self::go_to) its run
    /// before. After each, `progress` is told how many bytes are written.
    ///
    /// With the feature `parallel` all cores work; source and sink stay on this thread. At most 32 MiB of content are held
    /// at once.
    pub fn open_all<W: Write>(&mut self, sink: &mut W, progress: impl FnMut(u64)) -> Result<(), OpenExcerptError> {
        run(&mut Whole { excerpt: self, sink, progress, written: 0, spare: Vec::new() })?;
        sink.flush().map_err(OpenExcerptError::Write)
    }
}

struct Whole<'a, R, W, P> {
    excerpt: &'a mut OpenExcerpt<R>,
    sink: &'a mut W,
    progress: P,
    written: u64,
    /// Buffers that were used.
    spare: Vec<Zeroizing<Vec<u8>>>,
}

impl<R: Read + Seek, W: Write, P: FnMut(u64)> Relay for Whole<'_, R, W, P> {
    type Task = (SealedBody, Zeroizing<Vec<u8>>);
    type Done = Result<Zeroizing<Vec<u8>>, OpenExcerptError>;
    type Error = OpenExcerptError;

    fn take(&mut self) -> Result<Option<(Self::Task, usize)>, OpenExcerptError> {
        let mut body = self.spare.pop().unwrap_or_default();
        let sealed = self.excerpt.next_sealed(&mut body, !is_shared())?;
        let size = body.len();
        Ok(sealed.map(|sealed| ((sealed, body), size)))
    }

    fn work((sealed, mut body): Self::Task) -> Self::Done {
        sealed.open(&mut body)?;
        Ok(body)
    }

    fn put(&mut self, done: Self::Done) -> Result<(), OpenExcerptError> {
        let content = done?;
        self.sink.write_all(&content).map_err(OpenExcerptError::Write)?;
        self.written += content.len() as u64;
        (self.progress)(self.written);
        self.spare.push(content);
        Ok(())
    }
}

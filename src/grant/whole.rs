//! Opening whole runs, as fast as the source, the cipher and the sink allow.

use std::io::Write;

use zeroize::Zeroizing;

use crate::clip::{Relay, is_shared, run};

use super::open_error::OpenExcerptError;
use super::reading_order::{Footage, SealedBody};

/// Opens the remaining segments and writes their contents one after the other.
pub(super) fn open_all<F: Footage, W: Write>(
    footage: &mut F,
    sink: &mut W,
    progress: impl FnMut(u64),
) -> Result<(), OpenExcerptError> {
    run(&mut Whole { footage, sink, progress, written: 0, spare: Vec::new() })?;
    sink.flush().map_err(OpenExcerptError::Write)
}

struct Whole<'a, F, W, P> {
    footage: &'a mut F,
    sink: &'a mut W,
    progress: P,
    written: u64,
    /// Buffers that were used.
    spare: Vec<Zeroizing<Vec<u8>>>,
}

impl<F: Footage, W: Write, P: FnMut(u64)> Relay for Whole<'_, F, W, P> {
    type Task = (SealedBody, Zeroizing<Vec<u8>>);
    type Done = Result<Zeroizing<Vec<u8>>, OpenExcerptError>;
    type Error = OpenExcerptError;

    fn take(&mut self) -> Result<Option<(Self::Task, usize)>, OpenExcerptError> {
        let mut body = self.spare.pop().unwrap_or_default();
        let sealed = self.footage.next_sealed(&mut body, !is_shared())?;
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

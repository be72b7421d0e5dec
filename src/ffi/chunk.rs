//! Where a clip goes: into the app's buffer, while one call lasts.

use core::ptr::NonNull;

use crate::io::{self, Write};

use super::argument::Output;

/// A buffer of the app's that is written piece by piece. It may not overlap with what the call reads.
#[derive(Default)]
pub(crate) struct Chunk {
    room: Option<NonNull<u8>>,
    capacity: usize,
    written: usize,
}

// SAFETY: it points somewhere only within a call, which stays on its thread.
unsafe impl Send for Chunk {}

impl Chunk {
    /// A chunk that goes into the output's buffer.
    ///
    /// # Safety
    /// The output's promise holds until the chunk is [taken](Self::take).
    pub(super) unsafe fn of(output: &Output<'_>) -> Self {
        let (room, capacity) = output.room();
        Self { room: NonNull::new(room), capacity, written: 0 }
    }

    /// Forgets the buffer, and gives how many bytes were written.
    pub(super) fn take(&mut self) -> usize {
        core::mem::take(self).written
    }
}

impl Write for Chunk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(room) = self.room.filter(|_| bytes.len() <= self.capacity - self.written) else {
            return Err(io::ErrorKind::WriteZero.into());
        };
        // SAFETY: within the app's buffer, as was just seen, which is there as long as `room` says where it is.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), room.as_ptr().add(self.written), bytes.len()) };
        self.written += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

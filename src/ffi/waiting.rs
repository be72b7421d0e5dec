//! Entries of the log that wait for the checkpoint that includes them.

use super::status::{Done, Failure, footage_status::*};

/// Entries that are not believed yet.
#[derive(Default)]
pub(super) struct Waiting {
    entries: Vec<Vec<u8>>,
    bytes: usize,
}

/// Their bytes, at most.
const MAX_WAITING: usize = 256 << 20;

impl Waiting {
    pub(super) fn push(&mut self, entry: &[u8]) -> Done {
        if self.bytes + entry.len() > MAX_WAITING {
            return Err(Failure::new(FOOTAGE_FULL, "too many entries wait for a checkpoint: advance"));
        }
        self.bytes += entry.len();
        self.entries.push(entry.to_vec());
        Ok(())
    }

    /// The entries, which wait no longer.
    pub(super) fn take(&mut self) -> Vec<Vec<u8>> {
        core::mem::take(self).entries
    }
}

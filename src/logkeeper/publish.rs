use std::io;

use crate::store::ObjectsError;
use crate::tlog::{CHECKPOINT_PATH, NoteKey, checkpoint_path};

use super::batch::signed_checkpoint;
use super::store::Condition;
use super::{FlushError, LogStore, LogWriter};

impl LogWriter {
    /// Keeps the checkpoint, and moves the published one forward to it.
    pub(super) fn publish(&mut self, size: u64, bytes: &[u8]) -> Result<(), FlushError> {
        self.unpublished = Some((size, bytes.to_vec()));
        self.keep(size, bytes)?;
        for _ in 0..4 {
            let unchanged = Condition::Unchanged(self.version.clone());
            if let Some(version) = self.store.put(CHECKPOINT_PATH, bytes, &unchanged)? {
                self.version = version;
                self.set_published(size);
                return Ok(());
            }
            let found = self.store.get(CHECKPOINT_PATH)?.ok_or(FlushError::Superseded)?;
            let checkpoint = signed_checkpoint(&found.bytes, &self.note_key);
            if checkpoint.is_some_and(|(_, checkpoint)| checkpoint.size() > size) {
                return Err(FlushError::Superseded);
            }
            self.version = found.version;
            if found.bytes == bytes {
                self.set_published(size);
                return Ok(());
            }
            // An earlier checkpoint of this history, cosigned anew, or a torn write.
        }
        Err(FlushError::Superseded)
    }

    /// Keeps the checkpoint under the next number, where the ones before are smaller or of the same size. If it is never
    /// published after that, it is a cosigned checkpoint of this history all the same.
    fn keep(&mut self, size: u64, bytes: &[u8]) -> Result<(), FlushError> {
        let mut when = Condition::Absent;
        for _ in 0..16 {
            let path = checkpoint_path(self.next_number);
            if self.store.put(&path, bytes, &when)?.is_some() {
                return Ok(());
            }
            when = match self.store.get(&path)? {
                // By an attempt of which the store said that it failed.
                Some(found) if found.bytes == bytes => return Ok(()),
                Some(found) => match signed_checkpoint(&found.bytes, &self.note_key) {
                    Some(_) => {
                        self.next_number = next_number(&self.store, &self.note_key, self.next_number)?;
                        self.after_smaller(size)?;
                        Condition::Absent
                    }
                    // A torn write, which was never published.
                    None => Condition::Unchanged(found.version),
                },
                None => Condition::Absent,
            };
        }
        let error = io::Error::other("it is written by others all the time");
        Err(ObjectsError::failed(checkpoint_path(self.next_number), error).into())
    }

    /// Who has fewer entries than the last checkpoint that was kept has been superseded.
    fn after_smaller(&self, size: u64) -> Result<(), FlushError> {
        let Some(last) = self.next_number.checked_sub(1) else { return Ok(()) };
        let last = self.store.get(&checkpoint_path(last))?;
        let last = last.and_then(|last| signed_checkpoint(&last.bytes, &self.note_key));
        if last.is_some_and(|(_, last)| last.size() > size) { Err(FlushError::Superseded) } else { Ok(()) }
    }

    fn set_published(&mut self, size: u64) {
        self.published = size;
        self.unpublished = None;
        self.next_number += 1;
        // What cannot be removed now is removed later. The last one stays, to fall back on.
        let store = &self.store;
        self.obsolete.retain(|path| store.delete(path).is_err());
    }
}

/// The number of the next checkpoint that is kept, which is not below `from`. Numbers have no gaps, so it is found by
/// doubling and halving, without a list. The last one may be torn: its number is free.
pub(super) fn next_number(store: &LogStore, key: &NoteKey, from: u64) -> Result<u64, ObjectsError> {
    let (mut kept, mut free, mut step) = (from, from, 1);
    while store.get(&checkpoint_path(free))?.is_some() {
        (kept, free, step) = (free + 1, free + step, step * 2);
    }
    while kept < free {
        let middle = kept + (free - kept) / 2;
        if store.get(&checkpoint_path(middle))?.is_some() { kept = middle + 1 } else { free = middle }
    }
    let Some(last) = free.checked_sub(1).filter(|&last| last >= from) else { return Ok(free) };
    let whole = store.get(&checkpoint_path(last))?.is_none_or(|last| signed_checkpoint(&last.bytes, key).is_some());
    Ok(if whole { free } else { last })
}

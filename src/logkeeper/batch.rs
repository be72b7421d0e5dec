use crate::merkle::leaf_hash;
use crate::tlog::{Checkpoint, Edge, Note, NoteKey, TILE_WIDTH, bundle, unbundle};

/// Entries that follow a tree of a certain size, with the checkpoint of the tree that they make.
///
/// Which batch follows a tree is decided by who first creates the object `staging/<size of that tree>`. Its bytes are
/// the length of the note in four bytes, big-endian, the note, signed by the log, and the entries as in a bundle.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) old: u64,
    pub(super) entries: Vec<Vec<u8>>,
    /// The tree with the entries.
    pub(super) edge: Edge,
    pub(super) note: Note,
}

/// Where staged batches are.
pub(super) const STAGING: &str = "staging";

/// Where the batch is staged that follows a tree of this size.
pub(super) fn staging_path(old: u64) -> String {
    format!("{STAGING}/{old}")
}

impl Batch {
    pub(super) fn path(&self) -> String {
        staging_path(self.old)
    }

    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        let note = self.note.to_string();
        let length = u32::try_from(note.len()).ok()?.to_be_bytes();
        Some([length.as_slice(), note.as_bytes(), &bundle(&self.entries)?].concat())
    }

    /// A staged batch, if it is complete, signed by the log, and follows this tree.
    pub(super) fn from_bytes(bytes: &[u8], after: &Edge, key: &NoteKey) -> Option<Self> {
        let (note, checkpoint, entries) = split(bytes, key)?;
        let count = checkpoint.size().checked_sub(after.size())?;
        // Each takes two bytes at least, so that no number makes this grow.
        if count == 0 || count > entries.len() as u64 / 2 {
            return None;
        }
        let mut rest = entries;
        let (mut all, mut edge) = (Vec::new(), after.clone());
        for first in (0..count).step_by(TILE_WIDTH as usize) {
            let some = unbundle(rest, (count - first).min(TILE_WIDTH) as u16).ok()?;
            rest = rest.get(some.iter().map(|entry| entry.len() + 2).sum()..)?;
            all.extend(some.into_iter().map(<[u8]>::to_vec));
        }
        for entry in &all {
            edge.push(leaf_hash(entry));
        }
        let valid = rest.is_empty() && edge.root() == checkpoint.root();
        valid.then_some(Self { old: after.size(), entries: all, edge, note })
    }
}

/// The checkpoint that a staged batch leads to, as far as the log has signed it.
pub(super) fn staged_checkpoint(bytes: &[u8], key: &NoteKey) -> Option<(Note, Checkpoint)> {
    split(bytes, key).map(|(note, checkpoint, _)| (note, checkpoint))
}

fn split<'a>(bytes: &'a [u8], key: &NoteKey) -> Option<(Note, Checkpoint, &'a [u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (note, entries) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    let (note, checkpoint) = signed_checkpoint(note, key)?;
    Some((note, checkpoint, entries))
}

/// A checkpoint that the log has signed.
pub(super) fn signed_checkpoint(bytes: &[u8], key: &NoteKey) -> Option<(Note, Checkpoint)> {
    let note = Note::from_bytes(bytes).ok()?;
    let checkpoint: Checkpoint = note.text().parse().ok()?;
    (checkpoint.origin() == &key.name && note.is_signed_by(key)).then_some((note, checkpoint))
}

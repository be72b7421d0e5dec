use std::collections::BTreeMap;

use thiserror::Error;

use crate::crypto::{SigningKey, VerifyingKey};
use crate::merkle::{ConsistencyProof, Hash};
use crate::record::{KeyName, Timestamp, WitnessKey};

use super::{Checkpoint, CheckpointError, Cosignature, Note, NoteError, NoteKey, NoteKeyKind, NoteSignature};

/// Why a witness does not cosign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// Not a signed note.
    #[error("not a signed note: {0}")]
    Note(#[from] NoteError),
    /// A note, but not of a checkpoint.
    #[error("not a checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A log that this witness does not watch.
    #[error("not a log that this witness watches")]
    UnknownLog,
    /// Not signed by the log, or its signature is not valid.
    #[error("the log's signature is missing or not valid")]
    LogSignature,
    /// The proof does not begin at the size that was cosigned last. Send one that does.
    #[error("the proof must begin at size {size}")]
    Conflict {
        /// The size that was cosigned last.
        size: u64,
    },
    /// The checkpoint is not proven to extend the one that was cosigned last.
    #[error("the checkpoint is not proven to extend the one that was cosigned last")]
    NotConsistent,
}

/// A witness: it cosigns checkpoints of the logs that it watches, each only if it extends the last one.
///
/// What it has cosigned last is all that makes it a witness: it must never forget that while it keeps its key.
#[derive(Debug)]
pub struct Witness {
    name: KeyName,
    key: SigningKey,
    logs: BTreeMap<KeyName, Watched>,
}

#[derive(Debug)]
struct Watched {
    key: VerifyingKey,
    size: u64,
    root: Hash,
}

impl Witness {
    /// A witness that watches no log yet.
    pub const fn new(name: KeyName, key: SigningKey) -> Self {
        Self { name, key, logs: BTreeMap::new() }
    }

    /// Watches a log from its beginning, unless it watches it already.
    pub fn watch(&mut self, origin: KeyName, key: VerifyingKey) {
        self.logs.entry(origin).or_insert(Watched { key, size: 0, root: Hash::EMPTY });
    }

    /// By what clients know it.
    pub fn key(&self) -> WitnessKey {
        WitnessKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The size of the log that it has cosigned last: where the next proof must begin.
    pub fn size(&self, origin: &KeyName) -> Option<u64> {
        self.logs.get(origin).map(|log| log.size)
    }

    /// Cosigns a checkpoint, which `proof` shows to extend the tree of `old` leaves that was cosigned last (C2SP
    /// tlog-witness, "add-checkpoint"). `now` is the witness's own clock.
    ///
    /// # Errors
    /// Then nothing was cosigned and nothing has changed.
    pub fn cosign(
        &mut self,
        note: &[u8],
        old: u64,
        proof: &ConsistencyProof,
        now: Timestamp,
    ) -> Result<NoteSignature, WitnessError> {
        let note = Note::from_bytes(note)?;
        let checkpoint: Checkpoint = note.text().parse()?;
        let log = self.logs.get_mut(checkpoint.origin()).ok_or(WitnessError::UnknownLog)?;
        let key = NoteKey { name: checkpoint.origin().clone(), kind: NoteKeyKind::Ed25519, key: log.key };
        if !note.is_signed_by(&key) {
            return Err(WitnessError::LogSignature);
        }
        if old != log.size {
            return Err(WitnessError::Conflict { size: log.size });
        }
        proof
            .verify(log.size, log.root, checkpoint.size(), checkpoint.root())
            .map_err(|_| WitnessError::NotConsistent)?;
        (log.size, log.root) = (checkpoint.size(), checkpoint.root());
        Ok(Cosignature::sign(note.text(), &self.key, now).to_line(&self.name, &self.key))
    }
}

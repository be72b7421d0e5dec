use std::collections::BTreeMap;

use thiserror::Error;

use crate::crypto::{SigningKey, VerifyingKey};
use crate::merkle::{ConsistencyProof, Hash};
use crate::record::{KeyName, Timestamp, WitnessKey};

use super::{
    AddCheckpoint, Checkpoint, CheckpointError, CosignError, Cosignature, Cosigner, Note, NoteError, NoteKey,
    NoteKeyKind, NoteSignature,
};

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
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
    /// The checkpoint is smaller than the size that the proof begins at.
    #[error("the checkpoint is smaller than the size that the proof begins at")]
    Smaller,
    /// The proof does not begin at the size that was cosigned last. Send one that does.
    #[error("the proof must begin at size {size}")]
    Conflict {
        /// The size that was cosigned last.
        size: u64,
    },
    /// The checkpoint has the size of the one that was cosigned last, and another root: the log has forked.
    #[error("the log shows two trees of one size")]
    Forked,
    /// The checkpoint is not proven to extend the one that was cosigned last.
    #[error("the checkpoint is not proven to extend the one that was cosigned last")]
    NotConsistent,
    /// What is cosigned could not be kept, so it was not cosigned.
    #[error(transparent)]
    Store(#[from] WitnessStoreError),
}

impl WitnessError {
    /// The HTTP status that says so (C2SP tlog-witness, "add-checkpoint").
    ///
    /// With 409, the body is the size that was cosigned last in decimal and a newline, as `text/x.tlog.size`.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Note(_) | Self::Checkpoint(_) | Self::Smaller => 400,
            Self::UnknownLog => 404,
            Self::LogSignature => 403,
            Self::Conflict { .. } | Self::Forked => 409,
            Self::NotConsistent => 422,
            Self::Store(_) => 500,
        }
    }
}

/// The store of a witness failed: nothing was cosigned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the witness's store: {0}")]
pub struct WitnessStoreError(pub String);

/// What a witness has cosigned last of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The size of the tree.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

impl Seen {
    /// The log before it has any entry.
    pub const NOTHING: Self = Self { size: 0, root: Hash::EMPTY };
}

/// Where a witness keeps what it has cosigned. That is all that makes it a witness: it must never be set back, not by a
/// crash and not from a backup, while the witness keeps its key.
pub trait WitnessStore {
    /// What was kept last of a log; nothing if it was never kept.
    fn load(&mut self, origin: &KeyName) -> Result<Option<Seen>, WitnessStoreError>;

    /// Keeps what is about to be cosigned. When this returns, it must outlive a crash and a power cut; if it fails,
    /// either the old or the new one must be there.
    fn save(&mut self, origin: &KeyName, seen: Seen) -> Result<(), WitnessStoreError>;
}

/// Forgets with the program: for tests, and the reference for every other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryWitnessStore(BTreeMap<KeyName, Seen>);

impl WitnessStore for MemoryWitnessStore {
    fn load(&mut self, origin: &KeyName) -> Result<Option<Seen>, WitnessStoreError> {
        Ok(self.0.get(origin).copied())
    }

    fn save(&mut self, origin: &KeyName, seen: Seen) -> Result<(), WitnessStoreError> {
        self.0.insert(origin.clone(), seen);
        Ok(())
    }
}

/// A witness: it cosigns checkpoints of the logs that it watches, each only if it extends the last one.
#[derive(Debug)]
pub struct Witness<S = MemoryWitnessStore> {
    name: KeyName,
    key: SigningKey,
    logs: BTreeMap<KeyName, Watched>,
    store: S,
}

#[derive(Debug)]
struct Watched {
    key: VerifyingKey,
    seen: Seen,
}

impl Witness {
    /// A witness that watches no log yet, and forgets with the program what it has cosigned.
    pub const fn new(name: KeyName, key: SigningKey) -> Self {
        Self { name, key, logs: BTreeMap::new(), store: MemoryWitnessStore(BTreeMap::new()) }
    }

    /// Watches a log from its beginning, unless it watches it already.
    pub fn watch(&mut self, origin: KeyName, key: VerifyingKey) {
        self.logs.entry(origin).or_insert(Watched { key, seen: Seen::NOTHING });
    }
}

impl<S: WitnessStore> Witness<S> {
    /// A witness that watches no log yet, and keeps here what it cosigns.
    pub const fn with_store(name: KeyName, key: SigningKey, store: S) -> Self {
        Self { name, key, logs: BTreeMap::new(), store }
    }

    /// Watches a log from what the store says was cosigned last, unless it watches it already.
    pub fn resume(&mut self, origin: KeyName, key: VerifyingKey) -> Result<(), WitnessStoreError> {
        if !self.logs.contains_key(&origin) {
            let seen = self.store.load(&origin)?.unwrap_or(Seen::NOTHING);
            self.logs.insert(origin, Watched { key, seen });
        }
        Ok(())
    }

    /// Where it keeps what it cosigns.
    pub const fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// By what clients know it.
    pub fn key(&self) -> WitnessKey {
        WitnessKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The size of the log that it has cosigned last: where the next proof must begin.
    pub fn size(&self, origin: &KeyName) -> Option<u64> {
        self.logs.get(origin).map(|log| log.seen.size)
    }

    /// Cosigns a checkpoint, which `proof` shows to extend the tree of `old` leaves that was cosigned last (C2SP
    /// tlog-witness, "add-checkpoint"). `now` is the witness's own clock.
    ///
    /// # Errors
    /// Then nothing was cosigned. What was cosigned last is as before, or, if the store failed, may be this.
    pub fn cosign(
        &mut self,
        note: &[u8],
        old: u64,
        proof: &ConsistencyProof,
        now: Timestamp,
    ) -> Result<NoteSignature, WitnessError> {
        self.cosign_note(&Note::from_bytes(note)?, old, proof, now)
    }

    /// Answers a request of the log's.
    ///
    /// # Errors
    /// As [`cosign`](Self::cosign).
    pub fn add_checkpoint(&mut self, request: &AddCheckpoint, now: Timestamp) -> Result<NoteSignature, WitnessError> {
        self.cosign_note(&request.note, request.old, &request.proof, now)
    }

    fn cosign_note(
        &mut self,
        note: &Note,
        old: u64,
        proof: &ConsistencyProof,
        now: Timestamp,
    ) -> Result<NoteSignature, WitnessError> {
        let checkpoint: Checkpoint = note.text().parse()?;
        let log = self.logs.get_mut(checkpoint.origin()).ok_or(WitnessError::UnknownLog)?;
        let key = NoteKey { name: checkpoint.origin().clone(), kind: NoteKeyKind::Ed25519, key: log.key };
        if !note.is_signed_by(&key) {
            return Err(WitnessError::LogSignature);
        }
        if old != log.seen.size {
            return Err(WitnessError::Conflict { size: log.seen.size });
        }
        let seen = Seen { size: checkpoint.size(), root: checkpoint.root() };
        if seen.size < old {
            return Err(WitnessError::Smaller);
        }
        if seen.size == old && seen.root != log.seen.root {
            return Err(WitnessError::Forked);
        }
        let consistent = proof.verify(log.seen.size, log.seen.root, seen.size, seen.root);
        consistent.map_err(|_| WitnessError::NotConsistent)?;
        // Kept before it is signed: a witness that remembers what it has not signed does no harm.
        if seen != log.seen {
            self.store.save(checkpoint.origin(), seen)?;
        }
        log.seen = seen;
        Ok(Cosignature::sign(note.text(), &self.key, now).to_line(&self.name, &self.key))
    }
}

/// A witness in the same program, whose clock says `now`.
#[derive(Debug)]
pub struct WitnessAt<'a, S> {
    /// The witness.
    pub witness: &'a mut Witness<S>,
    /// Its clock.
    pub now: Timestamp,
}

impl<S: WitnessStore> Cosigner for WitnessAt<'_, S> {
    fn cosign(&mut self, request: &AddCheckpoint) -> Result<Vec<NoteSignature>, CosignError> {
        match self.witness.add_checkpoint(request, self.now) {
            Ok(line) => Ok(vec![line]),
            Err(WitnessError::Conflict { size }) => Err(CosignError::Conflict { size }),
            Err(error) => Err(CosignError::Refused(error.to_string())),
        }
    }
}

use std::collections::HashMap;

use thiserror::Error;

use crate::cbor::limits;
use crate::crypto::{SigningKey, VerifyingKey};
use crate::merkle::{ConsistencyProof, InclusionProof, ProofError, Tree, leaf_hash};
use crate::record::{KeyName, Signed, Statement, StatementError, StatementId, Timestamp};
use crate::tlog::{Archive, Checkpoint, Note, NoteError, Witness};

/// Why a statement was not taken into the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Its signature is not valid, or one of its lists is longer than the format allows.
    #[error("not logged: {0}")]
    Statement(#[from] StatementError),
    /// Longer than [`limits::STATEMENT_BYTES`].
    #[error("not logged: longer than a statement may be")]
    TooLong,
    /// The batch is full, or the log is no longer this writer's. Flush, which says which, and submit again.
    #[error("not logged yet: the batch is full and must be flushed")]
    Full,
    /// The index that knows duplicates cannot be read or made anew, or the entry that it names cannot be read. Submit again
    /// when the log's store can be read.
    #[error("not logged yet: the index of the log, or the log itself, cannot be read")]
    Index,
}

/// A log in memory: the reference for every other, and all that tests need.
#[derive(Debug)]
pub struct MemoryLog {
    origin: KeyName,
    key: SigningKey,
    entries: Vec<Vec<u8>>,
    tree: Tree,
    indices: HashMap<StatementId, u64>,
}

impl MemoryLog {
    /// An empty log. Its origin is also the name of its key.
    pub fn new(origin: KeyName, key: SigningKey) -> Self {
        Self { origin, key, entries: Vec::new(), tree: Tree::new(), indices: HashMap::new() }
    }

    /// The log's origin.
    pub const fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// The public half of the key with which it signs.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// How many entries the log has.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Takes in a statement whose signature is valid, and gives its index. A statement that is already there, be it
    /// signed anew, keeps its first index and bytes.
    pub fn append<T: Statement>(&mut self, statement: Signed<T>) -> Result<u64, AppendError> {
        let statement = statement.verify()?;
        if let Some(&index) = self.indices.get(&statement.id()) {
            return Ok(index);
        }
        let bytes = statement.to_bytes();
        if bytes.len() > limits::STATEMENT_BYTES {
            return Err(AppendError::TooLong);
        }
        // What nobody could read again must not be witnessed either.
        let _ = Signed::<T>::from_bytes(&bytes)?;
        let index = self.tree.push(leaf_hash(&bytes));
        self.entries.push(bytes);
        self.indices.insert(statement.id(), index);
        Ok(index)
    }

    /// The index of a statement that is in the log.
    pub fn index(&self, id: StatementId) -> Option<u64> {
        self.indices.get(&id).copied()
    }

    /// The entries `from` up to, not including, `to`, if the log has them.
    pub fn entries(&self, from: u64, to: u64) -> Option<&[Vec<u8>]> {
        self.entries.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?)
    }

    /// The checkpoint of the log as it is now, signed.
    pub fn checkpoint(&self) -> Result<Note, NoteError> {
        let checkpoint = Checkpoint::new(self.origin.clone(), self.size(), self.tree.root());
        let mut note = Note::new(checkpoint.to_string())?;
        note.sign(&self.origin, &self.key)?;
        Ok(note)
    }

    /// The checkpoint of the log as it is now, cosigned by those of the witnesses that do so, whose clocks all say
    /// `now`. Whether they are enough is for [`Witnessed::verify`](crate::tlog::Witnessed::verify) to say.
    pub fn cosigned(&self, witnesses: &mut [Witness], now: Timestamp) -> Result<Vec<u8>, NoteError> {
        let mut note = self.checkpoint()?;
        let signed = note.to_string();
        for witness in witnesses {
            let line = witness.size(&self.origin).and_then(|old| {
                let proof = self.consistency_proof(old, self.size()).ok()?;
                witness.cosign(signed.as_bytes(), old, &proof, now).ok()
            });
            if let Some(line) = line {
                note.add(line)?;
            }
        }
        Ok(note.to_string().into_bytes())
    }

    /// Proves that entry `index` is in the log of `size` entries.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<InclusionProof, ProofError> {
        self.tree.inclusion_proof(index, size)
    }

    /// Proves that the log of `old` entries is the beginning of the log of `new` entries.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<ConsistencyProof, ProofError> {
        self.tree.consistency_proof(old, new)
    }
}

impl Archive for MemoryLog {
    fn entry(&self, index: u64) -> Option<Vec<u8>> {
        self.entries.get(usize::try_from(index).ok()?).cloned()
    }

    fn inclusion(&self, index: u64, size: u64) -> Option<InclusionProof> {
        self.inclusion_proof(index, size).ok()
    }
}

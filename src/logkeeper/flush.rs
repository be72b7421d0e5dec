use std::sync::Arc;

use thiserror::Error;

use crate::merkle::InclusionProof;
use crate::record::Millis;
use crate::store::ObjectsError;
use crate::tlog::{Note, NoteError, QuorumError, TileError};

/// When a batch should be [flushed](super::LogWriter::flush): as soon as one of these is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batching {
    /// So many statements.
    pub statements: usize,
    /// So many bytes of statements.
    pub bytes: usize,
    /// Its first statement has waited so long.
    pub age: Millis,
}

impl Default for Batching {
    /// 8192 statements, 8 MiB, one second.
    fn default() -> Self {
        Self { statements: 8192, bytes: 8 << 20, age: Millis::SECOND }
    }
}

/// Why a batch was not published. Nothing in it is lost: [flush](super::LogWriter::flush) again, unless another writer has
/// taken over.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum FlushError {
    /// Another writer appends to this log. This one has appended nothing since, and will not any more: whoever wants to
    /// append opens the log again, and submits again what was not acknowledged.
    #[error("another writer has taken over the log")]
    Superseded,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] ObjectsError),
    /// The statements are in the log, but too few witnesses have cosigned for a checkpoint to be published.
    #[error("not published: {0}")]
    Quorum(#[from] QuorumError),
    /// The checkpoint cannot be written as a note, which has too many signatures.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The stored tiles are not those of the log.
    #[error(transparent)]
    Tiles(#[from] TileError),
}

/// What was submitted, to be recognised in what [`flush`](super::LogWriter::flush) gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

impl Ticket {
    /// Its number: from 0 on, one more for each submission to the same writer.
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// A statement has its place in the log, for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// What was submitted.
    pub ticket: Ticket,
    /// The index of the statement, which is that of the first submission if it was in the log before.
    pub index: u64,
    /// Proves that the entry is in the tree of the checkpoint.
    pub proof: InclusionProof,
    /// The checkpoint that was published.
    pub checkpoint: Arc<Note>,
}

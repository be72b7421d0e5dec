use core::fmt;

use crate::merkle::Hash;
use crate::record::StatementId;
use crate::store::ObjectsError;

/// The tree of the entries that an index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indexed {
    /// How many entries.
    pub size: u64,
    /// The root of the tree that they make.
    pub root: Hash,
}

impl Indexed {
    /// The tree without entries.
    pub const EMPTY: Self = Self { size: 0, root: Hash::EMPTY };
}

/// The indices of a log's statements by their ids, as a [`LogWriter`](crate::logkeeper::LogWriter) needs them to know a
/// duplicate.
///
/// It is made from the log, and never the truth: it says which tree it stands for, and a writer makes it anew unless that
/// is the log's beginning. So an index that was lost, or is behind, or is that of another log, costs time.
///
/// Nor does one that is damaged without noticing do harm. If it names an entry, the writer reads that, and makes the index
/// anew if it is not the statement. If it does not know a statement that the log has, the log gets it a second time, which
/// every reader counts once.
///
/// [`MemoryIndex`](super::MemoryIndex) is the reference, [`DirectoryIndex`](super::DirectoryIndex) the durable one.
pub trait IdIndex: fmt::Debug + Send + Sync {
    /// The tree of the entries that it holds.
    fn indexed(&self) -> Indexed;

    /// The first index of a statement that it holds.
    ///
    /// # Errors
    /// Then it may have lost something, which [`indexed`](Self::indexed) tells. So does one that finds itself damaged.
    fn get(&mut self, id: StatementId) -> Result<Option<u64>, ObjectsError>;

    /// Takes in the statements that lead from [`indexed`](Self::indexed) to a larger tree, in any order. What has an
    /// index keeps it.
    ///
    /// # Errors
    /// Then nothing has changed, unless it has lost something.
    fn extend(&mut self, statements: &[(StatementId, u64)], to: Indexed) -> Result<(), ObjectsError>;

    /// Forgets everything.
    fn clear(&mut self) -> Result<(), ObjectsError>;
}

/// The first half of an id, which is all that is kept. Who makes two statements whose ids agree there can have the second
/// one stored twice, and harms nobody: for a given statement no second one can be made.
pub(super) type Half = [u8; 16];

pub(super) fn half(id: StatementId) -> Half {
    let (halves, _) = id.as_bytes().as_chunks();
    halves[0]
}

/// Whether an index cannot tell two ids apart.
pub(in crate::logkeeper) fn same_half(one: StatementId, other: StatementId) -> bool {
    half(one) == half(other)
}

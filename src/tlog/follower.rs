use thiserror::Error;

use crate::merkle::{Frontier, leaf_hash};
use crate::record::{LogRoot, Statement, StatementError, read_all};

use super::fork::{Step, forked, step};
use super::{LogError, Logged, Witnessed};

/// An entry of the log as whoever follows it finds it: a valid statement, or something else that keeps its place.
pub type Followed<T> = Result<Logged<T>, Unreadable>;

/// An entry of the log that is no valid statement of the expected kind: a log should not hold it, and nothing follows
/// from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("entry {index} is unreadable: {error}")]
pub struct Unreadable {
    /// Which entry it is.
    pub index: u64,
    /// What is wrong with it.
    pub error: StatementError,
}

/// Follows a log entry by entry, so that nothing can be left out, in the memory of a few hashes.
///
/// It refuses a log that goes back or forks. That a log stands still shows in the time of its
/// [latest](Self::latest) checkpoint, which a live log's witnesses renew.
#[derive(Debug, Clone)]
pub struct Follower {
    log: LogRoot,
    tree: Frontier,
    latest: Option<Witnessed>,
}

impl Follower {
    /// Follows a log from its first entry on.
    pub const fn new(log: LogRoot) -> Self {
        Self { log, tree: Frontier::new(), latest: None }
    }

    /// The trust in the log that is followed.
    pub const fn log(&self) -> &LogRoot {
        &self.log
    }

    /// How many entries it has followed: the index of the next.
    pub const fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The last checkpoint that it has followed the log to.
    pub const fn latest(&self) -> Option<&Witnessed> {
        self.latest.as_ref()
    }

    /// Takes over the entries from [`size`](Self::size) up to a checkpoint. None are needed for a checkpoint of the same
    /// size, which only shows that the log is alive; of two such, the one with the later time is kept.
    ///
    /// The signatures are verified on all cores. A statement's `existed_by` is that of the checkpoint, so follow every checkpoint if the times matter.
    ///
    /// # Errors
    /// Then nothing has changed. [`LogError::Entries`] for more or fewer entries than the checkpoint adds,
    /// [`LogError::Rewound`] for a smaller checkpoint, [`LogError::Forked`] for entries after which the root is another,
    /// [`LogError::OtherLog`].
    pub fn follow<T: Statement>(
        &mut self,
        entries: &[Vec<u8>],
        checkpoint: &Witnessed,
    ) -> Result<Vec<Followed<T>>, LogError> {
        if checkpoint.log_digest() != self.log.digest() {
            return Err(LogError::OtherLog);
        }
        let step = self.latest.as_ref().map_or(Ok(Step::Larger), |latest| step(latest, checkpoint))?;
        let first = self.size();
        if first.checked_add(entries.len() as u64) != Some(checkpoint.checkpoint().size()) {
            return Err(LogError::Entries);
        }
        let mut tree = self.tree.clone();
        tree.extend(entries.iter().map(|entry| leaf_hash(entry)));
        if tree.root() != checkpoint.checkpoint().root() {
            return Err(self.latest.as_ref().map_or(LogError::Entries, |latest| forked(latest, checkpoint)));
        }
        let followed = (first..).zip(read_all(entries)).map(|(index, read)| match read {
            Ok(verified) => Ok(Logged::included(verified, index, checkpoint)),
            Err(error) => Err(Unreadable { index, error }),
        });
        let followed = followed.collect();
        self.tree = tree;
        let older = self.latest.as_ref().is_some_and(|latest| latest.not_before() > checkpoint.not_before());
        if !(older && matches!(step, Step::Same)) {
            self.latest = Some(checkpoint.clone());
        }
        Ok(followed)
    }
}

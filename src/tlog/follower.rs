use thiserror::Error;

use crate::merkle::{Frontier, Hash, complete_subtrees, leaf_hash};
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
    pub fn follow<T: Statement + Send>(
        &mut self,
        entries: &[Vec<u8>],
        checkpoint: &Witnessed,
    ) -> Result<Vec<Followed<T>>, LogError> {
        let first = self.size();
        if first.checked_add(entries.len() as u64) != Some(checkpoint.checkpoint().size()) {
            self.step(checkpoint)?;
            return Err(LogError::Entries);
        }
        let mut tree = self.tree.clone();
        tree.extend(entries.iter().map(|entry| leaf_hash(entry)));
        self.settle(tree, checkpoint)?;
        let places: Vec<_> = (first..).zip(entries.iter().map(Vec::as_slice)).collect();
        Ok(believe(&places, checkpoint))
    }

    /// Takes over a checkpoint with only some of the entries that it adds, by index in ascending order, and the roots of
    /// the [complete subtrees](complete_subtrees) that all others fall into, from left to right.
    ///
    /// Every entry is proven to be in the log, and the log not to have forked; what was skipped is not known.
    ///
    /// # Errors
    /// As [`follow`](Self::follow).
    pub fn skim<T: Statement + Send>(
        &mut self,
        entries: &[(u64, &[u8])],
        skipped: &[Hash],
        checkpoint: &Witnessed,
    ) -> Result<Vec<Followed<T>>, LogError> {
        let mut tree = self.tree.clone();
        let mut skipped = skipped.iter();
        for place in entries.iter().map(Some).chain([None]) {
            let to = place.map_or(checkpoint.checkpoint().size(), |(index, _)| *index);
            if to < tree.size() {
                self.step(checkpoint)?;
                return Err(LogError::Entries);
            }
            for (_, width) in complete_subtrees(tree.size(), to) {
                tree.push_complete(width, *skipped.next().ok_or(LogError::Entries)?)?;
            }
            tree.extend(place.map(|(_, entry)| leaf_hash(entry)));
        }
        if skipped.next().is_some() || tree.size() != checkpoint.checkpoint().size() {
            return Err(LogError::Entries);
        }
        self.settle(tree, checkpoint)?;
        Ok(believe(entries, checkpoint))
    }

    /// Begins in the middle: with the edge of the tree that the log was when it had `size` entries. Only the first
    /// checkpoint that is taken over then shows that it was.
    ///
    /// # Errors
    /// [`LogError::Proof`] if a tree of that size has another edge.
    pub fn from_edge(log: LogRoot, size: u64, edge: Vec<Hash>) -> Result<Self, LogError> {
        Ok(Self { log, tree: Frontier::restore(size, edge)?, latest: None })
    }

    /// Goes on where it was, as [`size`](Self::size), [`edge`](Self::edge) and [`latest`](Self::latest) gave it out.
    ///
    /// # Errors
    /// [`LogError::Proof`] if a tree of that size has another edge, [`LogError::Entries`] if it is not the checkpoint's.
    pub fn restore(log: LogRoot, size: u64, edge: Vec<Hash>, latest: Option<Witnessed>) -> Result<Self, LogError> {
        let tree = Frontier::restore(size, edge)?;
        let followed = latest.as_ref().map_or((0, Hash::EMPTY), |latest| {
            let checkpoint = latest.checkpoint();
            (checkpoint.size(), checkpoint.root())
        });
        if followed == (size, tree.root()) { Ok(Self { log, tree, latest }) } else { Err(LogError::Entries) }
    }

    /// The edge of the tree as far as it was followed.
    pub fn edge(&self) -> &[Hash] {
        self.tree.edge()
    }

    fn step(&self, checkpoint: &Witnessed) -> Result<Step, LogError> {
        if checkpoint.log_digest() != self.log.digest() {
            return Err(LogError::OtherLog);
        }
        self.latest.as_ref().map_or(Ok(Step::Larger), |latest| step(latest, checkpoint))
    }

    /// Takes the tree over if it is the checkpoint's.
    fn settle(&mut self, tree: Frontier, checkpoint: &Witnessed) -> Result<(), LogError> {
        let step = self.step(checkpoint)?;
        if tree.root() != checkpoint.checkpoint().root() {
            return Err(self.latest.as_ref().map_or(LogError::Entries, |latest| forked(latest, checkpoint)));
        }
        self.tree = tree;
        let older = self.latest.as_ref().is_some_and(|latest| latest.not_before() > checkpoint.not_before());
        if !(older && matches!(step, Step::Same)) {
            self.latest = Some(checkpoint.clone());
        }
        Ok(())
    }
}

/// Reads entries and verifies their signatures, on all cores.
fn believe<T: Statement + Send>(entries: &[(u64, &[u8])], checkpoint: &Witnessed) -> Vec<Followed<T>> {
    let (indices, bytes): (Vec<_>, Vec<_>) = entries.iter().copied().unzip();
    let read = indices.into_iter().zip(read_all(&bytes));
    read.map(|(index, read)| match read {
        Ok(verified) => Ok(Logged::included(verified, index, checkpoint)),
        Err(error) => Err(Unreadable { index, error }),
    })
    .collect()
}

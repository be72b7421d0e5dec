use std::collections::HashMap;
use std::{mem, thread};

use crate::logkeeper::LogWriter;
use crate::record::StatementId;
use crate::store::ObjectsError;

use super::{IdIndex, Indexed};

/// The indices of all statements: of those that the index was given, and of those since.
///
/// The index is given many at once, because ids are spread evenly, so that each changes a page of its own until there are
/// more statements than pages.
#[derive(Debug)]
pub(in crate::logkeeper) struct Ids {
    index: Box<dyn IdIndex>,
    /// The tree of the entries that the index was given, which it holds unless it has lost them.
    given: Indexed,
    /// The tree that the log has for good.
    settled: Indexed,
    since: HashMap<StatementId, u64>,
}

/// Who says that a statement has an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::logkeeper) enum Known {
    /// The writer itself.
    Since(u64),
    /// The index, of which it is not known that it has kept what it was given.
    Claimed(u64),
}

impl Ids {
    /// How many statements the index is given at once.
    const AT_ONCE: u64 = LogWriter::MAX_BATCH as u64;

    pub(in crate::logkeeper) fn new(index: Box<dyn IdIndex>) -> Self {
        let given = index.indexed();
        Self { index, given, settled: given, since: HashMap::new() }
    }

    pub(in crate::logkeeper) fn get(&mut self, id: StatementId) -> Result<Option<Known>, ObjectsError> {
        match self.since.get(&id) {
            Some(&index) => Ok(Some(Known::Since(index))),
            None => Ok(self.index.get(id)?.map(Known::Claimed)),
        }
    }

    /// A statement has this index, unless it has one already.
    pub(in crate::logkeeper) fn insert(&mut self, id: StatementId, index: u64) {
        self.since.entry(id).or_insert(index);
    }

    /// The tree of the entries that the index holds.
    pub(in crate::logkeeper) fn indexed(&self) -> Indexed {
        self.index.indexed()
    }

    /// The tree that the log has for good.
    pub(in crate::logkeeper) const fn settled(&self) -> Indexed {
        self.settled
    }

    /// Whether the index still holds what it was given.
    pub(in crate::logkeeper) fn is_whole(&self) -> bool {
        self.index.indexed() == self.given
    }

    /// The log has this tree for good: its statements go to the index, sooner or later.
    pub(in crate::logkeeper) fn settle(&mut self, tree: Indexed) -> Result<(), ObjectsError> {
        if tree.size > self.settled.size {
            self.settled = tree;
        }
        if self.settled.size >= self.given.size.saturating_add(Self::AT_ONCE) { self.give() } else { Ok(()) }
    }

    /// Everything that is settled goes to the index.
    pub(in crate::logkeeper) fn give(&mut self) -> Result<(), ObjectsError> {
        let tree = self.settled;
        if tree.size > self.given.size {
            let of_tree = self.since.iter().filter(|(_, index)| **index < tree.size);
            let of_tree: Vec<_> = of_tree.map(|(&id, &index)| (id, index)).collect();
            self.index.extend(&of_tree, tree)?;
            self.given = tree;
            self.since.retain(|_, index| *index >= tree.size);
        }
        Ok(())
    }

    /// Begins with nothing.
    pub(in crate::logkeeper) fn clear(&mut self) -> Result<(), ObjectsError> {
        self.since.clear();
        (self.given, self.settled) = (Indexed::EMPTY, Indexed::EMPTY);
        self.index.clear()
    }

    /// Has the index forget everything, because it has not kept what it was given.
    pub(in crate::logkeeper) fn forget(&mut self) -> Result<(), ObjectsError> {
        self.index.clear()
    }

    /// Has what the index has lost read again, up to the tree that is settled, without what has come since.
    pub(in crate::logkeeper) fn mend<E>(&mut self, read: impl FnOnce(&mut Self) -> Result<(), E>) -> Result<(), E> {
        let (given, settled, since) = (self.given, self.settled, mem::take(&mut self.since));
        (self.given, self.settled) = (self.index.indexed(), self.index.indexed());
        let read = read(self);
        (self.settled, self.since) = (settled, since);
        if read.is_ok() {
            self.since.retain(|_, index| *index >= settled.size);
        } else {
            self.given = given;
        }
        read
    }
}

impl Drop for Ids {
    fn drop(&mut self) {
        // What it is not given now is read again when the log is opened.
        if !thread::panicking() && self.is_whole() {
            let _ = self.give();
        }
    }
}

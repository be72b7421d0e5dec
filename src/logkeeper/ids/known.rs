use std::collections::HashMap;

use crate::logkeeper::StoreError;
use crate::record::StatementId;

use super::{IdIndex, Indexed};

/// The indices of all statements: of those that the index holds, and of those since.
#[derive(Debug)]
pub(in crate::logkeeper) struct Ids {
    index: Box<dyn IdIndex>,
    since: HashMap<StatementId, u64>,
}

impl Ids {
    pub(in crate::logkeeper) fn new(index: Box<dyn IdIndex>) -> Self {
        Self { index, since: HashMap::new() }
    }

    pub(in crate::logkeeper) fn get(&mut self, id: StatementId) -> Result<Option<u64>, StoreError> {
        self.since.get(&id).map_or_else(|| self.index.get(id), |&index| Ok(Some(index)))
    }

    /// A statement has this index, unless it has one already.
    pub(in crate::logkeeper) fn insert(&mut self, id: StatementId, index: u64) {
        self.since.entry(id).or_insert(index);
    }

    pub(in crate::logkeeper) fn indexed(&self) -> Indexed {
        self.index.indexed()
    }

    /// The log has this tree for good: its statements go to the index.
    pub(in crate::logkeeper) fn settle(&mut self, tree: Indexed) -> Result<(), StoreError> {
        if tree.size > self.index.indexed().size {
            let of_tree = self.since.iter().filter(|(_, index)| **index < tree.size);
            let of_tree: Vec<_> = of_tree.map(|(&id, &index)| (id, index)).collect();
            self.index.extend(&of_tree, tree)?;
            self.since.retain(|_, index| *index >= tree.size);
        }
        Ok(())
    }

    /// Begins with nothing.
    pub(in crate::logkeeper) fn clear(&mut self) -> Result<(), StoreError> {
        self.since.clear();
        if self.index.indexed() == Indexed::EMPTY { Ok(()) } else { self.index.clear() }
    }
}

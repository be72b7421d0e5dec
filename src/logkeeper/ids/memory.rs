use std::collections::HashMap;

use crate::record::StatementId;
use crate::store::ObjectsError;

use super::index::{Half, half};
use super::{IdIndex, Indexed};

/// An index in memory: 24 to 57 bytes a statement, and made anew from all entries whenever the log is opened.
#[derive(Debug)]
pub struct MemoryIndex {
    indices: HashMap<Half, u64>,
    indexed: Indexed,
}

impl MemoryIndex {
    /// Holds nothing yet.
    pub fn new() -> Self {
        Self { indices: HashMap::new(), indexed: Indexed::EMPTY }
    }
}

impl Default for MemoryIndex {
    fn default() -> Self {
        Self::new()
    }
}

impl IdIndex for MemoryIndex {
    fn indexed(&self) -> Indexed {
        self.indexed
    }

    fn get(&mut self, id: StatementId) -> Result<Option<u64>, ObjectsError> {
        Ok(self.indices.get(&half(id)).copied())
    }

    fn extend(&mut self, statements: &[(StatementId, u64)], to: Indexed) -> Result<(), ObjectsError> {
        for &(id, index) in statements {
            let first = self.indices.entry(half(id)).or_insert(index);
            *first = index.min(*first);
        }
        self.indexed = to;
        Ok(())
    }

    fn clear(&mut self) -> Result<(), ObjectsError> {
        *self = Self::new();
        Ok(())
    }
}

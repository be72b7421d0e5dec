use std::collections::HashMap;

use crate::record::StatementId;

/// The indices of all statements by the first half of their id. Who makes two statements whose ids agree there gets the
/// index of the one for the other, and harms nobody else: for a given statement no second one can be made.
#[derive(Debug, Default)]
pub(super) struct Ids(HashMap<[u8; 16], u64>);

impl Ids {
    fn half(id: StatementId) -> [u8; 16] {
        let (halves, _) = id.as_bytes().as_chunks();
        halves[0]
    }

    /// The first index of a statement, which is `index` if it is new.
    pub(super) fn first(&mut self, id: StatementId, index: u64) -> u64 {
        *self.0.entry(Self::half(id)).or_insert(index)
    }

    pub(super) fn get(&self, id: StatementId) -> Option<u64> {
        self.0.get(&Self::half(id)).copied()
    }
}

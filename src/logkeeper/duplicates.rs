use std::io;

use crate::record::StatementId;
use crate::store::ObjectsError;
use crate::tlog::Checkpoint;

use super::LogWriter;
use super::ids::{Indexed, Known, same_half};
use super::open::{OpenError, replay};

impl LogWriter {
    /// The index of a statement that is in the log, or will be when its batch is flushed.
    ///
    /// What the [index](super::IdIndex) says is believed only if the entry there is the statement. If it is not, or the
    /// index has lost something, it is made anew from the log, which takes as long as to read every entry.
    ///
    /// # Errors
    /// [`ObjectsError::Failed`] if that fails, or the entry cannot be read.
    pub fn index(&mut self, id: StatementId) -> Result<Option<u64>, ObjectsError> {
        self.known(id).or_else(|_| self.known(id))
    }

    fn known(&mut self, id: StatementId) -> Result<Option<u64>, ObjectsError> {
        self.mend_ids()?;
        let index = match self.ids.get(id)? {
            Some(Known::Claimed(index)) => index,
            Some(Known::Since(index)) => return Ok(Some(index)),
            None => return Ok(None),
        };
        match self.id_at(index)? {
            Some(found) if found == id => Ok(Some(index)),
            // Another statement, of which nothing else is kept.
            Some(found) if same_half(found, id) => Ok(None),
            _ => {
                self.ids.forget()?;
                Err(ObjectsError::failed("index", io::Error::other("it names another entry")))
            }
        }
    }

    /// The id of an entry that the index may hold.
    fn id_at(&self, index: u64) -> Result<Option<StatementId>, ObjectsError> {
        if index >= self.ids.settled().size {
            return Ok(None);
        }
        let entries = self.tree().and_then(|mut tree| tree.entries(index, index + 1));
        let entries = entries.map_err(|error| ObjectsError::failed(format!("entry {index}"), error))?;
        Ok(entries.first().and_then(|entry| StatementId::of_statement(entry).ok()))
    }

    /// What is published goes to the index, so that the log never has fewer entries than it.
    pub(super) fn settle_ids(&mut self) -> Result<(), ObjectsError> {
        let tree = Indexed { size: self.edge.size(), root: self.edge.root() };
        if self.published != tree.size {
            return Ok(());
        }
        self.mend_ids()?;
        self.ids.settle(tree)
    }

    /// Reads what the index has lost.
    fn mend_ids(&mut self) -> Result<(), ObjectsError> {
        if self.ids.is_whole() {
            return Ok(());
        }
        let Indexed { size, root } = self.ids.settled();
        let checkpoint = Checkpoint::new(self.origin().clone(), size, root);
        let (store, ids) = (&self.store, &mut self.ids);
        ids.mend(|ids| replay(store, &checkpoint, ids).map(|_| ())).map_err(|error| match error {
            OpenError::Store(error) => error,
            error => ObjectsError::failed("index", error),
        })
    }
}

use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use redb::{Builder, Database, Error, ReadableDatabase as _, TableDefinition, TableError};

use crate::merkle::Hash;
use crate::record::StatementId;
use crate::store::{ObjectsError, lock};

use super::index::{Half, half};
use super::{IdIndex, Indexed};

/// An index in a local directory, kept by `redb`: 60 to 90 bytes a statement on the disk, and 16 MiB in memory however many
/// there are.
///
/// Opening reads the file once, and checks it. What cannot be read, or is no index, is removed. Each
/// [`extend`](IdIndex::extend) waits for the disk, so a power cut takes nothing.
///
/// What is in it follows from the published log. It is locked while this lives, and need neither be backed up nor served.
#[derive(Debug)]
pub struct DirectoryIndex {
    path: PathBuf,
    /// None if it has failed, and could not be opened again.
    database: Option<Database>,
    indexed: Indexed,
    _lock: File,
}

const INDICES: TableDefinition<'_, Half, u64> = TableDefinition::new("indices");
/// The one tree that they stand for: its size and root.
const TREE: TableDefinition<'_, (), (u64, [u8; 32])> = TableDefinition::new("tree");

const CACHE_BYTES: usize = 16 << 20;

impl DirectoryIndex {
    /// The file that is locked.
    pub const LOCK: &str = "index.lock";
    /// The file that it is kept in.
    pub const FILE: &str = "index.redb";

    /// Opens a directory, and makes it if there is none. Other files in it are left alone.
    ///
    /// # Errors
    /// [`ObjectsError::InUse`] if another writer has it open. Damage is no error: what is damaged is made anew.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ObjectsError> {
        let lock = lock(path.as_ref(), Self::LOCK)?;
        let path = path.as_ref().join(Self::FILE);
        let (database, indexed) = open_or_make(&path)?;
        Ok(Self { path, database: Some(database), indexed, _lock: lock })
    }

    /// Works on the file. After a failure it is opened again, and holds what is on the disk.
    fn attempt<T>(&mut self, work: impl FnOnce(&Database) -> Result<T, Error>) -> Result<T, ObjectsError> {
        let Some(database) = &self.database else {
            return Err(ObjectsError::failed(self.path.display(), io::Error::other("it could not be opened again")));
        };
        guarded(|| work(database)).map_err(|error| {
            self.close();
            if let Ok((database, indexed)) = open_or_make(&self.path) {
                (self.database, self.indexed) = (Some(database), indexed);
            }
            ObjectsError::failed(self.path.display(), error)
        })
    }

    fn close(&mut self) {
        let database = self.database.take();
        let _ = guarded(|| {
            drop(database);
            Ok(())
        });
        self.indexed = Indexed::EMPTY;
    }
}

impl IdIndex for DirectoryIndex {
    fn indexed(&self) -> Indexed {
        self.indexed
    }

    fn get(&mut self, id: StatementId) -> Result<Option<u64>, ObjectsError> {
        self.attempt(|database| match database.begin_read()?.open_table(INDICES) {
            Ok(indices) => Ok(indices.get(half(id))?.map(|index| index.value())),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        })
    }

    fn extend(&mut self, statements: &[(StatementId, u64)], to: Indexed) -> Result<(), ObjectsError> {
        let mut records: Vec<_> = statements.iter().map(|&(id, index)| (half(id), index)).collect();
        // So that every page is changed once.
        records.sort_unstable();
        self.attempt(|database| {
            let transaction = database.begin_write()?;
            {
                let mut indices = transaction.open_table(INDICES)?;
                for (half, index) in records {
                    let before = indices.insert(half, index)?.map(|before| before.value());
                    if let Some(before) = before.filter(|before| *before < index) {
                        indices.insert(half, before)?;
                    }
                }
                transaction.open_table(TREE)?.insert((), (to.size, *to.root.as_bytes()))?;
            }
            Ok(transaction.commit()?)
        })?;
        self.indexed = to;
        Ok(())
    }

    fn clear(&mut self) -> Result<(), ObjectsError> {
        if self.database.is_none() || self.indexed != Indexed::EMPTY {
            self.close();
            let _ = fs::remove_file(&self.path);
            let (database, indexed) = open_or_make(&self.path)?;
            (self.database, self.indexed) = (Some(database), indexed);
        }
        Ok(())
    }
}

/// Opens a file if it is whole, and makes one if it is not.
fn open_or_make(path: &Path) -> Result<(Database, Indexed), ObjectsError> {
    let opened = match open(path) {
        Err(Error::DatabaseAlreadyOpen) => return Err(ObjectsError::InUse(path.display().to_string())),
        Err(_) => {
            let _ = fs::remove_file(path);
            open(path)
        }
        opened => opened,
    };
    opened.map_err(|error| ObjectsError::failed(path.display(), error))
}

fn open(path: &Path) -> Result<(Database, Indexed), Error> {
    guarded(|| {
        // Checked here, as pages are not when they are read later.
        let database = Builder::new().set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true).create(path)?;
        let indexed = match database.begin_read()?.open_table(TREE) {
            Ok(tree) => tree.get(())?.map(|tree| tree.value()),
            Err(TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let indexed = indexed.map(|(size, root)| Indexed { size, root: Hash::from_bytes(root) });
        Ok((database, indexed.unwrap_or(Indexed::EMPTY)))
    })
}

/// `redb` panics at some pages that were damaged while it had the file open.
fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // Whatever it left half done is in the database, which is closed then.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Error::Corrupted("it cannot be read".to_owned())))
}

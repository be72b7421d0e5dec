use std::path::Path;

use crate::crypto::{OsRandom, Random as _};
use crate::store::{DirectoryObjects, Object, ObjectPath, Objects, ObjectsError, Version, probe};
use crate::tlog::{TileReadError, TileReader};

use super::batch::STAGING;
use super::ids::{DirectoryIndex, IdIndex, MemoryIndex};

/// Where a log is kept: [objects](Objects) that this log has for itself, and the index of its statements.
#[derive(Debug)]
pub struct LogStore {
    objects: Box<dyn Objects>,
    index: Option<Box<dyn IdIndex>>,
}

/// On what a write depends.
#[derive(Debug)]
pub(super) enum Condition {
    /// There is no object.
    Absent,
    /// The object has this version.
    Unchanged(Version),
}

impl LogStore {
    /// Where the index is of a log in a [local directory](Self::directory).
    pub const INDEX: &str = "index";

    /// Keeps a log in these objects. A [writer](super::LogWriter) checks first that they have conditional writes.
    pub fn new(objects: impl Objects + 'static) -> Self {
        Self { objects: Box::new(objects), index: None }
    }

    /// Keeps a log in a [local directory](DirectoryObjects), and its [index](DirectoryIndex) in the directory
    /// [`INDEX`](Self::INDEX) in it, which need not be served.
    ///
    /// # Errors
    /// [`ObjectsError::InUse`] if another writer has it open.
    pub fn directory(path: impl AsRef<Path>) -> Result<Self, ObjectsError> {
        let path = path.as_ref();
        let store = Self::new(DirectoryObjects::open(path)?);
        Ok(store.with_index(DirectoryIndex::open(path.join(Self::INDEX))?))
    }

    /// Has the writer of the log know duplicates by this index. Of one that is not told, memory grows with the log, and
    /// every entry is read when it is opened: for a log elsewhere that is not small, name a
    /// [local directory](DirectoryIndex) of this log's own.
    #[must_use]
    pub fn with_index(mut self, index: impl IdIndex + 'static) -> Self {
        self.index = Some(Box::new(index));
        self
    }

    /// The index, for the one writer.
    pub(super) fn take_index(&mut self) -> Box<dyn IdIndex> {
        self.index.take().unwrap_or_else(|| Box::new(MemoryIndex::new()))
    }

    /// Checks that the objects can decide between two writers.
    pub(super) fn probe(&self) -> Result<(), ObjectsError> {
        // A name of its own, as another writer may check at the same time. In a directory this also syncs what a writer that
        // was killed has staged.
        let mut name = [0; 16];
        let random = OsRandom.fill(&mut name);
        random.map_err(|error| ObjectsError::failed(STAGING, error))?;
        let name = base16ct::lower::encode_string(&name);
        probe(&*self.objects, &ObjectPath::new(format!("{STAGING}/probe-{name}"))?)
    }

    pub(super) fn get(&self, path: &str) -> Result<Option<Object>, ObjectsError> {
        self.objects.get(&path.parse()?)
    }

    /// The objects at these paths, as far as they are there.
    pub(super) fn get_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Vec<u8>>>, ObjectsError> {
        self.objects.get_all(paths)
    }

    /// Writes an object if the condition is met, and gives its version; none if it is not.
    pub(super) fn put(&self, path: &str, bytes: &[u8], when: &Condition) -> Result<Option<Version>, ObjectsError> {
        let path = path.parse()?;
        match when {
            Condition::Absent => self.objects.put_if_absent(&path, bytes),
            Condition::Unchanged(version) => self.objects.replace(&path, version, bytes),
        }
    }

    /// Writes objects whose bytes never change, in any order.
    pub(super) fn put_all(&self, objects: &[(ObjectPath, Vec<u8>)]) -> Result<(), ObjectsError> {
        self.objects.put_all(objects)
    }

    pub(super) fn delete(&self, path: &str) -> Result<(), ObjectsError> {
        self.objects.delete(&path.parse()?)
    }

    /// The paths below a folder.
    pub(super) fn list(&self, folder: &str) -> Result<Vec<ObjectPath>, ObjectsError> {
        self.objects.list(Some(&folder.parse()?))
    }
}

impl TileReader for &LogStore {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, TileReadError> {
        let object = self.get(path);
        let object = object.map_err(|error| TileReadError { path: path.to_owned(), reason: reason(&error) })?;
        Ok(object.map(|object| object.bytes))
    }
}

/// An error and its causes, for where only a text fits.
fn reason(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

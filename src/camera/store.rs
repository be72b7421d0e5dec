use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::record::ClipId;

/// The camera's store failed. Nothing was changed that it did not say.
#[derive(Debug, Clone, Error)]
#[error("the camera's store failed: {0}")]
pub struct StoreError(Arc<io::Error>);

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self(Arc::new(error))
    }
}

/// What a camera has to remember over a power cut: a counter, and which clips it has closed.
///
/// Each change is durable when the call returns. A store must never be copied to another camera, nor set back.
pub trait CameraStore {
    /// Counts up and gives the number, which was never given before.
    fn next_counter(&mut self) -> Result<u64, StoreError>;

    /// Remembers for ever that a clip is closed.
    fn close(&mut self, clip: ClipId) -> Result<(), StoreError>;

    /// Whether a clip is closed.
    fn is_closed(&self, clip: ClipId) -> Result<bool, StoreError>;
}

/// A store in memory: the reference, and for tests.
#[derive(Debug, Default)]
pub struct MemoryStore {
    counter: u64,
    closed: BTreeSet<ClipId>,
}

impl CameraStore for MemoryStore {
    fn next_counter(&mut self) -> Result<u64, StoreError> {
        self.counter += 1;
        Ok(self.counter)
    }

    fn close(&mut self, clip: ClipId) -> Result<(), StoreError> {
        self.closed.insert(clip);
        Ok(())
    }

    fn is_closed(&self, clip: ClipId) -> Result<bool, StoreError> {
        Ok(self.closed.contains(&clip))
    }
}

/// A store in a directory: the counter in one file, and an empty file for each closed clip. Every change is synced before
/// the call returns.
#[derive(Debug)]
pub struct DirectoryStore {
    directory: PathBuf,
}

impl DirectoryStore {
    /// Opens the store, and makes the directory if there is none.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let directory = directory.into();
        if !directory.try_exists()? {
            fs::create_dir_all(&directory)?;
            // A new directory is an entry of its parent, which has to last as long as what is in it.
            if let Some(parent) = directory.canonicalize()?.parent() {
                File::open(parent)?.sync_all()?;
            }
        }
        Ok(Self { directory })
    }

    fn counter(&self) -> PathBuf {
        self.directory.join("counter")
    }

    fn closed(&self, clip: ClipId) -> PathBuf {
        self.directory.join(format!("{clip}.closed"))
    }

    fn not_a_counter(&self) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("{} holds no counter", self.counter().display()))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let fresh = path.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        self.sync()
    }
}

impl CameraStore for DirectoryStore {
    fn next_counter(&mut self) -> Result<u64, StoreError> {
        let counter: u64 = match fs::read_to_string(self.counter()) {
            Ok(text) => text.trim().parse().map_err(|_| self.not_a_counter())?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error.into()),
        };
        let next = counter.checked_add(1).ok_or_else(|| self.not_a_counter())?;
        self.replace(&self.counter(), next.to_string().as_bytes())?;
        Ok(next)
    }

    fn close(&mut self, clip: ClipId) -> Result<(), StoreError> {
        File::create(self.closed(clip))?.sync_all()?;
        Ok(self.sync()?)
    }

    fn is_closed(&self, clip: ClipId) -> Result<bool, StoreError> {
        Ok(self.closed(clip).try_exists()?)
    }
}

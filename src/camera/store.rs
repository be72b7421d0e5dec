use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::cbor::{decode, encode, limits};
use crate::record::{ClipId, Head};

/// The camera's store failed. Nothing was changed that it did not say.
#[derive(Debug, Clone, Error)]
#[error("the camera's store failed: {0}")]
pub struct StoreError(Arc<io::Error>);

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self(Arc::new(error))
    }
}

/// What a camera has to remember over a power cut: a counter, and the manifests of the clips that it has closed.
///
/// Each change is durable when the call returns. A store must never be copied to another camera, nor set back, and belongs
/// where nobody but the camera can write: whoever deletes what it remembers can have a clip recovered shorter than it was.
pub trait CameraStore {
    /// Counts up and gives the number, which was never given before.
    fn next_counter(&mut self) -> Result<u64, StoreError>;

    /// Remembers for ever the one manifest that a clip can have. Called once for a clip, before the manifest is signed.
    fn close(&mut self, manifest: &Head) -> Result<(), StoreError>;

    /// The manifest of a clip that is closed, or was about to be.
    fn closed(&self, clip: ClipId) -> Result<Option<Head>, StoreError>;
}

/// A store in memory: the reference, and for tests.
#[derive(Debug, Default)]
pub struct MemoryStore {
    counter: u64,
    closed: BTreeMap<ClipId, Head>,
}

impl CameraStore for MemoryStore {
    fn next_counter(&mut self) -> Result<u64, StoreError> {
        self.counter += 1;
        Ok(self.counter)
    }

    fn close(&mut self, manifest: &Head) -> Result<(), StoreError> {
        self.closed.insert(manifest.clip, manifest.clone());
        Ok(())
    }

    fn closed(&self, clip: ClipId) -> Result<Option<Head>, StoreError> {
        Ok(self.closed.get(&clip).cloned())
    }
}

/// A store in a directory: the counter in one file, and a file with the manifest for each closed clip. Every change is
/// synced before the call returns.
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

    fn manifest(&self, clip: ClipId) -> PathBuf {
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

    fn close(&mut self, manifest: &Head) -> Result<(), StoreError> {
        Ok(self.replace(&self.manifest(manifest.clip), &encode(manifest))?)
    }

    fn closed(&self, clip: ClipId) -> Result<Option<Head>, StoreError> {
        let path = self.manifest(clip);
        match fs::read(&path) {
            Ok(bytes) => match decode(&bytes, limits::STATEMENT_BYTES) {
                Ok(manifest) => Ok(Some(manifest)),
                Err(error) => {
                    let what = format!("{} holds no manifest: {error}", path.display());
                    Err(io::Error::new(io::ErrorKind::InvalidData, what).into())
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cbor::{decode, encode, limits};
use crate::record::{ClipId, Head};

use super::{CameraStore, StoreError};

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

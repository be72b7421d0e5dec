use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::record::KeyName;
use crate::store::{ObjectsError, lock};
use crate::tlog::{Checkpoint, Seen, WitnessStore, WitnessStoreError};

/// What a witness has cosigned, in a directory: of each log one file, with the origin, size and root of the checkpoint
/// that was cosigned last.
///
/// A file is replaced as a whole, and is on the disk before the witness signs. The directory is locked while this lives:
/// two witnesses with one key and one directory would each not know what the other has signed.
#[derive(Debug)]
pub struct DirectoryWitnessStore {
    path: PathBuf,
    _lock: File,
}

impl DirectoryWitnessStore {
    /// Opens a directory, and makes it if there is none.
    ///
    /// # Errors
    /// [`ObjectsError::InUse`] if another witness has it open.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, ObjectsError> {
        let path = path.into();
        let lock = lock(&path, "witness.lock")?;
        Ok(Self { path, _lock: lock })
    }

    /// An origin may have slashes, and names that differ in case only.
    fn file(&self, origin: &KeyName) -> PathBuf {
        self.path.join(format!("{}.seen", base16ct::lower::encode_string(origin.as_str().as_bytes())))
    }
}

impl WitnessStore for DirectoryWitnessStore {
    fn load(&mut self, origin: &KeyName) -> Result<Option<Seen>, WitnessStoreError> {
        let text = match fs::read_to_string(self.file(origin)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(WitnessStoreError(error.to_string())),
        };
        let checkpoint: Checkpoint = text.parse().map_err(|error| WitnessStoreError(format!("{origin}: {error}")))?;
        if checkpoint.origin() != origin {
            return Err(WitnessStoreError(format!("{origin}: is of another log")));
        }
        Ok(Some(Seen { size: checkpoint.size(), root: checkpoint.root() }))
    }

    fn save(&mut self, origin: &KeyName, seen: Seen) -> Result<(), WitnessStoreError> {
        let text = Checkpoint::new(origin.clone(), seen.size, seen.root).to_string();
        let file = self.file(origin);
        replace(&self.path, &file, text.as_bytes()).map_err(|error| WitnessStoreError(error.to_string()))
    }
}

fn replace(directory: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let new = file.with_extension("new");
    let mut to = File::create(&new)?;
    to.write_all(bytes)?;
    to.sync_all()?;
    fs::rename(&new, file)?;
    // So that the new name outlives a power cut. Only Unix lets a directory be opened.
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

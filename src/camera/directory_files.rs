use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::PathBuf;

use crate::clip::ClipFile;
use crate::record::ClipId;
use crate::store::sync_directory;

use super::ClipFiles;

/// How the files of clips end.
const EXTENSION: &str = "footage";

/// Files in a directory: `<clip>.footage` for each clip.
///
/// The directory has to exist when a clip is started; until then it may be a card that is not mounted yet.
#[derive(Debug, Clone)]
pub struct DirectoryFiles {
    directory: PathBuf,
}

impl DirectoryFiles {
    /// The files of this directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Returns the path of a clip's file.
    pub fn path(&self, clip: ClipId) -> PathBuf {
        self.directory.join(format!("{clip}.{EXTENSION}"))
    }

    fn sync(&self) -> io::Result<()> {
        sync_directory(&self.directory)
    }
}

impl ClipFiles for DirectoryFiles {
    type File = File;

    fn create(&mut self, clip: ClipId) -> io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(self.path(clip))?;
        file.sync_all()?;
        self.sync()?;
        Ok(file)
    }

    fn open(&mut self, clip: ClipId) -> io::Result<Option<File>> {
        match OpenOptions::new().read(true).write(true).open(self.path(clip)) {
            Ok(file) => {
                // A process that was killed may have left the name in memory only.
                self.sync()?;
                Ok(Some(file))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn remove(&mut self, clip: ClipId) -> io::Result<()> {
        match fs::remove_file(self.path(clip)) {
            Ok(()) => self.sync(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn empty(&mut self) -> io::Result<Vec<ClipId>> {
        let mut empty = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let stem = name.to_str().and_then(|name| name.strip_suffix(EXTENSION)?.strip_suffix('.'));
            let Some(clip) = stem.and_then(|stem| stem.parse().ok()) else { continue };
            let metadata = entry.metadata()?;
            if metadata.is_file() && metadata.len() == 0 {
                empty.push(clip);
            }
        }
        Ok(empty)
    }
}

impl ClipFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

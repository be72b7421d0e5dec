use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::tlog::{TileReadError, TileReader};

/// Reads a log that is kept in, or was copied to, a local directory. It takes no lock.
#[derive(Debug, Clone)]
pub struct DirectoryReader(PathBuf);

impl DirectoryReader {
    /// Reads from this directory.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl TileReader for DirectoryReader {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, TileReadError> {
        match fs::read(self.0.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(TileReadError { path: path.to_owned(), reason: error.to_string() }),
        }
    }
}

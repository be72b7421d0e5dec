use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::store::ObjectPath;
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
        let failed = |reason: String| TileReadError { path: path.to_owned(), reason };
        // No path of another form leads anywhere, least of all out of the directory.
        let within = ObjectPath::new(path).map_err(|error| failed(error.to_string()))?;
        match fs::read(self.0.join(within.as_str())) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

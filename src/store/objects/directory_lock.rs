use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use crate::store::sync_directory;

use super::ObjectsError;

/// Creates a directory if there is none, in a directory that exists, and locks a file in it for as long as the returned
/// handle lives. The operating system releases the lock when the process ends, however it ends.
///
/// # Errors
/// [`ObjectsError::InUse`] if another handle holds the lock.
pub(crate) fn lock(directory: &Path, file: &str) -> Result<File, ObjectsError> {
    let failed = |error| ObjectsError::failed(directory.display(), error);
    match fs::create_dir(directory) {
        // So that it outlives a power cut.
        Ok(()) => directory.parent().map_or(Ok(()), sync_directory).map_err(failed)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    let lock = File::options().create(true).truncate(false).write(true).open(directory.join(file)).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(ObjectsError::InUse(directory.display().to_string())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

use std::fs::{self, File};
use std::path::Path;

use super::error::StoreError;

/// Makes a directory if there is none, and locks a file in it for as long as what is given back lives. The operating
/// system takes the lock back when the process ends, however it ends.
///
/// # Errors
/// [`StoreError::Locked`] if somebody else has it.
pub(super) fn lock(directory: &Path, file: &str) -> Result<File, StoreError> {
    let failed = |error: std::io::Error| StoreError::at(directory.display(), &error);
    fs::create_dir_all(directory).map_err(failed)?;
    let lock = File::options().create(true).truncate(false).write(true).open(directory.join(file));
    let lock = lock.map_err(failed)?;
    match fs4::FileExt::try_lock(&lock) {
        Ok(()) => Ok(lock),
        Err(fs4::TryLockError::WouldBlock) => Err(StoreError::Locked(directory.display().to_string())),
        Err(fs4::TryLockError::Error(error)) => Err(failed(error)),
    }
}

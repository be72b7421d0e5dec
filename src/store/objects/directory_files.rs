use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

/// How many files are written and synced at a time.
const AT_ONCE: usize = 16;

/// Writes a new file, and waits until its bytes are on the disk if `sync` says so.
pub(super) fn write(path: &Path, bytes: &[u8], sync: bool) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    if sync { file.sync_all() } else { Ok(()) }
}

/// Writes many new files. Syncing several at a time is faster, because a disk writes them together.
pub(super) fn write_all(files: &[(PathBuf, &[u8])], sync: bool) -> io::Result<()> {
    let some = |files: &[(PathBuf, &[u8])]| files.iter().try_for_each(|(path, bytes)| write(path, bytes, sync));
    let each = files.len().div_ceil(AT_ONCE);
    if !sync || each == 0 {
        return some(files);
    }
    thread::scope(|scope| {
        let spawn = |files| thread::Builder::new().spawn_scoped(scope, move || some(files));
        let writers = files.chunks(each).map(spawn).collect::<io::Result<Vec<_>>>()?;
        let failed = |_| Err(io::Error::other("a thread that writes files has panicked"));
        writers.into_iter().try_for_each(|writer| writer.join().unwrap_or_else(failed))
    })
}

/// Moves a file to a path where there must be none, and says whether it did.
pub(super) fn move_if_absent(from: &Path, to: &Path) -> io::Result<bool> {
    match fs::hard_link(from, to) {
        // If the old name stays, it is removed when the directory is opened again.
        Ok(()) => fs::remove_file(from).map(|()| true).or(Ok(true)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        // A file system without hard links, like those of memory cards. The lock keeps other processes out.
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
            let absent = !to.try_exists()?;
            if absent {
                fs::rename(from, to)?;
            }
            Ok(absent)
        }
        Err(error) => Err(error),
    }
}

/// The outcome of reading a file, where there may be none.
pub(super) fn if_there<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error)
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::crypto::sha256;
use crate::store::sync_directory;

use super::directory_files::{if_there, move_if_absent, write, write_all};
use super::directory_lock::lock;
use super::{Object, ObjectPath, Objects, ObjectsError, Version};

/// Objects as the files of a local directory, for one process at a time.
///
/// An object's path is that of its file, so that any web server can serve them. The process holds a lock on the file
/// [`LOCK`](Self::LOCK) for as long as this lives; the operating system releases it when the process ends, however it ends.
/// The directory must be a local one, or one of a network file system whose locks work. Other files, whose names are no
/// [`ObjectPath`], are left alone.
///
/// An object is written to a temporary file, synced, and moved to its place, and then the directories are synced. If a write
/// fails, the object has the old bytes or the new ones, and the next write first syncs what was not. A crash leaves temporary
/// files at most, which are removed when the directory is opened again.
#[derive(Debug)]
pub struct DirectoryObjects {
    root: PathBuf,
    sync: bool,
    writing: Mutex<Writing>,
    _lock: File,
}

/// What writers know of the directory. One writes at a time.
#[derive(Debug, Default)]
struct Writing {
    /// The number of the next temporary file.
    next: u64,
    /// Directories that exist. That they are on the disk is known once `changed` is empty.
    made: BTreeSet<PathBuf>,
    /// Directories whose entries have changed, and are not known to be on the disk.
    changed: BTreeSet<PathBuf>,
}

/// How many directories are remembered to exist.
const MADE: usize = 1024;

impl DirectoryObjects {
    /// The file that is locked.
    pub const LOCK: &str = ".lock";
    /// The directory of temporary files.
    const TEMPORARY: &str = ".new";

    /// Opens a directory, and creates it if there is none. Its parent must exist.
    ///
    /// # Errors
    /// [`ObjectsError::InUse`] if it is open already.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, ObjectsError> {
        Self::with_sync(path.into(), true)
    }

    /// Opens a directory like [`open`](Self::open), but does not wait for the disk: objects survive the end of the
    /// process, but not a power cut. For tests.
    pub fn open_unsynced(path: impl Into<PathBuf>) -> Result<Self, ObjectsError> {
        Self::with_sync(path.into(), false)
    }

    fn with_sync(root: PathBuf, sync: bool) -> Result<Self, ObjectsError> {
        let lock = lock(&root, Self::LOCK)?;
        let temporary = root.join(Self::TEMPORARY);
        let emptied = fs::create_dir_all(&temporary)
            .and_then(|()| fs::read_dir(&temporary)?.try_for_each(|file| fs::remove_file(file?.path())));
        emptied.map_err(|error| ObjectsError::failed(temporary.display(), error))?;
        Ok(Self { root, sync, writing: Mutex::default(), _lock: lock })
    }

    fn file(&self, path: &ObjectPath) -> PathBuf {
        self.root.join(path.as_str())
    }

    /// Begins to write, with what an earlier write may have left unsynced.
    fn write(&self) -> io::Result<MutexGuard<'_, Writing>> {
        // Directories are noted before they change, so a panic leaves nothing out.
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.settle(&mut writing)?;
        Ok(writing)
    }

    /// Syncs the directories that have changed.
    fn settle(&self, writing: &mut Writing) -> io::Result<()> {
        while let Some(directory) = writing.changed.first() {
            if self.sync {
                if_there(sync_directory(directory))?;
            }
            writing.changed.pop_first();
        }
        Ok(())
    }

    fn temporary(&self, writing: &mut Writing) -> PathBuf {
        writing.next += 1;
        self.root.join(Self::TEMPORARY).join(writing.next.to_string())
    }

    /// Notes that a file's directory is going to change, and makes it if there is none.
    fn change(&self, writing: &mut Writing, file: &Path) -> io::Result<()> {
        let directory = file.parent().unwrap_or(&self.root);
        self.make(writing, directory)?;
        writing.changed.insert(directory.to_owned());
        Ok(())
    }

    fn make(&self, writing: &mut Writing, directory: &Path) -> io::Result<()> {
        if directory == self.root || writing.made.contains(directory) {
            return Ok(());
        }
        // One that is there may have been made by a process that was killed before it synced it.
        self.change(writing, directory)?;
        match fs::create_dir(directory) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if writing.made.len() >= MADE {
            writing.made.clear();
        }
        writing.made.insert(directory.to_owned());
        Ok(())
    }

    /// Writes a temporary file, has it moved to its place, and syncs.
    fn place<T>(
        &self,
        writing: &mut Writing,
        (file, bytes): (&Path, &[u8]),
        to_place: impl FnOnce(&Path) -> io::Result<T>,
    ) -> io::Result<T> {
        let temporary = self.temporary(writing);
        let placed = write(&temporary, bytes, self.sync)
            .and_then(|()| self.change(writing, file))
            .and_then(|()| to_place(&temporary));
        // What is left of it is removed at the next opening at the latest.
        let _ = fs::remove_file(&temporary);
        let placed = placed?;
        self.settle(writing)?;
        Ok(placed)
    }

    fn place_all(&self, objects: &[(ObjectPath, Vec<u8>)]) -> io::Result<()> {
        let mut writing = self.write()?;
        let temporary = objects.iter().map(|(_, bytes)| (self.temporary(&mut writing), bytes.as_slice()));
        let temporary: Vec<_> = temporary.collect();
        let placed = write_all(&temporary, self.sync).and_then(|()| {
            temporary.iter().zip(objects).try_for_each(|((temporary, _), (path, _))| {
                let file = self.file(path);
                self.change(&mut writing, &file)?;
                fs::rename(temporary, file)
            })
        });
        if placed.is_err() {
            for (temporary, _) in &temporary {
                let _ = fs::remove_file(temporary);
            }
        }
        placed?;
        self.settle(&mut writing)
    }

    /// The paths below a folder, and the folders there.
    fn entries(&self, folder: Option<&ObjectPath>) -> io::Result<(Vec<ObjectPath>, Vec<ObjectPath>)> {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        let directory = folder.map_or_else(|| self.root.clone(), |folder| self.file(folder));
        for entry in if_there(fs::read_dir(directory))?.into_iter().flatten() {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let path = folder.map_or_else(|| name.to_owned(), |folder| format!("{folder}/{name}"));
            let Ok(path) = ObjectPath::new(path) else { continue };
            if entry.file_type()?.is_dir() { folders.push(path) } else { files.push(path) }
        }
        Ok((files, folders))
    }
}

/// Reads until the buffer is full or the source ends.
fn fill(from: &mut impl Read, to: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = to.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

fn version(bytes: &[u8]) -> Version {
    Version::new(base16ct::lower::encode_string(&sha256(&[bytes])))
}

fn failed(at: &ObjectPath) -> impl Fn(io::Error) -> ObjectsError {
    move |error| ObjectsError::failed(at, error)
}

impl Objects for DirectoryObjects {
    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, ObjectsError> {
        let bytes = if_there(fs::read(self.file(path))).map_err(failed(path))?;
        Ok(bytes.map(|bytes| Object { version: version(&bytes), bytes }))
    }

    fn read_at(&self, path: &ObjectPath, at: u64, to: &mut [u8]) -> Result<Option<usize>, ObjectsError> {
        let read = File::open(self.file(path)).and_then(|mut file| {
            file.seek(SeekFrom::Start(at))?;
            fill(&mut file, to)
        });
        if_there(read).map_err(failed(path))
    }

    fn put(&self, path: &ObjectPath, bytes: &[u8]) -> Result<(), ObjectsError> {
        let file = self.file(path);
        self.write()
            .and_then(|mut writing| self.place(&mut writing, (&file, bytes), |temporary| fs::rename(temporary, &file)))
            .map_err(failed(path))
    }

    fn put_if_absent(&self, path: &ObjectPath, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        let file = self.file(path);
        let put = self.write().and_then(|mut writing| {
            // Only to save writing a temporary file.
            if fs::symlink_metadata(&file).is_ok() {
                return Ok(false);
            }
            self.place(&mut writing, (&file, bytes), |temporary| move_if_absent(temporary, &file))
        });
        Ok(put.map_err(failed(path))?.then(|| version(bytes)))
    }

    fn replace(&self, path: &ObjectPath, expected: &Version, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        let file = self.file(path);
        let replaced = self.write().and_then(|mut writing| {
            // Nobody else writes: the lock and `writing` are held.
            let same = if_there(fs::read(&file))?.is_some_and(|found| version(&found) == *expected);
            if same {
                self.place(&mut writing, (&file, bytes), |temporary| fs::rename(temporary, &file))?;
            }
            Ok(same)
        });
        Ok(replaced.map_err(failed(path))?.then(|| version(bytes)))
    }

    fn list(&self, folder: Option<&ObjectPath>) -> Result<Vec<ObjectPath>, ObjectsError> {
        let failed = |folder: Option<&ObjectPath>, error| match folder {
            Some(folder) => ObjectsError::failed(folder, error),
            None => ObjectsError::failed(self.root.display(), error),
        };
        let (mut found, mut folders) = self.entries(folder).map_err(|error| failed(folder, error))?;
        while let Some(folder) = folders.pop() {
            let (files, more) = self.entries(Some(&folder)).map_err(|error| failed(Some(&folder), error))?;
            found.extend(files);
            folders.extend(more);
        }
        found.sort_unstable();
        Ok(found)
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), ObjectsError> {
        let file = self.file(path);
        let deleted = self.write().and_then(|mut writing| {
            if fs::symlink_metadata(&file).is_ok_and(|found| !found.is_dir()) {
                self.change(&mut writing, &file)?;
                if_there(fs::remove_file(&file))?;
            }
            self.settle(&mut writing)
        });
        deleted.map_err(failed(path))
    }

    fn put_all(&self, objects: &[(ObjectPath, Vec<u8>)]) -> Result<(), ObjectsError> {
        let Some((first, _)) = objects.first() else { return Ok(()) };
        self.place_all(objects).map_err(failed(first))
    }
}

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::io::ErrorKind;

use super::disk::{Disk, DiskHandle};
use super::file_bytes::{HEADER, Value};
use super::file_name::Kind;
use super::{Erased, ErasureMethod, SecretState, Store, StoreError, StoreKey, limits};

/// The file that makes a directory a store. It is written last.
const MARKER: &str = "store";
const NEW_MARKER: &str = "new-store";
const MARKER_BYTES: &[u8] = b"footage store 1\n";

/// A store in the files of one directory, each fact and each secret in its own.
///
/// A value is replaced by writing and syncing a new file, renaming it, and syncing the directory. A secret is erased by
/// renaming it to a name that reads as half erased, syncing the directory, overwriting the file, syncing it, reading it
/// back, removing it, and syncing the directory.
///
/// Files with other names are left alone. A file that has the name of a fact or of a secret and was not written by this
/// store is [`StoreError::Damaged`], as is a link or a directory with such a name.
///
/// [`DirectoryStore`](super::DirectoryStore) is this over a directory of the operating system.
#[derive(Debug)]
pub struct FileStore<D> {
    disk: D,
    poisoned: bool,
}

/// The error of an operation on the disk. What is no regular file was not written by a store.
fn failed(at: &str, error: crate::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::InvalidData => StoreError::Damaged(at.to_owned()),
        _ => StoreError::io(at, error),
    }
}

const DIRECTORY: &str = "the directory";

impl<D: Disk> FileStore<D> {
    /// Begins a store in a directory that has none. If an earlier attempt was interrupted, it is started over.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if there is a store, [`StoreError::InUse`] if another process begins one, and
    /// [`StoreError::Damaged`] if there are files of a store whose marker is missing.
    pub fn begin_on(mut disk: D) -> Result<Self, StoreError> {
        disk.make().map_err(|error| failed(DIRECTORY, error))?;
        Self::lock(&mut disk)?;
        if disk.exists(MARKER).map_err(|error| failed(MARKER, error))? {
            return Err(StoreError::Exists);
        }
        Self::refuse_strays(&mut disk)?;
        let mut store = Self { disk, poisoned: false };
        store.wipe(NEW_MARKER)?;
        store.sync_names()?;
        store.replace(NEW_MARKER, MARKER, MARKER_BYTES)?;
        Ok(store)
    }

    /// Opens a store, erases what interrupted writes left, and finishes interrupted erasures.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is no store, [`StoreError::InUse`] if another process has it open, and
    /// [`StoreError::Damaged`] if the marker is not that of a store, or is missing.
    pub fn open_on(mut disk: D) -> Result<Self, StoreError> {
        // Where there is no store, nothing is written, not even the file that is locked.
        match disk.read(MARKER, MARKER_BYTES.len() + 1).map_err(|error| failed(MARKER, error))? {
            Some(bytes) if *bytes == MARKER_BYTES => {}
            Some(_) => return Err(StoreError::Damaged(MARKER.to_owned())),
            None => {
                Self::refuse_strays(&mut disk)?;
                return Err(StoreError::Missing);
            }
        }
        Self::lock(&mut disk)?;
        let mut store = Self { disk, poisoned: false };
        // A process that was killed may have left names that do not last yet, and whoever reads this store relies on them.
        store.sync_names()?;
        store.finish()?;
        Ok(store)
    }

    fn lock(disk: &mut D) -> Result<(), StoreError> {
        let locked = disk.lock().map_err(|error| failed("the lock", error))?;
        if locked { Ok(()) } else { Err(StoreError::InUse) }
    }

    /// Refuses a directory that has files of a store, but no marker.
    fn refuse_strays(disk: &mut D) -> Result<(), StoreError> {
        let names = match disk.names() {
            Ok(names) => names,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(DIRECTORY, error)),
        };
        match names.into_iter().find(|name| Kind::parse(name).is_some()) {
            Some(stray) => Err(StoreError::Damaged(stray)),
            None => Ok(()),
        }
    }

    /// Erases what interrupted operations left. What cannot be erased stays, and is listed as half erased.
    fn finish(&mut self) -> Result<(), StoreError> {
        let mut left = self.files()?;
        left.retain(|(kind, _)| matches!(kind, Kind::NewFact | Kind::NewSecret | Kind::Erasing));
        for (kind, key) in &left {
            // An error here does not fail the opening: one bad file must not make all others unreadable.
            let _next_opening_tries_again = match kind {
                Kind::NewFact => self.wipe(&kind.name(key)),
                _ => self.wipe_secret(key),
            };
        }
        if left.is_empty() { Ok(()) } else { self.sync_names() }
    }

    /// All files of facts and secrets.
    fn files(&mut self) -> Result<Vec<(Kind, StoreKey)>, StoreError> {
        let names = self.disk.names().map_err(|error| failed(DIRECTORY, error))?;
        Ok(names.iter().filter_map(|name| Kind::parse(name)).collect())
    }

    fn exists(&mut self, kind: Kind, key: &StoreKey) -> Result<bool, StoreError> {
        let name = kind.name(key);
        self.disk.exists(&name).map_err(|error| failed(&name, error))
    }

    /// Whether a secret was begun to be written or to be erased, and is not readable.
    fn half_erased(&mut self, key: &StoreKey) -> Result<bool, StoreError> {
        Ok(self.exists(Kind::Erasing, key)? || self.exists(Kind::NewSecret, key)?)
    }

    fn sync_names(&mut self) -> Result<(), StoreError> {
        self.disk.sync_names().map_err(|error| failed(DIRECTORY, error))
    }

    /// Writes a file under a new name, and renames it once its bytes last.
    fn replace(&mut self, new: &str, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut write = || {
            let mut handle = self.disk.create(new)?;
            handle.write_all(bytes)?;
            handle.sync()?;
            self.disk.rename(new, name)?;
            self.disk.sync_names()
        };
        write().map_err(|error| StoreError::io(name, error))
    }

    /// Overwrites a file with zeros, and removes it if reading back finds nothing else. The removal does not last yet.
    /// Returns whether it is gone.
    fn wipe(&mut self, name: &str) -> Result<bool, StoreError> {
        self.try_wipe(name).map_err(|error| failed(name, error))
    }

    fn try_wipe(&mut self, name: &str) -> crate::io::Result<bool> {
        const ZEROS: [u8; 4096] = [0; 4096];
        let Some((mut handle, mut left)) = self.disk.overwrite(name)? else { return Ok(true) };
        while left > 0 {
            let length = left.min(ZEROS.len() as u64);
            handle.write_all(&ZEROS[..length as usize])?;
            left -= length;
        }
        handle.sync()?;
        let back = self.disk.read(name, HEADER + limits::FACT_BYTES)?;
        if back.is_some_and(|bytes| bytes.iter().any(|byte| *byte != 0)) {
            return Ok(false);
        }
        self.disk.remove(name)?;
        Ok(true)
    }

    fn read(&mut self, kind: Kind, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let (value, max) = match kind {
            Kind::Fact => (Value::Fact, limits::FACT_BYTES),
            _ => (Value::Secret, limits::SECRET_BYTES),
        };
        let name = kind.name(key);
        let bytes = self.disk.read(&name, HEADER + max + 1).map_err(|error| failed(&name, error))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let value = if bytes.len() <= HEADER + max { value.read(key, &bytes) } else { None };
        value.map(Some).ok_or(StoreError::Damaged(name))
    }

    /// Does what was asked unless an earlier operation failed, and remembers if this one does.
    fn guard<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        let result = work(self);
        self.poisoned = result.as_ref().is_err_and(StoreError::poisons);
        result
    }

    fn replace_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        limits::check(key, value, limits::FACT_BYTES)?;
        let (new, name) = (Kind::NewFact.name(key), Kind::Fact.name(key));
        // What opening could not erase is no secret, and must not keep the fact from being written.
        if self.exists(Kind::NewFact, key)? {
            self.disk.remove(&new).map_err(|error| failed(&new, error))?;
            self.sync_names()?;
        }
        self.replace(&new, &name, &Value::Fact.to_bytes(key, value))
    }

    fn put_new_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        limits::check(key, value, limits::SECRET_BYTES)?;
        if self.exists(Kind::Secret, key)? || self.half_erased(key)? {
            return Err(StoreError::SecretExists(key.clone()));
        }
        let bytes = Value::Secret.to_bytes(key, value);
        self.replace(&Kind::NewSecret.name(key), &Kind::Secret.name(key), &bytes)
    }

    fn erase_secret(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
        if !self.half_erased(key)? && self.exists(Kind::Secret, key)? {
            let secret = Kind::Secret.name(key);
            self.disk.rename(&secret, &Kind::Erasing.name(key)).map_err(|error| failed(&secret, error))?;
            // If it were overwritten under its own name, it would read as a damaged secret, not as one being erased.
            self.sync_names()?;
        }
        let gone = self.wipe_secret(key)?;
        let nothing_left = gone && !self.exists(Kind::Secret, key)? && !self.half_erased(key)?;
        Ok(Erased { method: ErasureMethod::OverwrittenFile, nothing_left })
    }

    /// Wipes all files of a secret, and syncs each removal. The file that marks the secret as half erased is removed
    /// last. Stops at the first file that cannot be wiped.
    fn wipe_secret(&mut self, key: &StoreKey) -> Result<bool, StoreError> {
        for kind in [Kind::Secret, Kind::NewSecret, Kind::Erasing] {
            if self.exists(kind, key)? {
                if !self.wipe(&kind.name(key))? {
                    return Ok(false);
                }
                self.sync_names()?;
            }
        }
        Ok(true)
    }
}

impl<D: Disk> Store for FileStore<D> {
    fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.guard(|store| store.read(Kind::Fact, key))?;
        Ok(value.map(|mut value| core::mem::take(&mut *value)))
    }

    fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.guard(|store| store.replace_fact(key, value))
    }

    fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError> {
        self.guard(|store| {
            if store.exists(Kind::Fact, key)? {
                let name = Kind::Fact.name(key);
                store.disk.remove(&name).map_err(|error| failed(&name, error))?;
                store.sync_names()?;
            }
            Ok(())
        })
    }

    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
        self.guard(|store| {
            let facts = store.files()?.into_iter().filter(|(kind, _)| *kind == Kind::Fact);
            let mut keys: Vec<_> = facts.map(|(_, key)| key).collect();
            keys.sort_unstable();
            Ok(keys)
        })
    }

    fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.guard(|store| if store.half_erased(key)? { Ok(None) } else { store.read(Kind::Secret, key) })
    }

    fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.guard(|store| store.put_new_secret(key, value))
    }

    fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
        self.guard(|store| store.erase_secret(key))
    }

    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
        self.guard(|store| {
            let mut secrets = BTreeMap::new();
            for (kind, key) in store.files()? {
                match kind {
                    Kind::Secret => {
                        secrets.entry(key).or_insert(SecretState::Whole);
                    }
                    Kind::NewSecret | Kind::Erasing => {
                        secrets.insert(key, SecretState::HalfErased);
                    }
                    Kind::Fact | Kind::NewFact => {}
                }
            }
            Ok(secrets.into_iter().collect())
        })
    }

    fn floor(&mut self) -> Result<Option<u64>, StoreError> {
        self.guard(|_| Ok(None))
    }

    fn raise_floor(&mut self, _to: u64) -> Result<(), StoreError> {
        self.guard(|_| Ok(()))
    }
}

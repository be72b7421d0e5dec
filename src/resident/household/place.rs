use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use crate::cbor::limits;
use crate::store::{Object, ObjectPath, Objects, Version};

use super::HouseholdFileError;

/// Where the household file is kept: with a host, which need not be trusted.
pub trait HouseholdPlace {
    /// Returns the file, or `None` if there is none yet. An implementation reads no more than
    /// [`limits::HOUSEHOLD_BYTES`](crate::cbor::limits::HOUSEHOLD_BYTES); a longer file is an error.
    fn read(&mut self) -> Result<Option<Object>, PlaceError>;

    /// Writes the file if it still has the version that was read (`None`: if there is still no file), and returns its new
    /// version, or `None` if it was changed since. The file lasts when this returns a version.
    fn replace(&mut self, read: Option<&Version>, bytes: &[u8]) -> Result<Option<Version>, PlaceError>;
}

/// The place could not be read or written. Whether a change took place is not known; synchronise again.
#[derive(Debug, Clone, Error)]
#[error("the place of the household file failed: synchronise again")]
pub struct PlaceError(#[source] pub Arc<dyn std::error::Error + Send + Sync>);

impl PlaceError {
    /// An error of the place, and its cause.
    pub fn new(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(cause))
    }
}

/// The household file as one of many [`Objects`].
#[derive(Debug)]
pub struct ObjectPlace<'a, O: ?Sized> {
    objects: &'a O,
    path: ObjectPath,
}

impl<'a, O: Objects + ?Sized> ObjectPlace<'a, O> {
    /// The file at this path.
    pub const fn new(objects: &'a O, path: ObjectPath) -> Self {
        Self { objects, path }
    }
}

impl<O: Objects + ?Sized> HouseholdPlace for ObjectPlace<'_, O> {
    fn read(&mut self) -> Result<Option<Object>, PlaceError> {
        // Nothing is read of a file that is too long.
        let beyond = self.objects.read_at(&self.path, limits::HOUSEHOLD_BYTES as u64, &mut [0]);
        if beyond.map_err(PlaceError::new)?.is_some_and(|beyond| beyond > 0) {
            return Err(PlaceError::new(HouseholdFileError::Full));
        }
        self.objects.get(&self.path).map_err(PlaceError::new)
    }

    fn replace(&mut self, read: Option<&Version>, bytes: &[u8]) -> Result<Option<Version>, PlaceError> {
        let replaced = match read {
            Some(version) => self.objects.replace(&self.path, version, bytes),
            None => self.objects.put_if_absent(&self.path, bytes),
        };
        replaced.map_err(PlaceError::new)
    }
}

/// A place in memory, for tests. Clones are the same place.
#[derive(Debug, Clone, Default)]
pub struct MemoryPlace(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    bytes: Option<Vec<u8>>,
    version: u64,
}

impl MemoryPlace {
    /// A place without a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts other bytes there, as a host could; `None` takes the file away.
    pub fn put(&self, bytes: Option<Vec<u8>>) {
        let mut held = self.held();
        held.version += 1;
        held.bytes = bytes;
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn version(&self) -> Option<Version> {
        self.bytes.as_ref().map(|_| Version::new(self.version.to_string()))
    }
}

impl HouseholdPlace for MemoryPlace {
    fn read(&mut self) -> Result<Option<Object>, PlaceError> {
        let held = self.held();
        Ok(held.bytes.clone().zip(held.version()).map(|(bytes, version)| Object { bytes, version }))
    }

    fn replace(&mut self, read: Option<&Version>, bytes: &[u8]) -> Result<Option<Version>, PlaceError> {
        let mut held = self.held();
        if held.version().as_ref() != read {
            return Ok(None);
        }
        held.version += 1;
        held.bytes = Some(bytes.to_vec());
        Ok(held.version())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryObjects;

    /// What a host puts in the place of the file is not read if it is longer than any file.
    #[test]
    fn a_file_that_is_too_long_is_not_read() {
        let (objects, path) = (MemoryObjects::new(), ObjectPath::new("household").unwrap());
        for (length, whole) in [(0, true), (limits::HOUSEHOLD_BYTES, true), (limits::HOUSEHOLD_BYTES + 1, false)] {
            objects.put(&path, &vec![0; length]).unwrap();
            let read = ObjectPlace::new(&objects, path.clone()).read();
            assert_eq!(read.is_ok_and(|read| read.is_some_and(|read| read.bytes.len() == length)), whole, "{length}");
        }
    }
}

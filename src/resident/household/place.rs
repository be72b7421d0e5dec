use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use crate::store::{Object, ObjectPath, Objects, Version};

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

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::traits::copy_prefix;
use super::{Object, ObjectPath, Objects, ObjectsError, Version};

/// Objects in memory, which clones share: for tests, and for what need not last.
#[derive(Debug, Clone, Default)]
pub struct MemoryObjects(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    objects: BTreeMap<ObjectPath, Object>,
    /// How many versions there have been.
    versions: u64,
}

impl Content {
    fn put(&mut self, path: &ObjectPath, bytes: &[u8]) -> Version {
        self.versions += 1;
        let version = Version::new(self.versions.to_string());
        self.objects.insert(path.clone(), Object { bytes: bytes.to_vec(), version: version.clone() });
        version
    }
}

impl MemoryObjects {
    /// Holds nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        // Every change is whole, so nothing is half done after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Objects for MemoryObjects {
    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, ObjectsError> {
        Ok(self.content().objects.get(path).cloned())
    }

    fn read_at(&self, path: &ObjectPath, at: u64, to: &mut [u8]) -> Result<Option<usize>, ObjectsError> {
        Ok(self.content().objects.get(path).map(|object| {
            copy_prefix(usize::try_from(at).ok().and_then(|at| object.bytes.get(at..)).unwrap_or_default(), to)
        }))
    }

    fn put(&self, path: &ObjectPath, bytes: &[u8]) -> Result<(), ObjectsError> {
        self.content().put(path, bytes);
        Ok(())
    }

    fn put_if_absent(&self, path: &ObjectPath, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        let mut content = self.content();
        let absent = !content.objects.contains_key(path);
        Ok(absent.then(|| content.put(path, bytes)))
    }

    fn replace(&self, path: &ObjectPath, version: &Version, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        let mut content = self.content();
        let same = content.objects.get(path).is_some_and(|object| object.version == *version);
        Ok(same.then(|| content.put(path, bytes)))
    }

    fn list(&self, folder: Option<&ObjectPath>) -> Result<Vec<ObjectPath>, ObjectsError> {
        let content = self.content();
        let below = content.objects.keys().filter(|path| folder.is_none_or(|folder| path.is_below(folder)));
        Ok(below.cloned().collect())
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), ObjectsError> {
        self.content().objects.remove(path);
        Ok(())
    }
}

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Debug;

use super::{ObjectPath, ObjectsError};

/// Bytes by path: tiles of a log, clips, excerpts.
///
/// What every implementation keeps:
/// - Each change is durable when the call returns, and replaces an object whole: readers find the old bytes or the new ones,
///   also after a power cut.
/// - If a write fails, the object has the old bytes or the new ones, and it is not known which. Read it, or write it again.
/// - [`put_if_absent`](Self::put_if_absent) and [`replace`](Self::replace) decide between writers: of several that write at
///   the same time, one is told that it did. [`probe`](super::probe) finds out whether a store keeps that.
///
/// Methods may be called from several threads. If the objects are files, the path of one object cannot be a folder of
/// another: `a` and `a/b` cannot both exist.
///
/// ```
/// use footage::store::{MemoryObjects, Objects, ObjectPath};
///
/// let objects = MemoryObjects::new();
/// let path: ObjectPath = "a/1".parse()?;
/// assert!(objects.put_if_absent(&path, b"one")?.is_some());
/// assert!(objects.put_if_absent(&path, b"other")?.is_none());
/// assert_eq!(objects.get(&path)?.map(|object| object.bytes), Some(b"one".to_vec()));
/// # Ok::<(), footage::store::ObjectsError>(())
/// ```
pub trait Objects: Debug + Send + Sync {
    /// Returns an object, or `None` if there is none.
    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, ObjectsError>;

    /// Reads bytes of an object into `to`, from byte `at` on. Returns how many were read, which is fewer than `to.len()` only
    /// if the object ends there, or `None` if there is no object.
    fn read_at(&self, path: &ObjectPath, at: u64, to: &mut [u8]) -> Result<Option<usize>, ObjectsError>;

    /// Returns how many bytes a [`read_at`](Self::read_at) should ask for at least. A caller that needs fewer reads this many
    /// and keeps the rest. An implementation that wraps another returns what that one returns.
    fn read_size(&self) -> usize {
        4 << 10
    }

    /// Puts an object, in place of one that may be there.
    fn put(&self, path: &ObjectPath, bytes: &[u8]) -> Result<(), ObjectsError>;

    /// Puts an object where there is none, and returns its version, or `None` if there is one already.
    fn put_if_absent(&self, path: &ObjectPath, bytes: &[u8]) -> Result<Option<Version>, ObjectsError>;

    /// Replaces an object that still has this version, and returns its new version, or `None` if it has another one or is
    /// gone.
    fn replace(&self, path: &ObjectPath, version: &Version, bytes: &[u8]) -> Result<Option<Version>, ObjectsError>;

    /// Lists the paths below a folder, or all paths, in order.
    fn list(&self, folder: Option<&ObjectPath>) -> Result<Vec<ObjectPath>, ObjectsError>;

    /// Deletes an object. It is no error if there is none.
    fn delete(&self, path: &ObjectPath) -> Result<(), ObjectsError>;

    /// Returns the bytes of several objects in the order of their paths, `None` for those that do not exist.
    fn get_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Vec<u8>>>, ObjectsError> {
        paths.iter().map(|path| Ok(self.get(path)?.map(|object| object.bytes))).collect()
    }

    /// Puts several objects in any order, each in place of one that may be there. If it fails, any of them may have been put.
    fn put_all(&self, objects: &[(ObjectPath, Vec<u8>)]) -> Result<(), ObjectsError> {
        objects.iter().try_for_each(|(path, bytes)| self.put(path, bytes))
    }
}

/// Copies as many bytes as both have, and returns how many.
#[cfg(feature = "std")]
pub(super) fn copy_prefix(from: &[u8], to: &mut [u8]) -> usize {
    let length = from.len().min(to.len());
    to[..length].copy_from_slice(&from[..length]);
    length
}

/// An object and its present version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its version.
    pub version: Version,
}

/// The version of an object: what [`Objects::replace`] compares. Versions of one object that are equal are of equal bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(String);

impl Version {
    /// Creates a version from the name that an implementation of [`Objects`] gives it.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// What the implementation calls it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Objects that several users share.
impl<T: Objects + ?Sized> Objects for Arc<T> {
    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, ObjectsError> {
        (**self).get(path)
    }

    fn read_at(&self, path: &ObjectPath, at: u64, to: &mut [u8]) -> Result<Option<usize>, ObjectsError> {
        (**self).read_at(path, at, to)
    }

    fn read_size(&self) -> usize {
        (**self).read_size()
    }

    fn put(&self, path: &ObjectPath, bytes: &[u8]) -> Result<(), ObjectsError> {
        (**self).put(path, bytes)
    }

    fn put_if_absent(&self, path: &ObjectPath, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        (**self).put_if_absent(path, bytes)
    }

    fn replace(&self, path: &ObjectPath, version: &Version, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        (**self).replace(path, version, bytes)
    }

    fn list(&self, folder: Option<&ObjectPath>) -> Result<Vec<ObjectPath>, ObjectsError> {
        (**self).list(folder)
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), ObjectsError> {
        (**self).delete(path)
    }

    fn get_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Vec<u8>>>, ObjectsError> {
        (**self).get_all(paths)
    }

    fn put_all(&self, objects: &[(ObjectPath, Vec<u8>)]) -> Result<(), ObjectsError> {
        (**self).put_all(objects)
    }
}

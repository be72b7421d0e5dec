use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::ops::Range;

use thiserror::Error;

/// Bytes by path: tiles of a log, clips, excerpts.
///
/// A path consists of parts that `/` separates, like `tile/0/x001/067`. Each change is durable when the call returns, and
/// replaces an object whole: readers find the old bytes or the new ones. Calls may be made from several threads.
///
/// ```ignore
/// use footage::store::{MemoryObjects, Objects};
///
/// let objects = MemoryObjects::new();
/// assert!(objects.put_if_absent("a/1", b"one")?.is_some());
/// assert!(objects.put_if_absent("a/1", b"other")?.is_none());
/// assert_eq!(objects.get("a/1")?.map(|(bytes, _)| bytes), Some(b"one".to_vec()));
/// # Ok::<(), footage::store::ObjectsError>(())
/// ```
pub trait Objects: Debug + Send + Sync {
    /// Returns an object and its present version, or `None` if there is none.
    fn get(&self, path: &str) -> Result<Option<(Vec<u8>, Version)>, ObjectsError>;

    /// Returns the bytes of an object that lie in this range, as far as it reaches, or `None` if there is no object.
    fn get_range(&self, path: &str, range: Range<u64>) -> Result<Option<Vec<u8>>, ObjectsError>;

    /// Puts an object, in place of one that may be there.
    fn put(&self, path: &str, bytes: &[u8]) -> Result<(), ObjectsError>;

    /// Puts an object where there is none, and returns its version, or `None` if there is one already.
    fn put_if_absent(&self, path: &str, bytes: &[u8]) -> Result<Option<Version>, ObjectsError>;

    /// Replaces an object of this version, and says whether it did: not if it was changed or deleted since.
    fn replace(&self, path: &str, version: &Version, bytes: &[u8]) -> Result<Replaced, ObjectsError>;

    /// Lists the paths below a prefix, which ends at a `/` or is empty, in order.
    fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectsError>;

    /// Deletes an object. It is no error if there is none.
    fn delete(&self, path: &str) -> Result<(), ObjectsError>;
}

/// The version of an object: what [`Objects::replace`] compares. Equal versions are of equal bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(pub String);

/// What became of a conditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Replaced {
    /// The object was replaced, and has this version now.
    Done(Version),
    /// The object has changed, or is gone. Nothing was written.
    Changed,
}

/// Why objects could not be read or written.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ObjectsError {
    /// The path is empty, or has a part that is empty, `.` or `..`, or characters that not every store takes.
    #[error("{0:?} is no path of an object")]
    Path(String),
    /// Reading or writing failed. Whether a change took place is not known.
    #[error("{path}: the object store failed")]
    Failed {
        /// The object.
        path: String,
        /// The cause.
        #[source]
        source: Arc<dyn core::error::Error + Send + Sync>,
    },
    /// Another process has these objects open for writing.
    #[error("{0} is open in another process")]
    InUse(String),
}

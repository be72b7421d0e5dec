use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Debug;

use zeroize::Zeroizing;

use crate::io;

/// One directory of a file system, as a [`FileStore`](super::FileStore) needs it.
///
/// [`LocalDirectory`](super::LocalDirectory) implements it for the operating system. A firmware implements it over the
/// file system of its flash, and tests implement it over one that fails.
///
/// A store relies on the following: syncing a handle makes its bytes durable, and only [`sync_names`](Self::sync_names)
/// makes names durable. Before that, a power cut may lose any of the changes, keep any of them, or keep a part of a
/// write. A rename is atomic. All names are those of files directly in the directory.
pub trait Disk: Debug {
    /// A file that is open for writing, at its beginning.
    type Handle: DiskHandle;

    /// Creates the directory if it does not exist. Nobody else may read it. Its own name is durable when the call
    /// returns.
    fn make(&mut self) -> io::Result<()>;

    /// Locks the directory for as long as this value lives, or returns `false` if another process has it locked.
    fn lock(&mut self) -> io::Result<bool>;

    /// Returns the names of all files, in any order. It is an error of kind `NotFound` if there is no directory.
    fn names(&mut self) -> io::Result<Vec<String>>;

    /// Returns whether there is a file of this name.
    fn exists(&mut self, name: &str) -> io::Result<bool>;

    /// Returns at most the first `most` bytes of a file, or `None` if there is none. It is an error of kind `InvalidData`
    /// if what has this name is no regular file.
    fn read(&mut self, name: &str, most: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>>;

    /// Makes a file that does not exist.
    fn create(&mut self, name: &str) -> io::Result<Self::Handle>;

    /// Opens a file to overwrite it in place, and returns its length, or `None` if there is none. It is an error of kind
    /// `InvalidData` if what has this name is no regular file.
    fn overwrite(&mut self, name: &str) -> io::Result<Option<(Self::Handle, u64)>>;

    /// Renames a file, in place of one that may have the new name.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&mut self, name: &str) -> io::Result<()>;

    /// Makes all names durable as they are now.
    fn sync_names(&mut self) -> io::Result<()>;
}

/// A file that is open for writing.
pub trait DiskHandle {
    /// Writes all of these bytes after those that were written before.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything that was written durable.
    fn sync(&mut self) -> io::Result<()>;
}

//! Durable storage: the state of each role, secrets that can be erased, and bulk data.
//!
//! [`Store`] is the durable state of one role: **facts**, which are replaced atomically, and **secrets**, which are put once
//! and erased. [`DirectoryStore`] and [`MemoryStore`] implement it; databases, hardware and C programs implement the same
//! trait, and [`contract`] checks them. A firmware with a file system of its own implements [`Disk`], and takes a
//! [`FileStore`] over it.
//!
//! [`Objects`] is bulk data by path: the tiles of a log, clips, excerpts.

pub mod contract;
mod disk;
mod error;
mod file_bytes;
mod file_name;
mod file_store;
mod forward;
mod key;
#[cfg(feature = "std")]
mod local_directory;
mod memory_store;
mod objects;
mod traits;

pub use disk::{Disk, DiskHandle};
pub use error::StoreError;
pub use file_store::FileStore;
pub use key::{InvalidKey, StoreKey};
#[cfg(feature = "std")]
pub(crate) use local_directory::sync_directory;
#[cfg(feature = "std")]
pub use local_directory::{DirectoryStore, LocalDirectory};
pub use memory_store::MemoryStore;
#[cfg(feature = "cloud")]
pub use objects::CloudObjects;
#[cfg(feature = "logkeeper")]
pub(crate) use objects::lock;
#[cfg(feature = "std")]
pub use objects::{DirectoryObjects, MemoryObjects};
pub use objects::{InvalidPath, Object, ObjectPath, Objects, ObjectsError, Version, probe};
pub use traits::{Erased, ErasureMethod, SecretState, Store, limits};

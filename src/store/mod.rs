//! Where a role keeps what must last, and erases what must go.
//!
//! [`Store`] is the durable state of one role: **facts**, which are replaced atomically, and **secrets**, which are put once
//! and erased. [`Objects`] is bulk data by path: the tiles of a log, clips, excerpts. Databases, hardware and C programs
//! implement the same traits.

mod error;
mod key;
mod objects;
mod traits;

pub use error::StoreError;
pub use key::{InvalidKey, StoreKey};
#[cfg(feature = "cloud")]
pub use objects::CloudObjects;
#[cfg(feature = "logkeeper")]
pub(crate) use objects::lock;
#[cfg(feature = "std")]
pub use objects::{DirectoryObjects, MemoryObjects};
pub use objects::{InvalidPath, Object, ObjectPath, Objects, ObjectsError, Version, probe};
pub use traits::{Erased, ErasureMethod, SecretState, Store, limits};

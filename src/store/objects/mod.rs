//! Bytes by path: the trait, and where they can lie.

#[cfg(feature = "cloud")]
mod cloud;
#[cfg(feature = "std")]
mod directory;
#[cfg(feature = "std")]
mod directory_files;
#[cfg(feature = "std")]
mod directory_lock;
mod error;
#[cfg(feature = "std")]
mod memory;
mod path;
mod probe;
mod traits;

#[cfg(feature = "cloud")]
pub use cloud::CloudObjects;
#[cfg(feature = "std")]
pub use directory::DirectoryObjects;
#[cfg(feature = "logkeeper")]
pub(crate) use directory_lock::lock;
pub use error::ObjectsError;
#[cfg(feature = "std")]
pub use memory::MemoryObjects;
pub use path::{InvalidPath, ObjectPath};
pub use probe::probe;
pub use traits::{Object, Objects, Version};

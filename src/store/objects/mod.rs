//! Bytes by path: the trait, and where they can lie.

#[cfg(feature = "cloud")]
mod cloud;
#[cfg(feature = "std")]
mod directory;
mod error;
#[cfg(feature = "std")]
mod files;
#[cfg(feature = "std")]
mod lock;
#[cfg(feature = "std")]
mod memory;
mod path;
mod probe;
mod traits;

#[cfg(feature = "cloud")]
pub use cloud::CloudObjects;
#[cfg(feature = "std")]
pub use directory::DirectoryObjects;
pub use error::ObjectsError;
#[cfg(feature = "logkeeper")]
pub(crate) use lock::lock;
#[cfg(feature = "std")]
pub use memory::MemoryObjects;
pub use path::{InvalidPath, ObjectPath};
pub use probe::probe;
pub use traits::{Object, Objects, Version};

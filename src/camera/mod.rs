//! The camera seals clips while it records, signs as it goes, and closes what a power cut left open.
//!
//! What it has sealed it can no longer open.

#[cfg(feature = "std")]
mod directory;
mod recording;
mod store;
#[cfg(feature = "std")]
mod video;

#[cfg(feature = "std")]
pub use directory::DirectoryStore;
pub use recording::{Camera, Recording, StartError};
pub use store::{CameraStore, MemoryStore, StoreError};
#[cfg(feature = "std")]
pub use video::SealVideoError;

pub use crate::clip::{Cadence, RecoverError, SealError, SealedClip};

//! The camera seals clips while it records, signs as it goes, and closes what a power cut left open.
//!
//! What it has sealed it can no longer open.

mod recording;
mod store;

pub use recording::{Camera, Recording, SealVideoError, StartError};
pub use store::{CameraStore, DirectoryStore, MemoryStore, StoreError};

pub use crate::clip::{Cadence, RecoverError, SealError, SealedClip};

//! The camera seals clips while it records, signs as it goes, and closes what a power cut left open.
//!
//! What it has sealed it can no longer open. What it has to remember over a power cut is one small value in a
//! [`Store`](crate::store::Store); its clips lie in [`ClipFiles`].

#[cfg(feature = "std")]
mod directory_files;
mod files;
mod memory_files;
mod open;
mod recording;
mod recover;
mod start;
mod state;
#[cfg(feature = "std")]
mod video;
mod wall;

#[cfg(feature = "std")]
pub use directory_files::DirectoryFiles;
pub use files::ClipFiles;
pub use memory_files::{MemoryFile, MemoryFiles};
pub use open::{Camera, Device, OpenCameraError};
pub use recording::{RecordError, Recording};
pub use recover::RecoverError;
pub use start::StartError;
#[cfg(feature = "std")]
pub use video::SealVideoError;
pub use wall::Clocks;

pub use crate::clip::{Cadence, ClipFile, Group, Piece, SealError, SealedClip, Sound};

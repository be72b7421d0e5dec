//! The camera seals clips while it records, signs as it goes, and closes what a power cut left open.
//!
//! The camera cannot open what it has sealed. A [`Store`](crate::store::Store) holds what must survive a power cut: one
//! small value, and the owner lists of the household that the camera was paired with. The clips are files in [`ClipFiles`].

mod cuts;
#[cfg(feature = "std")]
mod directory_files;
mod files;
mod list_facts;
mod live;
mod memory_files;
mod open;
mod recording;
mod recover;
mod reset;
mod start;
mod state;
mod take_list;
#[cfg(feature = "std")]
mod video;
mod wall;

#[cfg(all(feature = "std", feature = "ffi"))]
pub(crate) use cuts::Cuts;
#[cfg(feature = "std")]
pub use directory_files::DirectoryFiles;
pub use files::ClipFiles;
pub use live::{Live, LiveError};
pub use memory_files::{MemoryFile, MemoryFiles};
pub use open::{Camera, Device, OpenCameraError};
pub use recording::{RecordError, Recording};
pub use recover::RecoverError;
pub use reset::ResetError;
pub use start::StartError;
pub use take_list::TakeListError;
#[cfg(all(feature = "std", feature = "ffi"))]
pub(crate) use video::Groups;
#[cfg(feature = "std")]
pub use video::SealVideoError;
pub use wall::Clocks;

pub use crate::clip::{Cadence, ClipFile, Group, Piece, SealError, SealedClip, Sound};

//! Where each statement of a log is, by its id: how a writer knows a duplicate.

mod directory;
mod filter;
mod index;
mod known;
mod memory;
mod merge;
mod run;

pub use directory::DirectoryIndex;
pub use index::{IdIndex, Indexed};
pub(super) use known::Ids;
pub use memory::MemoryIndex;

//! Where each statement of a log is, by its id: how a writer knows a duplicate.

mod directory;
mod index;
mod known;
mod memory;

pub use directory::DirectoryIndex;
pub(super) use index::same_half;
pub use index::{IdIndex, Indexed};
pub(super) use known::{Ids, Known};
pub use memory::MemoryIndex;

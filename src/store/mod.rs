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
pub use objects::{Objects, ObjectsError, Replaced, Version};
pub use traits::{Erased, ErasureMethod, SecretState, Store, limits};

//! The agency asks in public, takes excerpts in, releases in public, opens, verifies, and deletes.
//!
//! Every secret lies in its [`Vault`], one slot each, and is erased by itself: the request key when the request closes, a
//! one-time key once it has opened, a grant's half when access ends.

mod desk;
mod vault;
mod verdict;

pub use desk::{Agency, AgencyError, Ask, Deletion, Opened};
pub use vault::{MemoryVault, Slot, Vault, VaultError};
pub use verdict::{AgencyStanding, CameraTrust, Completeness, LogState, OpenVerdict, WrapStrength};

pub use crate::grant::{Excerpt, ExcerptError, OpenExcerpt, OpenExcerptError, OpenSegment, UnlockError};

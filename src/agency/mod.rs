//! The agency asks in public, takes excerpts in, releases in public, opens, verifies, and deletes.
//!
//! Everything that must last lies in its [`Store`](crate::store::Store). Facts say how far each request and each grant has
//! come; secrets are erased one by one: a request key when the request closes, a one-time key once enough custodians have
//! answered, the halves of a grant's lock when access ends. Each step is durable before the next, so that after a crash at
//! any instant nothing is lost that was acknowledged, and no key comes back that was erased.

#[expect(clippy::module_inception, reason = "a file is named after its main type")]
mod agency;
mod answering;
mod copies;
mod deletion;
mod ending;
mod error;
mod evidence;
mod facts;
mod grants;
mod keys;
mod new_key;
mod open_verdict;
mod opening;
mod ratchet;
mod reader;
mod shelf_life;
mod unlogged;
mod unread;

pub use agency::{Agency, Ask};
pub use answering::Progress;
pub use deletion::Deletion;
pub use ending::Ended;
pub use error::AgencyError;
pub use evidence::NewEvidence;
pub use facts::{GrantState, RequestState};
pub use grants::Opened;
pub use open_verdict::{LogState, OpenVerdict};
pub use reader::ExcerptReader;
pub use unread::Unread;

#[cfg(feature = "video")]
pub use crate::grant::PlayableRunError;
pub use crate::grant::{
    Excerpt, ExcerptError, Gap, GrantedRange, OpenClip, OpenExcerpt, OpenExcerptError, OpenSegment, PlayableRun,
    UnlockError, WriteEvidenceError,
};
pub use crate::ledger::CameraTrust;
pub use crate::policy::{AgencyStanding, ClipVerdict, Completeness, WrapStrength};

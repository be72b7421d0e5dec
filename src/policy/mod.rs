//! The rules, and the [`Permit`] that a grant takes.
//!
//! Pure: it reads no clock and keeps no store. It asks the [ledger](crate::ledger) who stands how, and answers with a permit
//! or with every rule that was broken. It judges opened footage in verdicts, which are the same for an excerpt and for
//! evidence.

mod permit;
mod refusal;
mod release;
mod review;
mod rules;
mod verdict;

pub use permit::{Permit, Proposal};
pub use refusal::{Broken, Refusal, Rule};
pub use rules::{Policy, SparseCell, SparseCellError};
pub use verdict::{AgencyStanding, ClipVerdict, Completeness, WrapStrength};

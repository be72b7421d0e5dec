//! The rules, and the [`Permit`] that a grant takes.
//!
//! Pure: it reads no clock and keeps no store. It asks the [ledger](crate::ledger) who stands how, and answers with a
//! permit or with every rule that was broken.

mod permit;
mod refusal;
mod release;
mod review;
mod rules;

pub use permit::{Permit, Proposal};
pub use refusal::{Broken, Refusal, Rule};
pub use rules::Policy;

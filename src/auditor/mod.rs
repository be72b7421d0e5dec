//! The auditor is anybody: it replays the log, verifies every signature and every rule, and says what came of it.
//!
//! An [`Auditor`] follows the log and answers [`Numbers`], the [`Directory`] of approved agencies, and [`Charge`]s. An
//! [`Accusation`] is a charge with the statements and proofs that convince a third party, who has nothing but its own trust.
//! [`Evidence`] is an agency's file of chosen clips, verified with the trust roots alone.

mod accusation;
mod audit;
mod charge;
mod csv;
mod directory;
mod evidence;
mod grounds;
mod numbers;
mod state;

pub use accusation::{Accusation, AccusationError, Exhibit, STANDS_STILL};
pub use audit::Auditor;
pub use charge::{Charge, Weight};
pub use directory::{Directory, Disclosed, KeyUse, Listing};
pub use evidence::{Evidence, EvidenceError, EvidenceVerdict, LogConfirmation, NotShown};
pub use numbers::{Counts, Incentives, Month, Numbers, Row, Total};

#[cfg(feature = "video")]
pub use crate::grant::PlayableRunError;
pub use crate::grant::{OpenEvidence, PlayableRun};
pub use crate::ledger::{CameraTrust, DeletionVerdict, NotProven, overdue, verdict};
pub use crate::policy::{AgencyStanding, ClipVerdict, Completeness, WrapStrength};

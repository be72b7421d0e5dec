//! The log, folded into who stands how.
//!
//! A [`Ledger`] follows the log statement by statement and knows from it who is approved, what was asked, released,
//! answered, revoked and deleted. It judges nothing but signatures and standing: what is allowed, the
//! [policy](crate::policy) says.

mod approvals;
mod duty;
mod fold;
mod query;
mod standing;

pub use duty::{DESTRUCTION_WAIT, Duty, Party, RECEIPT_GRACE, epoch_due, grant_due, request_due};
pub use fold::{Breach, Ledger, LedgerError};
pub use query::{Conduct, ReceiptFound, Usage};
pub use standing::{Standing, StandingError};

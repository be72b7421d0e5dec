//! The log, folded into who stands how.
//!
//! A [`Ledger`] follows the log statement by statement and knows from it who is approved, what was asked, released,
//! answered, revoked and deleted. It judges nothing but signatures and standing: what is allowed, the
//! [policy](crate::policy) says.

mod approvals;
mod book;
mod breach;
mod duty;
mod feed;
mod fold;
mod full;
mod phone;
mod query;
mod standing;
mod trace;

pub use breach::Breach;
pub use duty::{DESTRUCTION_WAIT, Duty, Party, RECEIPT_GRACE, epoch_due, grant_due, request_due};
pub use feed::{Earlier, Feed, Page, PageError};
pub use fold::View;
pub use full::{Ledger, LedgerError};
pub use phone::{FeedError, Phone};
pub use query::{Conduct, ReceiptFound, Usage};
pub use standing::{Standing, StandingError};
pub use trace::{Approved, Released};

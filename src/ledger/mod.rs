//! The log, folded into who stands how.
//!
//! A [`Ledger`] follows the log statement by statement and knows from it who is approved, what was asked, released,
//! answered, revoked and deleted. A [`Phone`] knows from the pages of a [`Feed`] what it needs to judge requests, without a
//! replay. Both give a [`View`], which judges nothing but signatures and standing: what is allowed, the
//! [policy](crate::policy) says.
//!
//! # What a phone downloads
//!
//! At 25 000 requests a year and 18 000 approved agencies with jurisdictions of 64 corners, about 9 MB a month in hourly
//! pages: 4.4 MB of requests, 3.6 MB of approvals (only of agencies that have an open request; a tenth of all asking in
//! turn), 0.6 MB of proofs, 0.6 MB of checkpoints; and 0.04 MB for each custodian's keys. The test
//! `a_month_of_the_feed_is_small` in `tests/town/feed.rs` measures it from encoded pages. All approvals alone, each week, would
//! be some 75.

mod approvals;
mod asked;
mod book;
mod breach;
mod camera_trust;
mod counts;
mod duty;
mod feed;
mod fold;
mod full;
mod grants;
mod log_proof;
mod phone;
mod query;
mod receipts;
mod signers;
mod standing;
mod state;
mod trace;

pub use asked::Asked;
pub use breach::Breach;
pub use camera_trust::{CameraTrust, LogPlace};
pub use duty::{DESTRUCTION_WAIT, Duty, Party, RECEIPT_GRACE, epoch_due, grant_due, request_due};
pub use feed::{Earlier, Feed, FeedError, Page, PageError};
pub use fold::{Made, View};
pub use full::{Ledger, LedgerError};
pub use grants::{Noticed, Released};
pub use log_proof::{LogProof, LogProofError, ProofSource, ProvenGrant};
pub use phone::Phone;
pub use query::{Conduct, ReceiptFound, Usage};
pub use receipts::{DeletionVerdict, NotProven, overdue, verdict};
pub(crate) use signers::Place;
pub use standing::{Standing, StandingError};
pub use state::StateError;
pub(crate) use state::{StateKind, read_state, write_state};
pub use trace::Approved;

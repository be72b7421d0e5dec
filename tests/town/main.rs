//! All roles together: what the ledger, the phones and the auditor make of what they do.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod auditor;
mod boundaries;
mod cameras;
mod evidence;
mod feed;
mod household;
mod ledger;
mod model;
mod standing;
mod story;

//! All roles together: what the ledger, the phones and the auditor make of what they do.
#![allow(missing_docs)]

mod auditor;
mod boundaries;
mod feed;
mod ledger;
mod standing;
mod story;

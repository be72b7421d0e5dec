//! The auditor is anybody: it verifies receipts against the log and says whether duties to delete were kept.

mod receipts;

pub use receipts::{DeletionVerdict, NotProven, overdue, verdict};

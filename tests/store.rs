//! Stores: the contract, a crash at every step with every fate of what was not synced, and directories as they are met.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc)]

#[path = "store/contents.rs"]
mod contents;
#[path = "store/contract.rs"]
mod contract;
#[path = "store/crashes.rs"]
mod crashes;
#[path = "store/directory.rs"]
mod directory;
#[path = "common/faults.rs"]
mod faults;
#[path = "store/wrong.rs"]
mod wrong;

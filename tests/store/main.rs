//! Stores: the contract, a crash at every step with every fate of what was not synced, and directories as they are met;
//! and objects by path.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc)]

mod contents;
mod contract;
mod crashes;
mod directory;
mod objects;
mod wrong;

use footage_support::faults;

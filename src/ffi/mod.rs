//! The C interface, as `include/footage.h` has it. [Its rules](crate::docs::c_api) hold for every function here.
//!
//! One file for each C object. What C hands over is looked at in one place, `argument`; what it holds on to is a
//! `handle`; an error becomes a `status`; and what reads or writes files runs as a `task` that waits while the app
//! does so.
//!
//! Without the feature `serde` it is what a camera's firmware needs; without `std` the firmware supplies the
//! [rest](crate::docs::c_api).
#![allow(unsafe_code, reason = "this is the border to C")]
#![allow(clippy::missing_safety_doc, reason = "the rules are the same for all")]
#![cfg_attr(not(feature = "serde"), allow(dead_code, reason = "used by the roles that need `serde`"))]
#![allow(non_camel_case_types, reason = "the names are those of the header")]
#![allow(clippy::enum_glob_use, reason = "the statuses say FOOTAGE_ already")]

mod argument;
#[cfg(not(feature = "std"))]
mod board;
mod camera;
mod chunk;
mod failing;
mod handle;
mod key;
mod random;
mod recording;
mod recovery;
mod status;
#[cfg(test)]
mod tests;
mod version;

#[cfg(feature = "std")]
mod last_error;

#[cfg(feature = "serde")]
mod agency;
#[cfg(feature = "serde")]
mod auditor;
#[cfg(feature = "serde")]
mod clip;
#[cfg(feature = "serde")]
mod consent;
#[cfg(feature = "serde")]
mod copy;
#[cfg(feature = "serde")]
mod custodian;
#[cfg(feature = "serde")]
mod cutter;
#[cfg(feature = "serde")]
mod excerpt;
#[cfg(feature = "serde")]
mod exchange;
#[cfg(feature = "serde")]
mod failure;
#[cfg(feature = "serde")]
mod feed;
#[cfg(feature = "serde")]
mod follow;
#[cfg(feature = "serde")]
mod json;
#[cfg(feature = "serde")]
mod key_store;
#[cfg(feature = "serde")]
mod ledger;
#[cfg(feature = "serde")]
mod list;
#[cfg(feature = "serde")]
mod memory_log;
#[cfg(feature = "serde")]
mod opened;
#[cfg(feature = "serde")]
mod proof;
#[cfg(feature = "serde")]
mod registrar;
#[cfg(feature = "serde")]
mod resident;
#[cfg(feature = "serde")]
mod state;
#[cfg(feature = "serde")]
mod statement;
#[cfg(feature = "serde")]
mod stream;
#[cfg(feature = "serde")]
mod task;
#[cfg(feature = "serde")]
mod vault;
#[cfg(feature = "serde")]
mod waiting;
#[cfg(feature = "serde")]
mod witness;

#[cfg(all(feature = "serde", feature = "logkeeper"))]
mod log;

// The header has them in this order.
#[cfg(feature = "serde")]
pub use agency::*;
#[cfg(feature = "serde")]
pub use auditor::*;
#[cfg(not(feature = "std"))]
pub use board::*;
pub use camera::*;
#[cfg(feature = "serde")]
pub use clip::*;
#[cfg(feature = "serde")]
pub use consent::*;
#[cfg(feature = "serde")]
pub use custodian::*;
#[cfg(feature = "serde")]
pub use cutter::*;
#[cfg(feature = "serde")]
pub use excerpt::*;
#[cfg(feature = "serde")]
pub use feed::*;
#[cfg(feature = "serde")]
pub use follow::*;
pub use key::*;
#[cfg(feature = "std")]
pub use last_error::*;
#[cfg(feature = "serde")]
pub use ledger::*;
#[cfg(feature = "serde")]
pub use list::*;
#[cfg(all(feature = "serde", feature = "logkeeper"))]
pub use log::*;
#[cfg(feature = "serde")]
pub use memory_log::*;
#[cfg(feature = "serde")]
pub use opened::*;
#[cfg(feature = "serde")]
pub use proof::*;
pub use recording::*;
pub use recovery::*;
#[cfg(feature = "serde")]
pub use registrar::*;
#[cfg(feature = "serde")]
pub use resident::*;
#[cfg(feature = "serde")]
pub use statement::*;
pub use status::*;
#[cfg(feature = "serde")]
pub use stream::*;
pub use version::*;
#[cfg(feature = "serde")]
pub use witness::*;

//! The C interface, as `include/footage.h` has it. [Its rules](crate::docs::c_api) hold for every function here.
//!
//! One file for each C object. What C hands over is looked at in one place, [`argument`]; what it holds on to is a
//! [`handle`]; an error becomes a [`status`]; and what reads or writes files runs as a [`task`] that waits while the app
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
mod version;

#[cfg(feature = "std")]
mod last_error;

#[cfg(feature = "serde")]
mod clip;
#[cfg(feature = "serde")]
mod consent;
#[cfg(feature = "serde")]
mod cutter;
#[cfg(feature = "serde")]
mod failure;
#[cfg(feature = "serde")]
mod json;
#[cfg(feature = "serde")]
mod ledger;
#[cfg(feature = "serde")]
mod list;
#[cfg(feature = "serde")]
mod resident;
#[cfg(feature = "serde")]
mod statement;
#[cfg(feature = "serde")]
mod stream;
#[cfg(feature = "serde")]
mod task;

// The header has them in this order.
#[cfg(not(feature = "std"))]
pub use board::*;
pub use camera::*;
#[cfg(feature = "serde")]
pub use clip::*;
#[cfg(feature = "serde")]
pub use consent::*;
#[cfg(feature = "serde")]
pub use cutter::*;
pub use key::*;
#[cfg(feature = "std")]
pub use last_error::*;
#[cfg(feature = "serde")]
pub use ledger::*;
#[cfg(feature = "serde")]
pub use list::*;
pub use recording::*;
pub use recovery::*;
#[cfg(feature = "serde")]
pub use resident::*;
#[cfg(feature = "serde")]
pub use statement::*;
pub use status::*;
#[cfg(feature = "serde")]
pub use stream::*;
pub use version::*;

//! The C interface, as `include/footage.h` has it. [Its rules](crate::docs::c_api) hold for every function here.
//!
//! One file for each C object. What C hands over is looked at in one place, [`argument`]; what it holds on to is a
//! [`handle`]; an error becomes a [`status`]; and what reads or writes files runs as a [`task`] that waits while the app
//! does so.
#![allow(unsafe_code, reason = "this is the border to C")]
#![allow(clippy::missing_safety_doc, reason = "the rules are the same for all")]
#![allow(non_camel_case_types, reason = "the names are those of the header")]

mod argument;
mod camera;
mod clip;
mod failure;
mod handle;
mod json;
mod key;
mod ledger;
mod list;
mod recording;
mod statement;
mod status;
mod stream;
mod task;
mod version;

// The header has them in this order.
pub use camera::*;
pub use clip::*;
pub use key::*;
pub use ledger::*;
pub use list::*;
pub use recording::*;
pub use statement::*;
pub use status::*;
pub use stream::*;
pub use version::*;

//! The C interface, as `include/footage.h` has it. [Its rules](crate::docs::c_api) hold for every function here.
//!
//! Each file is one C object. The arguments of all functions are checked in `argument`, what C holds is a `handle`, an error
//! becomes a `status`, and what the app implements is called through `callback`. Without `std` it is what a camera's firmware
//! needs, and the firmware supplies the [rest](crate::docs::c_api).
#![allow(unsafe_code, reason = "this is the border to C")]
#![allow(clippy::missing_safety_doc, reason = "the rules are the same for all functions")]
#![allow(non_camel_case_types, reason = "the names are those of the header")]
#![allow(clippy::enum_glob_use, reason = "the names of statuses begin with FOOTAGE_ already")]

mod argument;
#[cfg(not(feature = "std"))]
mod board;
mod callback;
mod camera;
mod certificate;
#[cfg(feature = "std")]
mod clip;
#[cfg(feature = "std")]
mod cutter;
mod failing;
mod file_callbacks;
mod files;
mod group;
mod handle;
mod key;
#[cfg(feature = "std")]
mod last_error;
mod live;
mod owner_list;
mod random;
mod recording;
#[cfg(feature = "std")]
mod sink;
#[cfg(feature = "std")]
mod source;
mod status;
mod store;
mod store_callbacks;
#[cfg(test)]
mod tests;
mod version;

// The header has them in this order.
pub use status::*;
pub use version::*;

#[cfg(feature = "std")]
pub use last_error::*;

pub use key::*;

pub use certificate::*;
pub use owner_list::*;

pub use store_callbacks::*;

pub use store::*;

pub use file_callbacks::*;
pub use files::*;

pub use camera::*;
pub use group::*;
pub use recording::*;

pub use live::*;

#[cfg(feature = "std")]
pub use sink::*;
#[cfg(feature = "std")]
pub use source::*;

#[cfg(feature = "std")]
pub use cutter::*;

#[cfg(feature = "std")]
pub use clip::*;

#[cfg(not(feature = "std"))]
pub use board::*;

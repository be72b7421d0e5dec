// The README's links lead to files; these come first, so on this page they lead to its modules instead.
#![doc = "[guide]: docs::guide"]
#![doc = "[c-api]: docs::c_api"]
#![doc = "[threat-model]: docs::threat_model"]
#![doc = "[format]: docs::format"]
#![doc = "[changelog]: https://docs.rs/crate/footage/latest/source/CHANGELOG.md"]
#![doc = "[mit]: https://opensource.org/license/mit"]
#![doc = "[apache]: https://www.apache.org/licenses/LICENSE-2.0"]
#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(feature = "std"), allow(dead_code, unused_imports, reason = "used by the roles that need `std`"))]

extern crate alloc;

// `std::io`; without `std` the part of it that a clip is read and written through.
pub use no_std_io2::io;

#[cfg(feature = "camera")]
pub mod camera;
pub mod cbor;
pub mod clip;
pub mod crypto;
pub mod docs;
#[cfg(feature = "ffi")]
pub mod ffi;
#[cfg(feature = "camera")]
pub mod media;
pub mod merkle;
pub mod record;
pub mod store;

#[cfg(feature = "std")]
pub mod agency;
#[cfg(feature = "std")]
pub mod auditor;
#[cfg(feature = "std")]
pub mod custodian;
#[cfg(feature = "std")]
pub mod grant;
#[cfg(feature = "std")]
pub mod ledger;
#[cfg(feature = "std")]
pub mod logkeeper;
#[cfg(feature = "std")]
pub mod policy;
#[cfg(feature = "std")]
pub mod registrar;
#[cfg(feature = "std")]
pub mod resident;
#[cfg(feature = "std")]
pub mod tlog;

#[cfg(test)]
mod foreign;
#[cfg(test)]
mod vectors;

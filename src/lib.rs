// The README's links lead to files; these come first, so on this page they lead to its modules instead.
#![doc = "[guide]: docs::guide"]
#![doc = "[threat-model]: docs::threat_model"]
#![doc = "[format]: docs::format"]
#![doc = "[changelog]: https://docs.rs/crate/footage/latest/source/CHANGELOG.md"]
#![doc = "[mit]: https://opensource.org/license/mit"]
#![doc = "[apache]: https://www.apache.org/licenses/LICENSE-2.0"]
#![doc = include_str!("../README.md")]

pub mod agency;
pub mod auditor;
pub mod camera;
pub mod cbor;
pub mod clip;
pub mod crypto;
pub mod custodian;
pub mod docs;
#[cfg(feature = "ffi")]
pub mod ffi;
pub mod grant;
pub mod ledger;
pub mod logkeeper;
pub mod media;
pub mod merkle;
pub mod policy;
pub mod record;
pub mod registrar;
pub mod resident;
pub mod tlog;

#[cfg(test)]
mod foreign;
#[cfg(test)]
mod vectors;

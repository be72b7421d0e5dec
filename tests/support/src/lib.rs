//! What the tests, the benchmarks and the fuzz targets share, compiled once: a town to test in, clips, records and stores,
//! allocators that look, what must hold of any bytes of a stranger, and a model of what must be allowed.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::enum_glob_use,
    clippy::len_without_is_empty,
    clippy::struct_excessive_bools,
    clippy::trivially_copy_pass_by_ref,
    clippy::new_without_default,
    clippy::wildcard_imports
)]

pub mod claims;
pub mod clips;
pub mod common;
pub mod counting;
pub mod durable;
pub mod evidence;
pub mod faults;
pub mod home;
pub mod hostile;
pub mod lists;
pub mod live;
pub mod lock;
pub mod looking;
pub mod model;
pub mod quarantine;
pub mod recordings;
pub mod records;
pub mod transport;

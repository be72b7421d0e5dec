//! The C interface as a library, static and shared, for the programs of the tests: an app takes what `cargo cinstall` builds.

pub use footage::ffi::*;

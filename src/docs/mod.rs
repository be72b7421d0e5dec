//! What has to be read as much as called: pages that are compiled with the code they speak of.

#[doc = include_str!("format.md")]
pub mod format {}

//! Grants of several clips and layers, and an agency that survives crashes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc)]

mod agency;
mod clips;
mod crashes;
mod film;
mod gaps;
#[cfg(feature = "video")]
mod live;
mod phone;
mod playable;
mod unread;

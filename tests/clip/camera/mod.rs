//! What a camera remembers over a power cut, and what it makes of the files that one leaves.
#![allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc)]

mod card;
mod limit;
mod lists;
mod power;
mod reset;
mod spoilt;
mod state;

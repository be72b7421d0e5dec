//! What a camera remembers over a power cut, and what it makes of the files that one leaves.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "camera/card.rs"]
mod card;
#[path = "common/clips.rs"]
mod clips;
mod common;
#[path = "common/faults.rs"]
mod faults;
#[path = "camera/limit.rs"]
mod limit;
#[path = "camera/power.rs"]
mod power;
#[path = "camera/state.rs"]
mod state;

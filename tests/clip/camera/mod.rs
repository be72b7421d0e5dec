//! What a camera remembers over a power cut, and what it makes of the files that one leaves.

mod card;
mod limit;
mod power;
mod state;

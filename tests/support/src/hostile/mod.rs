//! What strangers send: for each fuzz target a function that takes any bytes, and panics if something does not hold.

use crate::{clips, common, records};

pub mod cbor;
pub mod cells;
pub mod clip;
pub mod derive;
pub mod differential;
pub mod evidence;
pub mod excerpt;
#[cfg(feature = "ffi")]
pub mod ffi;
pub mod forge;
pub mod grant;
pub mod keys;
pub mod kinds;
pub mod log;
pub mod memory;
pub mod mp4;
pub mod notary;
mod part;
pub mod recipe;
pub mod record;
pub mod state;

#![doc = "placeholder"]
pub mod cbor;
pub mod crypto;
pub mod record;

#![no_main]

#[path = "../../tests/hostile/cbor.rs"]
mod cbor;
#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/hostile/forge.rs"]
mod forge;
#[path = "../../tests/hostile/kinds.rs"]
mod kinds;
#[path = "../../tests/hostile/memory.rs"]
mod memory;
#[path = "../../tests/common/records.rs"]
mod records;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cbor::cbor(data));

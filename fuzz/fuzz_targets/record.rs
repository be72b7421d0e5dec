#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/hostile/kinds.rs"]
mod kinds;
#[path = "../../tests/hostile/memory.rs"]
mod memory;
#[path = "../../tests/hostile/record.rs"]
mod record;
#[path = "../../tests/common/records.rs"]
mod records;

libfuzzer_sys::fuzz_target!(|data: &[u8]| record::record(data));

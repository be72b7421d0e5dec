#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/hostile/log.rs"]
mod log;
#[path = "../../tests/hostile/memory.rs"]
mod memory;
#[path = "../../tests/hostile/recipe.rs"]
mod recipe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| log::log(data));

#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/hostile/keys.rs"]
mod keys;
#[path = "../../tests/hostile/memory.rs"]
mod memory;
#[path = "../../tests/hostile/recipe.rs"]
mod recipe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| keys::keys(data));

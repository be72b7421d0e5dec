#![no_main]

#[path = "../../tests/hostile/memory.rs"]
mod memory;
#[path = "../../tests/hostile/mp4.rs"]
mod mp4;
#[path = "../../tests/hostile/recipe.rs"]
mod recipe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| mp4::mp4(data));

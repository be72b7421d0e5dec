#![no_main]

#[path = "../../tests/hostile/area.rs"]
mod area;
#[path = "../../tests/hostile/memory.rs"]
mod memory;
#[path = "../../tests/hostile/recipe.rs"]
mod recipe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| area::area(data));

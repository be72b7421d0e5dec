#![no_main]

#[path = "../../tests/hostile/clip.rs"]
mod clip;
#[path = "../../tests/common/clips.rs"]
mod clips;
#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/hostile/memory.rs"]
mod memory;
#[path = "../../tests/hostile/recipe.rs"]
mod recipe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| clip::clip(data));

#![no_main]

#[path = "../../tests/common/clips.rs"]
mod clips;
#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/hostile/derive.rs"]
mod derive;
#[path = "../../tests/hostile/excerpt.rs"]
mod excerpt;
#[path = "../../tests/hostile/memory.rs"]
mod memory;
#[path = "../../tests/hostile/recipe.rs"]
mod recipe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| excerpt::excerpt(data));

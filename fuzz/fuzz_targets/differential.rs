#![no_main]

#[path = "../../tests/common/clips.rs"]
mod clips;
#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/hostile/derive.rs"]
mod derive;
#[path = "../../tests/hostile/differential.rs"]
mod differential;
#[path = "../../tests/hostile/recipe.rs"]
mod recipe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| differential::differential(data));

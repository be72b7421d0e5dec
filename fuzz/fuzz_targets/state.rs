#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/hostile/forge.rs"]
mod forge;
#[path = "../../tests/hostile/memory.rs"]
mod memory;
#[path = "../../tests/hostile/notary.rs"]
mod notary;
#[path = "../../tests/hostile/recipe.rs"]
mod recipe;
#[path = "../../tests/hostile/state.rs"]
mod state;

libfuzzer_sys::fuzz_target!(|data: &[u8]| state::state(data));

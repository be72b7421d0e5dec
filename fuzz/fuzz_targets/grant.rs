#![no_main]

#[path = "../../tests/common/clips.rs"]
mod clips;
#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/hostile/derive.rs"]
mod derive;
#[path = "../../tests/hostile/grant.rs"]
mod grant;
#[path = "../../tests/hostile/memory.rs"]
mod memory;
#[path = "../../tests/hostile/notary.rs"]
mod notary;
#[path = "../../tests/hostile/recipe.rs"]
mod recipe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| grant::grant(data));

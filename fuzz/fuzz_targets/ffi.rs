#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/hostile/ffi.rs"]
mod ffi;
#[path = "../../tests/hostile/notary.rs"]
mod notary;
#[path = "../../tests/hostile/recipe.rs"]
mod recipe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ffi::ffi(data));

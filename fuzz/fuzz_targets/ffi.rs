#![no_main]

#[path = "../../tests/hostile/ffi.rs"]
mod ffi;
#[path = "../../tests/hostile/recipe.rs"]
mod recipe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ffi::ffi(data));

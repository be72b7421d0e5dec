#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| footage_support::model::play(data));

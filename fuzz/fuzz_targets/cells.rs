#![no_main]

use footage_support::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

libfuzzer_sys::fuzz_target!(|data: &[u8]| footage_support::hostile::cells::cells(data));

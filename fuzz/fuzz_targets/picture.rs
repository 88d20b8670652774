//! Whatever the bytes, `picture::read` gives an array or an error.
#![no_main]

#[path = "../../tests/common/readers.rs"]
#[allow(dead_code)]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    readers::picture(bytes);
});

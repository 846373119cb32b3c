#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| imgferry::fuzzed::oci_layout(input));

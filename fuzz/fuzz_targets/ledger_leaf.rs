#![no_main]

use countersign_ledger::leaf::Leaf;

// A leaf that is read is written the same.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(leaf) = Leaf::decode(bytes) {
        assert_eq!(leaf.encode(), bytes);
    }
});

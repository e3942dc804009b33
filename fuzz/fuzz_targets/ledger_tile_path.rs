#![no_main]

use countersign_ledger::tile::Resource;

// A path that is read is written the same, and no number in it overflows.
libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Some(resource) = Resource::parse(text) {
        assert_eq!(resource.to_string(), text);
        let _ = resource.end();
        for size in [0, 1, 70_000, u64::MAX] {
            let _ = resource.available(size);
        }
    }
});

#![no_main]

use countersign_ledger::bundle::verify::verify;
use countersign_ledger::bundle::zip;

// A zip file that is read is written the same; none of chance's making is a bundle.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(files) = zip::read(bytes) {
        assert_eq!(zip::write(&files).as_deref(), Ok(bytes));
    }
    assert!(verify(bytes, None).is_err());
});

#![no_main]

use countersign_ledger::equivocation::Equivocation;
use countersign_ledger::note::{Kind, Signer};

// A file that is read is written the same; none of chance's making convicts a log.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Ok(shown) = Equivocation::parse(text) {
        let log = Signer::new("log.example", Kind::Log, &[1; 32]).expect("a name");
        assert!(shown.verify(&log.verifier()).is_err());
        assert_eq!(Equivocation::parse(&shown.to_string()), Ok(shown));
    }
});

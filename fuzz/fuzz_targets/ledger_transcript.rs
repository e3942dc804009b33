#![no_main]

use countersign_ledger::note::{Kind, Signer};
use countersign_ledger::transcript::Transcript;

// A transcript that is read is written the same; none of chance's making holds.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Ok(transcript) = Transcript::parse(text) {
        assert_eq!(transcript.write().as_deref(), Ok(text));
        let log = Signer::new("log.example", Kind::Log, &[1; 32]).expect("a name");
        assert!(transcript.verify(&log.verifier()).is_err());
    }
});

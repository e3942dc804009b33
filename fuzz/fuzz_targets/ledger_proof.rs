#![no_main]

use countersign_ledger::note::{Kind, Signer};
use countersign_ledger::policy::Policy;
use countersign_ledger::proof::Proof;

// A proof that is read is written the same, and one that nobody signed is refused.
libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(proof) = Proof::parse(text) {
        assert_eq!(proof.to_string(), text);
        let log = Signer::new("log.example", Kind::Log, &[1; 32]).expect("a name");
        let policy = Policy::of_all(log.verifier(), Vec::new());
        assert!(proof.verify(b"entry", &policy).is_err());
    }
});

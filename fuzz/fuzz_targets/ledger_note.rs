#![no_main]

use countersign_ledger::checkpoint::Checkpoint;
use countersign_ledger::note::{Note, Signer, Verifier};

// A note, a checkpoint, a key: what is read is written the same.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        if let Ok(checkpoint) = Checkpoint::parse(note.text()) {
            assert_eq!(checkpoint.to_string(), note.text());
        }
    }
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Ok(key) = Verifier::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = Signer::from_secret(text) {
        assert_eq!(key.secret().as_str(), text);
    }
});

#![no_main]

use countersign_ledger::policy::Policy;

// A policy has many ways to be written; it is read or refused, and opens no note by chance.
libfuzzer_sys::fuzz_target!(|text: &str| {
    let (policy, note) = text.split_once('\0').unwrap_or((text, text));
    if let Ok(policy) = Policy::parse(policy) {
        let _ = policy.open(note.as_bytes());
    }
});

#![no_main]

use countersign_ledger::bundle::token::Token;

// An authority's answer comes from a stranger: whatever it is, it is read or refused.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = Token::parse(bytes);
});

//! The only place that prints. A closed pipe is the reader's wish, not an error.

use std::io::{IsTerminal as _, Write as _};

/// Says something to the person at the keyboard, beside the result.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints the result.
pub fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints bytes of the result as they are.
pub fn bytes(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// Whether notes are read by a person.
#[must_use]
pub fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

//! Keys: made by chance, read from their files and from the command line.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use countersign_ledger::note::{Kind, Signer, Verifier};

use crate::wrong::Wrong;

/// Bytes that nobody can guess.
pub(crate) fn chance<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(bytes)
}

/// The key in a file that this program wrote.
pub(crate) fn signer(path: &Path) -> Result<Signer> {
    let text = fs::read_to_string(path);
    let text = text.with_context(|| format!("reading `{}`", path.display()))?;
    Signer::from_secret(&text).with_context(|| format!("`{}`", path.display()))
}

/// The key of a log or a witness, as an option has it; `printed` says who prints it.
pub(crate) fn verifier(option: &str, text: &str, kind: Kind, printed: &str) -> Result<Verifier> {
    let whose = match kind {
        Kind::Log => "a log",
        Kind::Cosignature => "a witness",
    };
    let key = Verifier::parse(text).ok();
    key.filter(|key| key.kind() == kind).ok_or_else(|| {
        Wrong::usage(
            &format!("`{option}` is not the key of {whose}"),
            &format!("a key is `name+id+base64`, as {printed}"),
        )
    })
}

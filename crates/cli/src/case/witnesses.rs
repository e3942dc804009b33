//! What witnesses signed of a case's ledger, and which they are.

use anyhow::{Context as _, Result};
use countersign_ledger::note::{Note, Verifier};

use super::folder::Case;

/// The ledger's state as witnesses signed it.
const COSIGNED: &str = "cosigned";
/// Keys of the witnesses.
const WITNESSES: &str = "witnesses";

/// The present state with what witnesses signed of it, if any did.
pub(crate) fn cosigned(case: &Case) -> Result<Option<Note>> {
    let now = case.ledger()?.log().checkpoint();
    let Some(text) = case.read(COSIGNED)? else {
        return Ok(None);
    };
    let note = Note::parse(text.as_bytes()).with_context(|| format!("reading `{COSIGNED}`"))?;
    Ok((note.text() == now.text()).then_some(note))
}

/// The witnesses that were asked.
fn keys(case: &Case) -> Result<Vec<Verifier>> {
    let text = case.read(WITNESSES)?.unwrap_or_default();
    let keys = text.lines().map(Verifier::parse).collect::<Result<_, _>>();
    keys.with_context(|| format!("reading `{WITNESSES}`"))
}

/// Keeps the present state as it is signed now, and the witness that was asked; gives all of them.
pub(crate) fn keep(case: &Case, note: &Note, witness: Verifier) -> Result<Vec<Verifier>> {
    case.write(COSIGNED, note.to_string().as_bytes())?;
    let mut witnesses = keys(case)?;
    if !witnesses.contains(&witness) {
        witnesses.push(witness);
    }
    let lines: Vec<String> = witnesses.iter().map(|key| format!("{key}\n")).collect();
    case.write(WITNESSES, lines.concat().as_bytes())?;
    Ok(witnesses)
}

/// The present state, with the signatures of those witnesses that signed it, in their order.
///
/// One that signed an earlier state would have to be asked again.
pub(crate) fn signed(case: &Case) -> Result<(Note, Vec<Verifier>)> {
    let mut note = case.ledger()?.log().checkpoint().clone();
    let Some(cosigned) = cosigned(case)? else {
        return Ok((note, Vec::new()));
    };
    let mut witnesses = keys(case)?;
    witnesses.retain(|key| cosigned.verify(key).is_ok());
    for witness in &witnesses {
        note.take(&cosigned.lines_of(witness), witness)?;
    }
    Ok((note, witnesses))
}

//! `countersign log`: what the ledger of a case tells.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use countersign_core::ledger::Kind;
use countersign_ledger::bundle::entries::Shown;

use super::trace::is_case;
use crate::args::LogArgs;
use crate::case::folder::Case;
use crate::case::ledger::payload;
use crate::out;
use crate::wrong::Wrong;

/// Lists the entries, or prints the proof of one.
///
/// # Errors
/// When the folder is no case, or the ledger is not the one that was signed.
pub fn run(args: &LogArgs) -> Result<()> {
    is_case(&args.case)?;
    let case = Case::open(&args.case)?;
    let ledger = case.ledger()?;
    let log = ledger.log();
    if let Some(index) = args.prove {
        if index >= log.size() {
            return Err(Wrong::usage(
                &format!("the ledger has no entry {index}"),
                &format!("its entries are 0 to {}", log.size().saturating_sub(1)),
            ));
        }
        let proof = log.prove(index).context("reading the ledger")?;
        out::bytes(proof.to_string().as_bytes());
        return Ok(());
    }
    let mut text = table(ledger.entries());
    let _ = write!(
        text,
        "\nThe log's key, for others to check with:\n  {}\nIts signed state:\n",
        log.verifier()
    );
    for line in log.checkpoint().to_string().lines() {
        let _ = writeln!(text, "  {line}");
    }
    out::result(text.trim_end());
    Ok(())
}

/// Entries as lines: place, time, kind, what they say.
pub(crate) fn table(entries: &[Shown]) -> String {
    let mut text = String::new();
    for entry in entries {
        let milliseconds = i64::try_from(entry.leaf.time()).unwrap_or(i64::MAX);
        let time = jiff::Timestamp::from_millisecond(milliseconds);
        let time = time.map_or_else(|_| "no time".to_owned(), |time| format!("{time:.0}"));
        let kind = Kind::of(entry.leaf.kind).map_or("unknown kind", Kind::word);
        // A bundle comes from anybody, and a terminal takes control characters for orders.
        let told = payload(entry)
            .unwrap_or("(withheld)")
            .replace(char::is_control, "?");
        let _ = writeln!(text, "{:>6}  {time}  {kind:<9}  {told}", entry.leaf.seq);
    }
    text
}

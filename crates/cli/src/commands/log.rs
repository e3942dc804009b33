//! `countersign log`: what the ledger of a case tells.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use countersign_core::ledger;
use countersign_ledger::bundle::entries::Shown;
use countersign_ledger::note::{Kind, Note};
use countersign_ledger::tree;
use countersign_witness::ask::{self, AskError};

use super::trace::is_case;
use crate::args::LogArgs;
use crate::case::folder::Case;
use crate::case::ledger::payload;
use crate::case::{stamps, witnesses};
use crate::wrong::Wrong;
use crate::{keys, out};

/// Lists the entries, prints the proof of one, serves them, or asks a witness or an authority.
///
/// # Errors
/// When the folder is no case, or the ledger is not the one that was signed.
pub fn run(args: &LogArgs, cancel: &Arc<AtomicBool>) -> Result<()> {
    is_case(&args.case)?;
    let case = Case::open(&args.case)?;
    if let Some(listen) = args.serve {
        return serve(case, listen, cancel);
    }
    if let (Some(address), Some(witness)) = (&args.ask, &args.witness) {
        return ask(&case, address, witness);
    }
    if let Some(address) = &args.stamp {
        let kept = stamps::ask(&case, address)?;
        out::result(&format!(
            "stamped: {} entries, at {} by the authority's clock\n{}: {}\nThe authority's signature \
             was not checked; a bundle's VERIFY.md says how.",
            kept.size,
            kept.time,
            case.folder().display(),
            kept.file
        ));
        return Ok(());
    }
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

/// Serves the resources of the ledger until it is told to stop.
fn serve(case: Case, listen: SocketAddr, cancel: &Arc<AtomicBool>) -> Result<()> {
    let (lock, ledger) = case.into_ledger()?;
    let routes = countersign_witness::serve::tiles(Arc::new(ledger.into_log()));
    let stop = Arc::clone(cancel);
    let ready = |address| {
        out::note(&format!(
            "the ledger is served at http://{address}/checkpoint"
        ))
    };
    let served = countersign_witness::serve::run(listen, routes, ready, move || {
        stop.load(Ordering::Relaxed)
    });
    drop(lock);
    served.with_context(|| format!("serving at {listen}"))
}

/// Asks a witness to sign the present state, and keeps its signature beside the ledger.
fn ask(case: &Case, address: &str, witness: &str) -> Result<()> {
    let printed = "`countersign witness` prints it when it starts";
    let key = keys::verifier("--witness", witness, Kind::Cosignature, printed)?;
    let ledger = case.ledger()?;
    let log = ledger.log();
    let mut note = witnesses::cosigned(case)?.unwrap_or_else(|| log.checkpoint().clone());
    let asked = |old, note: &mut Note| {
        let proof =
            tree::consistency(log.served(), old, log.size()).context("reading the ledger")?;
        Ok::<_, anyhow::Error>(ask::ask(address, &key, old, &proof, note))
    };
    let mut done = asked(0, &mut note)?;
    if let Err(AskError::Remembers(size)) = done {
        if size > log.size() {
            return Err(Wrong::usage(
                &format!(
                    "the witness remembers {size} entries of this ledger, which has {}",
                    log.size()
                ),
                "the case folder was put back from a copy, or another folder goes on under the \
                 same key; keep both, and find out which",
            ));
        }
        done = asked(size, &mut note)?;
    }
    done?;
    let witnesses = witnesses::keep(case, &note, key)?;
    out::result(&format!(
        "signed by {} of {} witnesses: {} entries",
        witnesses
            .iter()
            .filter(|key| note.verify(key).is_ok())
            .count(),
        witnesses.len(),
        log.size()
    ));
    Ok(())
}

/// Entries as lines: place, time, kind, what they say.
pub(crate) fn table(entries: &[Shown]) -> String {
    let mut text = String::new();
    for entry in entries {
        let milliseconds = i64::try_from(entry.leaf.time()).unwrap_or(i64::MAX);
        let time = jiff::Timestamp::from_millisecond(milliseconds);
        let time = time.map_or_else(|_| "no time".to_owned(), |time| format!("{time:.0}"));
        let kind = ledger::Kind::of(entry.leaf.kind);
        let kind = kind.map_or("unknown kind", ledger::Kind::word);
        // A bundle comes from anybody, and a terminal takes control characters for orders.
        let told = payload(entry)
            .unwrap_or("(withheld)")
            .replace(char::is_control, "?");
        let _ = writeln!(text, "{:>6}  {time}  {kind:<9}  {told}", entry.leaf.seq);
    }
    text
}

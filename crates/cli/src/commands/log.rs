//! `countersign log`: what the ledger of a case tells.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, bail};
use countersign_core::ledger;
use countersign_ledger::audit::audit;
use countersign_ledger::bundle::entries::Shown;
use countersign_ledger::checkpoint::Checkpoint;
use countersign_ledger::equivocation::Equivocation;
use countersign_ledger::heads::HeadsRoot;
use countersign_ledger::log::Log;
use countersign_ledger::note::{Kind, Note};
use countersign_ledger::tree;
use countersign_witness::ask::{self, AskError};
use countersign_witness::serve::{self, Pruned};

use super::trace::is_case;
use crate::args::LogArgs;
use crate::case::folder::Case;
use crate::case::ledger::CaseLedger;
use crate::case::{erasure, stamps, witnesses};
use crate::wrong::Wrong;
use crate::{keys, out, whole};

/// Lists the entries, prints the proof of one, serves them, or asks a witness or an authority.
///
/// # Errors
/// When the folder is no case, or the ledger is not the one that was signed.
pub fn run(args: &LogArgs, cancel: &Arc<AtomicBool>) -> Result<()> {
    is_case(&args.case)?;
    if let Some(ledger) = erasure::left(&args.case)? {
        return of_erased(&ledger, args, cancel);
    }
    let mut case = Case::open(&args.case)?;
    if let Some(listen) = args.serve {
        return serve(case, listen, args.from, cancel);
    }
    if let Some(file) = &args.transcript {
        return transcript(&mut case, file);
    }
    if let Some(place) = &args.anchor {
        case.ledger_mut()?.anchor(&args.case, place)?;
        out::result(&format!(
            "anchored: from now on this case is refused where `{}` can't be reached, or knows more \
             of the ledger than the folder",
            place.display()
        ));
        return Ok(());
    }
    if args.audit {
        return audited(case.ledger()?.log(), cancel);
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
    if let Some(index) = args.prove {
        return prove(ledger.log(), index);
    }
    out::result(&told(ledger));
    Ok(())
}

/// What can be asked of the ledger of a case that was erased.
fn of_erased(ledger: &CaseLedger, args: &LogArgs, cancel: &AtomicBool) -> Result<()> {
    if args.audit {
        return audited(ledger.log(), cancel);
    }
    if let Some(index) = args.prove {
        return prove(ledger.log(), index);
    }
    let elsewhere = args.serve.is_some() || args.ask.is_some() || args.stamp.is_some();
    if elsewhere || args.transcript.is_some() || args.anchor.is_some() {
        return Err(Wrong::usage(
            "the case was erased",
            "its ledger can be listed, proved (`--prove`) and audited (`--audit`)",
        ));
    }
    out::result(&told(ledger));
    Ok(())
}

/// Prints the proof of one entry.
fn prove(log: &Log, index: u64) -> Result<()> {
    if index >= log.size() {
        return Err(Wrong::usage(
            &format!("the ledger has no entry {index}"),
            &format!("its entries are 0 to {}", log.size().saturating_sub(1)),
        ));
    }
    let proof = log.prove(index).context("reading the ledger")?;
    out::bytes(proof.to_string().as_bytes());
    Ok(())
}

/// The entries, the key, and the signed state.
fn told(ledger: &CaseLedger) -> String {
    let log = ledger.log();
    let mut text = table(ledger.entries());
    let _ = write!(
        text,
        "\nThe log's key, for others to check with:\n  {}\nIts signed state:\n",
        log.verifier()
    );
    for line in log.checkpoint().to_string().lines() {
        let _ = writeln!(text, "  {line}");
    }
    text.trim_end().to_owned()
}

/// Writes all entries about the case with the proof that none is left out.
fn transcript(case: &mut Case, file: &Path) -> Result<()> {
    let transcript = case.ledger_mut()?.transcript()?;
    let text = transcript.write().map_err(anyhow::Error::msg)?;
    whole::write(file, text.as_bytes(), 0o640)?;
    out::result(&format!(
        "{}: {} entries about the case, all that there are\nIt is checked with `countersign verify \
         {} --key {}`",
        file.display(),
        transcript.entries.len() - 1,
        file.display(),
        case.ledger()?.log().verifier()
    ));
    Ok(())
}

/// Reads the whole ledger again.
fn audited(log: &Log, cancel: &AtomicBool) -> Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let stopped = || io::Error::from(io::ErrorKind::Interrupted);
    let found = audit(log.served(), log.size(), threads, |_| {
        let stop = cancel.load(Ordering::Relaxed);
        if stop { Err(stopped()) } else { Ok(()) }
    })?;
    let signed = log.holds(log.checkpoint().to_string().as_bytes(), "its checkpoint")?;
    if found.root != signed.root {
        bail!("the entries that are served do not have the root that is signed");
    }
    let heads = match found.heads {
        0 => "none of them says what all subjects' last entries are".to_owned(),
        heads => format!("{heads} of them say what all subjects' last entries are, and are right"),
    };
    out::result(&format!(
        "entries {}, subjects {}: all stand where they say and follow each other, and have the root \
         that is signed; {heads}",
        log.size(),
        found.subjects,
    ));
    Ok(())
}

/// Serves the resources of the ledger until it is told to stop.
fn serve(case: Case, listen: SocketAddr, from: u64, cancel: &Arc<AtomicBool>) -> Result<()> {
    let (lock, ledger) = case.into_ledger()?;
    let log = ledger.into_log();
    if from > log.size() {
        return Err(Wrong::usage(
            &format!(
                "`--from {from}` is behind the end: the ledger has {} entries",
                log.size()
            ),
            "name the first entry that is to be handed out",
        ));
    }
    let routes = serve::tiles(Arc::new(Pruned { log, first: from }));
    let stop = Arc::clone(cancel);
    let ready = |address| {
        out::note(&format!(
            "the ledger is served at http://{address}/checkpoint"
        ))
    };
    let served = serve::run(listen, routes, ready, move || stop.load(Ordering::Relaxed));
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
    if let Err(AskError::Refused { .. }) = done
        && let Some(shown) = contradiction(log, address)?
    {
        let name = "equivocation.txt";
        case.write(name, shown.to_string().as_bytes())?;
        bail!(
            "the witness signed another past of this ledger: `{}` shows both, signed by the log's \
             key; keep it, and the folder as it is (`countersign verify` reads it)",
            case.folder().join(name).display()
        );
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

/// What a witness signed of a log under this key that the log does not continue.
fn contradiction(log: &Log, address: &str) -> Result<Option<Equivocation>> {
    let Ok(latest) = ask::latest(address, &log.verifier()) else {
        return Ok(None);
    };
    let first = latest.to_string();
    let Ok((signed, _)) = Checkpoint::open(first.as_bytes(), &log.verifier()) else {
        return Ok(None);
    };
    if signed.size > log.size() {
        return Ok(None);
    }
    let reading = "reading the ledger";
    let shown = Equivocation {
        first,
        second: log.checkpoint().to_string(),
        root: tree::root_of(log.served(), 0, signed.size).context(reading)?,
        proof: tree::consistency(log.served(), signed.size, log.size()).context(reading)?,
    };
    Ok((shown.root != signed.root).then_some(shown))
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
        let told = match HeadsRoot::of(&entry.leaf) {
            Some(all) => format!("{} subjects, {} entries", all.count, all.through),
            None => entry.said().unwrap_or("(withheld)").to_owned(),
        };
        let told = told.replace(char::is_control, "?");
        let _ = writeln!(text, "{:>6}  {time}  {kind:<9}  {told}", entry.leaf.seq);
    }
    text
}

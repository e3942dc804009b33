//! A case that is erased, and the hold that stands against it.
//!
//! The entry comes first, then the keys and files go. A crash between them, or a folder that was
//! put back from a copy, is made up for at the next start: an erasure in the ledger is done again.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use countersign_core::ledger::Kind;
use countersign_ledger::bundle::entries::Shown;
use serde::{Deserialize, Serialize};

use super::folder::Case;
use super::ledger::CaseLedger;
use crate::{clock, whole};

/// Why something was held, released or erased.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Reason {
    at: String,
    pub(crate) reason: String,
}

/// What goes: keys first, so that what is left of the rest can't be read.
const GOES: [&str; 12] = [
    "record.key",
    "seal.key",
    "opened.jsonl",
    "runs.jsonl",
    "verdict.json",
    "report.html",
    "rejected.csv",
    "recompute.sh",
    "case.toml",
    "pseudonyms.json",
    "map.toml",
    "url-patterns",
];
/// What tells that and why, since the ledger can't any more.
const TOLD: &str = "erased.json";

/// The holds that are in force, the oldest first: each release ends the oldest.
pub(crate) fn holds(entries: &[Shown]) -> Result<VecDeque<Reason>> {
    let mut holds = VecDeque::new();
    for entry in entries {
        match Kind::of(entry.leaf.kind) {
            Some(Kind::Hold) => {
                let text = entry.said().context("a hold that can't be read")?;
                let hold = serde_json::from_str(text).ok();
                holds.push_back(
                    hold.with_context(|| format!("entry {} is no hold", entry.leaf.seq))?,
                );
            }
            Some(Kind::Release) => _ = holds.pop_front(),
            _ => {}
        }
    }
    Ok(holds)
}

/// Whether these entries tell that the case was erased.
pub(crate) fn is_erased(entries: &[Shown]) -> bool {
    let erasure = Kind::Erasure.code();
    entries.iter().any(|entry| entry.leaf.kind == erasure)
}

/// Tells the ledger of a hold, or of its end.
pub(crate) fn tell(case: &mut Case, kind: Kind, reason: &str) -> Result<()> {
    let told = serde_json::to_string(&told(reason))?;
    case.tell(&[(kind, told)])?;
    Ok(())
}

fn told(reason: &str) -> Reason {
    Reason {
        at: clock::now().to_string(),
        reason: reason.to_owned(),
    }
}

/// Erases a case: what it holds is gone when this returns, apart from copies elsewhere.
pub(crate) fn erase(mut case: Case, reason: &str) -> Result<()> {
    if let Some(held) = holds(case.ledger()?.entries())?.front() {
        bail!(
            "the case is held since {} ({}): nothing is erased before `countersign hold --release`",
            held.at,
            held.reason
        );
    }
    let folder = case.folder().to_owned();
    let told = serde_json::to_string(&told(reason))?;
    let ledger = case.ledger_mut()?;
    let done = ledger.append_erasure();
    // The entry may be durable and the anchor out of reach: then it is done all the same.
    if ledger.is_erased() {
        whole::write(&folder.join(TOLD), format!("{told}\n").as_bytes(), 0o640)?;
        finish(&folder)?;
    }
    done.map(|_| ())
}

/// The ledger of a case that was erased; none of any other case.
pub(crate) fn left(folder: &Path) -> Result<Option<CaseLedger>> {
    // A case that is not erased has runs, or none and no ledger either.
    if folder.join("runs.jsonl").exists() && !folder.join(TOLD).exists() {
        return Ok(None);
    }
    let ledger = CaseLedger::open(folder, None)?;
    if !ledger.is_some_and(|ledger| ledger.is_erased()) {
        return Ok(None);
    }
    // Keys that a copy brought back go before anything is read with them.
    finish(folder)?;
    CaseLedger::open(folder, None)
}

/// Takes away what an erasure in the ledger says is gone.
pub(crate) fn finish(folder: &Path) -> Result<()> {
    for name in GOES {
        // A program that was killed leaves what it had not renamed yet.
        for path in [folder.join(name), folder.join(format!("{name}.tmp"))] {
            take_away(&path).with_context(|| format!("erasing `{}`", path.display()))?;
        }
    }
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("erasing in `{}`", folder.display()))
}

/// Overwrites and removes a file, if it is there.
fn take_away(path: &Path) -> io::Result<()> {
    let mut file = match File::options().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut left = file.metadata()?.len();
    let zeros = [0; 4096];
    while left > 0 {
        let some = left.min(zeros.len() as u64);
        file.write_all(&zeros[..usize::try_from(some).map_err(io::Error::other)?])?;
        left -= some;
    }
    file.sync_all()?;
    fs::remove_file(path)
}

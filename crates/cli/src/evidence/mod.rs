//! The evidence of a case folder: its ledger, what its last run showed, and what that run read.

pub(crate) mod inputs;

use std::fs;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use countersign_core::verdict::Verdict;
use countersign_evidence::{Evidence, EvidenceError, Source};
use countersign_ledger::bundle::entries;
use countersign_ledger::hash::Hash;

use crate::case::folder::Case;
use crate::case::{stamps, witnesses};
use crate::{PROGRAM, clock, conclude};

/// Whether the files that the last run read are packed.
#[derive(Debug)]
pub(crate) enum Inputs<'a> {
    /// They stay where they are.
    Left,
    /// They are packed; reading them can be cancelled.
    Packed(&'a AtomicBool),
}

/// Collects the evidence of a case: what its ledger says, and the last verdict.
///
/// # Errors
/// A case without a run, or whose verdict is not the one that its last run showed; inputs that are
/// not those of that run.
pub(crate) fn collect(case: &Case, inputs: &Inputs<'_>) -> Result<Evidence> {
    let ledger = case.ledger()?;
    let log = ledger.log();
    let shown = ledger.entries();
    let run = countersign_evidence::last_run(shown)?.ok_or(EvidenceError::NoRun)?;
    let read = |name: &str| {
        let path = case.folder().join(name);
        fs::read(&path).with_context(|| format!("reading `{}`", path.display()))
    };
    let (verdict, report) = (read("verdict.json")?, read("report.html")?);
    run.showed(&verdict, &report)
        .context("it was changed, or a crash came before it was written; run `trace` again")?;
    let finding: Verdict = serde_json::from_slice(&verdict).context("reading `verdict.json`")?;
    let now = clock::now().to_string();
    let day = now.split('T').next().unwrap_or_default();
    let (checkpoint, witnesses) = witnesses::signed(case)?;
    let withheld = shown.iter().map(|entry| entry.leaf.seq);
    let withheld = entries::withheld(log.served(), withheld, log.size())?;
    let mut evidence = countersign_evidence::collect(Source {
        entries: shown,
        withheld: &withheld,
        key: &log.verifier(),
        witnesses,
        checkpoint: &checkpoint.to_string(),
        size: log.size(),
        verdict,
        report: Some(report),
        day,
        program: (PROGRAM, &program()?),
        made_up: false,
    })?;
    // From the verdict, whose digest the run's entry has: the file beside it is anybody's.
    let script = conclude::script(run.run, &finding.recompute);
    let data = &mut evidence.data;
    data.insert(inputs::SCRIPT.to_owned(), script.into_bytes());
    if let Inputs::Packed(cancel) = inputs {
        data.extend(inputs::collect(case, &finding.recompute, cancel)?);
    }
    data.extend(stamps::packed(case)?);
    Ok(evidence)
}

/// SHA-256 of this program.
pub(crate) fn program() -> Result<String> {
    let path = std::env::current_exe().context("looking for this program")?;
    let bytes = fs::read(&path).context("reading this program")?;
    Ok(Hash::of_bytes(&bytes).to_hex())
}

//! From an analysis to a verdict that stands in its case: judged, recorded, written.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use countersign_core::holder::Holders;
use countersign_core::trace::document::{Context, document};
use countersign_core::trace::{Depth, Outcome, Settings, gather, judge};
use countersign_core::verdict::{Input, Verdict, Views};

use countersign_ledger::hash::Hash;

use crate::analysis::Analysis;
use countersign_evidence::Digests;

use crate::case::folder::{Case, Fixed, Run, digest, shown};
use crate::clock;

/// What holders are called in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ids {
    /// Birds with numbers.
    Pseudonyms,
    /// As in the files; recorded.
    Revealed,
}

/// How a verdict is shown.
#[derive(Debug)]
pub(crate) struct Shown {
    /// What holders are called.
    pub(crate) ids: Ids,
    /// Leads only.
    pub(crate) exploratory: bool,
    /// Digest of how the files were read.
    pub(crate) reading: String,
    /// The command that makes it again.
    pub(crate) recompute: String,
}

/// A verdict that is on record and written.
#[derive(Debug)]
pub(crate) struct Concluded {
    pub(crate) verdict: Verdict,
    pub(crate) json: String,
    pub(crate) outcome: Outcome,
    pub(crate) names: Vec<String>,
}

/// Judges the reports, records the run, writes the case's files.
pub(crate) fn conclude(
    case: &mut Case,
    analysis: &Analysis,
    fixed: Fixed,
    how: &Shown,
) -> Result<Concluded> {
    let inputs = analysis.imported.inputs();
    let reports = &analysis.desk().reports;
    let version = case.version(&fixed, &inputs, &how.reading, reports);
    let settings = Settings {
        alpha: fixed.alpha,
        version,
        colluders: fixed.colluders,
        gamma: fixed.gamma,
        strike: fixed.strike,
        freeze_days: fixed.freeze_days,
        persons: Some((fixed.persons, fixed.reserve)),
        ..Settings::default()
    };
    let run = u32::try_from(case.runs.len() + 1).unwrap_or(u32::MAX);
    let names = names(case, &analysis.holders, how.ids)?;
    let sweep = analysis.sweep();
    let gathered = gather(analysis.desk(), &sweep, settings.freeze_days);
    let outcome = judge(&analysis.holders, &sweep, &gathered, &settings, Depth::Full);
    let context = Context {
        desk: analysis.desk(),
        holders: &analysis.holders,
        names: &names,
        run,
        views: if analysis.imported.changes_only {
            Views::ChangesOnly
        } else {
            Views::Views
        },
        exploratory: how.exploratory,
        rejected_reports: analysis.imported.rejected_reports(),
        coverage: analysis.imported.covered(),
        inputs: inputs.clone(),
        work: analysis.imported.work.as_ref(),
        recompute: how.recompute.clone(),
    };
    let verdict = document(&context, &sweep, &gathered, &outcome, &settings);
    let json = verdict.to_json().context("writing the verdict")?;
    let page = countersign_ui::report(&verdict).context("drawing the report")?;
    let (state, lead, named) = shown(&verdict);
    // What was tried to look around must not become what later runs name under.
    if !reports.is_empty() && !how.exploratory {
        case.fix(&fixed)?;
    }
    // The run is on record before anything of it is shown.
    case.record(Run {
        run,
        at: clock::now().to_string(),
        version,
        settings: fixed,
        // What a file holds follows from its digest; the record keeps who read what.
        inputs: inputs
            .into_iter()
            .map(|input| Input { log: None, ..input })
            .collect(),
        reading: how.reading.clone(),
        reports: reports.len() as u64,
        reports_digest: digest(reports),
        exploratory: how.exploratory,
        revealed_ids: how.ids == Ids::Revealed,
        state,
        lead,
        named,
        shown: Digests {
            verdict: Hash::of_bytes(json.as_bytes()).to_hex(),
            report: Hash::of_bytes(page.as_bytes()).to_hex(),
        },
        entry: None,
    })?;
    case.write("verdict.json", json.as_bytes())?;
    case.write("report.html", page.as_bytes())?;
    case.write("rejected.csv", rejected(analysis).as_bytes())?;
    case.write("recompute.sh", script(run, &how.recompute).as_bytes())?;
    Ok(Concluded {
        verdict,
        json,
        outcome,
        names,
    })
}

fn names(case: &Case, holders: &Holders, ids: Ids) -> Result<Vec<String>> {
    let known: Vec<&str> = holders
        .persons
        .iter()
        .map(|person| person.id.as_str())
        .collect();
    let mut names = match ids {
        Ids::Revealed => known.iter().map(|&id| id.to_owned()).collect(),
        Ids::Pseudonyms => case.pseudonyms.of(&known)?,
    };
    names.extend(holders.copies.iter().cloned());
    Ok(names)
}

/// The rows that were left out, as a table.
fn rejected(analysis: &Analysis) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = String::from("table,file,line,reason,row\n");
    for row in &analysis.imported.rejected {
        let _ = writeln!(
            text,
            "{},{},{},{},{}",
            row.table.name(),
            quoted(&row.file),
            row.line,
            quoted(&row.reason),
            quoted(&String::from_utf8_lossy(&row.raw))
        );
    }
    text
}

/// The script that makes a run's verdict again.
pub(crate) fn script(run: u32, line: &str) -> String {
    format!("#!/bin/sh\n# Recomputes run {run}.\n{line}\n")
}

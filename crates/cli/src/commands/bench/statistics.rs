//! `countersign bench calibration`, `power`, `framing` and `real-log`: does the promise hold, and what it costs.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};
use countersign_sim::world::{Kind, Size};

use super::machine::Machine;
use crate::out;
use crate::progress::{Unit, bar};
use crate::statistics::{self, Calibration, Framing, Power, Row};
use crate::wrong::Wrong;

/// Runs made-up worlds and prints the table.
///
/// # Errors
/// Unknown kinds; a promise that did not hold where it is made.
pub(super) fn calibration(
    worlds: u64,
    kinds: &[String],
    alphas: &[f64],
    freezes: &[u32],
    cancel: &AtomicBool,
) -> Result<()> {
    let mut chosen = Vec::new();
    for name in kinds {
        chosen.push(Kind::parse(name).ok_or_else(|| {
            Wrong::usage(
                &format!("there is no world `{name}`"),
                "`countersign simulate --list` lists them",
            )
        })?);
    }
    let what = Calibration {
        worlds,
        kinds: chosen,
        alphas: alphas.to_vec(),
        freezes: freezes.to_vec(),
        size: Size::default(),
    };
    let kinds = if what.kinds.is_empty() {
        Kind::ALL.len()
    } else {
        what.kinds.len()
    };
    let progress = bar("made-up worlds", worlds * kinds as u64, Unit::Things);
    let rows = statistics::calibrate(&what, &|| progress.inc(1), cancel);
    progress.finish_and_clear();
    out::result(&format!(
        "{}\n\nSeeds 1 to {worlds}; {} accounts, {} customers, {} reports a world.\n\n{}",
        Machine::now().sentence(),
        what.size.accounts,
        what.size.customers,
        what.size.reports,
        statistics::table(&rows)
    ));
    finished(cancel)?;
    // A small run can't show the upper end; that somebody innocent was named too often, it can.
    // Fewer days of freeze than the default are tried to see where the promise ends.
    let promised = countersign_core::trace::Settings::default().freeze_days;
    let broken: Vec<&str> = rows
        .iter()
        .filter(|row| row.freeze_days >= promised && row.kind.beyond().is_none() && is_broken(row))
        .map(|row| row.kind.name())
        .collect();
    if !broken.is_empty() {
        bail!(
            "somebody innocent was named too often in: {}",
            broken.join(", ")
        );
    }
    Ok(())
}

/// More innocents named than a share of alpha explains at all.
fn is_broken(row: &Row) -> bool {
    let named = row.innocent[0];
    named as f64 > (row.alpha * row.worlds as f64).max(1.0)
}

/// Plants sellers in a real log and prints the table.
///
/// # Errors
/// When the log can't be read.
pub(super) fn real_log(log: &Path, trials: u64, cancel: &AtomicBool) -> Result<()> {
    let progress = bar("planted sellers", trials * 4, Unit::Things);
    let rows = statistics::real_log(log, trials, &|| progress.inc(1), cancel)?;
    progress.finish_and_clear();
    out::result(&format!(
        "{}\n\nSeeds 1 to {trials}, α = 0.01, at most 80 reports a trial.\n\n{}",
        Machine::now().sentence(),
        statistics::real_table(&rows)
    ));
    finished(cancel)
}

/// Tries other bets and rules and prints the tables.
///
/// # Errors
/// A bet that needs more reports than it may.
pub(super) fn power(worlds: u64, alpha: f64, cancel: &AtomicBool) -> Result<()> {
    let what = Power {
        worlds,
        alpha,
        size: Size::default(),
    };
    let all = worlds * statistics::KINDS.len() as u64;
    let progress = bar("made-up worlds", all, Unit::Things);
    let rows = statistics::power(&what, &|| progress.inc(1), cancel);
    progress.finish_and_clear();
    out::result(&format!(
        "{}\n\nSeeds 1 to {worlds}, α = {alpha}; {} accounts, {} customers, {} reports a world. \
         Median reports until the seller alone is named, k = 1.\n\n{}",
        Machine::now().sentence(),
        what.size.accounts,
        what.size.customers,
        what.size.reports,
        statistics::power_table(&rows)
    ));
    finished(cancel)?;
    if let Some(row) = rows.iter().find(|row| !row.holds() || row.disagree > 0) {
        bail!(
            "too many reports, or two arithmetics, in: {}",
            row.kind.name()
        );
    }
    Ok(())
}

/// Forges reports against an innocent account and prints how many it took.
///
/// # Errors
/// When it is stopped.
pub(super) fn framing(worlds: u64, forged: usize, cancel: &AtomicBool) -> Result<()> {
    let what = Framing {
        worlds,
        forged,
        size: Size {
            reports: 30,
            ..Size::default()
        },
    };
    let all = worlds * statistics::Forger::ALL.len() as u64;
    let progress = bar("made-up worlds", all, Unit::Things);
    let rows = statistics::framing(&what, &|| progress.inc(1), cancel);
    progress.finish_and_clear();
    out::result(&format!(
        "{}\n\nSeeds 1 to {worlds}, α = {}; {} accounts, {} customers, {} reports that a leak had no \
         part in, and {forged} forged ones behind them.\n\n{}",
        Machine::now().sentence(),
        countersign_core::trace::Settings::default().alpha,
        what.size.accounts,
        what.size.customers,
        what.size.reports,
        statistics::framing_table(&rows)
    ));
    finished(cancel)
}

/// What stands above is all there is of a run that was stopped.
fn finished(cancel: &AtomicBool) -> Result<()> {
    if cancel.load(Ordering::Relaxed) {
        bail!("stopped on request: the tables hold what was finished");
    }
    Ok(())
}

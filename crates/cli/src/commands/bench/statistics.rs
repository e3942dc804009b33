//! `countersign bench calibration` and `bench real-log`: does the promise hold?

use std::path::Path;

use anyhow::{Result, bail};
use countersign_sim::world::{Kind, Size};

use super::machine::Machine;
use crate::out;
use crate::progress::{Unit, bar};
use crate::statistics::{self, Calibration, Row};
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
    let rows = statistics::calibrate(&what, &|| progress.inc(1));
    progress.finish_and_clear();
    out::result(&format!(
        "{}\n\nSeeds 1 to {worlds}; {} accounts, {} customers, {} reports a world.\n\n{}",
        Machine::now().sentence(),
        what.size.accounts,
        what.size.customers,
        what.size.reports,
        statistics::table(&rows)
    ));
    // A small run can't show the upper end; that somebody innocent was named too often, it can.
    let broken: Vec<&str> = rows
        .iter()
        .filter(|row| row.kind.beyond().is_none() && is_broken(row))
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
pub(super) fn real_log(log: &Path, trials: u64) -> Result<()> {
    let progress = bar("planted sellers", trials * 4, Unit::Things);
    let rows = statistics::real_log(log, trials, &|| progress.inc(1))?;
    progress.finish_and_clear();
    out::result(&format!(
        "{}\n\nSeeds 1 to {trials}, α = 0.01, at most 80 reports a trial.\n\n{}",
        Machine::now().sentence(),
        statistics::real_table(&rows)
    ));
    Ok(())
}

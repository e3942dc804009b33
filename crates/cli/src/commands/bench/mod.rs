//! `countersign bench`: how fast it is, and whether the promise holds.

mod figures;
mod import;
mod ledger;
mod logs;
mod machine;
mod products;
#[cfg(feature = "serve")]
mod serve;
mod statistics;
mod trace;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;

use crate::args::{Bench, Measure};

/// Measures what was asked for.
///
/// # Errors
/// A folder that can't be written to or is not a made-up company's; unreadable files.
pub fn run(args: &Bench, cancel: &Arc<AtomicBool>) -> Result<()> {
    match &args.what {
        Measure::Import { rows, dir, json } => import::run(*rows, dir, shape(*json)),
        Measure::Trace { dir, json } => trace::run(dir, shape(*json), cancel),
        Measure::Ledger { entries, dir, json } => ledger::run(*entries, dir, shape(*json), cancel),
        #[cfg(feature = "serve")]
        Measure::Serve(load) => serve::run(load, shape(load.json), cancel),
        Measure::Calibration {
            worlds,
            kinds,
            alphas,
            freezes,
        } => statistics::calibration(*worlds, kinds, alphas, freezes, cancel),
        Measure::Power { worlds, alpha } => statistics::power(*worlds, *alpha, cancel),
        Measure::Framing { worlds, forged } => statistics::framing(*worlds, *forged, cancel),
        Measure::RealLog { log, trials } => statistics::real_log(log, *trials, cancel),
    }
}

fn shape(json: bool) -> figures::Shape {
    if json {
        figures::Shape::Json
    } else {
        figures::Shape::Markdown
    }
}

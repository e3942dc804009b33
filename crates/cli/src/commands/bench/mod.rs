//! `countersign bench`: how fast it is, and whether the promise holds.

mod figures;
mod import;
mod logs;
mod machine;
mod trace;

use std::sync::atomic::AtomicBool;

use anyhow::Result;

use crate::args::{Bench, Measure};
use crate::wrong::Wrong;

/// Measures what was asked for.
///
/// # Errors
/// A folder that can't be written to or is not a made-up company's; unreadable files.
pub fn run(args: &Bench, cancel: &AtomicBool) -> Result<()> {
    match &args.what {
        Measure::Import { rows, dir, json } => import::run(*rows, dir, shape(*json)),
        Measure::Trace { dir, json } => trace::run(dir, shape(*json), cancel),
        Measure::Calibration { .. } | Measure::RealLog { .. } => Err(Wrong::usage(
            "this measurement is not part of this build",
            "`countersign bench --help` lists them",
        )),
    }
}

fn shape(json: bool) -> figures::Shape {
    if json {
        figures::Shape::Json
    } else {
        figures::Shape::Markdown
    }
}

//! `countersign import --ocsf`: a log as OCSF Web Resources Activity, for a SIEM.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use countersign_import::{Imported, Options, Progress, Sources, write_ocsf};

use crate::whole::Unfinished;
use crate::wrong::Wrong;

/// What the log's owner and group may read: it holds ids of customers.
const MODE: u32 = 0o640;

/// What may be at the place that is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum There {
    /// Nothing.
    Refused,
    /// A file, which is replaced.
    Replaced,
}

/// Writes what the log tells to `target`, an event a line.
pub(crate) fn write(
    sources: &Sources,
    options: &Options,
    target: &Path,
    there: There,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Imported> {
    check(sources, target, there)?;
    let mut open = countersign_import::open(sources, options, progress, cancel)?;
    let mut out = Unfinished::new(target, MODE)?;
    open.told(&mut |told| write_ocsf(told, &mut out))?;
    let imported = open.finish()?;
    out.keep()?;
    Ok(imported)
}

/// Refuses to write over a file, and over the log itself whatever was said.
fn check(sources: &Sources, target: &Path, there: There) -> Result<()> {
    let shown = target.display();
    if target.file_name().is_none() || target.is_dir() || target == Path::new("-") {
        return Err(Wrong::usage(
            &format!("`--ocsf {shown}` is no name for a file"),
            "name a file that is to be made, such as `log.ocsf.jsonl`",
        ));
    }
    let same = |log: &PathBuf| {
        let (log, target) = (fs::canonicalize(log), fs::canonicalize(target));
        matches!((log, target), (Ok(log), Ok(target)) if log == target)
    };
    if sources.events.iter().chain(&sources.sign_ins).any(same) {
        return Err(Wrong::usage(
            &format!("`{shown}` is a file that is read: the log would be lost"),
            "name another file",
        ));
    }
    if there == There::Refused && target.exists() {
        return Err(Wrong::usage(
            &format!("`{shown}` is there already"),
            "name another file, or replace it with `--replace`",
        ));
    }
    Ok(())
}

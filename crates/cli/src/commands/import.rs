//! `countersign import`: what a log holds, before anything is decided by it; or the log as OCSF.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use countersign_core::verdict::Log;
use countersign_import::{Imported, LogFile, Sources};

use super::trace::options;
use crate::args::Import;
use crate::out;
use crate::progress::Bars;
use crate::siem::{self, There};
use crate::summary::thousands;

/// Reads the files and says what is in them, or writes them as OCSF.
///
/// # Errors
/// Those of reading: what `trace` would refuse is refused here as well; and a file in the way.
pub fn run(args: &Import, cancel: &AtomicBool) -> Result<()> {
    let options = options(&args.reading)?;
    let sources = |events: &[PathBuf]| Sources {
        events: events.to_owned(),
        sign_ins: args.reading.sign_ins.clone(),
        ..Sources::default()
    };
    let bars = Bars::default();
    let Some(target) = &args.ocsf else {
        let sources = sources(&args.check);
        let mut open = countersign_import::open(&sources, &options, &bars, cancel)?;
        open.views(&mut |_| Ok(()))?;
        out::result(&held(&open.finish()?));
        return Ok(());
    };
    let there = if args.replace {
        There::Replaced
    } else {
        There::Refused
    };
    let sources = sources(&args.events);
    let imported = siem::write(&sources, &options, target, there, &bars, cancel)?;
    notes(&imported);
    let logs = || imported.files.iter().filter_map(|file| file.log.as_ref());
    let sum = |what: fn(&LogFile) -> u64| thousands(logs().map(what).sum());
    out::result(&format!(
        "{} views and {} changes as OCSF in `{}`; {} records tell of neither, {} were left out",
        sum(|log| log.views),
        sum(|log| log.changes),
        target.display(),
        sum(|log| log.no_views.all()),
        sum(|log| log.rejected),
    ));
    Ok(())
}

fn notes(imported: &Imported) {
    for warning in &imported.warnings {
        out::note(&format!("note: {warning}"));
    }
}

/// What each file holds.
fn held(imported: &Imported) -> String {
    notes(imported);
    let mut text = String::new();
    for file in &imported.files {
        if let Some(read) = &file.log {
            let log = read.said();
            coverage(&mut text, &file.name(), &log, &read.programs);
        }
    }
    text.trim_end().to_owned()
}

/// What one file holds, as a few lines; `programs` are the ids of [`Log::programs`].
fn coverage(text: &mut String, name: &str, log: &Log, programs: &[String]) {
    let _ = writeln!(text, "{name}: {} ({})", log.title, log.source);
    let _ = writeln!(
        text,
        "  records     {}: {} views, {} changes told; {} none, {} left out",
        thousands(log.records),
        thousands(log.views),
        thousands(log.changes),
        thousands(log.neither()),
        thousands(log.rejected)
    );
    for none in &log.none {
        let _ = writeln!(
            text,
            "              {}: {}",
            none.why,
            thousands(none.records)
        );
    }
    let _ = writeln!(
        text,
        "  accounts    {}; {} of the views are of nobody known{}",
        thousands(log.accounts),
        percent(log.unresolved_share()),
        if log.ambiguous > 0 {
            format!(
                ", {} because several people fit",
                percent(log.ambiguous_share())
            )
        } else {
            String::new()
        }
    );
    if !programs.is_empty() {
        let _ = writeln!(
            text,
            "  programs?   {} (say so in the accounts table: kind = service)",
            programs.join(", ")
        );
    }
    if let (Some(first), Some(last)) = (&log.from, &log.to) {
        let _ = writeln!(text, "  time        {first} to {last}");
    }
    if log.zone_assumed {
        let _ = writeln!(
            text,
            "  zone        {}; {} {}",
            Log::ZONE_ASSUMED,
            thousands(log.clock_changes),
            Log::CLOCK_CHANGES
        );
    }
    if log.gaps.is_empty() {
        let _ = writeln!(text, "  gaps        {}", Log::NO_GAP);
    }
    for gap in &log.gaps {
        let _ = writeln!(text, "  gap         {} to {}", gap.from, gap.to);
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

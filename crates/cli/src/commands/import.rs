//! `countersign import --check`: what a log holds, before anything is decided by it.

use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use countersign_core::verdict::Log;
use countersign_import::Sources;

use super::trace::options;
use crate::args::Import;
use crate::progress::Bars;
use crate::summary::thousands;
use crate::{analysis, out};

/// Reads the files and says what is in them; nothing is written.
///
/// # Errors
/// Those of reading: what `trace` would refuse is refused here as well.
pub fn run(args: &Import, cancel: &AtomicBool) -> Result<()> {
    let options = options(&args.reading)?;
    let sources = Sources {
        events: args.check.clone(),
        sign_ins: args.reading.sign_ins.clone(),
        ..Sources::default()
    };
    let bars = Bars::default();
    let mut open = countersign_import::open(&sources, &options, &bars, cancel)?;
    open.views(&mut |_| Ok(()))?;
    let imported = open.finish()?;
    for warning in &imported.warnings {
        out::note(&format!("note: {warning}"));
    }
    let mut text = String::new();
    for file in &imported.files {
        if let Some(read) = &file.log {
            let log = analysis::log(read);
            coverage(&mut text, &file.name(), &log, &read.programs);
        }
    }
    out::result(text.trim_end());
    Ok(())
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

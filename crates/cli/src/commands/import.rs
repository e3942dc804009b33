//! `countersign import --check`: what a log holds, before anything is decided by it.

use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use countersign_import::{FileRead, LogFile, NoView, Sources};

use super::trace::options;
use crate::args::Import;
use crate::out;
use crate::progress::Bars;
use crate::summary::thousands;

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
        if let Some(log) = &file.log {
            coverage(&mut text, file, log);
        }
    }
    out::result(text.trim_end());
    Ok(())
}

/// What one file holds, as a few lines.
fn coverage(text: &mut String, file: &FileRead, log: &LogFile) {
    let _ = writeln!(text, "{}: {} ({})", file.name(), log.title, log.source);
    let _ = writeln!(
        text,
        "  records     {}: {} views, {} changes told; {} none, {} left out",
        thousands(log.records),
        thousands(log.views),
        thousands(log.changes),
        thousands(log.no_views.all()),
        thousands(log.rejected)
    );
    for why in NoView::ALL {
        let count = log.no_views.of(why);
        if count > 0 {
            let _ = writeln!(text, "              {}: {}", why.what(), thousands(count));
        }
    }
    let told = (log.views + log.changes).max(1);
    let _ = writeln!(
        text,
        "  accounts    {}; {} of the views are of nobody known{}",
        thousands(log.accounts),
        share(log.unresolved, told),
        if log.ambiguous > 0 {
            format!(
                ", {} because several people fit",
                share(log.ambiguous, told)
            )
        } else {
            String::new()
        }
    );
    if !log.programs.is_empty() {
        let _ = writeln!(
            text,
            "  programs?   {} (say so in the accounts table: kind = service)",
            log.programs.join(", ")
        );
    }
    if let (Some(first), Some(last)) = (log.first, log.last) {
        let _ = writeln!(text, "  time        {first} to {last}");
    }
    if log.zone_assumed {
        let _ = writeln!(
            text,
            "  zone        times without an offset were read as --timezone says; {} on a change of the clocks",
            thousands(log.clock_changes)
        );
    }
    if log.gaps.is_empty() {
        let _ = writeln!(
            text,
            "  gaps        none over an hour in busy hours that three weeks or more show"
        );
    }
    for gap in &log.gaps {
        let _ = writeln!(text, "  gap         {} to {}", gap.from, gap.until);
    }
}

fn share(part: u64, whole: u64) -> String {
    format!("{:.1} %", part as f64 * 100.0 / whole as f64)
}

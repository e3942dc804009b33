//! `countersign simulate`: a made-up company as tables.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use countersign_sim::incident::{Incident, Progress, Taking, Watch};
use countersign_sim::tables::{self, write_incident, write_world};
use countersign_sim::world::{Kind, Size, build};
use indicatif::ProgressBar;

use crate::args::{Format, Simulate};
use crate::out;
use crate::progress::{Unit, bar};
use crate::wrong::Wrong;

/// Writes the world that was asked for.
///
/// # Errors
/// Unknown names, settings out of range, a folder that is not empty or can't be written to.
pub fn run(args: &Simulate, cancel: &AtomicBool) -> Result<()> {
    let Some(folder) = args.out.as_ref().filter(|_| !args.list) else {
        out::result(&list());
        return Ok(());
    };
    let format = match args.format {
        Format::Parquet => tables::Format::Parquet,
        Format::Csv => tables::Format::Csv,
        Format::Jsonl => tables::Format::Jsonl,
    };
    let summary = if args.world == "incident" {
        let taking = Taking::ALL
            .into_iter()
            .find(|taking| taking.name() == args.taking);
        let Some(taking) = taking else {
            let names = Taking::ALL.map(Taking::name).join(", ");
            return Err(Wrong::usage(
                &format!("`--taking {}` is unknown", args.taking),
                &format!("one of: {names}"),
            ));
        };
        let settings = Incident {
            taking,
            ..Incident::new(
                args.customers.unwrap_or(12_000_000),
                args.accounts.unwrap_or(2_000),
                args.days,
                args.seed,
            )
        };
        let watch = Watching::new(cancel);
        let summary = write_incident(&settings, folder, format, &watch)?;
        watch.bar.finish_and_clear();
        summary
    } else {
        let Some(kind) = Kind::parse(&args.world) else {
            return Err(Wrong::usage(
                &format!("there is no world `{}`", args.world),
                "`countersign simulate --list` lists them",
            ));
        };
        let usual = Size::default();
        let size = Size {
            accounts: args.accounts.unwrap_or(usual.accounts),
            customers: args.customers.unwrap_or(usual.customers),
            days: args.days,
            ..usual
        };
        write_world(&build(kind, args.seed, &size), folder, format)?
    };
    out::result(&format!(
        "seed {}: {} accounts, {} customers, {} tickets, {} views, {} exports, {} reports in `{}`",
        args.seed,
        summary.accounts,
        summary.customers,
        summary.tickets,
        summary.views,
        summary.exports,
        summary.reports,
        folder.display()
    ));
    Ok(())
}

fn list() -> String {
    let mut lines = vec!["incident: a year at the vendor of 2019, at its real size".to_owned()];
    lines.extend(
        Kind::ALL
            .iter()
            .map(|kind| format!("{}: {}", kind.name(), kind.sentence())),
    );
    lines.join("\n")
}

/// Shows progress and listens for Ctrl-C.
pub(crate) struct Watching<'a> {
    pub(crate) bar: ProgressBar,
    cancel: &'a AtomicBool,
}

impl<'a> Watching<'a> {
    pub(crate) fn new(cancel: &'a AtomicBool) -> Self {
        Self {
            bar: bar("making the company", 0, Unit::Things),
            cancel,
        }
    }
}

impl Watch for Watching<'_> {
    fn progress(&self, progress: Progress) {
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
        self.bar.set_message(progress.stage);
    }

    fn stopped(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

//! `countersign bench trace`: from files to a verdict at the incident's size, step by step.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use countersign_core::desk::NONE;
use countersign_core::holder::{Holders, Person};
use countersign_core::report::{Quoted, Report};
use countersign_core::trace::document::{Context, document};
use countersign_core::trace::exposure::{Ask, Cut, Exposures, Item};
use countersign_core::trace::facts::{Use, uses};
use countersign_core::trace::strata::Class;
use countersign_core::trace::{Depth, Gathered, Outcome, Settings, gather, judge};
use countersign_core::verdict::Views;
use countersign_import::{Options, Silent, Sources};
use rayon::prelude::*;

use super::figures::{Figures, Shape, gigabytes, millions};
use super::machine::{Took, own_memory, peak_memory, read_from_disk, timed};
use countersign_store::index::{MappedIndex, Spill, build};

use crate::analysis::Analysis;
use crate::clock;
use crate::wrong::Wrong;

/// Reports in one sweep.
const REPORTS: usize = 120;

/// Measures the made-up company in `dir`.
///
/// # Errors
/// The folder is not a made-up company's, a file can't be read, or the disk is full.
pub(super) fn run(dir: &Path, shape: Shape, cancel: &AtomicBool) -> Result<()> {
    let sources = sources(dir)?;
    let mut figures = Figures::new(
        &format!("`countersign bench trace --dir {}`", dir.display()),
        shape,
    );
    let strata = [
        ("all attributes", None),
        ("without attributes", Some(Vec::new())),
        ("one attribute (region)", Some(vec!["region".to_owned()])),
    ];
    for (name, strata) in strata {
        let mut options = Options::new(clock::now());
        let is_first = strata.is_none();
        options.strata = strata;
        let mut analysis = read(&sources, &options, dir, name, &mut figures, cancel)?;
        if is_first {
            bandwidth(&analysis, &mut figures);
            analysis.index = cold(analysis.index, &mut figures)?;
        }
        // A report comes in while the index is in memory.
        black_box(analysis.index.touch());
        ask(&analysis, name, &mut figures);
        if name != "one attribute (region)" {
            analysis.index = analysis.index.forget()?;
            sweep(&mut analysis, name, &mut figures);
        }
    }
    let peak = peak_memory().map_or_else(|| "unknown".to_owned(), gigabytes);
    figures.add(
        "most memory in use, index pages included",
        None,
        &peak,
        "≤ 4 GB",
    );
    figures.print()
}

/// The tables in the folder that `simulate` wrote.
fn sources(dir: &Path) -> Result<Sources> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .with_context(|| format!("looking into `{}`", dir.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.sort();
    let called = |path: &Path, name: &str| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        stem == name || (name == "events" && stem.starts_with("events-"))
    };
    let table = |name: &str| files.iter().find(|path| called(path, name)).cloned();
    let events: Vec<PathBuf> = files
        .iter()
        .filter(|path| called(path, "events"))
        .cloned()
        .collect();
    if events.is_empty() {
        return Err(Wrong::usage(
            &format!("there is no made-up company in `{}`", dir.display()),
            "`countersign simulate --out DIR` writes one",
        ));
    }
    Ok(Sources {
        events,
        accounts: table("accounts"),
        customers: table("customers"),
        tickets: table("tickets"),
        exports: table("exports"),
        reports: table("reports"),
        ..Sources::default()
    })
}

/// What `Analysis::read` does, step by step.
fn read(
    sources: &Sources,
    options: &Options,
    folder: &Path,
    name: &str,
    figures: &mut Figures,
    cancel: &AtomicBool,
) -> Result<Analysis> {
    let (opened, tables) = timed(|| countersign_import::open(sources, options, &Silent, cancel));
    let mut open = opened?;
    let mut spill = Spill::new(folder, open.desk()).context("making a temporary file")?;
    let (streamed, log) = timed(|| open.views(&mut |views| spill.add(views)));
    streamed?;
    let imported = open.finish()?;
    let (views, ..) = spill.extent();
    let rows: u64 = imported.files.iter().map(|file| file.rows).sum();
    figures.add(
        &format!("reading the tables, {name}"),
        Some(tables),
        &format!("{} rows", millions((rows - views) as f64)),
        "",
    );
    figures.add(
        &format!("reading the log, {name}"),
        Some(log),
        &format!(
            "{} views, {}/s, {}/core-s",
            millions(views as f64),
            millions(views as f64 / log.wall),
            millions(views as f64 / log.cpu)
        ),
        "≥ 4 M/s",
    );
    let own = own_memory().map_or_else(|| "unknown".to_owned(), gigabytes);
    figures.add(&format!("own memory after reading, {name}"), None, &own, "");
    let holders = Holders::of(&imported.desk);
    let (index, built) = timed(|| build(folder, spill, &imported.desk, &holders, &|_| ()));
    let index = index?;
    figures.add(
        &format!("building the index, {name}"),
        Some(built),
        &format!("{}/core-s", millions(views as f64 / built.cpu)),
        "≥ 12 M/core-s",
    );
    figures.add(
        &format!("index file, {name}"),
        None,
        &gigabytes(index.bytes()),
        "2.1 GB for 200 M",
    );
    Ok(Analysis {
        imported,
        holders,
        index,
    })
}

/// How fast the two columns of the views can be read at all.
fn bandwidth(analysis: &Analysis, figures: &mut Figures) {
    let index = analysis.index.index();
    let bytes = (index.seconds.len() + index.packed.len()) as f64 * 4.0;
    let sum = |words: &[u32]| {
        words
            .iter()
            .fold(0_u32, |sum, &word| sum.wrapping_add(word))
    };
    let mut add = |what: &str, took: Took| {
        let rate = format!("{:.1} GB/s", bytes / took.wall / 1e9);
        figures.add(what, Some(took), &rate, "");
    };
    black_box(sum(index.seconds) ^ sum(index.packed));
    let (_, one) = timed(|| black_box(sum(index.seconds) ^ sum(index.packed)));
    add("plain sum over both view columns, one thread", one);
    let (_, all) = timed(|| {
        let sum = |words: &[u32]| {
            let parts = words.par_chunks(1 << 20).map(sum);
            parts.reduce(|| 0, u32::wrapping_add)
        };
        black_box(sum(index.seconds) ^ sum(index.packed))
    });
    add("plain sum over both view columns, all threads", all);
}

/// Drops the file from the page cache, maps it again and touches every page.
fn cold(index: MappedIndex, figures: &mut Figures) -> Result<MappedIndex> {
    let index = index.forget()?;
    let before = read_from_disk();
    let (_, took) = timed(|| black_box(index.touch()));
    let read = read_from_disk().zip(before).map(|(now, then)| now - then);
    let result = read.map_or_else(
        || "bytes read from disk: unknown".to_owned(),
        |read| format!("{} read from disk", gigabytes(read)),
    );
    figures.add(
        "mapping the index again, cold, every page touched",
        Some(took),
        &result,
        "≤ 3 s",
    );
    Ok(index)
}

/// One report on its own, for a customer and for a ticket.
fn ask(analysis: &Analysis, name: &str, figures: &mut Figures) {
    let sweep = analysis.sweep();
    let reports = used(&analysis.desk().reports);
    let asks = reports.iter().rev().flat_map(|report| {
        let ticket = match report.quoted {
            Quoted::Ticket(ticket) => Some(Item::Ticket(ticket)),
            Quoted::Nothing | Quoted::NeverIssued => None,
        };
        let customer = Some(Item::Customer(report.customer.unwrap_or(NONE)));
        [ticket, customer].into_iter().flatten().filter_map(|item| {
            let seen = sweep.seen(
                item,
                Cut {
                    at: report.call(),
                    guard: report.call(),
                },
            )?;
            let asked = Ask {
                kind: item.kind(),
                cut: Cut {
                    at: report.call(),
                    guard: report.call(),
                },
                cell: seen.cell,
                class: seen.class,
            };
            (seen.class != Class::OPEN && !seen.holders.is_empty()).then_some(asked)
        })
    });
    let asks: Vec<Ask> = asks.collect();
    for kind in [
        countersign_core::trace::exposure::Kind::Customer,
        countersign_core::trace::exposure::Kind::Ticket,
    ] {
        // The median of five reports, each with its own cut.
        let mut tooks: Vec<(Took, u32)> = asks
            .iter()
            .filter(|ask| ask.kind == kind)
            .take(5)
            .map(|&ask| {
                let (strata, took) = timed(|| sweep.strata(&[ask]));
                (took, strata.first().map_or(0, |stratum| stratum.items))
            })
            .collect();
        tooks.sort_by(|one, two| one.0.cpu.total_cmp(&two.0.cpu));
        if let Some(&(took, items)) = tooks.get(tooks.len() / 2) {
            let wanted = match name {
                "without attributes" => "≤ 0.6 core-s",
                "all attributes" => "",
                _ => "≤ 50 ms",
            };
            figures.add(
                &format!("one report, {kind:?}, {name}"),
                Some(took),
                &format!("stratum of {items} items"),
                wanted,
            );
        }
    }
}

/// 120 reports in one sweep, both guards, and a change of the settings.
fn sweep(analysis: &mut Analysis, name: &str, figures: &mut Figures) {
    let reports = used(&analysis.imported.desk.reports);
    analysis.imported.desk.reports = reports;
    let usual = Settings::default();
    let one = Settings {
        colluders: 1,
        ..usual.clone()
    };
    let sweep = analysis.sweep();
    let holders = &analysis.holders;
    let found = |outcome: &Outcome| {
        format!(
            "{} strong leads, {} named",
            outcome.strong_leads.len(),
            outcome.namings.len()
        )
    };
    let claims = |gathered: &Gathered, settings: &Settings| {
        judge(holders, &sweep, gathered, settings, Depth::Claims)
    };
    let (gathered, gathering) = timed(|| gather(analysis.desk(), &sweep, usual.freeze_days));
    let tickets = gathered
        .lead
        .iter()
        .filter(|facts| matches!(facts.item, Item::Ticket(_)));
    figures.add(
        &format!(
            "facts of {} reports in one sweep, cold, {name}",
            gathered.used.len()
        ),
        Some(gathering),
        &format!("{} compared as tickets", tickets.count()),
        "",
    );
    let (outcome, judging) = timed(|| claims(&gathered, &one));
    let together = Took {
        wall: gathering.wall + judging.wall,
        cpu: gathering.cpu + judging.cpu,
    };
    figures.add(
        &format!("k = 1 for all accounts, facts included, cold, {name}"),
        Some(together),
        &found(&outcome),
        "≤ 30 s",
    );
    let two = Settings {
        colluders: 2,
        ..usual.clone()
    };
    // Nothing of what k = 1 counted may help.
    drop(gathered);
    let (gathered, gathering) = timed(|| gather(analysis.desk(), &sweep, usual.freeze_days));
    let (outcome, judging) = timed(|| claims(&gathered, &two));
    let together = Took {
        wall: gathering.wall + judging.wall,
        cpu: gathering.cpu + judging.cpu,
    };
    figures.add(
        &format!("k = 2 for the candidates at the bound, facts included, in memory, {name}"),
        Some(together),
        &found(&outcome),
        "≤ 120 s",
    );
    let changed = [
        (
            "alpha",
            Settings {
                alpha: usual.alpha * 10.0,
                ..one.clone()
            },
        ),
        (
            "gamma",
            Settings {
                gamma: 2.0,
                ..one.clone()
            },
        ),
        ("struck reports", Settings { strike: 3, ..one }),
    ];
    for (what, settings) in changed {
        let (outcome, took) = timed(|| claims(&gathered, &settings));
        figures.add(
            &format!("again after a change of {what}, {name}"),
            Some(took),
            &found(&outcome),
            "≤ 1 s",
        );
    }
    for settings in [&two, &usual] {
        let (outcome, took) = timed(|| judge(holders, &sweep, &gathered, settings, Depth::Full));
        figures.add(
            &format!(
                "how far the claims hold, k = {}, {name}",
                settings.colluders
            ),
            Some(took),
            &found(&outcome),
            "",
        );
        let ids = |of: &[Person]| of.iter().map(|person| person.id.clone()).collect();
        let names: Vec<String> = ids(&holders.persons);
        let context = Context {
            desk: analysis.desk(),
            holders,
            names: &[names, holders.copies.clone()].concat(),
            run: 1,
            views: Views::Views,
            exploratory: false,
            rejected_reports: 0,
            coverage: analysis.imported.covered(),
            inputs: analysis.imported.inputs(),
            work: None,
            recompute: String::new(),
        };
        let (verdict, took) = timed(|| document(&context, &sweep, &gathered, &outcome, settings));
        figures.add(
            &format!("the verdict's document, k = {}, {name}", settings.colluders),
            Some(took),
            &format!("{} holders shown", verdict.top.len()),
            "",
        );
    }
}

/// The reports that count, the first [`REPORTS`] of them.
fn used(reports: &[Report]) -> Vec<Report> {
    let used = uses(reports);
    reports
        .iter()
        .zip(used)
        .filter(|(_, fate)| *fate == Use::Used)
        .map(|(report, _)| report.clone())
        .take(REPORTS)
        .collect()
}

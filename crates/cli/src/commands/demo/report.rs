//! `countersign demo --report`: the incident as tables, read and judged as anybody's, and a page.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context as _, Result};
use countersign_core::trace::{Outcome, Settings};
use countersign_core::verdict::{LevelKind, TimelineEntry, Verdict};
use countersign_import::{Options, Sources};
use countersign_sim::incident::Incident;
use countersign_sim::tables::{Format, write_incident};

use super::{incident, show};
use crate::analysis::Analysis;
use crate::args::Demo;
use crate::case::folder::{Case, Fixed, Sealed};
use crate::commands::simulate::Watching;
use crate::conclude::{Ids, Shown, conclude};
use crate::progress::Bars;
use crate::summary::{self, thousands};
use crate::{clock, out};

/// Makes the incident, if it is not there, and replays it.
///
/// # Errors
/// When the folder can't be written to, or the disk is full.
pub(super) fn run(args: &Demo, cancel: &AtomicBool) -> Result<()> {
    let incident = incident(args);
    if args.small {
        return play(args, &incident, cancel);
    }
    let tables = tables(&args.dir, &incident);
    out::result(&format!(
        "A made-up company: {} customers, a help desk of {} accounts, a year of its access log.\n\
         One account sells a list; scammers phone the customers; some of them report it.\n\
         Countersign reads the log and the reports and says through which account the list leaked.",
        thousands(incident.customers.into()),
        thousands(incident.accounts.into()),
    ));
    if tables.exists() {
        out::result(
            "\nThe company is there from an earlier run. Reading its log takes a minute or two.\n",
        );
    } else {
        out::result(
            "\nFirst the same at 20,000 customers, in a few seconds. Then the company at its real \
             size is made (1-5 minutes, 3 GB on disk, once) and its log is read (1-3 minutes).\n",
        );
        play(
            &Demo {
                no_open: true,
                ..args.clone()
            },
            &Incident::small(),
            cancel,
        )?;
        out::result("\nNow at the real size.\n");
    }
    play(args, &incident, cancel)
}

fn tables(dir: &Path, incident: &Incident) -> PathBuf {
    dir.join(incident.customers.to_string()).join("tables")
}

fn play(args: &Demo, incident: &Incident, cancel: &AtomicBool) -> Result<()> {
    let tables = tables(&args.dir, incident);
    let begin = Instant::now();
    if !tables.exists() {
        if let Some(parent) = tables.parent() {
            fs::create_dir_all(parent).with_context(|| format!("making `{}`", parent.display()))?;
        }
        let watch = Watching::new(cancel);
        let made = write_incident(incident, &tables, Format::Parquet, &watch)?;
        watch.bar.finish_and_clear();
        out::result(&format!(
            "Made {} views of {} customers and {} tickets in {:.0} s.",
            thousands(made.views),
            thousands(made.customers),
            thousands(made.tickets),
            begin.elapsed().as_secs_f64()
        ));
    }
    let begin = Instant::now();
    let folder = tables.with_file_name("case");
    let sources = sources(&tables)?;
    let options = Options::new(clock::now());
    let mut case = Case::open(&folder)?;
    let analysis = Analysis::read(&sources, &options, &folder, &Bars::default(), cancel)?;
    let usual = Settings::default();
    let known = analysis.holders.persons.len() as u64;
    let fixed = Fixed {
        alpha: usual.alpha,
        colluders: usual.colluders,
        gamma: usual.gamma,
        strike: usual.strike,
        freeze_days: usual.freeze_days,
        strata: None,
        persons: known,
        reserve: known.div_ceil(10),
        sealed: Sealed::Ordinary,
    };
    let shown = Shown {
        ids: Ids::Pseudonyms,
        exploratory: false,
        reading: String::new(),
        recompute: recompute(&tables, &sources),
    };
    let concluded = conclude(&mut case, &analysis, fixed, &shown)?;
    out::result(&replay(&concluded.verdict));
    out::result(&compare(&concluded.verdict));
    out::result(&truth(&tables, &analysis, &concluded.outcome));
    out::result(&summary::of(&concluded.verdict, &folder));
    out::result(&format!(
        "Read and judged {} views in {:.0} s.",
        thousands(concluded.verdict.coverage.rows),
        begin.elapsed().as_secs_f64()
    ));
    if !args.no_open {
        show(folder.join("report.html").as_os_str());
    }
    Ok(())
}

/// The tables that `simulate` wrote into a folder.
fn sources(tables: &Path) -> Result<Sources> {
    let mut events = Vec::new();
    let entries =
        fs::read_dir(tables).with_context(|| format!("reading `{}`", tables.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with("events") {
            events.push(path);
        }
    }
    events.sort();
    let table = |name: &str| {
        ["parquet", "csv", "jsonl"]
            .into_iter()
            .map(|extension| tables.join(format!("{name}.{extension}")))
            .find(|path| path.exists())
    };
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

fn recompute(tables: &Path, sources: &Sources) -> String {
    let mut words = format!(
        "countersign trace --case {}",
        tables.with_file_name("case").display()
    );
    for (table, path) in [
        ("accounts", &sources.accounts),
        ("customers", &sources.customers),
        ("tickets", &sources.tickets),
        ("exports", &sources.exports),
        ("reports", &sources.reports),
    ] {
        if let Some(path) = path {
            let _ = write!(words, " --{table} {}", path.display());
        }
    }
    for path in &sources.events {
        let _ = write!(words, " --events {}", path.display());
    }
    words
}

/// A line for each day on which something changed.
fn replay(verdict: &Verdict) -> String {
    let mut text = String::from("\nDay by day:\n");
    let mut reports = 0;
    let mut last: Option<&str> = None;
    let mut day_begin = 0;
    let timeline = &verdict.timeline;
    while day_begin < timeline.len() {
        let day = date(&timeline[day_begin]);
        let day_end = timeline[day_begin..]
            .iter()
            .position(|entry| date(entry) != day)
            .map_or(timeline.len(), |length| day_begin + length);
        reports += day_end - day_begin;
        let lead = verdict.lead[day_end - 1].as_deref();
        let within = |after: u64| {
            let after = usize::try_from(after).unwrap_or(0);
            day_begin < after && after <= day_end
        };
        let mut events = Vec::new();
        if lead != last {
            events.push(match lead {
                Some(lead) => format!("{lead} is first (no claim)"),
                None => "nobody is first".to_owned(),
            });
            last = lead;
        }
        for strong in verdict
            .strong_leads
            .iter()
            .filter(|lead| within(lead.after_reports))
        {
            events.push(format!(
                "{} becomes a strong lead: look there first",
                strong.holder
            ));
        }
        for named in verdict.named.iter().chain(&verdict.set_named) {
            if within(named.after_reports) {
                events.push(format!("NAMED: {}", named.holders.join(" or ")));
            }
        }
        if !events.is_empty() {
            let _ = writeln!(
                text,
                "  {day}  {:<12} {}",
                summary::reports(reports as u64),
                events.join("; ")
            );
        }
        day_begin = day_end;
    }
    text
}

fn date(entry: &TimelineEntry) -> &str {
    entry.received_at.get(..10).unwrap_or(&entry.received_at)
}

/// The dates beside those of 2019.
fn compare(verdict: &Verdict) -> String {
    let first = verdict.timeline.first().map_or("never", date);
    let leader = verdict
        .named
        .iter()
        .find(|named| named.level == LevelKind::Person)
        .and_then(|named| named.holders.first())
        .or(verdict.top.first().map(|top| &top.holder));
    let led = leader
        .and_then(|leader| {
            verdict
                .lead
                .iter()
                .position(|lead| lead.as_ref() == Some(leader))
        })
        .map_or("never", |report| date(&verdict.timeline[report]));
    let strong = leader
        .and_then(|leader| {
            verdict
                .strong_leads
                .iter()
                .find(|lead| lead.holder == *leader)
        })
        .map_or("never", |lead| lead.on.get(..10).unwrap_or(&lead.on));
    let named = verdict
        .named
        .iter()
        .chain(&verdict.set_named)
        .map(|named| named.on.get(..10).unwrap_or(&named.on))
        .min()
        .unwrap_or("never");
    format!(
        "                          here         2019\n\
         first report              {first:<12} August\n\
         the leader first leads    {led:<12} -\n\
         strong lead               {strong:<12} an insider is suspected in October\n\
         named under the bound     {named:<12} -\n\
         customers were told       -            e-mails in November, after the press had the story\n"
    )
}

/// Whether it was the right one: in a made-up company the truth is known.
fn truth(tables: &Path, analysis: &Analysis, outcome: &Outcome) -> String {
    let Ok(text) = fs::read_to_string(tables.join("truth.json")) else {
        return String::new();
    };
    let truth: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let Some(sellers) = truth.get("sellers").and_then(serde_json::Value::as_array) else {
        return String::new();
    };
    let accounts = analysis
        .desk()
        .accounts
        .iter()
        .zip(&analysis.holders.of_account);
    let guilty: Vec<u32> = accounts
        .filter(|(account, _)| sellers.iter().any(|seller| *seller == *account.id))
        .map(|(_, &person)| person)
        .collect();
    let is_seller = |person: u32| guilty.contains(&person);
    let (mut right, mut wrong) = (0, 0);
    for naming in &outcome.namings {
        if naming.who().members.iter().any(|&member| is_seller(member)) {
            right += 1;
        } else {
            wrong += 1;
        }
    }
    match (right, wrong) {
        (0, 0) => "The truth (known, since the company is made up): the seller was not named.\n",
        (_, 0) => "The truth (known, since the company is made up): it was the seller.\n",
        _ => "The truth (known, since the company is made up): somebody innocent was named.\n",
    }
    .to_owned()
}

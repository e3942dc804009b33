//! Sellers planted in a real desk's log: how soon are they found, and is anyone innocent named?

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, ensure};
use countersign_core::desk::Desk;
use countersign_core::report::Report;
use countersign_core::time::Second;
use countersign_core::trace::exposure::{Exposures, Kind};
use countersign_core::trace::{Depth, Naming, Outcome, Settings, gather, judge};
use countersign_core::verdict::LevelKind;
use countersign_import::{Changes, Mapping, Options, Silent, Sources};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

use super::interval::upper;
use crate::analysis::Analysis;
use crate::clock;
use crate::planting::{Market, Sale};

/// Sellers have at least this many tickets, and this many reports are drawn.
const LEAST: usize = 50;
const REPORTS: usize = 80;
const ALPHA: f64 = 0.01;

/// One way of planting, over all its trials.
#[derive(Clone, Debug)]
pub struct RealRow {
    /// What was planted.
    pub planted: &'static str,
    /// Share of reports drawn from everybody.
    pub noise: f64,
    /// Colleagues guarded against.
    pub colluders: u8,
    /// Trials run.
    pub trials: u64,
    /// Reports until a planted person was a strong lead, sorted.
    pub strong_after: Vec<usize>,
    /// Reports until a planted person, or a set with one, was named, sorted.
    pub named_after: Vec<usize>,
    /// Trials in which a person or set without any planted one was named.
    pub innocent: u64,
    /// Trials in which an innocent was among the strong leads.
    pub innocent_strong: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Plant {
    One,
    CloseColleagues,
    Nobody,
}

/// Runs all trials; `done` is told after each. Rows not finished at `cancel` are left out.
///
/// # Errors
/// When the log can't be read, or no account in it saw enough.
pub fn real_log(
    log: &Path,
    trials: u64,
    done: &(dyn Fn() + Sync),
    cancel: &AtomicBool,
) -> Result<Vec<RealRow>> {
    let sources = Sources {
        events: vec![log.to_owned()],
        ..Sources::default()
    };
    let mut options = Options::new(clock::now());
    options.mapping = Mapping::parse(
        "time=sys_updated_at,actor=sys_updated_by,customer=caller_id,ticket=number,\
         ticket.queue=assignment_group",
    )?;
    options.time_format = Some("%d/%m/%Y %H:%M".to_owned());
    options.timezone = Some("UTC".to_owned());
    options.missing = vec!["?".to_owned()];
    options.changes = Changes::AcceptAsViews;
    let analysis = Analysis::read(&sources, &options, &std::env::temp_dir(), &Silent, cancel)?;
    let sweep = analysis.sweep();
    let persons = analysis.holders.persons.len();
    let market = Market::new(&sweep, u32::try_from(persons)?, LEAST);
    let universal: Vec<u32> = {
        let settings = Settings::default();
        let gathered = gather(
            &lean(analysis.desk(), Vec::new()),
            &sweep,
            settings.freeze_days,
        );
        let outcome = judge(
            &analysis.holders,
            &sweep,
            &gathered,
            &settings,
            Depth::Claims,
        );
        outcome
            .universal
            .iter()
            .map(|viewer| viewer.holder)
            .collect()
    };
    let sellers: Vec<usize> = (0..market.sellers.len())
        .filter(|&seller| !universal.contains(&market.sellers[seller].0))
        .collect();
    ensure!(
        !sellers.is_empty(),
        "no account in this log saw {LEAST} tickets"
    );
    let closest = closest(&sweep, &market, &sellers);
    let plans = [
        ("one seller", Plant::One, 0.0, 1),
        ("one seller", Plant::One, 0.3, 1),
        ("two close colleagues", Plant::CloseColleagues, 0.3, 2),
        ("nobody", Plant::Nobody, 1.0, 1),
    ];
    let mut rows = Vec::new();
    for (planted, plant, noise, colluders) in plans {
        let settings = Settings {
            alpha: ALPHA,
            colluders,
            ..Settings::default()
        };
        let found: Option<Vec<Trial>> = (1..=trials)
            .into_par_iter()
            .map(|seed| {
                if cancel.load(Ordering::Relaxed) {
                    return None;
                }
                let mut chance = Pcg64Mcg::seed_from_u64(seed);
                let place = chance.random_range(0..sellers.len());
                let (person, list) = &market.sellers[sellers[place]];
                let sale = Sale {
                    reports: REPORTS,
                    noise,
                    freeze_days: settings.freeze_days,
                };
                let (guilty, list) = match plant {
                    Plant::One => (vec![*person], list.clone()),
                    Plant::Nobody => (Vec::new(), list.clone()),
                    Plant::CloseColleagues => {
                        let (other, theirs) = &market.sellers[closest[place]];
                        (
                            vec![*person, *other],
                            [list.clone(), theirs.clone()].concat(),
                        )
                    }
                };
                let reports = market.sell(analysis.desk(), &list, sale, chance.random());
                let desk = lean(analysis.desk(), reports);
                let gathered = gather(&desk, &sweep, settings.freeze_days);
                let outcome = judge(
                    &analysis.holders,
                    &sweep,
                    &gathered,
                    &settings,
                    Depth::Claims,
                );
                done();
                Some(Trial::of(&outcome, &guilty))
            })
            .collect();
        let Some(found) = found else { break };
        let sorted = |of: &dyn Fn(&Trial) -> Option<usize>| {
            let mut after: Vec<usize> = found.iter().filter_map(of).collect();
            after.sort_unstable();
            after
        };
        rows.push(RealRow {
            planted,
            noise,
            colluders,
            trials,
            strong_after: sorted(&|trial| trial.strong),
            named_after: sorted(&|trial| trial.named),
            innocent: found.iter().filter(|trial| trial.innocent).count() as u64,
            innocent_strong: found.iter().filter(|trial| trial.innocent_strong).count() as u64,
        });
    }
    Ok(rows)
}

struct Trial {
    strong: Option<usize>,
    named: Option<usize>,
    innocent: bool,
    innocent_strong: bool,
}

impl Trial {
    fn of(outcome: &Outcome, guilty: &[u32]) -> Self {
        let has_guilty = |naming: &&Naming| {
            naming
                .who()
                .members
                .iter()
                .any(|member| guilty.contains(member))
        };
        let is_person = |naming: &&Naming| naming.who().level == LevelKind::Person;
        let persons = outcome.namings.iter().filter(is_person).filter(has_guilty);
        Self {
            strong: outcome
                .strong_leads
                .iter()
                .find(|lead| guilty.contains(&lead.person))
                .map(|lead| lead.after_reports),
            named: persons.map(Naming::after_reports).min(),
            innocent: outcome.namings.iter().any(|naming| !has_guilty(&naming)),
            innocent_strong: outcome
                .strong_leads
                .iter()
                .any(|lead| !guilty.contains(&lead.person)),
        }
    }
}

fn lean(desk: &Desk, reports: Vec<Report>) -> Desk {
    Desk {
        tickets: desk.tickets.clone(),
        reports,
        ..Desk::default()
    }
}

/// For each seller the one that shares most of its tickets.
fn closest(sweep: &dyn Exposures, market: &Market, sellers: &[usize]) -> Vec<usize> {
    let persons: Vec<u32> = sellers
        .iter()
        .map(|&seller| market.sellers[seller].0)
        .collect();
    let shared = sweep.shared(Kind::Ticket, Second(u32::MAX), &persons);
    shared
        .with
        .iter()
        .enumerate()
        .map(|(place, with)| {
            let others = (0..sellers.len()).filter(|&other| other != place);
            let best = others.max_by_key(|&other| with[persons[other] as usize]);
            sellers[best.unwrap_or(place)]
        })
        .collect()
}

/// The rows as a Markdown table.
#[must_use]
pub fn real_table(rows: &[RealRow]) -> String {
    use std::fmt::Write as _;
    let mut text = String::from(
        "| planted | unrelated reports | k | strong lead | after, median (p90) | named (person) | after, \
         median (p90) | innocent named | at most | innocent among strong leads |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let at = |sorted: &[usize], share: usize| {
        sorted
            .get(sorted.len() * share / 100)
            .map_or_else(|| "-".to_owned(), usize::to_string)
    };
    for row in rows {
        let share =
            |found: &[usize]| format!("{:.1} %", 100.0 * found.len() as f64 / row.trials as f64);
        let _ = writeln!(
            text,
            "| {} | {:.0} % | {} | {} | {} ({}) | {} | {} ({}) | {} of {} | {:.2} % | {} |",
            row.planted,
            row.noise * 100.0,
            row.colluders,
            share(&row.strong_after),
            at(&row.strong_after, 50),
            at(&row.strong_after, 90),
            share(&row.named_after),
            at(&row.named_after, 50),
            at(&row.named_after, 90),
            row.innocent,
            row.trials,
            upper(row.innocent, row.trials) * 100.0,
            row.innocent_strong,
        );
    }
    text
}

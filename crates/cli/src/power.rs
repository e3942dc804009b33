//! `--power`: is this log enough? Plants sellers in it and counts the reports that a naming takes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use countersign_core::desk::Desk;
use countersign_core::report::Report;
use countersign_core::time::Second;
use countersign_core::trace::exposure::{Exposures, Shared};
use countersign_core::trace::index::Sweep;
use countersign_core::trace::{Depth, Naming, SMALLEST_GROUP, Settings, gather, judge};
use countersign_core::verdict::LevelKind;
use countersign_import::ImportError;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

use crate::analysis::Analysis;
use crate::planting::{Market, Sale};
use crate::progress::{Unit, bar};

/// Sellers planted, and reports of each.
const SELLERS: usize = 40;
const REPORTS: usize = 120;
/// A naming never depends on later reports, so the half that most need is looked at first.
const LOOKS: [usize; 2] = [REPORTS / 2, REPORTS];
/// Who saw fewer is no use to a buyer.
const LEAST: usize = 30;
const NOISE: f64 = 0.3;

/// Says in plain words how many reports a naming would take.
///
/// # Errors
/// When the caller asks to stop.
pub(crate) fn report(
    analysis: &Analysis,
    settings: &Settings,
    seed: u64,
    cancel: &AtomicBool,
) -> Result<String> {
    let sweep = analysis.sweep();
    let persons = analysis.holders.persons.len();
    let market = Market::new(&sweep, u32::try_from(persons).unwrap_or(0), LEAST);
    if persons == 0 {
        return Ok(
            "This log has views, but no account is known for any of them: nobody can be named from \
             it. A desk's log of sign-ins (`--sign-ins`) or another export may say who looked."
                .to_owned(),
        );
    }
    if market.sellers.is_empty() {
        return Ok(format!(
            "No account saw {LEAST} records or more: this log is too small to name anybody from."
        ));
    }
    let mut chance = Pcg64Mcg::seed_from_u64(seed);
    let trials: Vec<(usize, u64)> = (0..SELLERS)
        .map(|_| {
            (
                chance.random_range(0..market.sellers.len()),
                chance.random(),
            )
        })
        .collect();
    let sale = Sale {
        reports: REPORTS,
        noise: NOISE,
        freeze_days: settings.freeze_days,
    };
    let planting = bar("planting sellers", SELLERS as u64, Unit::Things);
    let after: Vec<(u32, Option<usize>)> = trials
        .par_iter()
        .map(|&(seller, seed)| {
            let (person, rows) = &market.sellers[seller];
            let reports = market.sell(analysis.desk(), rows, sale, seed);
            let mut named = None;
            for count in LOOKS {
                if cancel.load(Ordering::Relaxed) {
                    return Err(ImportError::Cancelled);
                }
                let reports = reports.get(..count).unwrap_or(&reports);
                named = named_after(analysis, &sweep, settings, reports, *person);
                if named.is_some() {
                    break;
                }
            }
            planting.inc(1);
            Ok((*person, named))
        })
        .collect::<Result<_, _>>()?;
    planting.finish_and_clear();
    let mut text = String::new();
    let all: Vec<Option<usize>> = after.iter().map(|&(_, after)| after).collect();
    let _ = writeln!(
        text,
        "Planted {SELLERS} made-up sellers in this log, one at a time, seed {seed}; {REPORTS} \
         verified reports each, {:.0} % of them of customers drawn from everybody.",
        NOISE * 100.0
    );
    let _ = writeln!(text, "All accounts: {}", line(&all));
    let mut teams: BTreeMap<&str, (usize, Vec<Option<usize>>)> = BTreeMap::new();
    for person in &analysis.holders.persons {
        if let Some(team) = &person.team {
            teams.entry(team).or_default().0 += 1;
        }
    }
    for &(person, after) in &after {
        if let Some(team) = &analysis.holders.persons[person as usize].team
            && let Some(team) = teams.get_mut(team.as_str())
        {
            team.1.push(after);
        }
    }
    for (team, (people, after)) in teams {
        if people >= SMALLEST_GROUP && !after.is_empty() {
            let _ = writeln!(text, "{team}: {}", line(&after));
        }
    }
    let alike = near_identical(&sweep, &market);
    let _ = write!(
        text,
        "Accounts that can't be told apart from another one by their views: {alike} of {}.",
        market.sellers.len()
    );
    Ok(text)
}

/// The number of reports after which this person is named, if it is.
fn named_after(
    analysis: &Analysis,
    sweep: &Sweep<'_>,
    settings: &Settings,
    reports: &[Report],
    person: u32,
) -> Option<usize> {
    let desk = Desk {
        reports: reports.to_vec(),
        ..lean(analysis.desk())
    };
    let gathered = gather(&desk, sweep, settings.freeze_days);
    let holders = &analysis.holders;
    let outcome = judge(holders, sweep, &gathered, settings, Depth::Claims);
    let named = outcome
        .namings
        .iter()
        .find(|naming| naming.who().level == LevelKind::Person && naming.who().members == [person]);
    named.map(Naming::after_reports)
}

/// The desk without its columns: reports are all that a trial changes.
fn lean(desk: &Desk) -> Desk {
    Desk {
        tickets: desk.tickets.clone(),
        ..Desk::default()
    }
}

fn line(after: &[Option<usize>]) -> String {
    let mut named: Vec<usize> = after.iter().copied().flatten().collect();
    named.sort_unstable();
    let at = |share: usize| {
        // Those never named count as needing more reports than there were.
        named
            .get((after.len() * share / 100).min(after.len() - 1))
            .map_or_else(
                || format!("need over {REPORTS}"),
                |count| format!("within {count}"),
            )
    };
    format!(
        "named in {} of {}; half {} reports, nine in ten {}",
        named.len(),
        after.len(),
        at(50),
        at(90)
    )
}

/// How many of the sellers share nine tenths of their views with another person.
fn near_identical(sweep: &dyn Exposures, market: &Market) -> usize {
    let of: Vec<u32> = market.sellers.iter().map(|(person, _)| *person).collect();
    let shared = Shared::of(sweep, Second(u32::MAX), &of);
    let others = || (0..).take(shared.seen.len());
    of.iter()
        .enumerate()
        .filter(|&(place, &person)| {
            others().any(|other| other != person && shared.is_near_identical(place, person, other))
        })
        .count()
}

//! Every kind of world, many times: how often is anybody innocent named, and the seller?

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign_core::holder::Holders;
use countersign_core::trace::index::{Sweep, build_in_memory};
use countersign_core::trace::{Depth, Outcome, Settings, gather, judge};
use countersign_core::verdict::LevelKind;
use countersign_sim::world::{Group, Kind, Size, World, build};
use rayon::prelude::*;

use super::interval::upper;
use super::others;

/// What to run.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// Worlds of each kind, seeds 1 to this.
    pub worlds: u64,
    /// Kinds; all where empty.
    pub kinds: Vec<Kind>,
    /// Promises tried.
    pub alphas: Vec<f64>,
    /// Days of freeze tried.
    pub freezes: Vec<u32>,
    /// Size of each world.
    pub size: Size,
}

/// One kind under one promise and freeze.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kind of world.
    pub kind: Kind,
    /// Colleagues guarded against.
    pub colluders: u8,
    /// The promise.
    pub alpha: f64,
    /// Days of freeze.
    pub freeze_days: u32,
    /// Worlds run.
    pub worlds: u64,
    /// Worlds in which anybody innocent was named at any report: by the naming rule, by the
    /// conditional guard, by the martingale without a guard, by the guilt model, by counting.
    pub innocent: [u64; 5],
    /// Reports after which the seller (or a set with it) was named, for worlds where that was.
    pub seller_after: Vec<usize>,
    /// The same for the person alone.
    pub person_after: Vec<usize>,
    /// Reports after which the seller became a strong lead.
    pub strong_after: Vec<usize>,
}

struct Trial {
    innocent: [bool; 5],
    seller: Option<usize>,
    person: Option<usize>,
    strong: Option<usize>,
}

/// Runs all worlds; `done` is told after each. Kinds not finished at `cancel` are left out.
#[must_use]
pub fn calibrate(what: &Calibration, done: &(dyn Fn() + Sync), cancel: &AtomicBool) -> Vec<Row> {
    let kinds = if what.kinds.is_empty() {
        Kind::ALL.to_vec()
    } else {
        what.kinds.clone()
    };
    let mut rows = Vec::new();
    for kind in kinds {
        let trials: Option<Vec<Vec<Trial>>> = (1..=what.worlds)
            .into_par_iter()
            .map(|seed| {
                if cancel.load(Ordering::Relaxed) {
                    return None;
                }
                let world = build(kind, seed, &what.size);
                let trials = trial(&world, kind, what);
                done();
                Some(trials)
            })
            .collect();
        let Some(trials) = trials else { break };
        let settings = what
            .freezes
            .iter()
            .flat_map(|&l| what.alphas.iter().map(move |&a| (l, a)));
        for (number, (freeze_days, alpha)) in settings.enumerate() {
            let mut row = Row {
                kind,
                colluders: colluders(kind),
                alpha,
                freeze_days,
                worlds: what.worlds,
                innocent: [0; 5],
                seller_after: Vec::new(),
                person_after: Vec::new(),
                strong_after: Vec::new(),
            };
            for trial in trials.iter().map(|trials| &trials[number]) {
                for (sum, named) in row.innocent.iter_mut().zip(trial.innocent) {
                    *sum += u64::from(named);
                }
                row.seller_after.extend(trial.seller);
                row.person_after.extend(trial.person);
                row.strong_after.extend(trial.strong);
            }
            row.seller_after.sort_unstable();
            row.person_after.sort_unstable();
            row.strong_after.sort_unstable();
            rows.push(row);
        }
    }
    rows
}

fn colluders(kind: Kind) -> u8 {
    kind.k().clamp(1, 2) as u8
}

fn trial(world: &World, kind: Kind, what: &Calibration) -> Vec<Trial> {
    let holders = Holders::of(&world.desk);
    let index = build_in_memory(&world.desk, &holders, &world.views);
    let sweep = Sweep::new(index.index(), &world.desk);
    let persons = holders.persons.len();
    let guilty = guilty(world, &holders);
    let mut trials = Vec::new();
    for &freeze_days in &what.freezes {
        let gathered = gather(&world.desk, &sweep, freeze_days);
        for &alpha in &what.alphas {
            let settings = Settings {
                alpha,
                freeze_days,
                colluders: colluders(kind),
                ..Settings::default()
            };
            let outcome = judge(&holders, &sweep, &gathered, &settings, Depth::Claims);
            let is_guilty = |holder: u32| guilty[holder as usize];
            let innocent = |members: &[u32]| !members.iter().any(|&member| is_guilty(member));
            let guilt = others::guilt_names(&gathered, persons, alpha);
            let counted = others::counting_names(&gathered, persons, alpha);
            trials.push(Trial {
                innocent: [
                    outcome
                        .namings
                        .iter()
                        .any(|naming| innocent(&naming.who().members)),
                    outcome
                        .strong_leads
                        .iter()
                        .any(|lead| innocent(&[lead.person])),
                    unguarded(&outcome).any(|person| innocent(&[person])),
                    guilt.iter().any(|&person| innocent(&[person])),
                    counted.iter().any(|&person| innocent(&[person])),
                ],
                seller: outcome
                    .namings
                    .iter()
                    .filter(|naming| !innocent(&naming.who().members))
                    .map(countersign_core::trace::Naming::after_reports)
                    .min(),
                person: outcome
                    .namings
                    .iter()
                    .filter(|naming| {
                        matches!(naming.who().level, LevelKind::Person | LevelKind::Copy)
                            && !innocent(&naming.who().members)
                    })
                    .map(countersign_core::trace::Naming::after_reports)
                    .min(),
                strong: outcome
                    .strong_leads
                    .iter()
                    .filter(|lead| is_guilty(lead.person))
                    .map(|lead| lead.after_reports)
                    .min(),
            });
        }
    }
    trials
}

/// Who leaked: the sellers' persons, and the copy.
fn guilty(world: &World, holders: &Holders) -> Vec<bool> {
    let mut guilty = vec![false; holders.len()];
    for &account in &world.truth.sellers {
        guilty[holders.of_account[account as usize] as usize] = true;
    }
    for (number, name) in holders.copies.iter().enumerate() {
        guilty[holders.persons.len() + number] |= world.truth.copy.as_ref() == Some(name);
    }
    guilty
}

/// Persons that ever pass the person threshold without guard, freeze, odds or striking.
fn unguarded(outcome: &Outcome) -> impl Iterator<Item = u32> {
    let needed = outcome.levels.threshold(LevelKind::Person);
    (0_u32..)
        .zip(&outcome.lead_paths)
        .filter(move |(_, path)| path.iter().any(|&log| log >= needed))
        .map(|(person, _)| person)
}

impl Row {
    /// Share of worlds with an innocent named, and the upper end of its exact 95 % interval.
    #[must_use]
    pub fn innocent_share(&self) -> (f64, f64) {
        let share = self.innocent[0] as f64 / self.worlds as f64;
        (share, upper(self.innocent[0], self.worlds))
    }

    /// Whether the promise held: point at most alpha, upper end at most alpha + 1 %.
    #[must_use]
    pub fn holds(&self) -> Holds {
        let (share, end) = self.innocent_share();
        if upper(0, self.worlds) > self.alpha + 0.01 {
            Holds::TooFew
        } else if share <= self.alpha && end <= self.alpha + 0.01 {
            Holds::Yes
        } else {
            Holds::No
        }
    }
}

/// What a run can say of the promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It held.
    Yes,
    /// It did not.
    No,
    /// So few worlds can't show it, even with nobody named in any.
    TooFew,
}

fn median(sorted: &[usize]) -> String {
    sorted
        .get(sorted.len() / 2)
        .map_or_else(|| "-".to_owned(), usize::to_string)
}

/// The rows as Markdown tables, one for each number of days and promise, and what they sum up to.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut settings: Vec<(u32, f64)> = Vec::new();
    for row in rows {
        if !settings.contains(&(row.freeze_days, row.alpha)) {
            settings.push((row.freeze_days, row.alpha));
        }
    }
    let mut text = String::new();
    for (freeze_days, alpha) in settings {
        let of: Vec<&Row> = rows
            .iter()
            .filter(|row| row.freeze_days == freeze_days && row.alpha == alpha)
            .collect();
        let named_too_often: Vec<&str> = of
            .iter()
            .filter(|row| row.kind.beyond().is_none() && row.holds() == Holds::No)
            .map(|row| row.kind.name())
            .collect();
        let verdict = if named_too_often.is_empty() {
            "No world of the promise fails.".to_owned()
        } else {
            format!("Fails in: {}.", named_too_often.join(", "))
        };
        let _ = writeln!(
            text,
            "### L = {freeze_days} days, α = {alpha}\n\n{verdict}\n"
        );
        text.push_str(&one_table(&of));
        text.push('\n');
    }
    text
}

fn one_table(rows: &[&Row]) -> String {
    let mut text = String::from(
        "| world | k | innocent named | at most | holds | conditional guard | no guard | \
         guilt model 2011 | counting hits | seller named (person alone), median reports | strong lead, median |\n\
         |---|---:|---:|---:|---|---:|---:|---:|---:|---|---|\n",
    );
    for row in rows {
        let (_, upper) = row.innocent_share();
        let promised = row.kind.beyond().is_none();
        let holds = match (row.holds(), promised) {
            (Holds::TooFew, _) => "too few",
            (Holds::Yes, true) => "yes",
            (Holds::Yes, false) => "yes (not promised)",
            (Holds::No, true) => "**no**",
            (Holds::No, false) => "no (not promised)",
        };
        let leaks = row.kind.leaks() && row.kind.group() != Group::Nobody;
        let found = if leaks {
            format!(
                "{} of {} ({}), {}",
                row.seller_after.len(),
                row.worlds,
                row.person_after.len(),
                median(&row.seller_after)
            )
        } else {
            "-".to_owned()
        };
        let strong = if leaks {
            format!(
                "{} of {}, {}",
                row.strong_after.len(),
                row.worlds,
                median(&row.strong_after)
            )
        } else {
            "-".to_owned()
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} of {} | {:.2} % | {holds} | {} | {} | {} | {} | {found} | {strong} |",
            row.kind.name(),
            row.colluders,
            row.innocent[0],
            row.worlds,
            upper * 100.0,
            row.innocent[1],
            row.innocent[2],
            row.innocent[3],
            row.innocent[4],
        );
    }
    text
}

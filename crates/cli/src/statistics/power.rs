//! What a naming costs: other bets under the same rule, and the same bet under other rules.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign_core::holder::Holders;
use countersign_core::trace::bet::{EPSILONS, Sight, log_mean_exp};
use countersign_core::trace::guard::{Rule, Suspect};
use countersign_core::trace::index::{Sweep, build_in_memory};
use countersign_core::trace::{Depth, Exposed, Gathered, Levels, Settings, gather, judge};
use countersign_core::verdict::LevelKind;
use countersign_sim::world::{Kind, Size, World, build};
use rayon::prelude::*;

/// Worlds with one seller whom the log can tell from every colleague.
pub const KINDS: [Kind; 10] = [
    Kind::OwnQueue,
    Kind::Browsing,
    Kind::SixtyPercentNoise,
    Kind::OneMonth,
    Kind::OneProduct,
    Kind::SoldLongAgo,
    Kind::NewHire,
    Kind::FrequentCallersLeak,
    Kind::HotLineLeak,
    Kind::TwoForgedLeak,
];

/// What to run.
#[derive(Clone, Debug)]
pub struct Power {
    /// Worlds of each kind, seeds 1 to this.
    pub worlds: u64,
    /// The promise.
    pub alpha: f64,
    /// Size of each world.
    pub size: Size,
}

/// How one report is bet on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bet {
    /// The stake of the method for one ε: smaller where the holder saw few of all items.
    Method(f64),
    /// The same stake whatever was seen: 1 + c (hit / q′ − 1).
    Constant(f64),
    /// The stake that would grow fastest if the comparison is fair: not more where Γ is larger.
    Fair(f64),
}

impl Bet {
    /// ln of the factor, as `docs/spec/trace.md`, part 4, has it for the method's bet.
    fn log(self, sight: Sight, share: f64, gamma: f64) -> f64 {
        let Some(q) = sight.q() else { return 0.0 };
        let bound = gamma * q / (1.0 - q + gamma * q);
        // The chance of a hit that is bet on; under the null it is at most `bound`.
        let hit = match self {
            Self::Method(e) => bound * (e + (1.0 - e) * share) / (e * bound + (1.0 - e) * share),
            Self::Fair(e) => (q * (e + (1.0 - e) * share) / (e * q + (1.0 - e) * share)).max(bound),
            Self::Constant(c) => c + (1.0 - c) * bound,
        };
        let factor = if sight.hit {
            hit / bound
        } else {
            (1.0 - hit) / (1.0 - bound)
        };
        factor.ln()
    }
}

/// Evidence after each report under one bet: the `strike` largest factors do not count.
fn path(
    bet: Bet,
    sights: &[Option<Sight>],
    shares: &[f64],
    Rule { gamma, strike }: Rule,
) -> Vec<f64> {
    let mut largest: Vec<f64> = vec![0.0; strike as usize];
    let mut sum = 0.0;
    let after = sights.iter().zip(shares).map(|(sight, &share)| {
        let log = sight.map_or(0.0, |sight| bet.log(sight, share, gamma));
        sum += log;
        largest.push(log);
        largest.sort_by(|one, two| two.total_cmp(one));
        largest.truncate(strike as usize);
        sum - largest.iter().sum::<f64>()
    });
    after.collect()
}

/// What is known of one seller in one world: enough to try any bet.
struct Case {
    /// Against nobody, then against each colleague.
    sights: Vec<Vec<Option<Sight>>>,
    shares: Vec<f64>,
    /// Numbers of the reports that say something, among all, from 1.
    after: Vec<usize>,
}

impl Case {
    fn new(world: &World, holders: &Holders, gathered: &Gathered, colleagues: &[u32]) -> Self {
        let seller = holders.of_account[world.truth.sellers[0] as usize];
        let suspect = Suspect::new(gathered, Exposed::Frozen, &[seller], holders);
        let others = colleagues.iter().filter(|&&other| other != seller);
        Self {
            sights: std::iter::once(suspect.sights().collect())
                .chain(others.map(|&other| suspect.sights_outside(other).collect()))
                .collect(),
            shares: suspect.shares().collect(),
            after: gathered.used.iter().map(|used| used + 1).collect(),
        }
    }

    /// `[bet][colleague][report]`.
    fn paths(&self, bets: &[Bet], rule: Rule) -> Vec<Vec<Vec<f64>>> {
        let of_bet = |&bet: &Bet| {
            let sights = self.sights.iter();
            sights
                .map(|sights| path(bet, sights, &self.shares, rule))
                .collect()
        };
        bets.iter().map(of_bet).collect()
    }

    /// The first report at which the mix of these bets passes against everybody.
    fn named(&self, mix: &[&Vec<Vec<f64>>], guarded: bool, needed: f64) -> Option<usize> {
        let against = if guarded { self.sights.len() } else { 1 };
        (0..self.after.len())
            .find(|&report| {
                (0..against).all(|other| {
                    let logs: Vec<f64> = mix.iter().map(|paths| paths[other][report]).collect();
                    log_mean_exp(&logs) >= needed
                })
            })
            .map(|report| self.after[report])
    }
}

fn constants() -> Vec<Bet> {
    let fine = (1..=19).map(|twentieth| f64::from(twentieth) / 20.0);
    [0.01, 0.02, 0.03]
        .into_iter()
        .chain(fine)
        .map(Bet::Constant)
        .collect()
}

/// Names of the columns of [`Found::tried`], after the method's own.
const TRIED: [&str; 9] = [
    "fair stake",
    "ε of 0.3, 0.6, 0.9",
    "ε of 0.5 alone",
    "L of 7 days",
    "no days of freeze",
    "Γ = 1",
    "nothing struck",
    "whole α for persons, first version",
    "no guard, Γ = 1, nothing struck",
];

/// Reports until the seller was named, in one world.
struct Found {
    method: Option<usize>,
    /// Whether the program itself says the same.
    agrees: bool,
    constants: Vec<Option<usize>>,
    single: Vec<Option<usize>>,
    tried: Vec<Option<usize>>,
}

fn find(kind: Kind, seed: u64, what: &Power) -> Found {
    let world = build(kind, seed, &what.size);
    let holders = Holders::of(&world.desk);
    let index = build_in_memory(&world.desk, &holders, &world.views);
    let sweep = Sweep::new(index.index(), &world.desk);
    let settings = Settings {
        alpha: what.alpha,
        ..Settings::default()
    };
    let rule = Rule {
        gamma: settings.gamma,
        strike: settings.strike,
    };
    let needed = Levels::new(&holders, &settings).threshold(LevelKind::Person);
    let whole = needed + (0.5_f64 * 0.5).ln();
    let of_freeze = |days: u32| {
        let gathered = gather(&world.desk, &sweep, days);
        let outcome = judge(&holders, &sweep, &gathered, &settings, Depth::Claims);
        let case = Case::new(&world, &holders, &gathered, &outcome.colleagues);
        (case, outcome)
    };
    let (case, outcome) = of_freeze(settings.freeze_days);
    let seller = holders.of_account[world.truth.sellers[0] as usize];
    let by_program = outcome
        .namings
        .iter()
        .find(|naming| naming.who().level == LevelKind::Person && naming.who().members == [seller])
        .map(countersign_core::trace::Naming::after_reports);
    let mixed = EPSILONS.map(Bet::Method);
    let own = |case: &Case, bets: &[Bet], rule: Rule, guarded: bool, needed: f64| {
        let paths = case.paths(bets, rule);
        case.named(&paths.iter().collect::<Vec<_>>(), guarded, needed)
    };
    let singles = |bets: &[Bet]| -> Vec<Option<usize>> {
        let paths = case.paths(bets, rule);
        let each = paths.iter();
        each.map(|paths| case.named(&[paths], true, needed))
            .collect()
    };
    let method = own(&case, &mixed, rule, true, needed);
    let fair = Rule { gamma: 1.0, ..rule };
    let kept = Rule { strike: 0, ..rule };
    Found {
        method,
        agrees: method == by_program,
        constants: singles(&constants()),
        single: singles(&mixed),
        tried: vec![
            own(&case, &EPSILONS.map(Bet::Fair), rule, true, needed),
            own(&case, &[0.3, 0.6, 0.9].map(Bet::Method), rule, true, needed),
            own(&case, &[Bet::Method(0.5)], rule, true, needed),
            own(&of_freeze(7).0, &mixed, rule, true, needed),
            own(&of_freeze(0).0, &mixed, rule, true, needed),
            own(&case, &mixed, fair, true, needed),
            own(&case, &mixed, kept, true, needed),
            own(&case, &mixed, rule, true, whole),
            own(&case, &mixed, Rule::LEAD, false, needed),
        ],
    }
}

/// Medians of one kind of world; a seller who was not named counts as never.
#[derive(Clone, Debug)]
pub struct PowerRow {
    /// The kind of world.
    pub kind: Kind,
    /// Worlds run.
    pub worlds: u64,
    /// Worlds in which this file's arithmetic and the program's named at another report.
    pub disagree: u64,
    /// Reports with the method's bet.
    pub method: Option<usize>,
    /// The constant bet with the smallest median, and that.
    pub constant: (f64, Option<usize>),
    /// The single ε with the smallest median, and that.
    pub single: (f64, Option<usize>),
    /// The best constant bet of each world, chosen when all is known.
    pub clairvoyant: Option<usize>,
    /// Everything else tried.
    pub tried: Vec<Option<usize>>,
}

fn median(found: impl Iterator<Item = Option<usize>>) -> Option<usize> {
    let mut sorted: Vec<usize> = found.map(|after| after.unwrap_or(usize::MAX)).collect();
    sorted.sort_unstable();
    sorted
        .get(sorted.len() / 2)
        .copied()
        .filter(|&after| after < usize::MAX)
}

/// Runs all worlds; `done` is told after each. Kinds begun after `cancel` is set are left out.
#[must_use]
pub fn power(what: &Power, done: &(dyn Fn() + Sync), cancel: &AtomicBool) -> Vec<PowerRow> {
    let mut rows = Vec::new();
    for kind in KINDS {
        let found: Vec<Option<Found>> = (1..=what.worlds)
            .into_par_iter()
            .map(|seed| {
                if cancel.load(Ordering::Relaxed) {
                    return None;
                }
                let found = find(kind, seed, what);
                done();
                Some(found)
            })
            .collect();
        let Some(found) = found.into_iter().collect::<Option<Vec<Found>>>() else {
            break;
        };
        let best = |bets: &[Bet], of: &dyn Fn(&Found) -> &Vec<Option<usize>>| {
            let each = bets.iter().enumerate().map(|(number, &bet)| {
                let (Bet::Constant(size) | Bet::Method(size) | Bet::Fair(size)) = bet;
                (size, median(found.iter().map(|found| of(found)[number])))
            });
            each.min_by_key(|&(_, after)| after.unwrap_or(usize::MAX))
                .unwrap_or((0.0, None))
        };
        let first = |found: &Found| found.constants.iter().copied().flatten().min();
        rows.push(PowerRow {
            kind,
            worlds: what.worlds,
            disagree: found.iter().filter(|found| !found.agrees).count() as u64,
            method: median(found.iter().map(|found| found.method)),
            constant: best(&constants(), &|found| &found.constants),
            single: best(&EPSILONS.map(Bet::Method), &|found| &found.single),
            clairvoyant: median(found.iter().map(first)),
            tried: (0..TRIED.len())
                .map(|number| median(found.iter().map(|found| found.tried[number])))
                .collect(),
        });
    }
    rows
}

impl PowerRow {
    /// Whether the method needs at most a tenth more reports than the best bet, or one more.
    #[must_use]
    pub fn holds(&self) -> bool {
        let best = [self.constant.1, self.single.1].into_iter().flatten().min();
        match (self.method, best) {
            (Some(method), Some(best)) => {
                method as f64 <= (1.1 * best as f64).max(best as f64 + 1.0)
            }
            (None, Some(_)) => false,
            (_, None) => true,
        }
    }
}

/// The rows as two Markdown tables.
#[must_use]
pub fn power_table(rows: &[PowerRow]) -> String {
    let say = |after: Option<usize>| after.map_or_else(|| "never".to_owned(), |n| n.to_string());
    let mut text = String::from(
        "| world | the method's bet | best constant bet | best single ε | best constant bet of each \
         world | holds | other arithmetic differs |\n|---|---:|---:|---:|---:|---|---:|\n",
    );
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {} (c = {}) | {} (ε = {}) | {} | {} | {} of {} |",
            row.kind.name(),
            say(row.method),
            say(row.constant.1),
            row.constant.0,
            say(row.single.1),
            row.single.0,
            say(row.clairvoyant),
            if row.holds() { "yes" } else { "**no**" },
            row.disagree,
            row.worlds,
        );
    }
    let _ = write!(text, "\n| world | the method |");
    for name in TRIED {
        let _ = write!(text, " {name} |");
    }
    let _ = writeln!(text, "\n|---|{}", "---:|".repeat(TRIED.len() + 1));
    for row in rows {
        let _ = write!(text, "| {} | {} |", row.kind.name(), say(row.method));
        for after in &row.tried {
            let _ = write!(text, " {} |", say(*after));
        }
        text.push('\n');
    }
    text
}

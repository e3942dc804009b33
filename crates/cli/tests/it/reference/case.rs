//! A case laid out: which reports are used, what each asks at both cuts, and who is universal.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use countersign_core::desk::{Desk, View};
use countersign_core::time::Second;

use super::asked::{Asked, Cuts, Gone, ask, believed_calls};
use super::evidence::{Bet, ln_evidence};
use super::items::{Log, count};
use super::weeks::sale_weeks;
use super::{Path, Settings, claims, opinions};

/// A report that can move the evidence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Used {
    /// Row of `Desk::reports`.
    pub(crate) report: usize,
    /// Exposure as of the call, for leads.
    pub(crate) lead: Asked,
    /// Exposure frozen, for namings.
    pub(crate) frozen: Asked,
}

impl Used {
    /// Reports in order up to this one, those not used included.
    pub(crate) fn after_reports(&self) -> usize {
        self.report + 1
    }
}

type Against = (Vec<usize>, Vec<usize>);

/// Everything that a question about the evidence needs.
#[derive(Clone, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) settings: Settings,
    pub(crate) log: Rc<Log>,
    pub(crate) used: Rc<Vec<Used>>,
    /// Universal viewers with the larger of their two shares.
    pub(crate) universal: BTreeMap<usize, f64>,
    /// t₀ − L as of the first used report.
    pub(crate) first_freeze: Option<Second>,
    bets: Rc<RefCell<HashMap<Against, Rc<Vec<Bet>>>>>,
    leads: Rc<Leads>,
}

/// What Γ, strikes, α and colleagues do not change, once somebody asked for it.
#[derive(Debug, Default)]
struct Leads {
    paths: OnceCell<Vec<Path>>,
    conditionals: OnceCell<Vec<Conditionals>>,
    opinions: OnceCell<(Vec<f64>, Vec<f64>)>,
    weeks: OnceCell<Vec<(i64, f64)>>,
}

/// Smallest evidence under the conditional guard after each used report, and which colleague.
type Conditionals = Vec<Option<(f64, usize)>>;

impl<'a> Case<'a> {
    pub(crate) fn open(desk: &'a Desk, views: &[View], settings: &Settings) -> Self {
        let log = Log::new(desk, views);
        let mut used: Vec<Used> = Vec::new();
        let mut gone = Gone::default();
        for row in used_reports(desk) {
            let report = &desk.reports[row];
            let frozen = Cuts::naming(&desk.reports[..=row], settings.freeze_days);
            used.push(Used {
                report: row,
                lead: ask(desk, &log, report, Cuts::lead(report), &gone),
                frozen: ask(desk, &log, report, frozen, &gone),
            });
            gone.add(desk, report);
        }
        let day_of = |second: Second| Second(second.0 - second.0 % Second::DAY);
        let first = used.first();
        let first_freeze = first.map(|used| {
            let calls = believed_calls(&desk.reports[..=used.report]);
            let earliest = calls.into_iter().min().expect("its own call");
            earliest.minus_days(settings.freeze_days)
        });
        Self {
            desk,
            settings: settings.clone(),
            universal: universal_viewers(&log, first.map(|used| day_of(used.frozen.cuts.cut))),
            first_freeze,
            log: Rc::new(log),
            used: Rc::new(used),
            bets: Rc::default(),
            leads: Rc::default(),
        }
    }

    /// The same case under other settings; the days of the freeze stay.
    pub(crate) fn with(&self, settings: &Settings) -> Self {
        assert_eq!(settings.freeze_days, self.settings.freeze_days);
        Self {
            settings: settings.clone(),
            ..self.clone()
        }
    }

    pub(crate) fn persons(&self) -> usize {
        self.log.holders.persons()
    }

    /// Persons and copies that are not universal viewers.
    pub(crate) fn tested(&self) -> Vec<usize> {
        (0..self.log.holders.all())
            .filter(|holder| !self.universal.contains_key(holder))
            .collect()
    }

    pub(crate) fn tested_persons(&self) -> Vec<usize> {
        let persons = self.persons();
        self.tested().into_iter().filter(|&h| h < persons).collect()
    }

    pub(crate) fn has_universal(&self, members: &[usize]) -> bool {
        members.iter().any(|m| self.universal.contains_key(m))
    }

    /// Whom a guard of `members` may hold: not themselves, and not who made the copy tested.
    pub(crate) fn others(&self, members: &[usize]) -> Vec<usize> {
        let mut none = members.to_vec();
        for &member in members {
            if let Some(copy) = member.checked_sub(self.persons())
                && let Some(account) = self.desk.exports[copy].account
            {
                none.push(self.log.holders.person_of[account as usize]);
            }
        }
        let mut others = self.tested();
        others.retain(|holder| !none.contains(holder));
        others
    }

    /// ln E of the lead after the first `n` used reports.
    pub(crate) fn lead_evidence(&self, holder: usize, n: usize) -> f64 {
        let bets: Vec<Bet> = self.used[..n]
            .iter()
            .map(|used| used.lead.outside(&[holder], &[]))
            .collect();
        ln_evidence(&bets, 1.0, 0)
    }

    /// The same of every person, after 0, 1, … used reports.
    pub(crate) fn lead_paths(&self) -> &Vec<Path> {
        let path = |a| (0..=self.used.len()).map(move |n| self.lead_evidence(a, n));
        let paths = || (0..self.persons()).map(|a| path(a).collect()).collect();
        self.leads.paths.get_or_init(paths)
    }

    /// The conditional guard's of every person, after 0, 1, … used reports.
    pub(crate) fn conditionals(&self) -> &Vec<Conditionals> {
        let path = |a| (0..=self.used.len()).map(move |n| self.conditional(a, n));
        let paths = || (0..self.persons()).map(|a| path(a).collect()).collect();
        self.leads.conditionals.get_or_init(paths)
    }

    /// Single and ring of every person.
    pub(crate) fn opinions(&self) -> &(Vec<f64>, Vec<f64>) {
        let both = |a| (opinions::single(self, a), opinions::ring(self, a));
        let opinions = || (0..self.persons()).map(both).unzip();
        self.leads.opinions.get_or_init(opinions)
    }

    /// The weeks of the first of the ranking.
    pub(crate) fn weeks(&self) -> &Vec<(i64, f64)> {
        self.leads.weeks.get_or_init(|| {
            let tested = self.tested_persons();
            let first = claims::first(self.lead_paths(), &tested, self.used.len());
            let weeks = first.map(|person| sale_weeks(self, person));
            weeks.unwrap_or_default()
        })
    }

    /// Smallest ln E under the conditional guard over every single colleague, and which.
    pub(crate) fn conditional(&self, a: usize, n: usize) -> Option<(f64, usize)> {
        least(self.others(&[a]).into_iter().map(|b| {
            let bets: Vec<Bet> = self.used[..n]
                .iter()
                .map(|used| used.lead.conditional(a, b))
                .collect();
            (ln_evidence(&bets, 1.0, 0), b)
        }))
    }

    /// ln E of the naming rule against one guard, after the first `n` used reports.
    pub(crate) fn named_evidence(
        &self,
        members: &[usize],
        guard: &[usize],
        gamma: f64,
        strike: usize,
        n: usize,
    ) -> f64 {
        let key = (members.to_vec(), guard.to_vec());
        let known = self.bets.borrow().get(&key).map(Rc::clone);
        let bets = known.unwrap_or_else(|| {
            let bets: Vec<Bet> = self
                .used
                .iter()
                .map(|used| used.frozen.outside(members, guard))
                .collect();
            let bets = Rc::new(bets);
            self.bets.borrow_mut().insert(key, Rc::clone(&bets));
            bets
        });
        ln_evidence(&bets[..n], gamma, strike)
    }

    /// k0: against no colleague.
    pub(crate) fn k0(&self, members: &[usize], gamma: f64, strike: usize, n: usize) -> f64 {
        self.named_evidence(members, &[], gamma, strike, n)
    }

    /// k1: the smallest over every one colleague, and which (ties: smallest number).
    pub(crate) fn k1(
        &self,
        members: &[usize],
        gamma: f64,
        strike: usize,
        n: usize,
    ) -> Option<(f64, usize)> {
        least(
            self.others(members)
                .into_iter()
                .map(|b| (self.named_evidence(members, &[b], gamma, strike, n), b)),
        )
    }

    /// k2: the smallest over every two colleagues, and which (ties: smallest numbers).
    pub(crate) fn k2(
        &self,
        members: &[usize],
        gamma: f64,
        strike: usize,
        n: usize,
    ) -> Option<(f64, [usize; 2])> {
        let others = self.others(members);
        let mut found = Vec::new();
        for &b in &others {
            for &c in others.iter().filter(|&&c| c > b) {
                let ln_e = self.named_evidence(members, &[b, c], gamma, strike, n);
                found.push((ln_e, [b, c]));
            }
        }
        least(found.into_iter())
    }

    /// Whether the naming rule holds: against nobody, and against every set of up to k others.
    pub(crate) fn passes(
        &self,
        members: &[usize],
        threshold: f64,
        k: u8,
        gamma: f64,
        strike: usize,
        n: usize,
    ) -> bool {
        let against =
            |guard: &[usize]| self.named_evidence(members, guard, gamma, strike, n) >= threshold;
        let others = self.others(members);
        against(&[])
            && (k < 1 || others.iter().all(|&b| against(&[b])))
            && (k < 2
                || others.iter().enumerate().all(|(place, &b)| {
                    let mut behind = others[place + 1..].iter();
                    behind.all(|&c| against(&[b, c]))
                }))
    }
}

/// The first of the smallest values.
fn least<T: Copy>(values: impl Iterator<Item = (f64, T)>) -> Option<(f64, T)> {
    let mut best: Option<(f64, T)> = None;
    for value in values {
        if best.is_none_or(|best| value.0 < best.0) {
            best = Some(value);
        }
    }
    best
}

/// Rows of the used reports.
pub(crate) fn used_reports(desk: &Desk) -> Vec<usize> {
    let mut used = Vec::new();
    let mut customers = BTreeSet::new();
    let mut households = BTreeSet::new();
    for (row, report) in desk.reports.iter().enumerate() {
        let Some(customer) = report.customer else {
            continue;
        };
        let repeated = customers.contains(&customer)
            || report
                .household
                .is_some_and(|household| households.contains(&household));
        if !report.verified || report.excluded.is_some() || report.solicited || repeated {
            continue;
        }
        customers.insert(customer);
        households.extend(report.household);
        used.push(row);
    }
    used
}

/// §6: who saw over a fifth of as many customers, or tickets, as persons saw before the second.
///
/// For a copy all its rows count, whenever it was made and whoever saw them.
pub(crate) fn universal_viewers(log: &Log, until: Option<Second>) -> BTreeMap<usize, f64> {
    let known = until.map_or_else(|| log.whole(), |until| log.before(until));
    let mut universal = BTreeMap::new();
    for holder in 0..log.holders.all() {
        let rows = match holder.checked_sub(log.holders.persons()) {
            None => &known.saw[holder],
            Some(copy) => &log.copies[copy].1,
        };
        let mut share = 0.0_f64;
        let mut over = false;
        for tickets in [false, true] {
            let all = count(&known.by_persons, tickets);
            let own = count(rows, tickets);
            share = share.max(own as f64 / all.max(1) as f64);
            over = over || 5 * own > all;
        }
        if over {
            universal.insert(holder, share);
        }
    }
    universal
}

//! §2 of the method: what one report asks at one cut, and the guards of §5 as bets.

use std::collections::BTreeSet;

use countersign_core::desk::{Desk, NONE};
use countersign_core::report::{Quoted, Report};
use countersign_core::time::Second;

use super::evidence::Bet;
use super::items::{Before, Item, Log, count};
use super::strata::{Cell, Merged, cell_of, stratum_of};

/// Why a report says nothing about anyone at a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// An unresolved actor saw the item: anyone may have.
    Open,
    /// Neither a person nor a copy saw it.
    Unseen,
    /// It is gone with an earlier used report.
    Gone,
}

/// The two seconds of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cuts {
    /// t: views before it count for strata and against the tested holder.
    pub(crate) cut: Second,
    /// g: views before it count for colleagues, and make an item open.
    pub(crate) guard: Second,
}

impl Cuts {
    /// Exposure as of the call, for leads.
    pub(crate) fn lead(report: &Report) -> Self {
        Self {
            cut: report.call(),
            guard: report.call(),
        }
    }

    /// Exposure frozen, for namings of the last of these reports.
    pub(crate) fn naming(so_far: &[Report], freeze_days: u32) -> Self {
        let report = so_far.last().expect("a report is asked about");
        let mut calls = believed_calls(so_far);
        calls.sort_unstable();
        let tells_of_the_same = |other: &&Report| {
            (other.customer.is_some() && other.customer == report.customer)
                || (other.household.is_some() && other.household == report.household)
        };
        let told = so_far.iter().filter(tells_of_the_same).map(Report::call);
        let cut = told.fold(calls[0].minus_days(freeze_days), Second::min);
        let third = calls.get(2).copied().unwrap_or(report.call());
        Self {
            cut,
            guard: third.min(report.call()).max(cut),
        }
    }
}

/// Calls of the reports that are matched, verified and not excluded.
pub(crate) fn believed_calls(reports: &[Report]) -> Vec<Second> {
    reports
        .iter()
        .filter(|r| r.customer.is_some() && r.verified && r.excluded.is_none())
        .map(Report::call)
        .collect()
}

/// One used report at one cut.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) cuts: Cuts,
    pub(crate) item: Item,
    pub(crate) cell: Cell,
    pub(crate) silence: Option<Silence>,
    /// *s*, sorted; empty where the report says nothing.
    pub(crate) items: Vec<Item>,
    /// Where the item stands in `items`.
    pub(crate) place: usize,
    /// Who saw which of `items` before the cut, a row a holder.
    pub(crate) saw: Vec<Vec<bool>>,
    /// The same for colleagues: before the guard's cut, makers with their copies' rows.
    pub(crate) guards: Vec<Vec<bool>>,
    /// Numerator of Q, a holder.
    pub(crate) counts: Vec<u64>,
    /// Denominator of Q: items of the kind that persons saw.
    pub(crate) seen_by_persons: u64,
    pub(crate) merged: Merged,
    /// Strata of its cell with an item that is not open.
    pub(crate) strata: u64,
}

/// The report's item at a cut.
pub(crate) fn item_at(before: &Before, open: &BTreeSet<Item>, report: &Report) -> Item {
    if let Quoted::Ticket(row) = report.quoted {
        let ticket = Item::Ticket(row);
        if open.contains(&ticket) || before.somebody_known_saw(ticket) {
            return ticket;
        }
    }
    Item::Customer(report.customer.expect("used reports are matched"))
}

/// What earlier used reports took along.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gone {
    /// Each with all its tickets.
    pub(crate) customers: BTreeSet<u32>,
    /// Quoted tickets themselves.
    pub(crate) tickets: BTreeSet<u32>,
}

impl Gone {
    pub(crate) fn add(&mut self, desk: &Desk, report: &Report) {
        self.customers.extend(report.customer);
        if let Quoted::Ticket(row) = report.quoted {
            self.tickets.insert(row);
            let customer = desk.tickets.customer[row as usize];
            if customer != NONE {
                self.customers.insert(customer);
            }
        }
    }

    pub(crate) fn holds(&self, desk: &Desk, item: Item) -> bool {
        match item {
            Item::Customer(row) => self.customers.contains(&row),
            Item::Ticket(row) => {
                let customer = desk.tickets.customer[row as usize];
                self.tickets.contains(&row)
                    || (customer != NONE && self.customers.contains(&customer))
            }
        }
    }
}

/// What the report asks at the cuts, given what is gone.
pub(crate) fn ask(desk: &Desk, log: &Log, report: &Report, cuts: Cuts, gone: &Gone) -> Asked {
    let before = log.before(cuts.cut);
    let before_guard = log.before(cuts.guard);
    let open = &before_guard.open;
    let item = item_at(&before, open, report);
    let tickets = item.is_ticket();
    let persons = log.holders.persons();

    let day = Second(cuts.cut.0 - cuts.cut.0 % Second::DAY);
    let that_day = log.before(day);
    let counts = (0..log.holders.all())
        .map(|holder| match holder.checked_sub(persons) {
            None => that_day.count(holder, tickets),
            Some(copy) => count(&log.copies[copy].1, tickets),
        })
        .collect();

    let silence = if open.contains(&item) {
        Some(Silence::Open)
    } else if !before.somebody_known_saw(item) {
        Some(Silence::Unseen)
    } else if gone.holds(desk, item) {
        Some(Silence::Gone)
    } else {
        None
    };
    let mut asked = Asked {
        cuts,
        item,
        cell: cell_of(desk, item),
        silence,
        items: Vec::new(),
        place: 0,
        saw: Vec::new(),
        guards: Vec::new(),
        counts,
        seen_by_persons: count(&that_day.by_persons, tickets),
        merged: [0; 3],
        strata: 0,
    };
    if asked.silence.is_some() {
        return asked;
    }

    let (stratum, merged, strata) = stratum_of(desk, &before, open, cuts.cut, item);
    asked.merged = merged;
    asked.strata = strata;
    asked.items = stratum
        .into_iter()
        .filter(|&other| !gone.holds(desk, other))
        .collect();
    asked.place = asked
        .items
        .binary_search(&item)
        .expect("the item is in its stratum");
    asked.saw = table(&asked.items, &before.saw);
    asked.guards = table(&asked.items, &colleagues(desk, log, cuts.guard));
    asked
}

/// What each holder saw before the guard's cut; who made a copy before it has the copy's rows,
/// unless they are over a fifth of all that persons saw in the whole log.
fn colleagues(desk: &Desk, log: &Log, guard: Second) -> Vec<BTreeSet<Item>> {
    let mut exposure = log.before(guard).saw.clone();
    let whole = log.whole();
    let is_most = |rows: &BTreeSet<Item>| {
        [false, true].into_iter().any(|tickets| {
            let count = |items: &BTreeSet<Item>| {
                let of_kind = |item: &&Item| matches!(item, Item::Ticket(_)) == tickets;
                items.iter().filter(of_kind).count()
            };
            5 * count(rows) > count(&whole.by_persons)
        })
    };
    for (export, (second, rows)) in desk.exports.iter().zip(&log.copies) {
        if let Some(account) = export.account
            && *second < guard
            && !is_most(rows)
        {
            exposure[log.holders.person_of[account as usize]].extend(rows);
        }
    }
    exposure
}

fn table(items: &[Item], saw: &[BTreeSet<Item>]) -> Vec<Vec<bool>> {
    saw.iter()
        .map(|seen| items.iter().map(|item| seen.contains(item)).collect())
        .collect()
}

impl Asked {
    /// Q of a holder, or of a set of persons.
    pub(crate) fn share(&self, members: &[usize]) -> f64 {
        let own: u64 = members.iter().map(|&holder| self.counts[holder]).sum();
        (own.max(1) as f64 / self.seen_by_persons.max(1) as f64).min(1.0)
    }

    /// The outside guard of `members` against `guard` (nobody: no guard).
    pub(crate) fn outside(&self, members: &[usize], guard: &[usize]) -> Bet {
        if self.silence.is_some() || guard.iter().any(|&b| self.guards[b][self.place]) {
            return Bet::Nothing;
        }
        self.bet(members, |i| !guard.iter().any(|&b| self.guards[b][i]))
    }

    /// The conditional guard of `a` against `b`.
    pub(crate) fn conditional(&self, a: usize, b: usize) -> Bet {
        if self.silence.is_some() {
            return Bet::Nothing;
        }
        let side = self.guards[b][self.place];
        self.bet(&[a], |i| self.guards[b][i] == side)
    }

    /// A bet on the items of the stratum that `keep` keeps.
    fn bet(&self, members: &[usize], keep: impl Fn(usize) -> bool) -> Bet {
        let mut kept = 0_u64;
        let mut own = 0_u64;
        for i in (0..self.items.len()).filter(|&i| keep(i)) {
            kept += 1;
            if members.iter().any(|&a| self.saw[a][i]) {
                own += 1;
            }
        }
        Bet::Staked {
            hit: members.iter().any(|&a| self.saw[a][self.place]),
            q: own as f64 / kept as f64,
            share: self.share(members),
        }
    }
}

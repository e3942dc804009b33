//! §2 of the method: what one report asks at one cut, and the guards of §5 as bets.

use std::collections::BTreeSet;

use countersign_core::desk::{Desk, NONE};
use countersign_core::report::{Quoted, Report};
use countersign_core::time::Second;

use super::evidence::Bet;
use super::items::{Before, Item, Log, all_items, all_tickets, count};
use super::strata::{Merged, stratum_of};
use super::{Repair, Settings};

/// Why a report says nothing about anyone at a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// An unresolved actor saw the item: anyone may have.
    Open,
    /// Neither a person nor a copy saw it.
    Unseen,
    /// An earlier used report touched it (only with [`Repair::GoneSaysNothing`]).
    Gone,
}

/// One used report at one cut.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) cut: Second,
    pub(crate) item: Item,
    pub(crate) silence: Option<Silence>,
    /// *s*, sorted; empty where the report says nothing.
    pub(crate) items: Vec<Item>,
    /// Where the item stands in `items`.
    pub(crate) place: usize,
    /// Who saw which of `items` before the cut, a row a holder.
    pub(crate) saw: Vec<Vec<bool>>,
    /// The same for members of a guard (differs with [`Repair::GuardUpToTheCall`] only).
    pub(crate) guards: Vec<Vec<bool>>,
    /// Numerator of Q, a holder.
    pub(crate) counts: Vec<u64>,
    /// Denominators of Q: items of the kind that persons saw, and all of the kind.
    pub(crate) seen_by_persons: u64,
    pub(crate) of_the_kind: u64,
    pub(crate) persons: usize,
    pub(crate) merged: Merged,
}

/// The report's item at a cut.
pub(crate) fn item_at(before: &Before, report: &Report) -> Item {
    if let Quoted::Ticket(row) = report.quoted {
        let ticket = Item::Ticket(row);
        if before.open.contains(&ticket) || before.somebody_known_saw(ticket) {
            return ticket;
        }
    }
    Item::Customer(report.customer.expect("used reports are matched"))
}

/// Customers that a used report touches.
pub(crate) fn touched_by(desk: &Desk, report: &Report) -> BTreeSet<u32> {
    let mut touched: BTreeSet<u32> = report.customer.into_iter().collect();
    if let Quoted::Ticket(row) = report.quoted {
        let customer = desk.tickets.customer[row as usize];
        if customer != NONE {
            touched.insert(customer);
        }
    }
    touched
}

/// The customers gone, with all their tickets.
pub(crate) fn is_gone(desk: &Desk, gone: &Gone, item: Item) -> bool {
    match item {
        Item::Customer(row) => gone.customers.contains(&row),
        Item::Ticket(row) => {
            let customer = desk.tickets.customer[row as usize];
            (customer != NONE && gone.customers.contains(&customer)) || gone.tickets.contains(&row)
        }
    }
}

/// What earlier used reports touched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gone {
    pub(crate) customers: BTreeSet<u32>,
    /// Quoted tickets themselves (only with [`Repair::GoneSaysNothing`]).
    pub(crate) tickets: BTreeSet<u32>,
}

impl Gone {
    pub(crate) fn add(&mut self, desk: &Desk, report: &Report, settings: &Settings) {
        self.customers.extend(touched_by(desk, report));
        if settings.repairs.contains(&Repair::GoneSaysNothing)
            && let Quoted::Ticket(row) = report.quoted
        {
            self.tickets.insert(row);
        }
    }
}

/// What the report asks at the cut, given what is gone.
pub(crate) fn ask(
    desk: &Desk,
    log: &Log,
    settings: &Settings,
    report: &Report,
    cut: Second,
    gone: &Gone,
) -> Asked {
    let before = log.before(cut);
    let item = item_at(&before, report);
    let tickets = item.is_ticket();
    let persons = log.holders.persons();

    let day = Second(cut.0 - cut.0 % Second::DAY);
    let that_day = log.before(day);
    let counts = (0..log.holders.all())
        .map(|holder| match holder.checked_sub(persons) {
            None => that_day.count(holder, tickets),
            Some(copy) => count(&log.copies[copy].1, tickets),
        })
        .collect();

    let mut asked = Asked {
        cut,
        item,
        silence: silence_of(desk, settings, &before, gone, item),
        items: Vec::new(),
        place: 0,
        saw: Vec::new(),
        guards: Vec::new(),
        counts,
        seen_by_persons: count(&that_day.by_persons, tickets),
        of_the_kind: if tickets {
            u64::from(all_tickets(desk))
        } else {
            u64::from(desk.customers.count)
        },
        persons,
        merged: [0; 3],
    };
    if asked.silence.is_some() {
        return asked;
    }

    let (stratum, merged) = stratum_of(desk, &before, cut, item);
    asked.merged = merged;
    asked.items = stratum
        .into_iter()
        .filter(|&other| other == item || !is_gone(desk, gone, other))
        .filter(|&other| {
            !settings.repairs.contains(&Repair::UnseenInNoStratum)
                || before.somebody_known_saw(other)
        })
        .collect();
    asked.place = asked
        .items
        .binary_search(&item)
        .expect("the item is in its stratum");
    asked.saw = table(&asked.items, &before.saw);
    asked.guards = table(
        &asked.items,
        &guard_exposure(desk, log, settings, report, cut),
    );
    asked
}

fn silence_of(
    desk: &Desk,
    settings: &Settings,
    before: &Before,
    gone: &Gone,
    item: Item,
) -> Option<Silence> {
    if before.open.contains(&item) {
        Some(Silence::Open)
    } else if !before.somebody_known_saw(item) {
        Some(Silence::Unseen)
    } else if settings.repairs.contains(&Repair::GoneSaysNothing) && is_gone(desk, gone, item) {
        Some(Silence::Gone)
    } else {
        None
    }
}

/// What a member of a guard may have sold.
fn guard_exposure(
    desk: &Desk,
    log: &Log,
    settings: &Settings,
    report: &Report,
    cut: Second,
) -> Vec<BTreeSet<Item>> {
    let late = settings.repairs.contains(&Repair::GuardUpToTheCall);
    let until = if late { report.call().max(cut) } else { cut };
    let mut exposure = log.before(until).saw.clone();
    if settings.repairs.contains(&Repair::MakerHasTheRows) {
        for (export, (second, rows)) in desk.exports.iter().zip(&log.copies) {
            if let Some(account) = export.account
                && *second < until
            {
                exposure[log.holders.person_of[account as usize]].extend(rows);
            }
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
        let copy = members.iter().any(|&holder| holder >= self.persons);
        let all = if copy {
            self.of_the_kind
        } else {
            self.seen_by_persons
        };
        let own: u64 = members.iter().map(|&holder| self.counts[holder]).sum();
        (own.max(1) as f64 / all.max(1) as f64).min(1.0)
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
        let side = self.saw[b][self.place];
        self.bet(&[a], |i| self.saw[b][i] == side)
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

/// Cells (kind and codes) with at least one item that is not open before the cut.
pub(crate) fn cells_at(desk: &Desk, before: &Before) -> BTreeSet<super::strata::Cell> {
    all_items(desk)
        .into_iter()
        .filter(|item| !before.open.contains(item))
        .map(|item| super::strata::cell_of(desk, item))
        .collect()
}

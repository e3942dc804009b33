//! What left the pools with earlier reports, and the facts of the reports behind them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Compared, Facts, GoneItem};
use crate::at;
use crate::desk::{Desk, NONE};
use crate::report::{Quoted, Report};
use crate::time::Second;
use crate::trace::exposure::{Ask, Cut, Exposures, Item, Kind, Seen, Stratum, Totals};
use crate::trace::strata::Class;

/// Customers (with all their tickets) and a ticket.
struct Touched {
    customers: Vec<u32>,
    ticket: Option<u32>,
}

/// What is known of gone items at one cut: most reports of a campaign share the frozen one.
#[derive(Default)]
struct Known {
    cut: Option<Cut>,
    seen: BTreeMap<Item, Option<Seen>>,
}

impl Known {
    fn turn_to(&mut self, cut: Cut) {
        if self.cut != Some(cut) {
            self.seen.clear();
            self.cut = Some(cut);
        }
    }
}

/// Reported customers and their tickets, which leave the pools (sampling without replacement).
pub(super) struct Gone<'a> {
    exposures: &'a dyn Exposures,
    reports: Vec<&'a Report>,
    tickets: BTreeMap<u32, Vec<Item>>,
    touched: Vec<Touched>,
}

impl<'a> Gone<'a> {
    /// What leaves with each of the desk's reports that are used.
    pub(super) fn new(desk: &'a Desk, exposures: &'a dyn Exposures, used: &[usize]) -> Self {
        let reports: Vec<&Report> = used.iter().map(|&number| &desk.reports[number]).collect();
        let touched: Vec<Touched> = reports.iter().map(|report| touches(desk, report)).collect();
        let customers: BTreeSet<u32> = touched.iter().flat_map(|t| t.customers.clone()).collect();
        let customers: Vec<u32> = customers.into_iter().collect();
        let tickets = exposures.tickets_of(&customers);
        Self {
            exposures,
            reports,
            tickets: customers.into_iter().zip(tickets).collect(),
            touched,
        }
    }

    /// The facts of the reports, where those of the first ones are known.
    pub(super) fn facts(&self, known: Vec<Facts>, cuts: &[Cut]) -> Vec<Facts> {
        let mut facts = known;
        let before = facts.len();
        let mut asks: Vec<Ask> = Vec::new();
        let mut asking = Vec::new();
        let mut gone: BTreeMap<Kind, BTreeSet<Item>> = BTreeMap::new();
        for item in (0..before).flat_map(|number| self.leaving(number)) {
            gone.entry(item.kind()).or_default().insert(item);
        }
        let reports = self.reports.iter().zip(cuts).enumerate();
        for (number, (report, &cut)) in reports.skip(before) {
            let (item, seen) = self.look(report, cut);
            let (mut holders, mut guards) = (Vec::new(), Vec::new());
            if let Some(seen) = seen {
                // What is gone was reported before; another word about it is no second draw.
                let is_gone = gone
                    .get(&item.kind())
                    .is_some_and(|gone| gone.contains(&item));
                if seen.class != Class::OPEN && !seen.holders.is_empty() && !is_gone {
                    let (kind, cell, class) = (item.kind(), seen.cell, seen.class);
                    asks.push(Ask {
                        kind,
                        cut,
                        cell,
                        class,
                    });
                    asking.push((number, gone.get(&item.kind()).cloned().unwrap_or_default()));
                }
                (holders, guards) = (seen.holders, seen.guards);
            }
            facts.push(Facts {
                item,
                cut,
                holders,
                guards,
                compared: None,
            });
            for item in self.leaving(number) {
                gone.entry(item.kind()).or_default().insert(item);
            }
        }
        let strata = self.exposures.strata(&asks);
        let mut totals: BTreeMap<(Kind, u32), Arc<Totals>> = BTreeMap::new();
        let mut known = Known::default();
        for (((number, gone), ask), stratum) in asking.iter().zip(&asks).zip(strata) {
            let totals = totals
                .entry((ask.kind, ask.cut.at.0 / Second::DAY))
                .or_insert_with(|| Arc::new(self.exposures.totals(ask.kind, ask.cut.at)));
            let totals = Arc::clone(totals);
            facts[*number].compared = Some(self.subtract(gone, ask, stratum, totals, &mut known));
        }
        facts
    }

    /// The quoted ticket where somebody had seen it before the cut, else the customer.
    fn look(&self, report: &Report, cut: Cut) -> (Item, Option<Seen>) {
        if let Quoted::Ticket(ticket) = report.quoted {
            let item = Item::Ticket(ticket);
            let seen = self.exposures.seen(item, cut);
            let is_seen = |seen: &Seen| seen.class == Class::OPEN || !seen.holders.is_empty();
            if seen.as_ref().is_some_and(is_seen) {
                return (item, seen);
            }
        }
        let item = Item::Customer(report.customer.unwrap_or(NONE));
        (item, self.exposures.seen(item, cut))
    }

    /// All items that leave with a report.
    fn leaving(&self, number: usize) -> Vec<Item> {
        let touched = &self.touched[number];
        let mut items: Vec<Item> = touched.ticket.map(Item::Ticket).into_iter().collect();
        for &customer in &touched.customers {
            items.push(Item::Customer(customer));
            items.extend(self.tickets.get(&customer).into_iter().flatten());
        }
        items
    }

    fn subtract(
        &self,
        leaving: &BTreeSet<Item>,
        ask: &Ask,
        stratum: Arc<Stratum>,
        totals: Arc<Totals>,
        known: &mut Known,
    ) -> Compared {
        known.turn_to(ask.cut);
        let mut items = stratum.items;
        let mut counts = stratum.counts.clone();
        let mut guards = stratum.guards.clone();
        let mut gone = Vec::new();
        for &item in leaving {
            let seen = known
                .seen
                .entry(item)
                .or_insert_with(|| self.exposures.seen(item, ask.cut));
            let Some(seen) = seen else { continue };
            if seen.cell == ask.cell
                && !seen.holders.is_empty()
                && stratum.merging.group(seen.class) == Some(stratum.group)
            {
                items -= 1;
                for &holder in &seen.holders {
                    counts[at(holder)] -= 1;
                }
                for &holder in &seen.guards {
                    guards[at(holder)] -= 1;
                }
                gone.push(GoneItem {
                    item,
                    holders: seen.holders.clone(),
                    guards: seen.guards.clone(),
                });
            }
        }
        Compared {
            cell: ask.cell,
            stratum,
            gone,
            items,
            counts,
            guards,
            totals,
        }
    }
}

/// What leaves the pools with a report: its customer, the quoted ticket and that one's customer.
fn touches(desk: &Desk, report: &Report) -> Touched {
    let ticket = match report.quoted {
        Quoted::Ticket(ticket) => Some(ticket),
        Quoted::Nothing | Quoted::NeverIssued => None,
    };
    let of_ticket = ticket.and_then(|ticket| desk.tickets.customer.get(at(ticket)).copied());
    let customers = report.customer.into_iter().chain(of_ticket);
    Touched {
        customers: customers.filter(|&customer| customer != NONE).collect(),
        ticket,
    }
}

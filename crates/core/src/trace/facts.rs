//! What the log says about each report: who had seen the item, and who saw how many like it.
//!
//! Facts do not depend on alpha, gamma, striking or guards, so a change of those asks the log
//! nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::exposure::{Ask, Exposures, Item, Kind, Stratum, Totals};
use super::strata::Class;
use crate::at;
use crate::desk::{Desk, NONE};
use crate::report::{Quoted, Report};
use crate::time::Second;

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It counts.
    Used,
    /// A person left it out.
    Excluded,
    /// It matched no customer.
    Unmatched,
    /// Nobody checked it with the customer.
    Unverified,
    /// Investigators called the customer first.
    Solicited,
    /// Its customer or household had already reported.
    Repeated,
}

impl Use {
    /// Why it does not count, in plain words.
    #[must_use]
    pub fn why_not(self) -> Option<&'static str> {
        match self {
            Self::Used => None,
            Self::Excluded => Some("left out by a person"),
            Self::Unmatched => Some("matches no customer of this desk"),
            Self::Unverified => Some("not verified with the customer"),
            Self::Solicited => Some("the customer was called by investigators first"),
            Self::Repeated => Some("this customer, household or company has already reported"),
        }
    }
}

/// One used report as of one cut.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The item that was looked at.
    pub item: Item,
    /// As of when.
    pub cut: Second,
    /// Who had seen it, ascending.
    pub holders: Vec<u32>,
    /// What it is compared with; `None` = the report says nothing about anyone.
    pub compared: Option<Compared>,
}

/// The items that a reported one is compared with.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The stratum in the log.
    pub stratum: Arc<Stratum>,
    /// Those of its items that are gone.
    pub gone: Vec<GoneItem>,
    /// Items left, the reported one included.
    pub items: u32,
    /// How many of those each holder had seen.
    pub counts: Vec<u32>,
    /// How many items each holder had seen in all.
    pub totals: Arc<Totals>,
}

/// An item of the stratum that left with an earlier report.
#[derive(Clone, Debug)]
pub struct GoneItem {
    /// Which.
    pub item: Item,
    /// Who had seen it.
    pub holders: Vec<u32>,
}

impl Facts {
    /// Whether a holder had seen the item.
    #[must_use]
    pub fn saw(&self, holder: u32) -> bool {
        self.holders.binary_search(&holder).is_ok()
    }
}

/// All reports with their facts, in order.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// What became of each report.
    pub uses: Vec<Use>,
    /// Order number (from 0) of each used report.
    pub used: Vec<usize>,
    /// Facts of the used reports as of the call.
    pub lead: Vec<Facts>,
    /// Facts of the used reports as of the frozen cut.
    pub frozen: Vec<Facts>,
    /// Frozen cut of the first used report, at which near-identical sets are made.
    pub first_frozen: Option<Second>,
}

/// Which reports count.
#[must_use]
pub fn uses(reports: &[Report]) -> Vec<Use> {
    let mut customers = BTreeSet::new();
    let mut households = BTreeSet::new();
    reports
        .iter()
        .map(|report| {
            let Some(customer) = report.customer else {
                return Use::Unmatched;
            };
            if report.excluded.is_some() {
                return Use::Excluded;
            }
            if !report.verified {
                return Use::Unverified;
            }
            if report.solicited {
                return Use::Solicited;
            }
            if customers.contains(&customer)
                || report
                    .household
                    .is_some_and(|household| households.contains(&household))
            {
                return Use::Repeated;
            }
            customers.insert(customer);
            households.extend(report.household);
            Use::Used
        })
        .collect()
}

/// Asks the log about all reports of a desk, in one sweep.
#[must_use]
pub fn gather(desk: &Desk, exposures: &dyn Exposures, freeze_days: u32) -> Gathered {
    let uses = uses(&desk.reports);
    let mut first_call: Option<Second> = None;
    let mut used = Vec::new();
    let mut cuts = Vec::new();
    let mut touched: Vec<Vec<u32>> = Vec::new();
    for (number, (report, fate)) in desk.reports.iter().zip(&uses).enumerate() {
        if matches!(fate, Use::Used | Use::Solicited | Use::Repeated) {
            first_call = Some(first_call.map_or(report.call(), |first| first.min(report.call())));
        }
        if *fate == Use::Used {
            let frozen = first_call.unwrap_or(report.call()).minus_days(freeze_days);
            used.push(number);
            cuts.push((report.call(), frozen));
            touched.push(touches(desk, report));
        }
    }
    let mut gone = Gone {
        exposures,
        tickets: BTreeMap::new(),
        touched,
    };
    let reports: Vec<&Report> = used.iter().map(|&number| &desk.reports[number]).collect();
    let lead = gone.facts(&reports, &cuts.iter().map(|cut| cut.0).collect::<Vec<_>>());
    let frozen = gone.facts(&reports, &cuts.iter().map(|cut| cut.1).collect::<Vec<_>>());
    Gathered {
        uses,
        used,
        lead,
        frozen,
        first_frozen: cuts.first().map(|cut| cut.1),
    }
}

/// The customers that leave the pools with a report.
fn touches(desk: &Desk, report: &Report) -> Vec<u32> {
    let of_ticket = match report.quoted {
        Quoted::Ticket(ticket) => desk.tickets.customer.get(at(ticket)).copied(),
        Quoted::Nothing | Quoted::NeverIssued => None,
    };
    let mut customers: Vec<u32> = report
        .customer
        .into_iter()
        .chain(of_ticket)
        .filter(|&customer| customer != NONE)
        .collect();
    customers.dedup();
    customers
}

/// Reported customers and their tickets, which leave the pools (sampling without replacement).
struct Gone<'a> {
    exposures: &'a dyn Exposures,
    tickets: BTreeMap<u32, Vec<Item>>,
    touched: Vec<Vec<u32>>,
}

impl Gone<'_> {
    fn facts(&mut self, reports: &[&Report], cuts: &[Second]) -> Vec<Facts> {
        let mut facts = Vec::with_capacity(reports.len());
        let mut asks: Vec<Ask> = Vec::new();
        let mut asking = Vec::new();
        for (number, (report, &cut)) in reports.iter().zip(cuts).enumerate() {
            let (item, seen) = self.look(report, cut);
            let (class, cell, holders) = match seen {
                Some(seen) => (seen.class, Some(seen.cell), seen.holders),
                None => (Class::OPEN, None, Vec::new()),
            };
            if let Some(cell) = cell
                && class != Class::OPEN
                && !holders.is_empty()
            {
                asks.push(Ask {
                    kind: item.kind(),
                    cut,
                    cell,
                    class,
                });
                asking.push(number);
            }
            facts.push(Facts {
                item,
                cut,
                holders,
                compared: None,
            });
        }
        let strata = self.exposures.strata(&asks);
        let mut totals: BTreeMap<(Kind, u32), Arc<Totals>> = BTreeMap::new();
        for ((&number, ask), stratum) in asking.iter().zip(&asks).zip(strata) {
            let totals = totals
                .entry((ask.kind, ask.cut.0 / Second::DAY))
                .or_insert_with(|| Arc::new(self.exposures.totals(ask.kind, ask.cut)));
            let totals = Arc::clone(totals);
            let item = facts[number].item;
            facts[number].compared = Some(self.subtract(number, item, ask, stratum, totals));
        }
        facts
    }

    /// The quoted ticket where somebody had seen it before the cut, else the customer.
    fn look(&self, report: &Report, cut: Second) -> (Item, Option<super::exposure::Seen>) {
        if let Quoted::Ticket(ticket) = report.quoted {
            let item = Item::Ticket(ticket);
            let seen = self.exposures.seen(item, cut);
            if seen
                .as_ref()
                .is_some_and(|seen| seen.class == Class::OPEN || !seen.holders.is_empty())
            {
                return (item, seen);
            }
        }
        let item = Item::Customer(report.customer.unwrap_or(NONE));
        (item, self.exposures.seen(item, cut))
    }

    fn subtract(
        &mut self,
        number: usize,
        item: Item,
        ask: &Ask,
        stratum: Arc<Stratum>,
        totals: Arc<Totals>,
    ) -> Compared {
        let mut items = stratum.items;
        let mut counts = stratum.counts.clone();
        let mut gone = Vec::new();
        let customers: BTreeSet<u32> = self.touched[..number].iter().flatten().copied().collect();
        for customer in customers {
            let of_customer = match ask.kind {
                Kind::Customer => vec![Item::Customer(customer)],
                Kind::Ticket => self
                    .tickets
                    .entry(customer)
                    .or_insert_with(|| self.exposures.tickets_of(customer))
                    .clone(),
            };
            for other in of_customer.into_iter().filter(|&other| other != item) {
                let Some(seen) = self.exposures.seen(other, ask.cut) else {
                    continue;
                };
                if seen.cell == ask.cell && stratum.merging.group(seen.class) == Some(stratum.group)
                {
                    items -= 1;
                    for &holder in &seen.holders {
                        counts[at(holder)] -= 1;
                    }
                    gone.push(GoneItem {
                        item: other,
                        holders: seen.holders,
                    });
                }
            }
        }
        Compared {
            stratum,
            gone,
            items,
            counts,
            totals,
        }
    }
}

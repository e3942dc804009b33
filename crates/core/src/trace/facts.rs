//! What the log says about each report: who had seen the item, and who saw how many like it.
//!
//! Facts do not depend on alpha, gamma, striking or guards, so a change of those asks the log
//! nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cache::{Cache, Exposed};
use super::exposure::{Ask, Cell, Cut, Exposures, Item, Kind, Seen, Stratum, Totals};
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
    pub cut: Cut,
    /// Who had seen it, ascending.
    pub holders: Vec<u32>,
    /// Who may have had it before the guard's cut, ascending.
    pub guards: Vec<u32>,
    /// What it is compared with; `None` = the report says nothing about anyone.
    pub compared: Option<Compared>,
}

/// The items that a reported one is compared with.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Attributes that its items have in common.
    pub cell: Cell,
    /// The stratum in the log.
    pub stratum: Arc<Stratum>,
    /// Those of its items that are gone.
    pub gone: Vec<GoneItem>,
    /// Items left, the reported one included.
    pub items: u32,
    /// How many of those each holder had seen.
    pub counts: Vec<u32>,
    /// How many of those each holder may have had before the guard's cut.
    pub guards: Vec<u32>,
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
    /// Who may have had it before the guard's cut.
    pub guards: Vec<u32>,
}

impl Facts {
    /// Whether a holder had seen the item.
    #[must_use]
    pub fn saw(&self, holder: u32) -> bool {
        self.holders.binary_search(&holder).is_ok()
    }

    /// Whether a colleague may have had the item before the guard's cut.
    #[must_use]
    pub fn guarded(&self, holder: u32) -> bool {
        self.guards.binary_search(&holder).is_ok()
    }
}

/// All reports with their facts, in order.
#[derive(Debug, Default)]
pub struct Gathered {
    /// What became of each report.
    pub uses: Vec<Use>,
    /// Order number (from 0) of each used report.
    pub used: Vec<usize>,
    /// Facts of the used reports as of the call.
    pub lead: Vec<Facts>,
    /// Facts of the used reports as of the frozen cut.
    pub frozen: Vec<Facts>,
    /// Start of the first used report's campaign less the freeze: near-identical sets go by it.
    pub first_freeze: Option<Second>,
    /// What was counted of the facts so far.
    pub(super) cache: Cache,
}

impl Gathered {
    /// The facts of the used reports.
    #[must_use]
    pub fn facts(&self, exposed: Exposed) -> &[Facts] {
        match exposed {
            Exposed::AtCall => &self.lead,
            Exposed::Frozen => &self.frozen,
        }
    }
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

/// The guard's cut is the call of this rank among the earliest: two false dates don't move it.
const GUARD_RANK: usize = 3;

/// When each used report is asked about: for the lead, and frozen for naming.
struct Asking {
    used: Vec<usize>,
    lead: Vec<Cut>,
    frozen: Vec<Cut>,
    first_freeze: Option<Second>,
}

impl Asking {
    fn new(reports: &[Report], uses: &[Use], freeze_days: u32) -> Self {
        let mut asking = Self {
            used: Vec::new(),
            lead: Vec::new(),
            frozen: Vec::new(),
            first_freeze: None,
        };
        // The calls of believable reports so far, ascending.
        let mut calls: Vec<Second> = Vec::new();
        let mut first_contact: BTreeMap<u32, Second> = BTreeMap::new();
        let mut first_of_household: BTreeMap<u32, Second> = BTreeMap::new();
        for (number, (report, fate)) in reports.iter().zip(uses).enumerate() {
            let call = report.call();
            // Any word of an earlier contact counts here, believed or not: it can only make the
            // exposure smaller that speaks against somebody.
            let contact = |known: &mut BTreeMap<u32, Second>, of: Option<u32>| match of {
                Some(of) => {
                    let first = known.entry(of).or_insert(call);
                    *first = (*first).min(call);
                    *first
                }
                None => call,
            };
            let first = contact(&mut first_contact, report.customer)
                .min(contact(&mut first_of_household, report.household));
            if matches!(fate, Use::Used | Use::Solicited | Use::Repeated) {
                calls.insert(calls.partition_point(|&known| known <= call), call);
            }
            if *fate == Use::Used {
                let start = calls.first().copied().unwrap_or(call);
                let guard = calls.get(GUARD_RANK - 1).copied().unwrap_or(call).min(call);
                let freeze = start.minus_days(freeze_days);
                let at = freeze.min(first);
                asking.first_freeze.get_or_insert(freeze);
                asking.used.push(number);
                asking.lead.push(Cut {
                    at: call,
                    guard: call,
                });
                asking.frozen.push(Cut {
                    at,
                    guard: guard.max(at),
                });
            }
        }
        asking
    }
}

/// Asks the log about all reports of a desk, in one sweep.
#[must_use]
pub fn gather(desk: &Desk, exposures: &dyn Exposures, freeze_days: u32) -> Gathered {
    let uses = uses(&desk.reports);
    let Asking {
        used,
        lead,
        frozen,
        first_freeze,
    } = Asking::new(&desk.reports, &uses, freeze_days);
    let reports: Vec<&Report> = used.iter().map(|&number| &desk.reports[number]).collect();
    let touched: Vec<Touched> = reports.iter().map(|report| touches(desk, report)).collect();
    let customers: BTreeSet<u32> = touched.iter().flat_map(|t| t.customers.clone()).collect();
    let customers: Vec<u32> = customers.into_iter().collect();
    let tickets = exposures.tickets_of(&customers);
    let gone = Gone {
        exposures,
        tickets: customers.into_iter().zip(tickets).collect(),
        touched,
    };
    let lead = gone.facts(&reports, &lead);
    let frozen = gone.facts(&reports, &frozen);
    Gathered {
        uses,
        used,
        lead,
        frozen,
        first_freeze,
        cache: Cache::default(),
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
struct Gone<'a> {
    exposures: &'a dyn Exposures,
    tickets: BTreeMap<u32, Vec<Item>>,
    touched: Vec<Touched>,
}

impl Gone<'_> {
    fn facts(&self, reports: &[&Report], cuts: &[Cut]) -> Vec<Facts> {
        let mut facts = Vec::with_capacity(reports.len());
        let mut asks: Vec<Ask> = Vec::new();
        let mut asking = Vec::new();
        let mut gone: BTreeMap<Kind, BTreeSet<Item>> = BTreeMap::new();
        for (number, (report, &cut)) in reports.iter().zip(cuts).enumerate() {
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

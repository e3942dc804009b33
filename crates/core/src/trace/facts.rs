//! What the log says about each report: who had seen the item, and who saw how many like it.
//!
//! Facts do not depend on alpha, gamma, striking or guards, so a change of those asks the log
//! nothing.

mod gone;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::gone::Gone;
use super::cache::{Cache, Exposed};
use super::exposure::{Cell, Cut, Exposures, Item, Stratum, Totals};
use crate::desk::Desk;
use crate::report::Report;
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
    /// The reports, to tell what another list has in common with them.
    reports: Vec<Report>,
    freeze_days: u32,
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
    Gathered::default().go_on(desk, exposures, freeze_days)
}

impl Gathered {
    /// What still holds where views from a second on were added to the log, by persons that it knew.
    #[must_use]
    pub fn until(mut self, first: Second) -> Self {
        let pairs = self.lead.iter().zip(&self.frozen);
        let known = pairs
            .take_while(|(lead, frozen)| lead.cut.guard.max(frozen.cut.guard) <= first)
            .count();
        if let Some(&number) = self.used.get(known) {
            self.reports.truncate(number);
        }
        self
    }

    /// Asks the same log about a list of reports that may begin as the one did that this is of.
    ///
    /// What is said after n reports is never changed by the reports behind them, so what both
    /// lists begin with is not asked about again; the result is that of [`gather`].
    #[must_use]
    pub fn go_on(self, desk: &Desk, exposures: &dyn Exposures, freeze_days: u32) -> Self {
        let pairs = self.reports.iter().zip(&desk.reports);
        let same = pairs.take_while(|(before, now)| before == now).count();
        let same = if self.freeze_days == freeze_days {
            same
        } else {
            0
        };
        let (mut lead, mut frozen) = (self.lead, self.frozen);
        let known = self.used.partition_point(|&number| number < same);
        lead.truncate(known);
        frozen.truncate(known);
        let uses = uses(&desk.reports);
        let asking = Asking::new(&desk.reports, &uses, freeze_days);
        let gone = Gone::new(desk, exposures, &asking.used);
        Self {
            lead: gone.facts(lead, &asking.lead),
            frozen: gone.facts(frozen, &asking.frozen),
            uses,
            used: asking.used,
            first_freeze: asking.first_freeze,
            cache: self.cache.go_on(known),
            reports: desk.reports.clone(),
            freeze_days,
        }
    }
}

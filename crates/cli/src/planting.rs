//! Sellers planted in a log: what `--power` and the trials on a real log draw their reports from.

use countersign_core::desk::{Desk, NONE};
use countersign_core::report::{Quoted, Report};
use countersign_core::time::Second;
use countersign_core::trace::exposure::{Exposures, Kind};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

/// What can be sold from a log, and by whom.
#[derive(Debug)]
pub(crate) struct Market {
    kind: Kind,
    /// Persons that saw enough, and the rows of what they saw.
    pub(crate) sellers: Vec<(u32, Vec<u32>)>,
    /// Rows of everything that anybody saw.
    everything: Vec<u32>,
    after: Second,
}

/// Reports of one planted sale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sale {
    /// How many reports.
    pub(crate) reports: usize,
    /// Share of reports of customers drawn from everybody.
    pub(crate) noise: f64,
    /// Days from the log's end to the first call: the freeze, so that all of the log counts.
    pub(crate) freeze_days: u32,
}

impl Market {
    /// Everybody who saw at least `least` tickets (customers, where the log knows no tickets).
    pub(crate) fn new(exposures: &dyn Exposures, persons: u32, least: usize) -> Self {
        let kind = if exposures.totals_of_log(Kind::Ticket).any > 0 {
            Kind::Ticket
        } else {
            Kind::Customer
        };
        let after = exposures.span().map_or(Second(0), |(_, last)| last);
        let all: Vec<u32> = (0..persons).collect();
        let seen = exposures.seen_by(kind, Second(u32::MAX), &all);
        let mut everything: Vec<u32> = seen.iter().flatten().copied().collect();
        everything.sort_unstable();
        everything.dedup();
        let sellers = all
            .into_iter()
            .zip(seen)
            .filter(|(_, rows)| rows.len() >= least)
            .collect();
        Self {
            kind,
            sellers,
            everything,
            after,
        }
    }

    /// Draws the reports of a sale of these rows, in order, each customer once.
    pub(crate) fn sell(&self, desk: &Desk, rows: &[u32], sale: Sale, seed: u64) -> Vec<Report> {
        let mut chance = Pcg64Mcg::seed_from_u64(seed);
        let mut list = rows.to_vec();
        list.shuffle(&mut chance);
        let mut list = list.into_iter();
        let mut reported = std::collections::BTreeSet::new();
        let mut reports = Vec::new();
        // Bounded: a list may have fewer customers than reports are wanted.
        for _ in 0..sale.reports * 20 {
            if reports.len() == sale.reports {
                break;
            }
            let row = if chance.random_bool(sale.noise) {
                self.everything[chance.random_range(0..self.everything.len())]
            } else {
                let Some(row) = list.next() else { break };
                row
            };
            let (customer, quoted) = match self.kind {
                Kind::Customer => (row, Quoted::Nothing),
                Kind::Ticket => {
                    let customer = desk.tickets.customer[row as usize];
                    // A ticket of nobody known stands for a customer of its own.
                    (
                        if customer == NONE {
                            NONE - 1 - row
                        } else {
                            customer
                        },
                        Quoted::Ticket(row),
                    )
                }
            };
            if !reported.insert(customer) {
                continue;
            }
            let number = u32::try_from(reports.len()).unwrap_or(u32::MAX);
            // All at one second: then one pass over the log answers for all of them.
            let call = self.after.0 + 1 + sale.freeze_days * Second::DAY;
            reports.push(Report {
                id: format!("P{number:04}"),
                received: Second(call),
                called: Some(Second(call)),
                customer: Some(customer),
                quoted,
                verified: true,
                ..Report::default()
            });
        }
        reports
    }
}

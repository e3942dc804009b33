//! The incident of 2019 at its real size: 12 million customers, one seller, the calls.
//!
//! Everything is a function of the seed and a row number: a ticket's customer, its life on the
//! desk and all views of it are drawn from a stream of their own. So no table is ever held in
//! memory as a whole, days can be made on all cores in any order, and the bytes are the same
//! whatever the number of threads.

mod calendar;
mod calls;
mod customer;
mod live;
mod seller;
mod staff;
mod ticket;
mod year;

use countersign_core::time::Second;
use serde::Serialize;

use crate::error::SimError;

pub(crate) use calendar::Calendar;
pub(crate) use customer::{PLANS, PRODUCTS, REGIONS};
pub use live::{Live, Lived};
pub(crate) use ticket::{CATEGORIES, Company};
pub use year::incident_world;
pub(crate) use year::{Sink, Year, exports};

/// How the seller came by the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Taking {
    /// It looked customers of all teams up beside its own work, for months.
    #[default]
    Browsing,
    /// It sold what passed through its hands in its own work.
    OwnQueue,
    /// It made one export.
    Export,
}

impl Taking {
    /// All of them, for a command's choices.
    pub const ALL: [Self; 3] = [Self::Browsing, Self::OwnQueue, Self::Export];

    /// The name in kebab case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Browsing => "browsing",
            Self::OwnQueue => "own-queue",
            Self::Export => "export",
        }
    }
}

/// Settings of the incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Customers of the company.
    pub customers: u32,
    /// Logins at the desk, service and shared ones included.
    pub accounts: u32,
    /// Days of the log from 1 January 2019 on; the dates of the story move with it.
    pub days: u32,
    /// The one source of chance.
    pub seed: u64,
    /// How the list was taken.
    pub taking: Taking,
    /// Customers on the list; with [`Taking::OwnQueue`] at most these.
    pub list: u32,
    /// Reports in all, a third of which have nothing to do with the list; fewer when the list is
    /// used up, for each of its customers reports once.
    pub reports: u32,
}

impl Incident {
    /// The incident at this size: the list is 68,000 of 12 million, and at least 200.
    #[must_use]
    pub fn new(customers: u32, accounts: u32, days: u32, seed: u64) -> Self {
        let list = u64::from(customers) * 68 / 12_000;
        Self {
            customers,
            accounts,
            days,
            seed,
            taking: Taking::default(),
            list: (list as u32).max(200),
            reports: 160,
        }
    }

    /// The incident at its real size.
    #[must_use]
    pub fn real() -> Self {
        Self::new(12_000_000, 2_000, 365, 2019)
    }

    /// The incident in a second: 20,000 customers, 120 accounts.
    #[must_use]
    pub fn small() -> Self {
        Self::new(20_000, 120, 365, 2019)
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`SimError::Setting`] names the first one that is out of range.
    pub fn check(&self) -> Result<(), SimError> {
        let ranges = [
            ("customers", self.customers, 2_000, 50_000_000),
            ("accounts", self.accounts, 60, 20_000),
            ("days", self.days, 120, 730),
            ("reports", self.reports, 6, self.list),
            ("customers on the list", self.list, 50, self.customers / 4),
        ];
        for (what, given, least, most) in ranges {
            if !(least..=most).contains(&given) {
                return Err(SimError::Setting {
                    what,
                    least,
                    most,
                    given,
                });
            }
        }
        Ok(())
    }
}

/// What was made; every number is counted while it is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows of the accounts table.
    pub accounts: u64,
    /// Rows of the customers table.
    pub customers: u64,
    /// Rows of the tickets table.
    pub tickets: u64,
    /// Rows of the events table, over all its files.
    pub views: u64,
    /// Rows of the exports table.
    pub exports: u64,
    /// Rows of the reports table.
    pub reports: u64,
    /// The files, in the order in which they were written.
    pub files: Vec<String>,
}

/// How far a run is; for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being made: `customers`, `tickets`, `events`.
    pub stage: &'static str,
    /// Rows made so far.
    pub done: u64,
    /// Rows that will be made, estimated for events.
    pub total: u64,
}

/// Whoever waits for a run: hears of progress and may stop it.
pub trait Watch: Sync {
    /// Called every million rows or so.
    fn progress(&self, progress: Progress);
    /// Asked as often; `true` ends the run with [`SimError::Stopped`].
    fn stopped(&self) -> bool;
}

/// Nobody waits.
impl Watch for () {
    fn progress(&self, _: Progress) {}
    fn stopped(&self) -> bool {
        false
    }
}

/// What really happened, written to a file of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Story {
    pub(crate) seller: u32,
    pub(crate) sale: Second,
    pub(crate) copy: Option<String>,
    /// Sorted rows.
    pub(crate) customers: Vec<u32>,
    /// Sorted rows.
    pub(crate) tickets: Vec<u32>,
}

#[cfg(test)]
mod tests;

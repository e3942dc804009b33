//! Small worlds in memory: a desk at work, a leak or none, and the reports that follow.
//!
//! ```
//! use countersign_sim::world::{Kind, Size, build};
//!
//! let world = build(Kind::HandOverChain, 7, &Size::default());
//! assert_eq!(world.desk.reports.len(), 60);
//! assert_eq!(world.truth.sellers.len(), 1);
//! ```

mod campaign;
mod cast;
mod floor;
mod kind;
mod list;
mod neighbours;
mod plot;
mod rows;

use countersign_core::desk::{Desk, View};
use countersign_core::time::Second;
use serde::Serialize;

pub use kind::{Group, Kind};

/// A desk with its views and reports, and beside them what really happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// The kind's name.
    pub name: &'static str,
    /// The desk's tables, reports included.
    pub desk: Desk,
    /// The access log, sorted by second.
    pub views: Vec<View>,
    /// What happened; the trace must never see it.
    pub truth: Truth,
}

/// What really happened in a world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// Accounts through which a list leaked, rows of the accounts table.
    pub sellers: Vec<u32>,
    /// The export that leaked, by name.
    pub copy: Option<String>,
    /// When the list was sold: what was seen later is not in it.
    pub sale: Option<Second>,
    /// Customers on the list, sorted rows.
    pub customers: Vec<u32>,
    /// Tickets on the list, sorted rows.
    pub tickets: Vec<u32>,
    /// Innocent accounts on which the world throws suspicion.
    pub suspects: Vec<u32>,
    /// Where each report came from, in the order of the desk's reports.
    pub origins: Vec<Origin>,
}

/// Where a report came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The caller had the list that leaked.
    List,
    /// A tech-support scam that dials anybody, or by a rule of the world without a leak.
    Unrelated,
    /// The caller had a list that was stolen elsewhere.
    Elsewhere,
    /// Investigators phoned the customer and asked.
    Solicited,
    /// Somebody made it up.
    Forged,
}

/// How large a world is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// Accounts, at least 40.
    pub accounts: u32,
    /// Customers, at least 1,000.
    pub customers: u32,
    /// Days of the log, at least 200.
    pub days: u32,
    /// Reports, at least 10 (the unverified burst comes on top).
    pub reports: u32,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            accounts: 100,
            customers: 10_000,
            days: 365,
            reports: 60,
        }
    }
}

/// Builds the world of this kind: the same arguments give the same world.
///
/// Sizes below the least of [`Size`] are raised to it.
#[must_use]
pub fn build(kind: Kind, seed: u64, size: &Size) -> World {
    let size = Size {
        accounts: size.accounts.max(40),
        customers: size.customers.max(1_000),
        days: size.days.max(200),
        reports: size.reports.max(10),
    };
    plot::play(kind, seed, &size)
}

/// 2019-01-01T00:00:00Z, when every world's log begins.
pub const START: Second = Second(599_616_000);

#[cfg(test)]
mod tests;

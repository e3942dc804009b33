//! The questions that the trace asks of a log, whoever answers them.

use std::sync::Arc;

use super::strata::{Class, Merging};
use crate::at;
use crate::time::Second;

/// What can leak: a customer's record or a ticket, by its row in the desk's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// Row of `Desk::customers`.
    Customer(u32),
    /// Row of `Desk::tickets`.
    Ticket(u32),
}

/// The two pools that items are compared in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Customers' records.
    Customer,
    /// Tickets.
    Ticket,
}

impl Item {
    /// The pool of the item.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Customer(_) => Kind::Customer,
            Self::Ticket(_) => Kind::Ticket,
        }
    }
}

/// Attributes of an item: cell of its customer, and of its ticket among the tickets' own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// Cell of the customer's attributes.
    pub customer: u32,
    /// Cell of the ticket's attributes; 0 for customers.
    pub ticket: u32,
}

/// As of when a question is asked: what counts against a holder, and what guards for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cut {
    /// Views before this second count, for strata and for the holder that is tested.
    pub at: Second,
    /// Views before this second, which is not earlier, count for colleagues.
    pub guard: Second,
}

/// One item as of a cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Attributes.
    pub cell: Cell,
    /// How often, how lately, how early it was seen.
    pub class: Class,
    /// Who saw it before the cut: persons, then copies, ascending.
    pub holders: Vec<u32>,
    /// Who saw it before the guard's cut, or made a copy with it, ascending.
    pub guards: Vec<u32>,
}

/// Which stratum: that of an item of this kind, cell and class as of the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ask {
    /// Which pool.
    pub kind: Kind,
    /// As of when.
    pub cut: Cut,
    /// Attributes.
    pub cell: Cell,
    /// Class before merging.
    pub class: Class,
}

/// The items of a stratum with those who saw them.
#[derive(Clone, Debug)]
pub struct Stratum {
    /// How classes of this cell were merged at this cut.
    pub merging: Arc<Merging>,
    /// The group of classes that this stratum is.
    pub group: u16,
    /// Number of items; items that nobody saw before the cut are in no stratum.
    pub items: u32,
    /// Guards of one item after the other, each with the marks [`LAST`] and [`EARLY`].
    pub stream: Vec<u32>,
    /// How many of the items each holder saw before the cut.
    pub counts: Vec<u32>,
    /// How many of the items each holder may have had before the guard's cut.
    pub guards: Vec<u32>,
}

/// Marks the last holder of an item in [`Stratum::stream`].
pub const LAST: u32 = 1 << 31;
/// Marks a holder that saw the item before the cut itself, and not only before the guard's.
pub const EARLY: u32 = 1 << 30;

/// The holder of a word of [`Stratum::stream`].
#[must_use]
pub const fn holder(word: u32) -> u32 {
    word & !(LAST | EARLY)
}

impl Stratum {
    /// The words of each item.
    pub fn seen_items(&self) -> impl Iterator<Item = &[u32]> {
        self.stream.split_inclusive(|word| word & LAST != 0)
    }
}

/// How many items of a kind each holder had seen, and how many anybody had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// By holder.
    pub seen: Vec<u32>,
    /// By any person.
    pub any: u32,
}

/// Who saw more than this share of all items can never be excluded by such data.
pub(super) const UNIVERSAL: f64 = 0.2;

impl Totals {
    /// Share of all items that persons saw which this holder saw; a copy's may be over one.
    #[must_use]
    pub fn share(&self, holder: u32) -> f64 {
        f64::from(self.seen[at(holder)]) / f64::from(self.any.max(1))
    }
}

/// How many items persons have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// Items of each person.
    pub seen: Vec<u32>,
    /// For each of those asked about, the items in common with each person.
    pub with: Vec<Vec<u32>>,
}

/// Jaccard index from which persons can't be told apart.
const NEAR_IDENTICAL: f64 = 0.9;

impl Shared {
    /// What these persons had in common before a cut: customers, or tickets where none are known.
    #[must_use]
    pub fn of(exposures: &dyn Exposures, cut: Second, persons: &[u32]) -> Self {
        let kind = if exposures.totals_of_log(Kind::Customer).any > 0 {
            Kind::Customer
        } else {
            Kind::Ticket
        };
        exposures.shared(kind, cut, persons)
    }

    /// Whether `person`, the one asked about at this place, can hardly be told apart from another.
    #[must_use]
    pub fn is_near_identical(&self, place: usize, person: u32, other: u32) -> bool {
        let both = self.with[place][at(other)];
        let either = self.seen[at(person)] + self.seen[at(other)] - both;
        either > 0 && f64::from(both) >= NEAR_IDENTICAL * f64::from(either)
    }
}

/// Answers of a log, as of any second.
pub trait Exposures: Sync {
    /// Persons and copies together.
    fn holders(&self) -> usize;
    /// One item as of a cut; `None` if the log has no such item.
    fn seen(&self, item: Item, cut: Cut) -> Option<Seen>;
    /// The tickets of each of these customers, which are all different.
    fn tickets_of(&self, customers: &[u32]) -> Vec<Vec<Item>>;
    /// The strata asked for, in one sweep; the same ask has the same answer.
    fn strata(&self, asks: &[Ask]) -> Vec<Arc<Stratum>>;
    /// Items seen before the start of the cut's day.
    fn totals(&self, kind: Kind, cut: Second) -> Totals;
    /// Items seen over the whole log, for universal viewers.
    fn totals_of_log(&self, kind: Kind) -> Totals;
    /// When a person first saw each item of the strata asked for (before the cut), ascending.
    fn first_seen(&self, asks: &[Ask], person: u32) -> Vec<Vec<Second>>;
    /// When a person first saw an item, if before the cut.
    fn first_seen_item(&self, item: Item, cut: Second, person: u32) -> Option<Second>;
    /// Items that each person had seen before the cut, and how many of them each of `with` had too.
    fn shared(&self, kind: Kind, cut: Second, with: &[u32]) -> Shared;
    /// The rows of the items of this kind that each of these persons saw before the cut, ascending.
    fn seen_by(&self, kind: Kind, cut: Second, persons: &[u32]) -> Vec<Vec<u32>>;
    /// First and last second of the log.
    fn span(&self) -> Option<(Second, Second)>;
}

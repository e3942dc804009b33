//! What is on a list that leaked.

use countersign_core::desk::{NONE, View};

use super::floor::Floor;

/// Customers, and the tickets whose numbers the caller can quote.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    /// Sorted rows.
    pub(super) customers: Vec<u32>,
    /// Sorted rows.
    pub(super) tickets: Vec<u32>,
}

impl List {
    /// Everything in these views.
    pub(super) fn of<'a>(views: impl Iterator<Item = &'a View>) -> Self {
        let mut list = Self::default();
        for view in views {
            list.customers.push(view.customer);
            if view.ticket != NONE {
                list.tickets.push(view.ticket);
            }
        }
        list.sorted()
    }

    /// The same rows sorted, each once.
    pub(super) fn sorted(mut self) -> Self {
        for rows in [&mut self.customers, &mut self.tickets] {
            rows.sort_unstable();
            rows.dedup();
        }
        self
    }

    /// What is on both lists.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.customers
            .retain(|row| other.customers.binary_search(row).is_ok());
        self.tickets
            .retain(|row| other.tickets.binary_search(row).is_ok());
        self
    }

    /// Tickets of this customer that are on the list.
    pub(super) fn tickets_of(&self, floor: &Floor, customer: u32) -> &[u32] {
        let of = floor.tickets_of(customer);
        let from = self.tickets.partition_point(|ticket| *ticket < of.start);
        let to = self.tickets.partition_point(|ticket| *ticket < of.end);
        &self.tickets[from..to]
    }
}

//! The finished index, borrowed from memory or from a mapped file.

use std::ops::Range;

use super::layout::Numbering;
use super::lives::Units;
use super::totals::Totals;
use crate::at;
use crate::time::Second;
use crate::trace::exposure::Kind;

/// The second column of a view: who, whether for the first time, and which ticket.
pub(super) mod packed {
    /// 20 bits of account.
    pub(in super::super) const PERSON: u32 = 0xF_FFFF;
    /// This account's first view of the customer.
    pub(in super::super) const FIRST_OF_CUSTOMER: u32 = 1 << 20;
    /// This account's first view of the ticket.
    pub(in super::super) const FIRST_OF_TICKET: u32 = 1 << 21;
    /// Ten bits: 0 = no ticket, 1..=1022 = ordinal + 1 within the customer, 1023 = look it up.
    pub(in super::super) const TICKET_SHIFT: u32 = 22;
    pub(in super::super) const TICKET_OVERFLOW: u32 = 1023;
    /// The account of a view whose actor is unresolved.
    pub(in super::super) const UNRESOLVED: u32 = PERSON;
}

/// A copy's rows, as positions and slots of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// When it was made.
    pub second: Second,
    /// The person that made it, who may have had all its rows.
    pub maker: Option<u32>,
    /// Positions of its customers, sorted.
    pub customers: Vec<u32>,
    /// Slots of its tickets, sorted.
    pub tickets: Vec<u32>,
}

/// Who saw what when. Rows of a customer are in order of time.
#[derive(Clone, Debug)]
pub struct Index<'a> {
    /// Numbering of customers and tickets.
    pub layout: Numbering<'a>,
    /// Second of each view.
    pub seconds: &'a [u32],
    /// Person, flags and ticket of each view.
    pub packed: &'a [u32],
    /// First view of each position, and behind the last one the number of views.
    pub offsets: &'a [u32],
    /// When and by how many each slot's ticket was seen: see `lives`.
    pub lives: &'a [u32],
    /// What the times in `lives` are counted in.
    pub units: Units,
    /// Tickets whose ordinal is over 1022: pairs of view and ordinal, sorted by view.
    pub overflow: &'a [[u32; 2]],
    /// First views of customers by day.
    pub customers_seen: &'a Totals,
    /// First views of tickets by day.
    pub tickets_seen: &'a Totals,
    /// Copies that left.
    pub copies: &'a [Copy],
    /// How many persons there are; copies are numbered from here.
    pub persons: u32,
}

impl Index<'_> {
    /// Numbers of the views of a position.
    pub(super) fn views(&self, position: u32) -> Range<usize> {
        at(self.offsets[at(position)])..at(self.offsets[at(position) + 1])
    }

    /// Views of one customer, or of one of its tickets: second and word, in order of time.
    #[inline]
    pub(super) fn views_of(
        &self,
        kind: Kind,
        (position, ordinal): (u32, u32),
    ) -> impl Iterator<Item = (u32, u32)> {
        let views = self.views(position);
        let seconds = &self.seconds[views.clone()];
        let words = &self.packed[views.clone()];
        let (ticket, mask) = match kind {
            Kind::Customer => (0, 0),
            Kind::Ticket => (
                (ordinal + 1).min(packed::TICKET_OVERFLOW),
                u32::MAX << packed::TICKET_SHIFT,
            ),
        };
        let wanted = ticket << packed::TICKET_SHIFT;
        let is_sure = ticket != packed::TICKET_OVERFLOW;
        views
            .zip(seconds.iter().zip(words))
            .filter(move |&(view, (_, &word))| {
                word & mask == wanted && (is_sure || self.ordinal(view) == Some(ordinal))
            })
            .map(|(_, (&second, &word))| (second, word))
    }

    /// Ordinal of a view's ticket within its customer.
    #[inline]
    pub(super) fn ordinal(&self, view: usize) -> Option<u32> {
        match self.packed[view] >> packed::TICKET_SHIFT {
            0 => None,
            packed::TICKET_OVERFLOW => {
                let view = crate::index_u32(view);
                let row = self.overflow.partition_point(|pair| pair[0] < view);
                self.overflow.get(row).map(|pair| pair[1])
            }
            ordinal => Some(ordinal - 1),
        }
    }
}

//! The finished index, borrowed from memory or from a mapped file.

use std::ops::Range;

use super::delta::Delta;
use super::layout::Numbering;
use super::lives::Units;
use super::sweep::Member;
use super::totals::Totals;
use crate::time::Second;
use crate::trace::exposure::Kind;
use crate::{at, index_u32};

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
    /// What was added since.
    pub delta: Option<&'a Delta>,
}

/// The views of one row, in order of time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Views<'a> {
    pub(super) seconds: &'a [u32],
    pub(super) words: &'a [u32],
    /// What `overflow` counts the first of them as.
    pub(super) first: usize,
    pub(super) overflow: &'a [[u32; 2]],
}

impl Views<'_> {
    /// Ordinal of a view's ticket within its customer.
    #[inline]
    pub(super) fn ordinal(&self, view: usize) -> Option<u32> {
        match self.words[view] >> packed::TICKET_SHIFT {
            0 => None,
            packed::TICKET_OVERFLOW => {
                let view = index_u32(self.first + view);
                let row = self.overflow.partition_point(|pair| pair[0] < view);
                self.overflow.get(row).map(|pair| pair[1])
            }
            ordinal => Some(ordinal - 1),
        }
    }
}

impl<'a> Index<'a> {
    /// This index with what was added to it since.
    #[must_use]
    pub fn with(self, delta: &'a Delta) -> Self {
        Self {
            persons: delta.persons,
            delta: Some(delta),
            ..self
        }
    }

    /// Numbers of the views of a position of the index itself.
    pub(super) fn views(&self, position: u32) -> Range<usize> {
        at(self.offsets[at(position)])..at(self.offsets[at(position) + 1])
    }

    /// The views that the index itself has of a position.
    pub(super) fn known_views(&self, position: u32) -> Views<'a> {
        let views = self.views(position);
        Views {
            seconds: &self.seconds[views.clone()],
            words: &self.packed[views.clone()],
            first: views.start,
            overflow: self.overflow,
        }
    }

    /// The views of a position.
    #[inline]
    pub(super) fn row(&self, position: u32) -> Views<'a> {
        if let Some(delta) = self.delta
            && let Some(row) = delta.row(position)
        {
            return row;
        }
        self.known_views(position)
    }

    /// Slots of the tickets that the index itself has of a position.
    pub(super) fn known_tickets(&self, position: u32) -> Range<u32> {
        let start = self.layout.ticket_start;
        match start.get(at(position) + 1) {
            Some(&end) => start[at(position)]..end,
            None => 0..0,
        }
    }

    /// Position and ordinal of a slot of the index itself.
    pub(super) fn place_of_slot(&self, slot: u32) -> Option<Member> {
        let start = self.layout.ticket_start;
        let position = index_u32(start.partition_point(|&first| first <= slot)).checked_sub(1)?;
        Some((position, slot - start[at(position)]))
    }

    /// Slot of a ticket.
    pub(super) fn slot(&self, (position, ordinal): Member) -> u32 {
        let known = self.known_tickets(position);
        let count = index_u32(known.len());
        let added = || self.delta?.slot(self, (position, ordinal - count));
        if ordinal < count {
            known.start + ordinal
        } else {
            added().unwrap_or(u32::MAX)
        }
    }

    /// Views of one customer, or of one of its tickets: second and word, in order of time.
    #[inline]
    pub(super) fn views_of(
        &self,
        kind: Kind,
        (position, ordinal): Member,
    ) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let views = self.row(position);
        let (ticket, mask) = match kind {
            Kind::Customer => (0, 0),
            Kind::Ticket => (
                (ordinal + 1).min(packed::TICKET_OVERFLOW),
                u32::MAX << packed::TICKET_SHIFT,
            ),
        };
        let wanted = ticket << packed::TICKET_SHIFT;
        let is_sure = ticket != packed::TICKET_OVERFLOW;
        let each = views.seconds.iter().zip(views.words).enumerate();
        each.filter(move |&(view, (_, &word))| {
            word & mask == wanted && (is_sure || views.ordinal(view) == Some(ordinal))
        })
        .map(|(_, (&second, &word))| (second, word))
    }
}

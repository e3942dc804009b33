//! What the log tells, row by row and in its own ids: for who writes it down in another form.

use std::io;

use countersign_core::desk::View;
use countersign_core::time::Second;

use crate::adapters::Did;
use crate::piece::{Digits, EventSlots, Piece};
use crate::reason::Reason;

/// One view or change; an empty id is one that the log does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told<'a> {
    /// When, in whole seconds.
    pub second: Second,
    /// The account; empty where nobody knows whose it was.
    pub actor: &'a str,
    /// The customer.
    pub customer: &'a str,
    /// The ticket.
    pub ticket: &'a str,
    /// What was done.
    pub did: Did,
}

/// Receives the rows of the log one by one.
pub type Listener<'a> = dyn FnMut(&Told<'_>) -> io::Result<()> + 'a;

/// A piece of the log whose rows have numbers, on its way to who asked for them.
pub(crate) struct Numbered<'a> {
    /// The rows that are used.
    pub(crate) views: &'a [View],
    pub(crate) piece: &'a Piece,
    pub(crate) slots: &'a EventSlots,
    /// The rows that are not used, in order.
    pub(crate) bad: &'a [(u32, Reason)],
}

/// Takes pieces in their order.
pub(crate) type Taking<'a> = dyn FnMut(&Numbered<'_>) -> io::Result<()> + 'a;

impl Numbered<'_> {
    /// Tells the rows that are used, in their order.
    ///
    /// Texts come from the piece itself, so that no table from numbers back to ids is held.
    pub(crate) fn tell(&self, listener: &mut Listener<'_>) -> io::Result<()> {
        let mut bad = self.bad.iter().peekable();
        let mut views = self.views.iter();
        for (row, number) in (0..self.piece.len()).zip(0_u32..) {
            if bad.next_if(|(at, _)| *at == number).is_some() {
                continue;
            }
            let Some(view) = views.next() else {
                break;
            };
            let mut digits: [Digits; 3] = core::array::from_fn(|_| Digits::default());
            let [of_actor, of_customer, of_ticket] = &mut digits;
            let action = self
                .slots
                .action
                .map_or(&b""[..], |slot| self.piece.cell(slot, row, of_actor));
            let did = Did::of(action).unwrap_or_default();
            listener(&Told {
                second: view.second,
                actor: self.text(Some(self.slots.actor), row, of_actor),
                customer: self.text(self.slots.customer, row, of_customer),
                ticket: self.text(self.slots.ticket, row, of_ticket),
                did,
            })?;
        }
        Ok(())
    }

    /// An id of a row that is used, which is UTF-8: others have no number.
    fn text<'a>(&'a self, slot: Option<usize>, row: usize, digits: &'a mut Digits) -> &'a str {
        let text = slot.map_or(&b""[..], |slot| self.piece.cell(slot, row, digits));
        core::str::from_utf8(text).unwrap_or_default()
    }
}

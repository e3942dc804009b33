//! Finds the customer and the ticket that somebody names after the import, one report at a time.
//!
//! Contacts are kept as hashes under a random key that never leaves the memory; ids and ticket
//! numbers as they are, since a report names them so.

use countersign_core::desk::NONE;
use countersign_core::report::Quoted;

use crate::contact::{Contact, Hashing};
use crate::dictionary::Ids;
use crate::household::Households;
use crate::tickets::Tickets;

/// Who is at the desk, for those who ask with an address or a number.
pub struct Directory {
    pub(crate) hashing: Hashing,
    /// Hashes of contacts and whose each is, sorted.
    pub(crate) contacts: Vec<(u64, u32)>,
    pub(crate) customers: Ids,
    /// Customers of the table; those that only other tables name follow.
    pub(crate) listed: u32,
    pub(crate) households: Households,
    pub(crate) tickets: Tickets,
    /// Whose each ticket is, also where only the log says so.
    pub(crate) ticket_customer: Vec<u32>,
}

/// What somebody says of themselves.
#[derive(Clone, Copy, Default)]
pub struct Described<'a> {
    /// The desk's own id.
    pub customer: Option<&'a str>,
    /// An address on file.
    pub email: Option<&'a str>,
    /// A number on file.
    pub phone: Option<&'a str>,
    /// A ticket number as it was heard.
    pub number: Option<&'a str>,
}

/// What the desk knows of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// Whose row; none: nobody's, or it fits several.
    pub customer: Option<u32>,
    /// The group that counts once.
    pub household: Option<u32>,
    /// The ticket, if what was heard is a whole number of one: a piece proves nothing.
    pub quoted: Quoted,
}

impl core::fmt::Debug for Directory {
    /// How much there is; what there is, is personal data.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Directory")
            .field("customers", &self.customers.len())
            .field("contacts", &self.contacts.len())
            .finish_non_exhaustive()
    }
}

impl core::fmt::Debug for Described<'_> {
    /// Which of them were said, and not what.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Described")
            .field("customer", &self.customer.is_some())
            .field("email", &self.email.is_some())
            .field("phone", &self.phone.is_some())
            .field("number", &self.number.is_some())
            .finish()
    }
}

impl Directory {
    /// Finds customer and ticket. The address counts before the phone, as in a file of reports.
    #[must_use]
    pub fn place(&self, described: &Described<'_>) -> Placed {
        let id = described.customer.map(str::trim).map(str::as_bytes);
        let contact = |contact, value: Option<&str>| {
            let hash = self.hashing.of(contact, value?.as_bytes());
            self.only(hash)
        };
        let customer = id
            .and_then(|id| self.customers.find(id))
            .or_else(|| contact(Contact::Email, described.email))
            .or_else(|| contact(Contact::Phone, described.phone));
        let listed = customer.filter(|customer| *customer < self.listed);
        Placed {
            customer,
            household: listed.map(|customer| self.households.of(customer)),
            quoted: self.quoted(described.number),
        }
    }

    /// The customer of exactly this id.
    #[must_use]
    pub fn customer(&self, id: &str) -> Option<u32> {
        self.customers.find(id.as_bytes())
    }

    /// The ticket of exactly this id.
    #[must_use]
    pub fn ticket(&self, id: &str) -> Option<u32> {
        self.tickets.ids.find(id.as_bytes())
    }

    /// Whose a ticket is.
    #[must_use]
    pub fn owner(&self, ticket: u32) -> Option<u32> {
        let owner = self.ticket_customer.get(ticket as usize).copied();
        owner.filter(|customer| *customer != NONE)
    }

    fn quoted(&self, number: Option<&str>) -> Quoted {
        let Some(text) = number.map(str::trim).filter(|text| !text.is_empty()) else {
            return Quoted::Nothing;
        };
        // As the desk writes it, else as one hears it: without blanks and strokes, in capitals.
        let heard: String = text
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .flat_map(char::to_uppercase)
            .collect();
        let found = self.tickets.meant(text.as_bytes());
        let found = found.or_else(|| self.tickets.meant(heard.as_bytes()));
        found.map_or(Quoted::Nothing, Quoted::Ticket)
    }

    /// The one customer who has a contact.
    fn only(&self, hash: u64) -> Option<u32> {
        if hash == 0 {
            return None;
        }
        let begin = self.contacts.partition_point(|(known, _)| *known < hash);
        let mut same = self.contacts.get(begin..)?.iter();
        let &(known, customer) = same.next()?;
        let alone = same.next().is_none_or(|(next, _)| *next != hash);
        (known == hash && alone).then_some(customer)
    }
}

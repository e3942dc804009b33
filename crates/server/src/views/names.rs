//! Numbers of accounts, customers and tickets that views have named, and whose key seals each name.
//!
//! The names themselves are in memory and, sealed, in the ledger; nowhere else.

use std::collections::HashMap;

use countersign_core::desk::NONE;
use countersign_core::record::Met;
use countersign_ledger::leaf::Token;
use zeroize::Zeroizing;

use crate::names::hidden;

/// What has a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Account,
    Customer,
    Ticket,
}

/// A number with the name that it stands for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) what: Name,
    pub(crate) number: u32,
    pub(crate) name: String,
}

impl core::fmt::Debug for Named {
    /// The name is personal data.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?} {}", self.what, self.number)
    }
}

/// All names so far.
#[derive(Default)]
pub(crate) struct Names {
    /// By what stands for the name: those of who works here are forgotten.
    accounts: Numbered,
    customers: Numbered,
    tickets: Numbered,
    /// Whose key seals what is said of each customer, by number; the server's where it is not known.
    subject: HashMap<u32, Token>,
    hides: Zeroizing<[u8; 32]>,
}

impl core::fmt::Debug for Names {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Names")
            .field("accounts", &self.accounts.next)
            .field("customers", &self.customers.next)
            .field("tickets", &self.tickets.next)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Numbered {
    of: HashMap<Box<str>, u32>,
    next: u32,
}

/// What a batch brings up for the first time; it counts when it is durable.
#[derive(Default)]
pub(crate) struct New {
    pub(crate) named: Vec<Named>,
    /// Entries to be made, each with whose key seals it.
    pub(crate) met: Vec<(Token, Met)>,
    /// Customers' keys that are new.
    subjects: Vec<(u32, Token)>,
    /// Place in `met` of each subject, so that one entry has all that is about it.
    place: HashMap<Token, usize>,
}

impl core::fmt::Debug for New {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("New")
            .field("named", &self.named)
            .finish_non_exhaustive()
    }
}

impl New {
    fn met(&mut self, subject: Token) -> &mut Met {
        let place = *self.place.entry(subject).or_insert(self.met.len());
        if place == self.met.len() {
            self.met.push((subject, Met::default()));
        }
        &mut self.met[place].1
    }
}

impl Numbered {
    fn learn(&mut self, number: u32, name: &str) {
        self.of.insert(name.into(), number);
        self.seen(number);
    }

    /// A number that was given is given to nobody else, whoever had it.
    fn seen(&mut self, number: u32) {
        if number != NONE {
            self.next = self.next.max(number.saturating_add(1));
        }
    }

    /// The number of a name, and whether it is new. An empty name is nobody's.
    fn number(&mut self, name: &str) -> (u32, bool) {
        if name.is_empty() {
            return (NONE, false);
        }
        if let Some(&number) = self.of.get(name) {
            return (number, false);
        }
        let number = self.next;
        self.of.insert(name.into(), number);
        self.next += 1;
        (number, true)
    }
}

impl Names {
    /// None yet.
    pub(crate) fn new(hides: Zeroizing<[u8; 32]>) -> Self {
        Self {
            hides,
            ..Self::default()
        }
    }

    /// Takes names from the ledger, and tells them in the order of their numbers.
    pub(crate) fn learn(&mut self, subject: Token, met: Met, tell: &mut impl FnMut(Named)) {
        let all = [
            (Name::Account, &mut self.accounts, met.accounts),
            (Name::Customer, &mut self.customers, met.customers),
            (Name::Ticket, &mut self.tickets, met.tickets),
        ];
        for (what, numbered, names) in all {
            for (number, name) in names {
                if what == Name::Account {
                    numbered.learn(number, &hidden(&self.hides, &name));
                } else {
                    numbered.learn(number, &name);
                }
                if what == Name::Customer {
                    self.subject.insert(number, subject);
                }
                tell(Named { what, number, name });
            }
        }
    }

    /// Numbers that stand in rows; of some the names were erased.
    pub(crate) fn seen(&mut self, [account, customer, ticket]: [u32; 3]) {
        self.accounts.seen(account);
        self.customers.seen(customer);
        self.tickets.seen(ticket);
    }

    /// The numbers of a row's names; those that are new are added to `new`.
    pub(crate) fn numbers(
        &mut self,
        [account, customer, ticket]: [&str; 3],
        server: Token,
        new: &mut New,
        mut token: impl FnMut() -> std::io::Result<Token>,
    ) -> std::io::Result<[u32; 3]> {
        let mut tell = |what, number, name: &str| {
            let name = name.to_owned();
            new.named.push(Named { what, number, name });
        };
        let of_account = match account {
            "" => (NONE, false),
            name => self.accounts.number(&hidden(&self.hides, name)),
        };
        if of_account.1 {
            tell(Name::Account, of_account.0, account);
        }
        let of_customer = self.customers.number(customer);
        if of_customer.1 {
            tell(Name::Customer, of_customer.0, customer);
        }
        let of_ticket = self.tickets.number(ticket);
        if of_ticket.1 {
            tell(Name::Ticket, of_ticket.0, ticket);
        }
        if of_account.1 {
            let subject = token()?;
            let accounts = &mut new.met(subject).accounts;
            accounts.push((of_account.0, account.to_owned()));
        }
        if of_customer.1 {
            let subject = token()?;
            self.subject.insert(of_customer.0, subject);
            new.subjects.push((of_customer.0, subject));
            let customers = &mut new.met(subject).customers;
            customers.push((of_customer.0, customer.to_owned()));
        }
        if of_ticket.1 {
            // A ticket goes with its customer when that one is erased.
            let subject = self.subject.get(&of_customer.0).copied().unwrap_or(server);
            let tickets = &mut new.met(subject).tickets;
            tickets.push((of_ticket.0, ticket.to_owned()));
        }
        Ok([of_account.0, of_customer.0, of_ticket.0])
    }

    /// Takes back what never became durable.
    pub(crate) fn forget(&mut self, new: &New) {
        for Named { what, number, name } in new.named.iter().rev() {
            let numbered = match what {
                Name::Account => &mut self.accounts,
                Name::Customer => &mut self.customers,
                Name::Ticket => &mut self.tickets,
            };
            match what {
                Name::Account => numbered.of.remove(hidden(&self.hides, name).as_str()),
                Name::Customer | Name::Ticket => numbered.of.remove(name.as_str()),
            };
            numbered.next = *number;
        }
        for (customer, _) in &new.subjects {
            self.subject.remove(customer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_sealed_with_its_customer_and_what_failed_is_taken_back() {
        let mut names = Names::default();
        let mut last = 0;
        let mut token = || {
            last += 1;
            Ok([last; 16])
        };
        let server = [0xFF; 16];
        let mut new = New::default();
        let mut number = |names: &mut Names, row, new: &mut New| {
            names.numbers(row, server, new, &mut token).unwrap()
        };
        assert_eq!(number(&mut names, ["a", "c", "t"], &mut new), [0, 0, 0]);
        assert_eq!(number(&mut names, ["a", "", "u"], &mut new), [0, NONE, 1]);
        assert_eq!(number(&mut names, ["", "c", "v"], &mut new), [NONE, 0, 2]);
        let met: Vec<_> = new
            .met
            .iter()
            .map(|(subject, met)| {
                (
                    subject[0],
                    met.accounts.len(),
                    met.customers.len(),
                    met.tickets.len(),
                )
            })
            .collect();
        assert_eq!(met, [(1, 1, 0, 0), (2, 0, 1, 2), (0xFF, 0, 0, 1)]);
        assert!(!format!("{new:?}{names:?}").contains("\"c\""));
        let mut failed = New::default();
        assert_eq!(number(&mut names, ["b", "d", "w"], &mut failed), [1, 1, 3]);
        names.forget(&failed);
        let mut again = New::default();
        assert_eq!(number(&mut names, ["a", "d", "t"], &mut again), [0, 1, 0]);
        assert_eq!(again.named.len(), 1);
    }
}

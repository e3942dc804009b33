//! The desk grows while the server runs: numbers of views become rows of its tables.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use countersign_core::desk::{Account, Desk as Tables, NONE, View};
use countersign_core::record::Seen;
use countersign_core::report::Quoted;
use countersign_core::time::Second;
use countersign_import::{Described, Placed};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::Register;
use crate::names::hidden;
use crate::views::{Came, Name};

/// Rows that stand for what views name.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// By what stands for the id: the ids themselves are forgotten.
    account_of: HashMap<String, u32>,
    hides: Zeroizing<[u8; 32]>,
    /// By number; [`NONE`] where the name was not told or was erased.
    accounts: Vec<u32>,
    customers: Vec<u32>,
    tickets: Vec<u32>,
    /// When each ticket was first seen, by number.
    first: Vec<Option<u32>>,
    pub(crate) met: Met,
    pub(crate) past: Past,
    pub(crate) rows: u64,
}

/// A desk while it grows.
struct Growing<'a> {
    tables: &'a mut Tables,
    register: &'a dyn Register,
    newcomers: &'a mut Vec<Zeroizing<String>>,
}

/// Customers and tickets that no table has, for reports about them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Met(Arc<RwLock<MetNames>>);

#[derive(Default)]
struct MetNames {
    customers: HashMap<String, u32>,
    tickets: HashMap<String, u32>,
}

impl core::fmt::Debug for MetNames {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MetNames")
            .field("customers", &self.customers.len())
            .finish_non_exhaustive()
    }
}

/// What came, as a sum for each minute that it is about: whoever has bet on what was known before a
/// second sees whether that is still all.
#[derive(Debug, Default)]
pub(crate) struct Past {
    minutes: BTreeMap<u32, u128>,
}

impl Past {
    fn add(&mut self, second: u32, what: &[u8]) {
        let [sum, _] = halves(&Sha256::digest(what).into());
        let minute = self.minutes.entry(second / 60).or_default();
        *minute = minute.wrapping_add(sum);
    }

    /// The sum of all that is about the time before the end of this second's minute.
    pub(crate) fn before(&self, second: Second) -> u128 {
        let minutes = self.minutes.range(..=second.0 / 60);
        minutes.fold(0, |sum, (_, minute)| sum.wrapping_add(*minute))
    }
}

fn halves(digest: &[u8; 32]) -> [u128; 2] {
    let half = |from: usize| {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[from..from + 16]);
        u128::from_be_bytes(bytes)
    };
    [half(0), half(16)]
}

/// What came, as the desk has it.
#[derive(Debug, Default)]
pub(crate) struct TookIn {
    pub(crate) views: Vec<View>,
    /// Tickets seen before of which it was only now said whose they are.
    pub(crate) learned: Vec<u32>,
    /// Names of accounts that nobody had met, in the order of their rows.
    pub(crate) newcomers: Vec<Zeroizing<String>>,
}

impl Live {
    /// Nothing came yet.
    pub(crate) fn new(tables: &Tables, hides: Zeroizing<[u8; 32]>) -> Self {
        let accounts = (0..).zip(&tables.accounts);
        Self {
            account_of: accounts
                .map(|(row, account)| (account.id.clone(), row))
                .collect(),
            hides,
            ..Self::default()
        }
    }

    /// Takes in what came. The tables grow by what they did not have.
    pub(crate) fn take(
        &mut self,
        tables: &mut Tables,
        register: &dyn Register,
        came: &Came,
    ) -> TookIn {
        let mut took = TookIn::default();
        let mut desk = Growing {
            tables,
            register,
            newcomers: &mut took.newcomers,
        };
        for named in &came.named {
            self.name(&mut desk, named.what, named.number, Some(&named.name));
        }
        for row in &came.rows {
            self.rows += 1;
            let account = self.row(&mut desk, Name::Account, row.account);
            let customer = self.row(&mut desk, Name::Customer, row.customer);
            let ticket = self.row(&mut desk, Name::Ticket, row.ticket);
            self.own(desk.tables, row, customer, ticket, &mut took.learned);
            self.past.add(row.second.0, &text(row));
            took.views.push(View {
                second: row.second,
                account,
                customer,
                ticket,
            });
        }
        took
    }

    /// A row says whose a ticket is; the first one counts.
    fn own(
        &mut self,
        tables: &mut Tables,
        row: &Seen,
        customer: u32,
        ticket: u32,
        learned: &mut Vec<u32>,
    ) {
        let Some(first) = self.first.get_mut(row.ticket as usize) else {
            return;
        };
        let before = *first;
        *first = Some(before.unwrap_or(u32::MAX).min(row.second.0));
        let owner = tables.tickets.customer.get_mut(ticket as usize);
        if customer != NONE
            && let Some(owner) = owner.filter(|owner| **owner == NONE)
        {
            *owner = customer;
            if let Some(before) = before {
                learned.push(ticket);
                // What was known of it before is now known of a customer.
                let [a, b, c, d] = row.ticket.to_be_bytes();
                let [e, f, g, h] = row.customer.to_be_bytes();
                self.past.add(before, &[b'o', a, b, c, d, e, f, g, h]);
            }
        }
    }

    /// The row of a number; one whose name was erased has a row that stands for nobody known.
    fn row(&mut self, desk: &mut Growing<'_>, what: Name, number: u32) -> u32 {
        if number == NONE {
            return NONE;
        }
        let rows = match what {
            Name::Account => &self.accounts,
            Name::Customer => &self.customers,
            Name::Ticket => &self.tickets,
        };
        match rows.get(number as usize) {
            Some(&row) if row != NONE => row,
            // So many accounts that the index can't number them: anyone may have seen it.
            _ if what == Name::Account && desk.tables.accounts.len() >= MOST_ACCOUNTS => NONE,
            _ => self.name(desk, what, number, None),
        }
    }

    /// Gives a number its row: the one that the tables have of its name, else a new one.
    fn name(&mut self, desk: &mut Growing<'_>, what: Name, number: u32, name: Option<&str>) -> u32 {
        let (tables, register) = (&mut *desk.tables, desk.register);
        let mut met = self.met.0.write().unwrap_or_else(PoisonError::into_inner);
        let (rows, row) = match what {
            Name::Account => {
                // One whose own name was erased has one that no desk has.
                let id = name.map_or_else(|| format!("\u{1}{number}"), str::to_owned);
                let hidden = hidden(&self.hides, &id);
                let known = self.account_of.get(&hidden).copied();
                let row = known.unwrap_or_else(|| {
                    if tables.accounts.len() >= MOST_ACCOUNTS {
                        return NONE;
                    }
                    let row = count(tables.accounts.len());
                    self.account_of.insert(hidden.clone(), row);
                    tables.accounts.push(Account {
                        id: hidden,
                        ..Account::default()
                    });
                    desk.newcomers.push(Zeroizing::new(id));
                    row
                });
                (&mut self.accounts, row)
            }
            Name::Customer => {
                let known = name.and_then(|name| register.customer(name));
                let row = known.unwrap_or_else(|| {
                    tables.customers.count += 1;
                    tables.customers.count - 1
                });
                if let (None, Some(name)) = (known, name) {
                    met.customers.insert(name.to_owned(), row);
                }
                (&mut self.customers, row)
            }
            Name::Ticket => {
                let known = name.and_then(|name| register.ticket(name));
                let row = known.unwrap_or_else(|| {
                    tables.tickets.customer.push(NONE);
                    count(tables.tickets.customer.len()) - 1
                });
                if let (None, Some(name)) = (known, name) {
                    met.tickets.insert(name.to_owned(), row);
                }
                let place = number as usize;
                if self.first.len() <= place {
                    self.first.resize(place + 1, None);
                }
                // The tables may have seen it at any time.
                self.first[place] = known.map(|_| 0);
                (&mut self.tickets, row)
            }
        };
        let place = number as usize;
        if rows.len() <= place {
            rows.resize(place + 1, NONE);
        }
        rows[place] = row;
        row
    }
}

impl Met {
    /// Adds what the tables don't know of a report.
    pub(crate) fn place(&self, described: &Described<'_>, placed: Placed) -> Placed {
        let met = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let named = described.customer.map(str::trim);
        let customer = named.and_then(|name| met.customers.get(name).copied());
        let number = described.number.map(str::trim);
        let ticket = number.and_then(|number| met.tickets.get(number).copied());
        Placed {
            customer: placed.customer.or(customer),
            quoted: match placed.quoted {
                Quoted::Nothing => ticket.map_or(Quoted::Nothing, Quoted::Ticket),
                known => known,
            },
            ..placed
        }
    }
}

fn text(row: &Seen) -> Vec<u8> {
    let numbers = [row.second.0, row.account, row.customer, row.ticket];
    let mut text = vec![b'v', row.did.code()];
    text.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    text.extend(row.key.iter().flat_map(|key| key.to_be_bytes()));
    text
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(NONE)
}

/// The index numbers persons with 20 bits.
const MOST_ACCOUNTS: usize = 0xF_FFFE;

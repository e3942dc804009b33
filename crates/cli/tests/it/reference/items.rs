//! §1 of the method: who looked at what, and when. Everything is looked up in the views again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use countersign_core::desk::{Desk, ExportRows, NONE, View};
use countersign_core::time::Second;

/// What a report is about and what a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Item {
    Customer(u32),
    Ticket(u32),
}

impl Item {
    pub(crate) fn is_ticket(self) -> bool {
        matches!(self, Self::Ticket(_))
    }
}

/// The holders: persons `0..persons()`, then copies in table order.
#[derive(Debug)]
pub(crate) struct Holders {
    /// Person of each account.
    pub(crate) person_of: Vec<usize>,
    /// Accounts of each person, by row.
    pub(crate) accounts_of: Vec<Vec<usize>>,
    pub(crate) copies: usize,
}

impl Holders {
    pub(crate) fn of(desk: &Desk) -> Self {
        let mut accounts_of: Vec<Vec<usize>> = Vec::new();
        let mut person_of = Vec::new();
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        for (row, account) in desk.accounts.iter().enumerate() {
            let known = account
                .person
                .as_deref()
                .and_then(|name| by_name.get(name).copied());
            let person = known.unwrap_or(accounts_of.len());
            if known.is_none() {
                accounts_of.push(Vec::new());
                if let Some(name) = account.person.as_deref() {
                    by_name.insert(name, person);
                }
            }
            accounts_of[person].push(row);
            person_of.push(person);
        }
        Self {
            person_of,
            accounts_of,
            copies: desk.exports.len(),
        }
    }

    pub(crate) fn persons(&self) -> usize {
        self.accounts_of.len()
    }

    pub(crate) fn all(&self) -> usize {
        self.persons() + self.copies
    }
}

/// The log as of a time: everything that lies before it.
#[derive(Debug, Default)]
pub(crate) struct Before {
    /// What each holder saw.
    pub(crate) saw: Vec<BTreeSet<Item>>,
    /// Seen by an unresolved actor; a question asks this as of its guard's cut.
    pub(crate) open: BTreeSet<Item>,
    /// Seen by any person.
    pub(crate) by_persons: BTreeSet<Item>,
    /// First and last view by a person.
    pub(crate) first: BTreeMap<Item, Second>,
    pub(crate) last: BTreeMap<Item, Second>,
    persons: usize,
}

impl Before {
    /// How many persons saw the item.
    pub(crate) fn persons_that_saw(&self, item: Item) -> usize {
        self.saw[..self.persons]
            .iter()
            .filter(|seen| seen.contains(&item))
            .count()
    }

    /// A person or a copy saw it.
    pub(crate) fn somebody_known_saw(&self, item: Item) -> bool {
        self.saw.iter().any(|seen| seen.contains(&item))
    }

    pub(crate) fn count(&self, holder: usize, tickets: bool) -> u64 {
        count(&self.saw[holder], tickets)
    }
}

/// How many items of one kind a set holds.
pub(crate) fn count(items: &BTreeSet<Item>, tickets: bool) -> u64 {
    items.iter().filter(|i| i.is_ticket() == tickets).count() as u64
}

/// The views as (second, person or nobody known, item), and the rows of each copy.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) holders: Holders,
    pub(crate) shown: Vec<(Second, Option<usize>, Item)>,
    pub(crate) copies: Vec<(Second, BTreeSet<Item>)>,
    pub(crate) first_view: Option<Second>,
    memo: RefCell<HashMap<Second, Rc<Before>>>,
}

impl Log {
    pub(crate) fn new(desk: &Desk, views: &[View]) -> Self {
        let holders = Holders::of(desk);
        let mut shown = Vec::new();
        for view in views {
            let person = (view.account != NONE).then(|| holders.person_of[view.account as usize]);
            for item in shown_by(desk, view) {
                shown.push((view.second, person, item));
            }
        }
        Self {
            holders,
            shown,
            copies: desk
                .exports
                .iter()
                .map(|export| (export.second, rows_of(desk, &export.rows)))
                .collect(),
            first_view: views.iter().map(|view| view.second).min(),
            memo: RefCell::new(HashMap::new()),
        }
    }

    /// What lies before `t`.
    pub(crate) fn before(&self, t: Second) -> Rc<Before> {
        if let Some(known) = self.memo.borrow().get(&t) {
            return Rc::clone(known);
        }
        let mut found = Before {
            saw: vec![BTreeSet::new(); self.holders.all()],
            persons: self.holders.persons(),
            ..Before::default()
        };
        for &(second, person, item) in &self.shown {
            if second >= t {
                continue;
            }
            let Some(person) = person else {
                found.open.insert(item);
                continue;
            };
            found.saw[person].insert(item);
            found.by_persons.insert(item);
            let first = found.first.entry(item).or_insert(second);
            *first = second.min(*first);
            let last = found.last.entry(item).or_insert(second);
            *last = second.max(*last);
        }
        for (copy, (second, rows)) in self.copies.iter().enumerate() {
            if *second < t {
                found.saw[self.holders.persons() + copy] = rows.clone();
            }
        }
        let found = Rc::new(found);
        self.memo.borrow_mut().insert(t, Rc::clone(&found));
        found
    }

    /// What lies in the whole log, copies included whenever they were made.
    pub(crate) fn whole(&self) -> Rc<Before> {
        self.before(Second(u32::MAX))
    }
}

/// The items that one view shows: the ticket and its customer, or the row's where no ticket is.
fn shown_by(desk: &Desk, view: &View) -> Vec<Item> {
    let mut items = Vec::new();
    let customer = if view.ticket == NONE {
        view.customer
    } else {
        items.push(Item::Ticket(view.ticket));
        desk.tickets.customer[view.ticket as usize]
    };
    if customer != NONE {
        items.push(Item::Customer(customer));
    }
    items
}

/// The rows of a copy: a filter holds its customers' tickets too, a listed ticket no customer.
fn rows_of(desk: &Desk, rows: &ExportRows) -> BTreeSet<Item> {
    match rows {
        ExportRows::All => all_items(desk),
        ExportRows::Where { column, code } => {
            let fits = |c: u32| code_of(&desk.customers.columns[*column].codes, c) == *code;
            let of = |item: &Item| match *item {
                Item::Customer(row) => fits(row),
                Item::Ticket(row) => {
                    let customer = desk.tickets.customer[row as usize];
                    customer != NONE && fits(customer)
                }
            };
            all_items(desk).into_iter().filter(of).collect()
        }
        ExportRows::Listed { customers, tickets } => {
            let customers = customers.iter().map(|&c| Item::Customer(c));
            customers
                .chain(tickets.iter().map(|&t| Item::Ticket(t)))
                .collect()
        }
    }
}

/// Every customer and every ticket of the desk.
pub(crate) fn all_items(desk: &Desk) -> BTreeSet<Item> {
    let customers = (0..desk.customers.count).map(Item::Customer);
    customers
        .chain((0..all_tickets(desk)).map(Item::Ticket))
        .collect()
}

pub(crate) fn all_tickets(desk: &Desk) -> u32 {
    u32::try_from(desk.tickets.customer.len()).expect("ticket rows are 32 bits")
}

/// The code of a row; rows past the end of a column have code 0.
pub(crate) fn code_of(codes: &[u16], row: u32) -> u16 {
    codes.get(row as usize).copied().unwrap_or(0)
}

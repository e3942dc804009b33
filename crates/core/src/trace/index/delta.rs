//! Views that came after the index was built: rows that stand in place of its own.
//!
//! A view that comes late, or of a customer or a ticket that the index has never met, is no special
//! case: the row that it belongs to is merged and kept here, a bitmap says which rows of the index
//! are no longer its last word, and whoever asks gets the answers of an index built from all views.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::rows::{Index, Views, packed};
use super::sweep::Member;
use crate::desk::{Desk, ExportRows, NONE, View};
use crate::holder::Holders;
use crate::time::Second;
use crate::trace::exposure::Kind;
use crate::{at, index_u32};

/// What was added to an index since it was built.
#[derive(Debug)]
pub struct Delta {
    /// Positions of the index; customers met later follow.
    known_positions: u32,
    /// Customers and tickets of the index, by row of their tables.
    known_customers: u32,
    known_tickets: u32,
    anonymous_from: u32,
    /// Cell of tickets of which nothing is known.
    unknown_cell: u32,
    customers: u32,
    anonymous: u32,
    pub(super) persons: u32,
    /// A bit for each position of the index whose row is here.
    touched: Vec<u64>,
    rows: BTreeMap<u32, Row>,
    /// Where each ticket met later lies.
    places: Vec<Member>,
    /// Where tickets of the index lie of which only later views said whose they are.
    moved: BTreeMap<u32, Member>,
    /// What each copy holds beside what the index says.
    copies: Vec<Held>,
    customers_seen: Firsts,
    tickets_seen: Firsts,
    span: Option<(u32, u32)>,
    views: u64,
}

/// Positions and slots that a copy holds.
#[derive(Clone, Debug, Default)]
struct Held {
    customers: Vec<u32>,
    tickets: Vec<u32>,
}

/// One merged row: its columns are those of the index.
#[derive(Debug, Default)]
struct Row {
    seconds: Vec<u32>,
    packed: Vec<u32>,
    /// What few rows have.
    more: Option<Box<More>>,
}

#[derive(Debug, Default)]
struct More {
    /// Tickets with an ordinal behind those of the index, by row of their table.
    added: Vec<u32>,
    /// See `Index::overflow`; views are counted from the row's first.
    overflow: Vec<[u32; 2]>,
    /// Whether its one ticket is now in another row.
    left: bool,
}

/// A view within its row.
#[derive(Clone, Copy)]
struct Placed {
    second: u32,
    person: u32,
    ordinal: u32,
}

/// First views by day that are more, or fewer, than the index counts.
#[derive(Debug, Default)]
struct Firsts {
    days: BTreeMap<u32, Day>,
}

#[derive(Debug, Default)]
struct Day {
    of_person: Vec<i32>,
    any: i32,
}

impl Delta {
    /// Nothing added yet. `desk` is the one that the index was built from.
    #[must_use]
    pub fn new(index: &Index<'_>, desk: &Desk) -> Self {
        let positions = index.layout.positions();
        Self {
            known_positions: positions,
            known_customers: index_u32(index.layout.position.len()),
            known_tickets: index_u32(index.layout.slot.len()),
            anonymous_from: index.layout.anonymous_from,
            unknown_cell: super::layout::unknown_ticket(&desk.tickets),
            customers: 0,
            anonymous: 0,
            persons: index.persons,
            touched: vec![0; at(positions).div_ceil(64)],
            rows: BTreeMap::new(),
            places: Vec::new(),
            moved: BTreeMap::new(),
            copies: vec![Held::default(); index.copies.len()],
            customers_seen: Firsts::default(),
            tickets_seen: Firsts::default(),
            span: None,
            views: 0,
        }
    }

    /// Views added so far.
    #[must_use]
    pub fn views(&self) -> u64 {
        self.views
    }

    /// Adds views in the order in which they came. `desk` and `holders` have grown by what was met
    /// first in them; `learned` are tickets met before of which they say whose they are.
    pub fn add(
        &mut self,
        index: &Index<'_>,
        desk: &Desk,
        holders: &Holders,
        views: &[View],
        learned: &[u32],
    ) {
        self.persons = index_u32(holders.persons.len());
        let customers = desk.customers.count.saturating_sub(self.known_customers);
        for customer in self.customers..customers {
            self.customers += 1;
            self.copy_holds_customer(desk, self.known_customers + customer);
        }
        let mut new: BTreeMap<u32, Vec<Placed>> = BTreeMap::new();
        for &ticket in learned {
            // One that is first met in these views has its place below.
            if let Some(from) = self.ticket(index, ticket) {
                self.leave(index, from.0, &mut new, |delta| {
                    let to = delta.join(index, desk, ticket);
                    delta.moved.insert(ticket, to);
                    to
                });
            }
        }
        let met = at(self.known_tickets) + self.places.len();
        for ticket in met..desk.tickets.customer.len() {
            let place = self.join(index, desk, index_u32(ticket));
            self.places.push(place);
        }
        for view in views {
            let (position, ordinal) = if view.ticket == NONE {
                match self.customer(index, view.customer) {
                    Some(position) => (position, NONE),
                    None => continue,
                }
            } else {
                match self.ticket(index, view.ticket) {
                    Some(place) => place,
                    None => continue,
                }
            };
            let person = holders.of_account.get(at(view.account));
            new.entry(position).or_default().push(Placed {
                second: view.second.0,
                person: person.copied().unwrap_or(NONE),
                ordinal,
            });
            let (first, last) = self.span.unwrap_or((u32::MAX, 0));
            self.span = Some((first.min(view.second.0), last.max(view.second.0)));
            self.views += 1;
        }
        for (position, new) in new {
            let mut views = self.placed(index, position);
            views.extend(new);
            self.put(index, position, views);
        }
    }

    /// Position of a customer's row.
    pub(super) fn customer(&self, index: &Index<'_>, row: u32) -> Option<u32> {
        let known = index.layout.position.get(at(row)).copied();
        let new = || row.checked_sub(self.known_customers);
        known.or_else(|| {
            let new = new().filter(|&new| new < self.customers);
            new.map(|new| self.known_positions + new)
        })
    }

    /// Customers of the index and those met later.
    pub(super) fn customers(&self) -> u32 {
        self.known_customers + self.customers
    }

    /// Where a ticket lies; none if it is not known.
    pub(super) fn ticket(&self, index: &Index<'_>, row: u32) -> Option<Member> {
        if let Some(&place) = self.moved.get(&row) {
            return Some(place);
        }
        match row.checked_sub(self.known_tickets) {
            Some(new) => self.places.get(at(new)).copied(),
            None => index.place_of_slot(*index.layout.slot.get(at(row))?),
        }
    }

    /// Positions beside those of the index: customers met later, and for tickets also those met
    /// later of nobody known.
    pub(super) fn positions(&self, kind: Kind) -> impl Iterator<Item = Range<u32>> + use<> {
        let customers = self.known_positions..self.known_positions + self.customers;
        let anonymous = ANONYMOUS..ANONYMOUS + self.anonymous;
        let anonymous = (kind == Kind::Ticket).then_some(anonymous);
        core::iter::once(customers).chain(anonymous)
    }

    /// The row that stands in place of the index's own.
    pub(super) fn row(&self, position: u32) -> Option<Views<'_>> {
        if position < self.known_positions && !self.is_touched(position) {
            return None;
        }
        let Some(row) = self.rows.get(&position) else {
            return Some(Views::default());
        };
        let overflow = row.more.as_ref().map_or(&[][..], |more| &more.overflow);
        Some(Views {
            seconds: &row.seconds,
            words: &row.packed,
            first: 0,
            overflow,
        })
    }

    /// Whether rows of these positions are here.
    pub(super) fn touches(&self, positions: &Range<u32>) -> bool {
        self.rows.range(positions.clone()).next().is_some()
    }

    /// Which of these positions have rows here, and whether its tickets in the index are still its.
    pub(super) fn touched(&self, positions: &Range<u32>) -> impl Iterator<Item = (u32, bool)> {
        let left = |row: &Row| row.more.as_ref().is_some_and(|more| more.left);
        let rows = self.rows.range(positions.clone());
        rows.map(move |(&position, row)| (position, !left(row)))
    }

    /// Tickets of these positions that the index does not have there.
    pub(super) fn added(&self, index: &Index<'_>, positions: &Range<u32>) -> Vec<Member> {
        let mut members = Vec::new();
        for (&position, row) in self.rows.range(positions.clone()) {
            let first = index.known_tickets(position).len();
            let added = row.more.as_ref().map_or(0, |more| more.added.len());
            let ordinals = first..first + added;
            members.extend(ordinals.map(|ordinal| (position, index_u32(ordinal))));
        }
        members
    }

    /// Slot of a ticket that the index does not have in this row. Tickets met later have the number
    /// of their table's row for one.
    pub(super) fn slot(&self, index: &Index<'_>, (position, place): Member) -> Option<u32> {
        let row = self.rows.get(&position)?.more.as_ref()?;
        let ticket = *row.added.get(at(place))?;
        Some(index.layout.slot.get(at(ticket)).copied().unwrap_or(ticket))
    }

    /// Cell of a ticket that the index does not have.
    pub(super) fn unknown_cell(&self) -> u32 {
        self.unknown_cell
    }

    /// Whether a copy holds an item that the index does not know.
    pub(super) fn copy_has(&self, copy: usize, kind: Kind, number: u32) -> bool {
        self.copies.get(copy).is_some_and(|held| {
            let held = match kind {
                Kind::Customer => &held.customers,
                Kind::Ticket => &held.tickets,
            };
            held.binary_search(&number).is_ok()
        })
    }

    /// How many items a copy holds beside those that the index says.
    pub(super) fn copy_holds(&self, copy: usize, kind: Kind) -> u32 {
        self.copies.get(copy).map_or(0, |held| match kind {
            Kind::Customer => index_u32(held.customers.len()),
            Kind::Ticket => index_u32(held.tickets.len()),
        })
    }

    /// Adds first views before the start of the cut's day to those that the index counts.
    pub(super) fn count(&self, kind: Kind, cut: Second, seen: &mut Vec<u32>, any: &mut u32) {
        seen.resize(at(self.persons), 0);
        let firsts = match kind {
            Kind::Customer => &self.customers_seen,
            Kind::Ticket => &self.tickets_seen,
        };
        for day in firsts.days.range(..cut.0 / Second::DAY).map(|(_, day)| day) {
            for (sum, change) in seen.iter_mut().zip(&day.of_person) {
                *sum = sum.saturating_add_signed(*change);
            }
            *any = any.saturating_add_signed(day.any);
        }
    }

    /// How much more the copies hold than the index says: a copy of everything has what is met later.
    #[must_use]
    pub fn held(&self) -> usize {
        let held = self.copies.iter();
        held.map(|held| held.customers.len() + held.tickets.len())
            .sum()
    }

    /// First and last second of what was added.
    pub(super) fn span(&self) -> Option<(u32, u32)> {
        self.span
    }

    /// When a ticket was first seen, if it ever was.
    #[must_use]
    pub fn first_seen(&self, index: &Index<'_>, ticket: u32) -> Option<Second> {
        let place = self.ticket(index, ticket)?;
        let all = self.placed(index, place.0);
        let first = all.iter().find(|view| view.ordinal == place.1);
        first.map(|view| Second(view.second))
    }

    fn is_touched(&self, position: u32) -> bool {
        let word = self.touched.get(at(position / 64));
        word.is_some_and(|word| word & (1 << (position % 64)) != 0)
    }

    fn is_customer(&self, position: u32) -> bool {
        position < self.anonymous_from || (self.known_positions..ANONYMOUS).contains(&position)
    }

    /// The row of a position, which from here on stands in place of the index's own.
    fn touch(&mut self, index: &Index<'_>, position: u32) -> &mut Row {
        if position < self.known_positions && !self.is_touched(position) {
            let views = index.known_views(position);
            let overflow: Vec<[u32; 2]> = (0..)
                .zip(views.words)
                .filter(|&(_, &word)| word >> packed::TICKET_SHIFT == packed::TICKET_OVERFLOW)
                .filter_map(|(view, _)| Some([index_u32(view), views.ordinal(view)?]))
                .collect();
            let more = More {
                overflow,
                ..More::default()
            };
            let row = Row {
                seconds: views.seconds.to_vec(),
                packed: views.words.to_vec(),
                more: (!more.overflow.is_empty()).then(|| Box::new(more)),
            };
            self.rows.insert(position, row);
            if let Some(word) = self.touched.get_mut(at(position / 64)) {
                *word |= 1 << (position % 64);
            }
        }
        self.rows.entry(position).or_default()
    }

    /// Gives a ticket its place: in its customer's row, or in one of its own.
    fn join(&mut self, index: &Index<'_>, desk: &Desk, ticket: u32) -> Member {
        let owner = desk.tickets.customer.get(at(ticket)).copied();
        let owner = owner.filter(|&owner| owner != NONE);
        let position = owner.and_then(|owner| self.customer(index, owner));
        let position = position.unwrap_or_else(|| {
            self.anonymous += 1;
            ANONYMOUS + self.anonymous - 1
        });
        let known = index.known_tickets(position).len();
        let more = self.touch(index, position).more.get_or_insert_default();
        let ordinal = known + more.added.len();
        more.added.push(ticket);
        self.copy_holds_ticket(index, desk, ticket);
        (position, index_u32(ordinal))
    }

    /// Empties the row of a ticket that was nobody's, and puts its views where `to` says.
    fn leave(
        &mut self,
        index: &Index<'_>,
        position: u32,
        new: &mut BTreeMap<u32, Vec<Placed>>,
        to: impl FnOnce(&mut Self) -> Member,
    ) {
        if self.is_customer(position) {
            return;
        }
        let views = self.placed(index, position);
        self.put(index, position, Vec::new());
        let more = self.touch(index, position).more.get_or_insert_default();
        more.added.clear();
        more.left = true;
        let (position, ordinal) = to(self);
        let moved = views.into_iter().map(|view| Placed { ordinal, ..view });
        new.entry(position).or_default().extend(moved);
    }

    /// The views of a row as it is now.
    fn placed(&self, index: &Index<'_>, position: u32) -> Vec<Placed> {
        let views = match self.row(position) {
            Some(views) => views,
            None => index.known_views(position),
        };
        let each = views.seconds.iter().zip(views.words).enumerate();
        each.map(|(view, (&second, &word))| Placed {
            second,
            person: match word & packed::PERSON {
                packed::UNRESOLVED => NONE,
                person => person,
            },
            ordinal: views.ordinal(view).unwrap_or(NONE),
        })
        .collect()
    }

    /// Puts views in place of those of a row, and counts what are first views now and were before.
    fn put(&mut self, index: &Index<'_>, position: u32, mut views: Vec<Placed>) {
        views.sort_by_key(|view| view.second);
        let is_customer = self.is_customer(position);
        let before = self.placed(index, position);
        self.count_firsts(&before, is_customer, -1);
        self.count_firsts(&views, is_customer, 1);
        let row = self.touch(index, position);
        row.seconds.clear();
        row.packed.clear();
        let mut overflow = Vec::new();
        let mut persons = HashSet::new();
        let mut pairs = HashSet::new();
        for (view, placed) in (0..).zip(&views) {
            let mut word = match placed.ordinal {
                NONE => 0,
                ordinal if ordinal + 1 < packed::TICKET_OVERFLOW => {
                    (ordinal + 1) << packed::TICKET_SHIFT
                }
                ordinal => {
                    overflow.push([view, ordinal]);
                    packed::TICKET_OVERFLOW << packed::TICKET_SHIFT
                }
            };
            if placed.person == NONE {
                word |= packed::UNRESOLVED;
            } else {
                word |= placed.person;
                if persons.insert(placed.person) {
                    word |= packed::FIRST_OF_CUSTOMER;
                }
                if placed.ordinal != NONE && pairs.insert((placed.person, placed.ordinal)) {
                    word |= packed::FIRST_OF_TICKET;
                }
            }
            row.seconds.push(placed.second);
            row.packed.push(word);
        }
        if !overflow.is_empty() || row.more.is_some() {
            row.more.get_or_insert_default().overflow = overflow;
        }
    }

    /// Adds the first views of a row, `by` 1 or -1.
    fn count_firsts(&mut self, views: &[Placed], is_customer: bool, by: i32) {
        let mut persons = HashSet::new();
        let mut pairs = HashSet::new();
        let mut tickets = HashSet::new();
        let resolved = views.iter().filter(|view| view.person != NONE);
        for &Placed {
            second,
            person,
            ordinal,
        } in resolved
        {
            let is_first = persons.is_empty();
            if persons.insert(person) && is_customer {
                let any = if is_first { by } else { 0 };
                self.customers_seen.add(second, person, by, any);
            }
            if ordinal != NONE && pairs.insert((person, ordinal)) {
                let any = if tickets.insert(ordinal) { by } else { 0 };
                self.tickets_seen.add(second, person, by, any);
            }
        }
    }

    /// A copy of everything has what was met later, too; so has one of all with an unknown value.
    fn copy_holds_customer(&mut self, desk: &Desk, row: u32) {
        let position = self.known_positions + (row - self.known_customers);
        for (held, export) in self.copies.iter_mut().zip(&desk.exports) {
            if keeps(&export.rows, desk, row) {
                held.customers.push(position);
            }
        }
    }

    fn copy_holds_ticket(&mut self, index: &Index<'_>, desk: &Desk, ticket: u32) {
        let owner = desk.tickets.customer.get(at(ticket)).copied();
        let owner = owner.unwrap_or(NONE);
        let known = index.layout.slot.get(at(ticket)).copied();
        let slot = known.unwrap_or(ticket);
        for ((held, export), copy) in self.copies.iter_mut().zip(&desk.exports).zip(index.copies) {
            let is_in = match &export.rows {
                ExportRows::All => true,
                rows => owner != NONE && keeps(rows, desk, owner),
            };
            if is_in && copy.tickets.binary_search(&slot).is_err() {
                let place = held.tickets.partition_point(|&other| other < slot);
                if held.tickets.get(place) != Some(&slot) {
                    held.tickets.insert(place, slot);
                }
            }
        }
    }
}

/// Whether an export has this customer, which no list of it names.
fn keeps(rows: &ExportRows, desk: &Desk, customer: u32) -> bool {
    match rows {
        ExportRows::All => true,
        ExportRows::Where { column, code } => {
            let column = desk.customers.columns.get(*column);
            let codes = column.map_or(&[][..], |column| &column.codes);
            codes.get(at(customer)).copied().unwrap_or(0) == *code
        }
        ExportRows::Listed { .. } => false,
    }
}

impl Firsts {
    fn add(&mut self, second: u32, person: u32, by: i32, any: i32) {
        let day = self.days.entry(second / Second::DAY).or_default();
        if day.of_person.len() <= at(person) {
            day.of_person.resize(at(person) + 1, 0);
        }
        day.of_person[at(person)] += by;
        day.any += any;
    }
}

/// Tickets met later of nobody known lie from here on: no index has so many customers.
const ANONYMOUS: u32 = 1 << 31;

#[cfg(test)]
mod tests;

//! Sorts views into the rows of the index.

use std::collections::HashSet;
use std::ops::Range;

use super::layout::Layout;
use super::lives::{Life, Units};
use super::rows::packed;
use super::totals::Totals;
use crate::desk::{Desk, NONE, View};
use crate::holder::Holders;
use crate::time::Second;
use crate::{at, index_u32};

/// One view on its way into the index: which row, when, who, which ticket row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Record {
    /// Position of the customer.
    pub position: u32,
    /// See [`View::second`].
    pub second: u32,
    /// See [`View::account`].
    pub account: u32,
    /// See [`View::ticket`].
    pub ticket: u32,
}

/// Records whose slots are looked up at once.
const AHEAD: usize = 256;

/// A record in its row, with what is looked up for it.
#[derive(Clone, Copy, Default)]
struct Placed {
    second: u32,
    person: u32,
    slot: u32,
}

/// Columns of one run of positions, ready to be laid behind those of the positions before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// See `Index`.
    pub seconds: Vec<u32>,
    /// See `Index`.
    pub packed: Vec<u32>,
    /// Number of views up to each position's end, within this part.
    pub ends: Vec<u32>,
    /// See `Index`, for the slots of these positions.
    pub lives: Vec<u32>,
    /// View numbers within this part, and ordinals.
    pub overflow: Vec<[u32; 2]>,
}

/// Sorts the records of some positions by (position, second) and marks first views.
///
/// Records of one position may come in any order; those of one second keep theirs. First views are
/// counted into `customers` and `tickets`, which another part's counts can be added to.
#[must_use]
pub fn build_part(
    layout: &Layout,
    holders: &Holders,
    records: &[Record],
    positions: Range<u32>,
    units: Units,
    customers: &mut Totals,
    tickets: &mut Totals,
) -> Built {
    let from = positions.start;
    let mut ends = vec![0_u32; positions.len()];
    for record in records {
        ends[at(record.position - from)] += 1;
    }
    let mut next = Vec::with_capacity(ends.len());
    let mut sum = 0;
    for end in &mut ends {
        next.push(sum);
        sum += *end;
        *end = sum;
    }
    let mut sorted = vec![Placed::default(); records.len()];
    let mut slots = [NONE; AHEAD];
    for records in records.chunks(AHEAD) {
        // Slots lie all over a large table: looked up ahead, they wait for each other less.
        for (slot, record) in slots.iter_mut().zip(records) {
            *slot = layout.slot.get(at(record.ticket)).copied().unwrap_or(NONE);
        }
        for (&slot, record) in slots.iter().zip(records) {
            let place = &mut next[at(record.position - from)];
            let person = holders.of_account.get(at(record.account));
            sorted[at(*place)] = Placed {
                second: record.second,
                person: person.copied().unwrap_or(NONE),
                slot,
            };
            *place += 1;
        }
    }
    let mut built = Built {
        seconds: Vec::with_capacity(records.len()),
        packed: Vec::with_capacity(records.len()),
        ends,
        lives: Vec::new(),
        overflow: Vec::new(),
    };
    let mut lives = Vec::new();
    let mut marks = Marks::new(holders.persons.len());
    let (mut customers_met, mut tickets_met) = (Vec::new(), Vec::new());
    let mut begin = 0;
    for row in 0..built.ends.len() {
        let end = at(built.ends[row]);
        let views = &mut sorted[begin..end];
        if !views.is_sorted_by_key(|view| view.second) {
            views.sort_by_key(|view| view.second);
        }
        let position = from + index_u32(row);
        let first_slot = layout.ticket_start[at(position)];
        let is_customer = position < layout.anonymous_from;
        let slots = first_slot..layout.ticket_start[at(position) + 1];
        lives.clear();
        lives.resize(slots.len(), Life::default());
        marks.begin();
        for view in views.iter() {
            let ordinal = (view.slot != NONE).then(|| view.slot - first_slot);
            let mut word = match ordinal {
                None => 0,
                Some(ordinal) if ordinal + 1 < packed::TICKET_OVERFLOW => {
                    (ordinal + 1) << packed::TICKET_SHIFT
                }
                Some(ordinal) => {
                    built
                        .overflow
                        .push([index_u32(built.packed.len()), ordinal]);
                    packed::TICKET_OVERFLOW << packed::TICKET_SHIFT
                }
            };
            if view.person == NONE {
                word |= packed::UNRESOLVED;
                if let Some(ordinal) = ordinal {
                    lives[at(ordinal)].add_unresolved();
                }
            } else {
                let person = view.person;
                word |= person;
                if marks.customer(person) {
                    word |= packed::FIRST_OF_CUSTOMER;
                    if is_customer {
                        customers_met.push(customers.cell(person, view.second));
                        if marks.customer_is_new() {
                            customers.anybody_saw(view.second);
                        }
                    }
                }
                if let Some(ordinal) = ordinal {
                    let is_first = marks.ticket(person, ordinal);
                    let is_new = lives[at(ordinal)].add(view.second, is_first);
                    if is_first {
                        word |= packed::FIRST_OF_TICKET;
                        tickets_met.push(tickets.cell(person, view.second));
                    }
                    if is_new {
                        tickets.anybody_saw(view.second);
                    }
                }
            }
            built.seconds.push(view.second);
            built.packed.push(word);
        }
        built
            .lives
            .extend(lives.iter().map(|life| life.word(units)));
        begin = end;
    }
    customers.count(&customers_met);
    tickets.count(&tickets_met);
    built
}

/// Who has already been met in the row at hand.
struct Marks {
    row: u32,
    persons: usize,
    /// Last row in which each person was met.
    customer: Vec<u32>,
    /// For a person met in this row, its latest pair in `pairs`.
    latest: Vec<u32>,
    /// Person, ordinal of a ticket that it saw, and the person's pair before.
    pairs: Vec<(u32, u32, u32)>,
    /// The pairs of a row of very many.
    many: HashSet<(u32, u32)>,
}

/// In rows of more pairs than this a pair is looked up in a set, and not among its person's own.
const FEW: usize = 512;

impl Marks {
    fn new(persons: usize) -> Self {
        Self {
            row: 0,
            persons: 0,
            customer: vec![0; persons],
            latest: vec![NONE; persons],
            pairs: Vec::new(),
            many: HashSet::new(),
        }
    }

    fn begin(&mut self) {
        self.row += 1;
        self.persons = 0;
        self.pairs.clear();
        self.many.clear();
    }

    /// Whether this is the person's first view of the row's customer.
    fn customer(&mut self, person: u32) -> bool {
        let mark = &mut self.customer[at(person)];
        let first = *mark != self.row;
        if first {
            *mark = self.row;
            self.latest[at(person)] = NONE;
            self.persons += 1;
        }
        first
    }

    /// Whether nobody but the person just marked has been met.
    fn customer_is_new(&self) -> bool {
        self.persons == 1
    }

    /// Whether this is the first view of the ticket by the person just marked.
    fn ticket(&mut self, person: u32, ordinal: u32) -> bool {
        if self.pairs.len() > FEW {
            if self.many.is_empty() {
                let pairs = self.pairs.iter();
                self.many.extend(pairs.map(|&(who, what, _)| (who, what)));
            }
            return self.many.insert((person, ordinal));
        }
        let mut next = self.latest[at(person)];
        while next != NONE {
            let (_, seen, before) = self.pairs[at(next)];
            if seen == ordinal {
                return false;
            }
            next = before;
        }
        let latest = core::mem::replace(&mut self.latest[at(person)], index_u32(self.pairs.len()));
        self.pairs.push((person, ordinal, latest));
        true
    }
}

/// An index with its columns in memory, for logs of a few million views.
#[derive(Clone, Debug)]
pub struct InMemory {
    layout: Layout,
    seconds: Vec<u32>,
    packed: Vec<u32>,
    offsets: Vec<u32>,
    lives: Vec<u32>,
    units: Units,
    overflow: Vec<[u32; 2]>,
    customers_seen: Totals,
    tickets_seen: Totals,
    copies: Vec<super::Copy>,
    persons: u32,
}

impl InMemory {
    /// The index, borrowed.
    #[must_use]
    pub fn index(&self) -> super::Index<'_> {
        super::Index {
            layout: self.layout.numbering(),
            seconds: &self.seconds,
            packed: &self.packed,
            offsets: &self.offsets,
            lives: &self.lives,
            units: self.units,
            overflow: &self.overflow,
            customers_seen: &self.customers_seen,
            tickets_seen: &self.tickets_seen,
            copies: &self.copies,
            persons: self.persons,
            delta: None,
        }
    }
}

/// Builds the index of a log that fits in memory.
#[must_use]
pub fn build_in_memory(desk: &Desk, holders: &Holders, views: &[View]) -> InMemory {
    let layout = Layout::of(desk);
    let (first, last) = views.iter().fold((u32::MAX, 0), |(first, last), view| {
        (first.min(view.second.0), last.max(view.second.0))
    });
    let (first, last) = if first > last { (0, 0) } else { (first, last) };
    let units = Units::new(Second(first), Second(last));
    let persons = holders.persons.len();
    let mut customers_seen = Totals::new(Second(first), Second(last), persons);
    let mut tickets_seen = customers_seen.clone();
    let of_ticket = layout.of_tickets(&desk.tickets);
    let records: Vec<Record> = views
        .iter()
        .filter_map(|view| {
            let position = if view.ticket == NONE {
                *layout.position.get(at(view.customer))?
            } else {
                of_ticket[at(view.ticket)]
            };
            Some(Record {
                position,
                second: view.second.0,
                account: view.account,
                ticket: view.ticket,
            })
        })
        .collect();
    let built = build_part(
        &layout,
        holders,
        &records,
        0..layout.numbering().positions(),
        units,
        &mut customers_seen,
        &mut tickets_seen,
    );
    customers_seen.cumulate();
    tickets_seen.cumulate();
    let mut offsets = Vec::with_capacity(built.ends.len() + 1);
    offsets.push(0);
    offsets.extend_from_slice(&built.ends);
    let copies = desk
        .exports
        .iter()
        .map(|export| super::Copy::of(export, desk, holders, &layout))
        .collect();
    InMemory {
        layout,
        seconds: built.seconds,
        packed: built.packed,
        offsets,
        lives: built.lives,
        units,
        overflow: built.overflow,
        customers_seen,
        tickets_seen,
        copies,
        persons: index_u32(persons),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Account, Customers, Tickets};

    #[test]
    fn first_views_are_marked_in_rows_of_few_and_of_very_many_tickets() {
        let (persons, tickets) = (30, 40);
        let desk = Desk {
            accounts: vec![Account::default(); 30],
            customers: Customers {
                count: 1,
                ..Customers::default()
            },
            tickets: Tickets {
                customer: vec![0; 40],
                ..Tickets::default()
            },
            ..Desk::default()
        };
        let mut state = 498_u64;
        let mut random = |below: u32| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let high = u32::try_from(state >> 33).unwrap_or(0);
            high % below
        };
        let views: Vec<View> = (0..6000)
            .map(|second| View {
                second: Second(second),
                account: random(persons),
                customer: 0,
                ticket: if random(5) == 0 {
                    NONE
                } else {
                    random(tickets)
                },
            })
            .collect();
        let index = build_in_memory(&desk, &Holders::of(&desk), &views);
        let mut customers = HashSet::new();
        let mut met = HashSet::new();
        for (view, &word) in views.iter().zip(&index.packed) {
            let is_first = view.ticket != NONE && met.insert((view.account, view.ticket));
            assert_eq!(word & packed::FIRST_OF_TICKET != 0, is_first, "{view:?}");
            let is_first = customers.insert(view.account);
            assert_eq!(word & packed::FIRST_OF_CUSTOMER != 0, is_first, "{view:?}");
        }
        assert!(met.len() > FEW + 100, "{} pairs", met.len());
    }
}

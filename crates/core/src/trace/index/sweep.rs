//! Answers the trace's questions by passes over the index.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::delta::Delta;
use super::pass::{Collect, Found};
use super::rows::{Copy, Index, packed};
use crate::desk::{Desk, NONE};
use crate::time::Second;
use crate::trace::exposure::{
    Ask, Cell, Cut, EARLY, Exposures, Item, Kind, LAST, Seen, Shared, Stratum, Totals, UNIVERSAL,
    holder,
};
use crate::trace::strata::Class;
use crate::{at, index_u32};

/// Customers who are told apart by the bits that are looked at first.
const ALIKE: usize = 1 << 16;
/// Customers whose tickets are looked for block by block.
const FEW: usize = 4;
/// Tickets that are looked at together.
const BLOCK: usize = 4096;

/// Positions in one piece of work: enough to be worth a hand-over, few enough to share evenly.
const CHUNK: u32 = 1 << 14;

/// The index with the desk rows that questions are asked in.
#[derive(Clone, Debug)]
pub struct Sweep<'a> {
    pub(super) index: Index<'a>,
    ticket_customer: &'a [u32],
    /// For each copy the person who may have had its rows; nobody for one of nearly everything.
    credited: Vec<Option<u32>>,
}

/// A member of a stratum: position, and ordinal of the ticket (0 for customers).
pub(super) type Member = (u32, u32);

/// What a walk over an item's views before the cut finds.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    persons: u32,
    first: u32,
    last: u32,
    open: bool,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            persons: 0,
            first: u32::MAX,
            last: 0,
            open: false,
        }
    }
}

impl Walk {
    /// Takes the next view in, in order of time.
    pub(super) fn add(&mut self, second: u32, is_first: bool) {
        // Without a branch: this runs for every view of the log.
        self.first = self.first.min(second);
        self.persons += u32::from(is_first);
        self.last = second;
    }

    pub(super) fn class(self, cut: Second) -> Class {
        if self.open {
            Class::OPEN
        } else {
            Class::of(self.persons, Second(self.first), Second(self.last), cut)
        }
    }
}

impl<'a> Sweep<'a> {
    /// Asks this index; `desk` is the one that it was built from.
    #[must_use]
    pub fn new(index: Index<'a>, desk: &'a Desk) -> Self {
        let mut sweep = Self {
            credited: Vec::new(),
            index,
            ticket_customer: &desk.tickets.customer,
        };
        // Whoever has no copies is spared the counts: views that come ask for this again and again.
        if sweep.index.copies.is_empty() {
            return sweep;
        }
        // A copy of a fifth of everything is a universal viewer: it is listed and in no guard. Its
        // maker with all its rows would be one again, and keep anybody from ever being named.
        let seen = [Kind::Customer, Kind::Ticket].map(|kind| sweep.totals_of_log(kind));
        let copies = (sweep.index.persons..).zip(sweep.index.copies);
        sweep.credited = copies
            .map(|(holder, copy)| {
                let universal = seen.iter().any(|seen| seen.share(holder) > UNIVERSAL);
                copy.maker.filter(|_| !universal)
            })
            .collect();
        sweep
    }

    /// For each copy the person who may have had its rows: what makes answers other ones when it
    /// changes, although no view from before their cut was added.
    #[must_use]
    pub fn credited(&self) -> &[Option<u32>] {
        &self.credited
    }

    /// The walk over one item's views before the cut.
    pub(super) fn item_walk(&self, kind: Kind, member: Member, cut: Cut) -> Walk {
        let mut walk = Walk::default();
        let flag = first_of(kind);
        for (second, word) in self.index.views_of(kind, member) {
            if second >= cut.guard.0 {
                break;
            }
            if word & packed::PERSON == packed::UNRESOLVED {
                walk.open = true;
                break;
            }
            if second < cut.at.0 {
                walk.add(second, word & flag != 0);
            }
        }
        walk
    }

    /// Position and ordinal of an item, `None` if there is no such row.
    fn place(&self, item: Item) -> Option<Member> {
        let index = &self.index;
        match (item, index.delta) {
            (Item::Customer(row), None) => Some((*index.layout.position.get(at(row))?, 0)),
            (Item::Customer(row), Some(delta)) => Some((delta.customer(index, row)?, 0)),
            (Item::Ticket(row), None) => index.place_of_slot(*index.layout.slot.get(at(row))?),
            (Item::Ticket(row), Some(delta)) => delta.ticket(index, row),
        }
    }

    pub(super) fn cell_of(&self, kind: Kind, (position, ordinal): Member) -> Cell {
        let starts = &self.index.layout.cell_start;
        let last = index_u32(starts.len()).saturating_sub(2);
        // Anonymous rows lie behind the last cell and are of it: nothing is known of them.
        let customer = index_u32(starts.partition_point(|&start| start <= position))
            .saturating_sub(1)
            .min(last);
        // Cells without customers share their start with the next; the last of them is meant.
        let ticket = match kind {
            Kind::Customer => 0,
            Kind::Ticket => {
                let slot = self.index.slot((position, ordinal));
                let known = self.index.layout.ticket_cell.get(at(slot)).copied();
                // One that was met later.
                known.unwrap_or_else(|| self.index.delta.map_or(0, Delta::unknown_cell))
            }
        };
        Cell { customer, ticket }
    }

    /// Positions of a cell of customers; for tickets the last cell takes the anonymous rows along.
    /// It also has all that were met later: nothing is known of them.
    pub(super) fn positions(&self, kind: Kind, cell: Cell) -> Vec<Range<u32>> {
        let starts = &self.index.layout.cell_start;
        let from = starts[at(cell.customer)];
        let to = starts[at(cell.customer) + 1];
        let is_last = at(cell.customer) + 2 == starts.len();
        let known = match kind {
            Kind::Ticket if is_last => from..self.index.layout.positions(),
            _ => from..to,
        };
        let added = self.index.delta.filter(|_| is_last);
        let added = added.into_iter().flat_map(|delta| delta.positions(kind));
        core::iter::once(known).chain(added).collect()
    }

    /// Guards of one item, ascending: persons, then copies; those before the cut marked [`EARLY`].
    fn holders_of(&self, kind: Kind, member: Member, cut: Cut, out: &mut Vec<u32>) {
        let begin = out.len();
        let flag = first_of(kind);
        let early = |second: u32| if second < cut.at.0 { EARLY } else { 0 };
        for (second, word) in self.index.views_of(kind, member) {
            if second >= cut.guard.0 {
                break;
            }
            if word & flag != 0 {
                out.push(word & packed::PERSON | early(second));
            }
        }
        let persons = out.len();
        for (number, copy) in self.index.copies.iter().enumerate() {
            if copy.second < cut.guard && self.copy_has(number, copy, kind, member) {
                out.push((self.index.persons + index_u32(number)) | early(copy.second.0));
                // Whoever makes a copy may have had its rows: one colleague, not two.
                if let Some(maker) = self.credited[number]
                    && !out[begin..persons]
                        .iter()
                        .any(|&word| holder(word) == maker)
                    && !out[persons..].contains(&maker)
                {
                    out.push(maker);
                }
            }
        }
        out[begin..].sort_unstable_by_key(|&word| holder(word));
    }

    fn copy_has(&self, number: usize, copy: &Copy, kind: Kind, member: Member) -> bool {
        let (held, item) = match kind {
            Kind::Customer => (&copy.customers, member.0),
            Kind::Ticket => (&copy.tickets, self.index.slot(member)),
        };
        held.binary_search(&item).is_ok()
            || (self.index.delta).is_some_and(|delta| delta.copy_has(number, kind, item))
    }

    /// All positions that have items of a kind, in pieces of work.
    fn all(&self, kind: Kind) -> Vec<Range<u32>> {
        let known = match kind {
            Kind::Customer => 0..self.index.layout.anonymous_from,
            Kind::Ticket => 0..self.index.layout.positions(),
        };
        let added = self.index.delta.into_iter();
        let added = added.flat_map(|delta| delta.positions(kind));
        let pieces = core::iter::once(known).chain(added).flat_map(|range| {
            let end = range.end;
            let pieces = range.step_by(at(CHUNK));
            pieces.map(move |from| from..(from + CHUNK).min(end))
        });
        pieces.collect()
    }

    fn first_view(&self, kind: Kind, member: Member, person: u32) -> Option<Second> {
        self.index
            .views_of(kind, member)
            .find(|&(_, word)| word & packed::PERSON == person)
            .map(|(second, _)| Second(second))
    }
}

/// The mark of a person's first view of an item of this kind.
fn first_of(kind: Kind) -> u32 {
    match kind {
        Kind::Customer => packed::FIRST_OF_CUSTOMER,
        Kind::Ticket => packed::FIRST_OF_TICKET,
    }
}

impl Exposures for Sweep<'_> {
    fn holders(&self) -> usize {
        at(self.index.persons) + self.index.copies.len()
    }

    fn seen(&self, item: Item, cut: Cut) -> Option<Seen> {
        let kind = item.kind();
        let place = self.place(item)?;
        let class = self.item_walk(kind, place, cut).class(cut.at);
        let mut words = Vec::new();
        self.holders_of(kind, place, cut, &mut words);
        Some(Seen {
            cell: self.cell_of(kind, place),
            class,
            holders: words
                .iter()
                .filter(|&word| word & EARLY != 0)
                .map(|&w| holder(w))
                .collect(),
            guards: words.iter().map(|&word| holder(word)).collect(),
        })
    }

    fn tickets_of(&self, customers: &[u32]) -> Vec<Vec<Item>> {
        // One pass for all that are asked about: few ever are, so a list by customer would not pay.
        // Reports may be of customers that the log doesn't know, with numbers beyond all of its own.
        let known = self.index.layout.position.len();
        let known = (self.index.delta).map_or(known, |delta| at(delta.customers()));
        // A bit for all customers who are alike in their last digits stays near the processor; what is
        // behind it is asked for few.
        let mut asked = [0_u64; ALIKE / 64];
        let bit = |customer: u32| (at(customer) % ALIKE / 64, 1_u64 << (customer % 64));
        let mut place_of = BTreeMap::new();
        for (place, &customer) in customers.iter().enumerate() {
            if at(customer) < known {
                let (word, bit) = bit(customer);
                asked[word] |= bit;
                place_of.insert(customer, index_u32(place));
            }
        }
        let few: Vec<u32> = place_of.keys().copied().collect();
        let is_asked = |customer: u32| {
            let (word, bit) = bit(customer);
            asked[word] & bit != 0
        };
        // Of few, whole blocks are compared at once, and most have none of them.
        let may_have = |block: &[u32]| {
            let has = |one: u32| block.iter().fold(false, |has, &of| has | (of == one));
            few.len() > FEW || few.iter().any(|&one| has(one))
        };
        let found: Vec<(u32, u32)> = self
            .ticket_customer
            .par_chunks(BLOCK)
            .enumerate()
            .filter(|(_, block)| may_have(block))
            .flat_map_iter(|(number, block)| {
                let rows = block.iter().enumerate().filter(|&(_, &of)| is_asked(of));
                rows.filter_map(|(row, customer)| {
                    let place = place_of.get(customer)?;
                    Some((*place, index_u32(number * BLOCK + row)))
                })
                .collect::<Vec<_>>()
            })
            .collect();
        let mut tickets = vec![Vec::new(); customers.len()];
        for (place, row) in found {
            tickets[at(place)].push(Item::Ticket(row));
        }
        tickets
    }

    fn strata(&self, asks: &[Ask]) -> Vec<Arc<Stratum>> {
        let answers = self.collect(asks, &Streams(self));
        let strata: Vec<Arc<Stratum>> = answers
            .found
            .into_par_iter()
            .map(|found| Arc::new(self.stratum(found)))
            .collect();
        let of_ask = answers.of_ask.into_iter().flatten();
        of_ask.map(|place| Arc::clone(&strata[place])).collect()
    }

    fn totals(&self, kind: Kind, cut: Second) -> Totals {
        let (mut seen, mut any) = match kind {
            Kind::Customer => self.index.customers_seen.before(cut),
            Kind::Ticket => self.index.tickets_seen.before(cut),
        };
        if let Some(delta) = self.index.delta {
            delta.count(kind, cut, &mut seen, &mut any);
        }
        self.with_copies(kind, seen, any)
    }

    fn totals_of_log(&self, kind: Kind) -> Totals {
        self.totals(kind, Second(u32::MAX))
    }

    fn first_seen(&self, asks: &[Ask], person: u32) -> Vec<Vec<Second>> {
        let sweep = self;
        let answers = self.collect(asks, &FirstViews { sweep, person });
        let times: Vec<Vec<Second>> = answers
            .found
            .into_iter()
            .map(|mut found| {
                found.out.sort_unstable();
                found.out.into_iter().map(Second).collect()
            })
            .collect();
        let of_ask = answers.of_ask.into_iter().flatten();
        of_ask.map(|place| times[place].clone()).collect()
    }

    fn first_seen_item(&self, item: Item, cut: Second, person: u32) -> Option<Second> {
        let place = self.place(item)?;
        self.first_view(item.kind(), place, person)
            .filter(|&second| second < cut)
    }

    fn shared(&self, kind: Kind, cut: Second, with: &[u32]) -> Shared {
        let persons = at(self.index.persons);
        let nothing = || Shared {
            seen: vec![0; persons],
            with: vec![vec![0; persons]; with.len()],
        };
        let add = |sum: &mut [u32], part: &[u32]| {
            for (sum, part) in sum.iter_mut().zip(part) {
                *sum += part;
            }
        };
        let flag = first_of(kind);
        let mut place_of = vec![None; persons];
        for (place, &person) in with.iter().enumerate() {
            place_of[at(person)] = Some(place);
        }
        self.all(kind)
            .into_par_iter()
            .fold(nothing, |mut shared, positions| {
                // Ordinal of the ticket (0 for customers) and person of each first view of a row.
                let mut met: Vec<(u32, u32)> = Vec::new();
                for position in positions {
                    met.clear();
                    let views = self.index.row(position);
                    for (view, (&second, &word)) in
                        views.seconds.iter().zip(views.words).enumerate()
                    {
                        if second >= cut.0 {
                            break;
                        }
                        if word & flag != 0 {
                            let ordinal = match kind {
                                Kind::Customer => 0,
                                Kind::Ticket => views.ordinal(view).unwrap_or(0),
                            };
                            met.push((ordinal, word & packed::PERSON));
                        }
                    }
                    for &(ordinal, person) in &met {
                        shared.seen[at(person)] += 1;
                        if let Some(place) = place_of[at(person)] {
                            let with = &mut shared.with[place];
                            for &(of, other) in &met {
                                with[at(other)] += u32::from(of == ordinal);
                            }
                        }
                    }
                }
                shared
            })
            .reduce(nothing, |mut sum, part| {
                add(&mut sum.seen, &part.seen);
                for (sum, part) in sum.with.iter_mut().zip(&part.with) {
                    add(sum, part);
                }
                sum
            })
    }

    fn seen_by(&self, kind: Kind, cut: Second, persons: &[u32]) -> Vec<Vec<u32>> {
        let mut place_of = vec![None; at(self.index.persons)];
        for (place, &person) in persons.iter().enumerate() {
            place_of[at(person)] = Some(place);
        }
        let (rows, flag) = match kind {
            Kind::Customer => (self.index.layout.position, packed::FIRST_OF_CUSTOMER),
            Kind::Ticket => (self.index.layout.slot, packed::FIRST_OF_TICKET),
        };
        let mut row_of = vec![NONE; rows.len()];
        for (row, &place) in rows.iter().enumerate() {
            row_of[at(place)] = index_u32(row);
        }
        // Tickets met later have their table's row for a slot; customers lie in its order.
        let known = index_u32(rows.len());
        let row_at = |item: u32| match (row_of.get(at(item)), kind) {
            (Some(&row), _) if row != NONE => row,
            (_, Kind::Customer) => known + (item - self.index.layout.positions()),
            (_, Kind::Ticket) => item,
        };
        let parts: Vec<Vec<(usize, u32)>> = self
            .all(kind)
            .into_par_iter()
            .map(|positions| {
                let mut found = Vec::new();
                for position in positions {
                    let views = self.index.row(position);
                    for (view, (&second, &word)) in
                        views.seconds.iter().zip(views.words).enumerate()
                    {
                        let person = at(word & packed::PERSON);
                        if second >= cut.0 {
                            break;
                        }
                        if word & flag != 0
                            && let Some(&Some(place)) = place_of.get(person)
                        {
                            let item = match kind {
                                Kind::Customer => position,
                                Kind::Ticket => {
                                    let ordinal = views.ordinal(view).unwrap_or(0);
                                    self.index.slot((position, ordinal))
                                }
                            };
                            found.push((place, row_at(item)));
                        }
                    }
                }
                found
            })
            .collect();
        let mut rows = vec![Vec::new(); persons.len()];
        for (place, row) in parts.into_iter().flatten() {
            rows[place].push(row);
        }
        for rows in &mut rows {
            rows.sort_unstable();
        }
        rows
    }

    fn span(&self) -> Option<(Second, Second)> {
        let first = self.index.seconds.par_iter().min().copied();
        let last = self.index.seconds.par_iter().max().copied();
        let added = self.index.delta.and_then(Delta::span);
        let first = first.into_iter().chain(added.map(|span| span.0)).min()?;
        let last = last.into_iter().chain(added.map(|span| span.1)).max()?;
        Some((Second(first), Second(last)))
    }
}

/// Collects the guards of each member, one after the other.
struct Streams<'s>(&'s Sweep<'s>);

impl Collect for Streams<'_> {
    fn member(&self, kind: Kind, member: Member, cut: Cut, out: &mut Vec<u32>) {
        let begin = out.len();
        self.0.holders_of(kind, member, cut, out);
        // An item that nobody saw before the cut would never have been asked about.
        if out[begin..].iter().all(|&word| word & EARLY == 0) {
            out.truncate(begin);
        } else if let Some(last) = out.last_mut() {
            *last |= LAST;
        }
    }
}

/// Collects when one person first saw each member.
struct FirstViews<'s> {
    sweep: &'s Sweep<'s>,
    person: u32,
}

impl Collect for FirstViews<'_> {
    fn member(&self, kind: Kind, member: Member, cut: Cut, out: &mut Vec<u32>) {
        let first = self.sweep.first_view(kind, member, self.person);
        out.extend(
            first
                .filter(|&second| second < cut.at)
                .map(|second| second.0),
        );
    }
}

impl Sweep<'_> {
    /// Counts who had how many of the items collected.
    fn stratum(&self, found: Found) -> Stratum {
        let stream = found.out;
        let mut items = 0;
        let mut counts = vec![0_u32; self.holders()];
        let mut guards = vec![0_u32; self.holders()];
        for &word in &stream {
            items += word >> 31;
            counts[at(holder(word))] += u32::from(word & EARLY != 0);
            guards[at(holder(word))] += 1;
        }
        Stratum {
            merging: found.merging,
            group: found.group,
            items,
            stream,
            counts,
            guards,
        }
    }

    fn with_copies(&self, kind: Kind, mut seen: Vec<u32>, any: u32) -> Totals {
        seen.extend(self.index.copies.iter().enumerate().map(|(number, copy)| {
            let added = (self.index.delta).map_or(0, |delta| delta.copy_holds(number, kind));
            added
                + match kind {
                    Kind::Customer => index_u32(copy.customers.len()),
                    Kind::Ticket => index_u32(copy.tickets.len()),
                }
        }));
        Totals { seen, any }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Account, Customers, Tickets, View};
    use crate::holder::Holders;
    use crate::trace::index::build_in_memory;

    #[test]
    fn a_customer_that_the_log_does_not_know_has_no_tickets_whatever_its_number() {
        let desk = Desk {
            accounts: vec![Account::default()],
            customers: Customers {
                count: 1,
                ..Customers::default()
            },
            tickets: Tickets {
                customer: vec![0],
                ..Tickets::default()
            },
            ..Desk::default()
        };
        let views = [View {
            second: Second(1),
            account: 0,
            customer: 0,
            ticket: 0,
        }];
        let index = build_in_memory(&desk, &Holders::of(&desk), &views);
        let sweep = Sweep::new(index.index(), &desk);
        let tickets = sweep.tickets_of(&[0, NONE - 1, NONE]);
        assert_eq!(tickets, [vec![Item::Ticket(0)], Vec::new(), Vec::new()]);
    }
}

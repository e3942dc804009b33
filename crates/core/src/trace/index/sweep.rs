//! Answers the trace's questions by passes over the index.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::rows::{Copy, Index, packed};
use crate::desk::{Desk, Export, ExportRows, NONE};
use crate::holder::Holders;
use crate::time::Second;
use crate::trace::exposure::{
    Ask, Cell, Cut, EARLY, Exposures, Item, Kind, LAST, Seen, Shared, Stratum, Totals, holder,
};
use crate::trace::strata::{Class, Merging};
use crate::{at, index_u32, small};

/// Positions in one piece of work: enough to be worth a hand-over, few enough to share evenly.
const CHUNK: u32 = 1 << 14;

/// The index with the desk rows that questions are asked in.
#[derive(Clone, Debug)]
pub struct Sweep<'a> {
    index: Index<'a>,
    ticket_customer: &'a [u32],
}

/// A member of a stratum: position, and ordinal of the ticket (0 for customers).
type Member = (u32, u32);

/// What a walk over an item's views before the cut finds.
#[derive(Clone, Copy, Default)]
struct Walk {
    persons: u32,
    first: u32,
    last: u32,
    open: bool,
}

impl Walk {
    fn add(&mut self, second: u32, is_first: bool) {
        if self.persons == 0 {
            self.first = second;
        }
        self.persons += u32::from(is_first);
        self.last = second;
    }

    fn class(self, cut: Second) -> Class {
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
        Self {
            index,
            ticket_customer: &desk.tickets.customer,
        }
    }

    fn views(&self, position: u32) -> Range<usize> {
        at(self.index.offsets[at(position)])..at(self.index.offsets[at(position) + 1])
    }

    fn customer_walk(&self, position: u32, cut: Cut) -> Walk {
        let mut walk = Walk::default();
        let views = self.views(position);
        let seconds = &self.index.seconds[views.clone()];
        let words = &self.index.packed[views];
        for (&second, &word) in seconds.iter().zip(words) {
            if second >= cut.guard.0 {
                break;
            }
            if word & packed::PERSON == packed::UNRESOLVED {
                walk.open = true;
                break;
            }
            if second < cut.at.0 {
                walk.add(second, word & packed::FIRST_OF_CUSTOMER != 0);
            }
        }
        walk
    }

    /// Walks of all tickets of a position, by ordinal.
    fn ticket_walks(&self, position: u32, cut: Cut, walks: &mut Vec<Walk>) {
        let tickets = self.tickets(position).len();
        walks.clear();
        walks.resize(tickets, Walk::default());
        for view in self.views(position) {
            let second = self.index.seconds[view];
            if second >= cut.guard.0 {
                break;
            }
            let Some(ordinal) = self.index.ordinal(view) else {
                continue;
            };
            let word = self.index.packed[view];
            let walk = &mut walks[at(ordinal)];
            if word & packed::PERSON == packed::UNRESOLVED {
                walk.open = true;
            } else if second < cut.at.0 {
                walk.add(second, word & packed::FIRST_OF_TICKET != 0);
            }
        }
    }

    fn tickets(&self, position: u32) -> Range<u32> {
        let start = &self.index.layout.ticket_start;
        start[at(position)]..start[at(position) + 1]
    }

    fn position_of_slot(&self, slot: u32) -> u32 {
        let start = &self.index.layout.ticket_start;
        index_u32(start.partition_point(|&first| first <= slot)) - 1
    }

    /// Position and ordinal of an item, `None` if there is no such row.
    fn place(&self, item: Item) -> Option<Member> {
        match item {
            Item::Customer(row) => Some((*self.index.layout.position.get(at(row))?, 0)),
            Item::Ticket(row) => {
                let slot = *self.index.layout.slot.get(at(row))?;
                let position = self.position_of_slot(slot);
                Some((position, slot - self.tickets(position).start))
            }
        }
    }

    fn cell_of(&self, kind: Kind, (position, ordinal): Member) -> Cell {
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
                self.index.layout.ticket_cell[at(self.tickets(position).start + ordinal)]
            }
        };
        Cell { customer, ticket }
    }

    /// Positions of a cell of customers; for tickets the last cell takes the anonymous rows along.
    fn positions(&self, kind: Kind, cell: Cell) -> Range<u32> {
        let starts = &self.index.layout.cell_start;
        let from = starts[at(cell.customer)];
        let to = starts[at(cell.customer) + 1];
        let is_last = at(cell.customer) + 2 == starts.len();
        match kind {
            Kind::Ticket if is_last => from..self.index.layout.positions(),
            _ => from..to,
        }
    }

    /// Guards of one item, ascending: persons, then copies; those before the cut marked [`EARLY`].
    fn holders_of(&self, kind: Kind, (position, ordinal): Member, cut: Cut, out: &mut Vec<u32>) {
        let begin = out.len();
        let early = |second: u32| if second < cut.at.0 { EARLY } else { 0 };
        let flag = match kind {
            Kind::Customer => packed::FIRST_OF_CUSTOMER,
            Kind::Ticket => packed::FIRST_OF_TICKET,
        };
        for view in self.views(position) {
            let second = self.index.seconds[view];
            if second >= cut.guard.0 {
                break;
            }
            let word = self.index.packed[view];
            if word & flag != 0
                && (kind == Kind::Customer || self.index.ordinal(view) == Some(ordinal))
            {
                out.push(word & packed::PERSON | early(second));
            }
        }
        let persons = out.len();
        for (number, copy) in self.index.copies.iter().enumerate() {
            if copy.second < cut.guard && self.copy_has(copy, kind, (position, ordinal)) {
                out.push((self.index.persons + index_u32(number)) | early(copy.second.0));
                // Whoever makes a copy may have had its rows: one colleague, not two.
                if let Some(maker) = copy.maker
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

    fn copy_has(&self, copy: &Copy, kind: Kind, (position, ordinal): Member) -> bool {
        match kind {
            Kind::Customer => copy.customers.binary_search(&position).is_ok(),
            Kind::Ticket => {
                let slot = self.tickets(position).start + ordinal;
                copy.tickets.binary_search(&slot).is_ok()
            }
        }
    }

    /// Classes of all items of a cell, in chunks of positions, with the number of items in each.
    fn classify(&self, kind: Kind, cut: Cut, cell: Cell) -> (Vec<Vec<u16>>, Vec<u32>) {
        let range = self.positions(kind, cell);
        let chunks: Vec<Range<u32>> = range
            .clone()
            .step_by(at(CHUNK))
            .map(|from| from..(from + CHUNK).min(range.end))
            .collect();
        let parts: Vec<(Vec<u16>, Vec<u32>)> = chunks
            .into_par_iter()
            .map(|chunk| {
                let mut items = vec![0_u32; Class::COUNT];
                let mut classes = Vec::with_capacity(chunk.len());
                let mut walks = Vec::new();
                for position in chunk {
                    match kind {
                        Kind::Customer => {
                            let class = self.customer_walk(position, cut).class(cut.at);
                            classes.push(class.0);
                        }
                        Kind::Ticket => {
                            self.ticket_walks(position, cut, &mut walks);
                            let first = self.tickets(position).start;
                            for (ordinal, walk) in walks.iter().enumerate() {
                                let slot = at(first) + ordinal;
                                let alike = self.index.layout.ticket_cell[slot] == cell.ticket;
                                classes.push(if alike {
                                    walk.class(cut.at).0
                                } else {
                                    Class::OPEN.0
                                });
                            }
                        }
                    }
                }
                for &class in &classes {
                    if let Some(count) = items.get_mut(usize::from(class)) {
                        *count += 1;
                    }
                }
                (classes, items)
            })
            .collect();
        let mut items = vec![0_u32; Class::COUNT];
        for (_, part) in &parts {
            for (sum, count) in items.iter_mut().zip(part) {
                *sum += count;
            }
        }
        (
            parts.into_iter().map(|(classes, _)| classes).collect(),
            items,
        )
    }

    /// Members of one group of classes, in order.
    fn members(
        &self,
        kind: Kind,
        cell: Cell,
        classes: &[Vec<u16>],
        merging: &Merging,
        group: u16,
    ) -> Vec<Member> {
        let range = self.positions(kind, cell);
        let wanted: Vec<bool> = (0..Class::COUNT)
            .map(|class| merging.group(Class(small(class))) == Some(group))
            .collect();
        let is_wanted = |class: u16| wanted.get(usize::from(class)).copied().unwrap_or(false);
        let parts: Vec<Vec<Member>> = classes
            .par_iter()
            .enumerate()
            .map(|(chunk, classes)| {
                let from = range.start + index_u32(chunk) * CHUNK;
                match kind {
                    Kind::Customer => (from..)
                        .zip(classes)
                        .filter(|&(_, &class)| is_wanted(class))
                        .map(|(position, _)| (position, 0))
                        .collect(),
                    Kind::Ticket => {
                        let mut members = Vec::new();
                        let mut slot = 0;
                        for position in from..(from + CHUNK).min(range.end) {
                            for ordinal in 0..index_u32(self.tickets(position).len()) {
                                if is_wanted(classes[slot]) {
                                    members.push((position, ordinal));
                                }
                                slot += 1;
                            }
                        }
                        members
                    }
                }
            })
            .collect();
        parts.concat()
    }

    fn stratum(
        &self,
        ask: &Ask,
        classes: &[Vec<u16>],
        merging: &Arc<Merging>,
        group: u16,
    ) -> Stratum {
        let members = self.members(ask.kind, ask.cell, classes, merging, group);
        let parts: Vec<Vec<u32>> = members
            .par_chunks(1 << 12)
            .map(|members| {
                let mut stream = Vec::new();
                for &member in members {
                    let begin = stream.len();
                    self.holders_of(ask.kind, member, ask.cut, &mut stream);
                    // An item that nobody saw before the cut would never have been asked about.
                    if stream[begin..].iter().all(|&word| word & EARLY == 0) {
                        stream.truncate(begin);
                    } else if let Some(last) = stream.last_mut() {
                        *last |= LAST;
                    }
                }
                stream
            })
            .collect();
        let stream = parts.concat();
        let mut items = 0;
        let mut counts = vec![0_u32; self.holders()];
        let mut guards = vec![0_u32; self.holders()];
        for &word in &stream {
            items += word >> 31;
            counts[at(holder(word))] += u32::from(word & EARLY != 0);
            guards[at(holder(word))] += 1;
        }
        Stratum {
            merging: Arc::clone(merging),
            group,
            items,
            stream,
            counts,
            guards,
        }
    }

    fn first_view(&self, kind: Kind, (position, ordinal): Member, person: u32) -> Option<Second> {
        self.views(position)
            .find(|&view| {
                self.index.packed[view] & packed::PERSON == person
                    && (kind == Kind::Customer || self.index.ordinal(view) == Some(ordinal))
            })
            .map(|view| Second(self.index.seconds[view]))
    }

    /// One pass for each (kind, cut, cell) among the asks.
    fn passes<T>(
        &self,
        asks: &[Ask],
        answer: impl Fn(&Ask, &[Vec<u16>], &Arc<Merging>, u16) -> T + Sync,
    ) -> Vec<T>
    where
        T: Clone + Send,
    {
        let mut passes: BTreeMap<(Kind, Cut, Cell), Vec<usize>> = BTreeMap::new();
        for (number, ask) in asks.iter().enumerate() {
            passes
                .entry((ask.kind, ask.cut, ask.cell))
                .or_default()
                .push(number);
        }
        let passes: Vec<_> = passes.into_iter().collect();
        let answers: Vec<Vec<(usize, T)>> = passes
            .par_iter()
            .map(|((kind, cut, cell), numbers)| {
                let (classes, items) = self.classify(*kind, *cut, *cell);
                let merging = Arc::new(Merging::of(&items));
                let mut of_group: BTreeMap<u16, T> = BTreeMap::new();
                numbers
                    .iter()
                    .filter_map(|&number| {
                        let group = merging.group(asks[number].class)?;
                        let found = of_group
                            .entry(group)
                            .or_insert_with(|| answer(&asks[number], &classes, &merging, group));
                        Some((number, found.clone()))
                    })
                    .collect()
            })
            .collect();
        let mut ordered: Vec<(usize, T)> = answers.into_iter().flatten().collect();
        ordered.sort_by_key(|&(number, _)| number);
        ordered.into_iter().map(|(_, found)| found).collect()
    }
}

impl Exposures for Sweep<'_> {
    fn holders(&self) -> usize {
        at(self.index.persons) + self.index.copies.len()
    }

    fn seen(&self, item: Item, cut: Cut) -> Option<Seen> {
        let kind = item.kind();
        let place = self.place(item)?;
        let class = match kind {
            Kind::Customer => self.customer_walk(place.0, cut).class(cut.at),
            Kind::Ticket => {
                let mut walks = Vec::new();
                self.ticket_walks(place.0, cut, &mut walks);
                walks[at(place.1)].class(cut.at)
            }
        };
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

    fn tickets_of(&self, customer: u32) -> Vec<Item> {
        // Few customers are ever asked for, so that a list by customer would not pay.
        self.ticket_customer
            .par_iter()
            .enumerate()
            .filter(|&(_, &of)| of == customer && customer != NONE)
            .map(|(row, _)| Item::Ticket(index_u32(row)))
            .collect()
    }

    fn strata(&self, asks: &[Ask]) -> Vec<Arc<Stratum>> {
        self.passes(asks, |ask, classes, merging, group| {
            Arc::new(self.stratum(ask, classes, merging, group))
        })
    }

    fn totals(&self, kind: Kind, cut: Second) -> Totals {
        let (seen, any) = match kind {
            Kind::Customer => self.index.customers_seen.before(cut),
            Kind::Ticket => self.index.tickets_seen.before(cut),
        };
        self.with_copies(kind, seen, any)
    }

    fn totals_of_log(&self, kind: Kind) -> Totals {
        self.totals(kind, Second(u32::MAX))
    }

    fn first_seen(&self, asks: &[Ask], person: u32) -> Vec<Vec<Second>> {
        self.passes(asks, |ask, classes, merging, group| {
            let mut times: Vec<Second> = self
                .members(ask.kind, ask.cell, classes, merging, group)
                .into_iter()
                .filter_map(|member| self.first_view(ask.kind, member, person))
                .filter(|&second| second < ask.cut.at)
                .collect();
            times.sort_unstable();
            times
        })
    }

    fn first_seen_item(&self, item: Item, cut: Second, person: u32) -> Option<Second> {
        let place = self.place(item)?;
        self.first_view(item.kind(), place, person)
            .filter(|&second| second < cut)
    }

    fn shared(&self, kind: Kind, cut: Second, with: &[u32]) -> Shared {
        let cut = Cut {
            at: cut,
            guard: cut,
        };
        let persons = at(self.index.persons);
        let nothing = || Shared {
            seen: vec![0; persons],
            with: vec![vec![0; persons]; with.len()],
        };
        let positions = match kind {
            Kind::Customer => self.index.layout.anonymous_from,
            Kind::Ticket => self.index.layout.positions(),
        };
        let add = |sum: &mut [u32], part: &[u32]| {
            for (sum, part) in sum.iter_mut().zip(part) {
                *sum += part;
            }
        };
        (0..positions.div_ceil(CHUNK))
            .into_par_iter()
            .fold(nothing, |mut shared, chunk| {
                let mut holders = Vec::new();
                for position in chunk * CHUNK..((chunk + 1) * CHUNK).min(positions) {
                    let ordinals = match kind {
                        Kind::Customer => 0..1,
                        Kind::Ticket => 0..index_u32(self.tickets(position).len()),
                    };
                    for ordinal in ordinals {
                        holders.clear();
                        self.holders_of(kind, (position, ordinal), cut, &mut holders);
                        holders.retain(|&word| word & EARLY != 0 && at(holder(word)) < persons);
                        for word in &mut holders {
                            *word = holder(*word);
                        }
                        for &holder in &holders {
                            shared.seen[at(holder)] += 1;
                        }
                        for (with, shared) in with.iter().zip(&mut shared.with) {
                            if holders.binary_search(with).is_ok() {
                                for &holder in &holders {
                                    shared[at(holder)] += 1;
                                }
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
        let positions = match kind {
            Kind::Customer => self.index.layout.anonymous_from,
            Kind::Ticket => self.index.layout.positions(),
        };
        let parts: Vec<Vec<(usize, u32)>> = (0..positions.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let mut found = Vec::new();
                for position in chunk * CHUNK..((chunk + 1) * CHUNK).min(positions) {
                    for view in self.views(position) {
                        let word = self.index.packed[view];
                        let person = at(word & packed::PERSON);
                        if self.index.seconds[view] >= cut.0 {
                            break;
                        }
                        if word & flag != 0
                            && let Some(&Some(place)) = place_of.get(person)
                        {
                            let item = match kind {
                                Kind::Customer => position,
                                Kind::Ticket => {
                                    self.tickets(position).start
                                        + self.index.ordinal(view).unwrap_or(0)
                                }
                            };
                            found.push((place, row_of[at(item)]));
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
        let first = self.index.seconds.par_iter().min()?;
        let last = self.index.seconds.par_iter().max()?;
        Some((Second(*first), Second(*last)))
    }
}

impl Sweep<'_> {
    fn with_copies(&self, kind: Kind, mut seen: Vec<u32>, any: u32) -> Totals {
        seen.extend(self.index.copies.iter().map(|copy| match kind {
            Kind::Customer => index_u32(copy.customers.len()),
            Kind::Ticket => index_u32(copy.tickets.len()),
        }));
        Totals { seen, any }
    }
}

impl Copy {
    /// The rows of an export as positions and slots.
    #[must_use]
    pub fn of(export: &Export, desk: &Desk, holders: &Holders, layout: &super::Layout) -> Self {
        let of_customers = |keep: &dyn Fn(usize) -> bool| -> (Vec<u32>, Vec<u32>) {
            let customers = (0..at(desk.customers.count))
                .filter(|&row| keep(row))
                .map(|row| layout.position[row])
                .collect();
            let tickets = desk
                .tickets
                .customer
                .iter()
                .zip(&layout.slot)
                .filter(|&(&customer, _)| {
                    // A ticket of nobody known is in a copy of everything.
                    if customer == NONE {
                        export.rows == ExportRows::All
                    } else {
                        keep(at(customer))
                    }
                })
                .map(|(_, &slot)| slot)
                .collect();
            (customers, tickets)
        };
        let (mut customers, mut tickets): (Vec<u32>, Vec<u32>) = match &export.rows {
            ExportRows::All => of_customers(&|_| true),
            ExportRows::Where { column, code } => {
                let codes = &desk.customers.columns[*column].codes;
                of_customers(&|row| codes.get(row).copied().unwrap_or(0) == *code)
            }
            ExportRows::Listed { customers, tickets } => (
                customers
                    .iter()
                    .map(|&row| layout.position[at(row)])
                    .collect(),
                tickets.iter().map(|&row| layout.slot[at(row)]).collect(),
            ),
        };
        customers.sort_unstable();
        customers.dedup();
        tickets.sort_unstable();
        tickets.dedup();
        let maker = export
            .account
            .map(|account| holders.of_account[at(account)]);
        Self {
            second: export.second,
            maker,
            customers,
            tickets,
        }
    }
}

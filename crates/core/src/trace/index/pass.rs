//! One pass over a range of the index that answers many questions at once.
//!
//! Every report has a cut of its own, and a log of 175 million views does not fit in a cache. So a
//! row is read once and walked through in order of time, and each question is answered when the
//! walk reaches its cut.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::lives::AsOf;
use super::rows::packed;
use super::sweep::{Member, Sweep, Walk};
use crate::at;
use crate::trace::exposure::{Ask, Cell, Cut, Kind};
use crate::trace::strata::{Class, Merging};

/// Positions in one piece of work: their views (12 a customer: 400 KB) fit in a core's cache.
const CHUNK: u32 = 1 << 12;

/// Instead of a class: the item is not of the cell asked about.
const ELSEWHERE: u16 = u16::MAX - 1;

/// Instead of a class: it is not known yet.
const UNKNOWN: u16 = u16::MAX - 2;

/// Members whose rows are read at once.
const AHEAD: usize = 64;

/// What is asked of one cell as of one cut, and for which classes.
struct Query {
    cut: Cut,
    /// Cell among the tickets' own attributes.
    ticket: u32,
    classes: Vec<u16>,
}

/// Numbers of the asks by cut and cell among the tickets' own attributes.
type Asked = BTreeMap<(Cut, u32), Vec<usize>>;

/// What becomes of the members that a question is about: `out` takes one answer.
pub(super) trait Collect: Sync {
    /// Takes one item in.
    fn member(&self, kind: Kind, member: Member, cut: Cut, out: &mut Vec<u32>);
}

/// Members of one group of classes, as the collector left them.
pub(super) struct Found {
    pub(super) merging: Arc<Merging>,
    pub(super) group: u16,
    pub(super) out: Vec<u32>,
}

/// The groups asked for, and for each ask which one is its own (`None` for open items).
pub(super) struct Answers {
    pub(super) found: Vec<Found>,
    pub(super) of_ask: Vec<Option<usize>>,
}

impl Sweep<'_> {
    /// Collects the members of all strata asked for.
    pub(super) fn collect(&self, asks: &[Ask], collect: &impl Collect) -> Answers {
        let mut jobs: BTreeMap<(Kind, u32), Asked> = BTreeMap::new();
        for (number, ask) in asks.iter().enumerate() {
            let job = jobs.entry((ask.kind, ask.cell.customer)).or_default();
            let query = job.entry((ask.cut, ask.cell.ticket)).or_default();
            query.push(number);
        }
        let jobs: Vec<_> = jobs.into_iter().collect();
        let done: Vec<_> = jobs
            .par_iter()
            .map(|((kind, cell), queries)| self.job(*kind, *cell, queries, asks, collect))
            .collect();
        let mut answers = Answers {
            found: Vec::new(),
            of_ask: vec![None; asks.len()],
        };
        for (found, of_ask) in done {
            for (number, place) in of_ask {
                answers.of_ask[number] = Some(answers.found.len() + place);
            }
            answers.found.extend(found);
        }
        answers
    }

    /// All questions about one cell of customers, or about their tickets.
    fn job(
        &self,
        kind: Kind,
        cell: u32,
        asked: &Asked,
        asks: &[Ask],
        collect: &impl Collect,
    ) -> (Vec<Found>, Vec<(usize, usize)>) {
        let ranges = self.positions(
            kind,
            Cell {
                customer: cell,
                ticket: 0,
            },
        );
        let queries: Vec<Query> = asked
            .iter()
            .map(|(&(cut, ticket), numbers)| {
                let mut classes: Vec<u16> = numbers.iter().map(|&n| asks[n].class.0).collect();
                classes.sort_unstable();
                classes.dedup();
                Query {
                    cut,
                    ticket,
                    classes,
                }
            })
            .collect();
        let mut first = self.first_pass(kind, &ranges, &queries, collect);
        let mut found: Vec<Found> = Vec::new();
        let mut of_ask = Vec::new();
        // Groups of several classes, whose members are known only now: query, place in `found`.
        let mut again: Vec<(usize, usize)> = Vec::new();
        for (query, numbers) in asked.values().enumerate() {
            let counted = &mut first[query];
            let merging = Arc::new(Merging::of(&counted.items));
            let mut of_group: BTreeMap<u16, usize> = BTreeMap::new();
            for &number in numbers {
                let class = asks[number].class;
                let Some(group) = merging.group(class) else {
                    continue;
                };
                let place = *of_group.entry(group).or_insert_with(|| {
                    let place = found.len();
                    let is_alone = classes().zip(&counted.items).all(|(other, &items)| {
                        other == class || items == 0 || merging.group(other) != Some(group)
                    });
                    let mut out = Vec::new();
                    if is_alone {
                        if let Ok(own) = queries[query].classes.binary_search(&class.0) {
                            out = core::mem::take(&mut counted.out[own]);
                        }
                    } else {
                        again.push((query, place));
                    }
                    found.push(Found {
                        merging: Arc::clone(&merging),
                        group,
                        out,
                    });
                    place
                });
                of_ask.push((number, place));
            }
        }
        drop(first);
        if !again.is_empty() {
            self.second_pass(kind, &ranges, &queries, &again, &mut found, collect);
        }
        (found, of_ask)
    }

    /// Counts the classes of every query, and collects the members of the classes asked about.
    fn first_pass(
        &self,
        kind: Kind,
        ranges: &[Range<u32>],
        queries: &[Query],
        collect: &impl Collect,
    ) -> Vec<Counted> {
        let as_of = self.lives_as_of(kind, queries);
        let mut parts: Vec<Vec<Counted>> = chunks(ranges)
            .into_par_iter()
            .fold(
                || queries.iter().map(Counted::new).collect::<Vec<_>>(),
                |mut counted, chunk| {
                    let classes = self.classes(kind, &chunk, queries, &as_of);
                    for ((classes, query), counted) in classes.iter().zip(queries).zip(&mut counted)
                    {
                        for &class in classes {
                            if let Some(count) = counted.items.get_mut(usize::from(class)) {
                                *count += 1;
                            }
                        }
                        for (&wanted, out) in query.classes.iter().zip(&mut counted.out) {
                            let of_class = |class: u16| class == wanted;
                            self.members(kind, &chunk, classes, of_class, |member| {
                                collect.member(kind, member, query.cut, out);
                            });
                        }
                    }
                    counted
                },
            )
            .collect();
        let mut sum: Vec<Counted> = queries.iter().map(Counted::new).collect();
        for (query, sum) in sum.iter_mut().enumerate() {
            for part in &parts {
                for (sum, count) in sum.items.iter_mut().zip(&part[query].items) {
                    *sum += count;
                }
            }
            for (class, out) in sum.out.iter_mut().enumerate() {
                *out = joined(parts.iter_mut().map(|part| &mut part[query].out[class]));
            }
        }
        sum
    }

    /// Collects the members of groups of several classes.
    fn second_pass(
        &self,
        kind: Kind,
        ranges: &[Range<u32>],
        queries: &[Query],
        again: &[(usize, usize)],
        found: &mut [Found],
        collect: &impl Collect,
    ) {
        let queries: Vec<Query> = again
            .iter()
            .map(|&(query, place)| {
                let Found { merging, group, .. } = &found[place];
                Query {
                    cut: queries[query].cut,
                    ticket: queries[query].ticket,
                    classes: classes()
                        .filter(|&class| merging.group(class) == Some(*group))
                        .map(|class| class.0)
                        .collect(),
                }
            })
            .collect();
        let wanted: Vec<Vec<bool>> = queries
            .iter()
            .map(|query| {
                let mut wanted = vec![false; Class::COUNT];
                for &class in &query.classes {
                    wanted[usize::from(class)] = true;
                }
                wanted
            })
            .collect();
        let as_of = self.lives_as_of(kind, &queries);
        let mut parts: Vec<Vec<Vec<u32>>> = chunks(ranges)
            .into_par_iter()
            .fold(
                || vec![Vec::new(); queries.len()],
                |mut outs, chunk| {
                    let classes = self.classes(kind, &chunk, &queries, &as_of);
                    for (number, out) in outs.iter_mut().enumerate() {
                        let of_group =
                            |class: u16| wanted[number].get(usize::from(class)) == Some(&true);
                        self.members(kind, &chunk, &classes[number], of_group, |member| {
                            collect.member(kind, member, queries[number].cut, out);
                        });
                    }
                    outs
                },
            )
            .collect();
        for (number, &(_, place)) in again.iter().enumerate() {
            found[place].out = joined(parts.iter_mut().map(|part| &mut part[number]));
        }
    }

    /// What the lives of tickets say at each query's cut.
    fn lives_as_of(&self, kind: Kind, queries: &[Query]) -> Vec<AsOf> {
        match kind {
            Kind::Customer => Vec::new(),
            Kind::Ticket => queries
                .iter()
                .map(|query| AsOf::new(self.index.units, query.cut.at))
                .collect(),
        }
    }

    /// For each query the class of every item of these positions, as a number.
    fn classes(
        &self,
        kind: Kind,
        positions: &Range<u32>,
        queries: &[Query],
        as_of: &[AsOf],
    ) -> Vec<Vec<u16>> {
        match kind {
            Kind::Customer => self.classes_of_customers(positions, queries),
            Kind::Ticket => {
                let of_query = |(query, as_of)| self.classes_of_tickets(positions, query, as_of);
                queries.iter().zip(as_of).map(of_query).collect()
            }
        }
    }

    fn classes_of_customers(&self, positions: &Range<u32>, queries: &[Query]) -> Vec<Vec<u16>> {
        // Hardly any log has views by nobody knows whom: looked for in all rows at once.
        let offsets = &self.index.offsets;
        let known = offsets.get(at(positions.end)).map(|&end| {
            let views = at(offsets[at(positions.start)])..at(end);
            let words = self.index.packed[views].iter();
            words.fold(false, |any, &word| any | is_unresolved(word))
        });
        let added = self.index.delta;
        let added = added.is_some_and(|delta| delta.touches(positions));
        let unresolved = added || known.unwrap_or(true);
        let mut classes: Vec<Vec<u16>> = queries
            .iter()
            .map(|_| Vec::with_capacity(positions.len()))
            .collect();
        for position in positions.clone() {
            let (seconds, words) = if added || known.is_none() {
                let row = self.index.row(position);
                (row.seconds, row.words)
            } else {
                let row = self.index.known_views(position);
                (row.seconds, row.words)
            };
            let open = if unresolved {
                first_unresolved(seconds, words)
            } else {
                u32::MAX
            };
            let mut walk = Walk::default();
            let mut next = 0;
            // In order of their cuts.
            for (query, classes) in queries.iter().zip(&mut classes) {
                while let Some(&second) = seconds.get(next)
                    && second < query.cut.at.0
                {
                    walk.add(second, words[next] & packed::FIRST_OF_CUSTOMER != 0);
                    next += 1;
                }
                let class = if open < query.cut.guard.0 {
                    Class::OPEN
                } else {
                    walk.class(query.cut.at)
                };
                classes.push(class.0);
            }
        }
        classes
    }

    fn classes_of_tickets(&self, positions: &Range<u32>, query: &Query, as_of: &AsOf) -> Vec<u16> {
        let slots = self.known_slots(positions);
        let rows = at(slots.start)..at(slots.end);
        let cells = &self.index.layout.ticket_cell[rows.clone()];
        let lives = &self.index.lives[rows];
        let items = lives.iter().zip(cells);
        let mut classes: Vec<u16> = items
            .map(|(&life, &cell)| {
                if cell == query.ticket {
                    as_of.class(life).map_or(UNKNOWN, |class| class.0)
                } else {
                    ELSEWHERE
                }
            })
            .collect();
        if let Some(delta) = self.index.delta {
            // What their lives were is not the last word.
            for (position, is_still_there) in delta.touched(positions) {
                for slot in self.index.known_tickets(position) {
                    let class = &mut classes[at(slot - slots.start)];
                    if !is_still_there {
                        *class = ELSEWHERE;
                    } else if *class != ELSEWHERE {
                        *class = UNKNOWN;
                    }
                }
            }
            for member in delta.added(&self.index, positions) {
                let is_here = self.cell_of(Kind::Ticket, member).ticket == query.ticket;
                classes.push(if is_here { UNKNOWN } else { ELSEWHERE });
            }
        }
        let is_unknown = |class| class == UNKNOWN;
        let mut walked = Vec::new();
        self.members(Kind::Ticket, positions, &classes, is_unknown, |ticket| {
            let walk = self.item_walk(Kind::Ticket, ticket, query.cut);
            walked.push(walk.class(query.cut.at).0);
        });
        let unknown = classes.iter_mut().filter(|class| is_unknown(**class));
        for (class, walked) in unknown.zip(walked) {
            *class = walked;
        }
        classes
    }

    /// Slots of these positions in the index itself.
    fn known_slots(&self, positions: &Range<u32>) -> Range<u32> {
        let starts = &self.index.layout.ticket_start;
        match starts.get(at(positions.end)) {
            Some(&end) => starts[at(positions.start)]..end,
            None => 0..0,
        }
    }

    /// Tells which items are of the classes wanted, among those of these positions.
    fn members(
        &self,
        kind: Kind,
        positions: &Range<u32>,
        classes: &[u16],
        is_wanted: impl Fn(u16) -> bool,
        mut tell: impl FnMut(Member),
    ) {
        let known = match kind {
            Kind::Customer => positions.clone(),
            Kind::Ticket => self.known_slots(positions),
        };
        let added = match (kind, self.index.delta) {
            (Kind::Ticket, Some(delta)) => delta.added(&self.index, positions),
            _ => Vec::new(),
        };
        let mut places = Places::new(self, kind, positions);
        let items = (known.start..).zip(classes);
        let members: Vec<Member> = items
            .filter(|&(_, &class)| is_wanted(class))
            .map(|(number, _)| {
                match added.get(at(number - known.start).wrapping_sub(known.len())) {
                    Some(&member) => member,
                    None => places.find(number),
                }
            })
            .collect();
        for members in members.chunks(AHEAD) {
            self.fetch(members);
            for &member in members {
                tell(member);
            }
        }
    }

    /// Reads the first and last view of each member's row, and makes nothing of them.
    ///
    /// Members are few and far between, so each would wait for its row to come from memory; read
    /// at once they wait together. Halves the time of a report.
    fn fetch(&self, members: &[Member]) {
        let read = members.iter().fold(0, |read, &(position, _)| {
            let views = self.index.row(position);
            let of_view = |view: usize| {
                let second = views.seconds.get(view).copied();
                let word = views.words.get(view).copied();
                second.unwrap_or(0) ^ word.unwrap_or(0)
            };
            read ^ of_view(0) ^ of_view(views.words.len().saturating_sub(1))
        });
        core::hint::black_box(read);
    }
}

/// Finds where items are whose numbers ascend.
struct Places<'a> {
    kind: Kind,
    /// First slot of each position.
    ticket_start: &'a [u32],
    position: u32,
}

impl<'a> Places<'a> {
    fn new(sweep: &'a Sweep<'_>, kind: Kind, positions: &Range<u32>) -> Self {
        Self {
            kind,
            ticket_start: sweep.index.layout.ticket_start,
            position: positions.start,
        }
    }

    /// Where the item of this number is: a customer's position, or a ticket's slot.
    fn find(&mut self, number: u32) -> Member {
        if self.kind == Kind::Customer {
            return (number, 0);
        }
        while self.ticket_start[at(self.position) + 1] <= number {
            self.position += 1;
        }
        (self.position, number - self.ticket_start[at(self.position)])
    }
}

/// What the first pass finds for one query.
struct Counted {
    /// Items of each class.
    items: Vec<u32>,
    /// What was collected of each class asked about.
    out: Vec<Vec<u32>>,
}

impl Counted {
    fn new(query: &Query) -> Self {
        Self {
            items: vec![0; Class::COUNT],
            out: vec![Vec::new(); query.classes.len()],
        }
    }
}

/// What the parts collected, in order. Each part is freed at once: these are most of the memory.
fn joined<'p>(parts: impl Iterator<Item = &'p mut Vec<u32>>) -> Vec<u32> {
    let parts: Vec<Vec<u32>> = parts.map(core::mem::take).collect();
    let words: usize = parts.iter().map(Vec::len).sum();
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    all.reserve_exact(words - all.len());
    for part in parts {
        all.extend_from_slice(&part);
    }
    all.shrink_to_fit();
    all
}

fn classes() -> impl Iterator<Item = Class> {
    (0..).map(Class).take(Class::COUNT)
}

fn chunks(ranges: &[Range<u32>]) -> Vec<Range<u32>> {
    let of = |range: &Range<u32>| {
        let end = range.end;
        let pieces = range.clone().step_by(at(CHUNK));
        pieces.map(move |from| from..(from + CHUNK).min(end))
    };
    ranges.iter().flat_map(of).collect()
}

/// When the row was first seen by nobody knows whom; `u32::MAX` if never.
fn first_unresolved(seconds: &[u32], words: &[u32]) -> u32 {
    let first = words.iter().position(|&word| is_unresolved(word));
    first.map_or(u32::MAX, |view| seconds[view])
}

fn is_unresolved(word: u32) -> bool {
    word & packed::PERSON == packed::UNRESOLVED
}

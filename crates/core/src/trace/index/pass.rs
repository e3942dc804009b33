//! One pass over a range of the index that answers many questions at once.
//!
//! Every report has a cut of its own, and a log of 175 million views does not fit in a cache. So a
//! row is read once and walked through in order of time, and each question is answered when the
//! walk reaches its cut.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::rows::packed;
use super::sweep::{Member, Sweep, Walk};
use crate::trace::exposure::{Ask, Cell, Cut, Kind};
use crate::trace::strata::{Class, Merging};
use crate::{at, index_u32};

/// Positions in one piece of work: their views (12 a customer: 400 KB) fit in a core's cache.
const CHUNK: u32 = 1 << 12;

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
        let range = self.positions(
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
        let mut first = self.first_pass(kind, &range, &queries, collect);
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
            self.second_pass(kind, &range, &queries, &again, &mut found, collect);
        }
        (found, of_ask)
    }

    /// Counts the classes of every query, and collects the members of the classes asked about.
    fn first_pass(
        &self,
        kind: Kind,
        range: &Range<u32>,
        queries: &[Query],
        collect: &impl Collect,
    ) -> Vec<Counted> {
        let parts: Vec<Vec<Counted>> = chunks(range)
            .into_par_iter()
            .fold(
                || queries.iter().map(Counted::new).collect::<Vec<_>>(),
                |mut counted, chunk| {
                    self.walk(kind, chunk, queries, |query, member, class| {
                        let counted = &mut counted[query];
                        let asked = &queries[query];
                        if let Some(count) = counted.items.get_mut(usize::from(class.0)) {
                            *count += 1;
                        }
                        for (&wanted, out) in asked.classes.iter().zip(&mut counted.out) {
                            if wanted == class.0 {
                                collect.member(kind, member, asked.cut, out);
                            }
                        }
                    });
                    counted
                },
            )
            .collect();
        let mut parts = parts.into_iter();
        let mut sum = parts
            .next()
            .unwrap_or_else(|| queries.iter().map(Counted::new).collect());
        for part in parts {
            for (sum, part) in sum.iter_mut().zip(part) {
                for (sum, count) in sum.items.iter_mut().zip(part.items) {
                    *sum += count;
                }
                for (sum, out) in sum.out.iter_mut().zip(part.out) {
                    sum.extend_from_slice(&out);
                }
            }
        }
        sum
    }

    /// Collects the members of groups of several classes.
    fn second_pass(
        &self,
        kind: Kind,
        range: &Range<u32>,
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
        let parts: Vec<Vec<Vec<u32>>> = chunks(range)
            .into_par_iter()
            .fold(
                || vec![Vec::new(); queries.len()],
                |mut outs, chunk| {
                    self.walk(kind, chunk, &queries, |query, member, class| {
                        if wanted[query].get(usize::from(class.0)) == Some(&true) {
                            collect.member(kind, member, queries[query].cut, &mut outs[query]);
                        }
                    });
                    outs
                },
            )
            .collect();
        for part in parts {
            for (&(_, place), out) in again.iter().zip(part) {
                found[place].out.extend_from_slice(&out);
            }
        }
    }

    /// Tells the class of every item of these positions at each query's cut, in order.
    fn walk(
        &self,
        kind: Kind,
        positions: Range<u32>,
        queries: &[Query],
        visit: impl FnMut(usize, Member, Class),
    ) {
        let views =
            at(self.index.offsets[at(positions.start)])..at(self.index.offsets[at(positions.end)]);
        // Hardly any log has views by nobody knows whom: looked for in all rows at once.
        let unresolved = self.index.packed[views]
            .iter()
            .fold(false, |any, &word| any | is_unresolved(word));
        match kind {
            Kind::Customer => self.walk_customers(positions, queries, unresolved, visit),
            Kind::Ticket => self.walk_tickets(positions, queries, unresolved, visit),
        }
    }

    fn walk_customers(
        &self,
        positions: Range<u32>,
        queries: &[Query],
        unresolved: bool,
        mut visit: impl FnMut(usize, Member, Class),
    ) {
        for position in positions {
            let views = self.views(position);
            let seconds = &self.index.seconds[views.clone()];
            let words = &self.index.packed[views];
            let open = if unresolved {
                first_unresolved(seconds, words)
            } else {
                u32::MAX
            };
            let mut walk = Walk::default();
            let mut next = 0;
            // In order of their cuts.
            for (number, query) in queries.iter().enumerate() {
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
                visit(number, (position, 0), class);
            }
        }
    }

    fn walk_tickets(
        &self,
        positions: Range<u32>,
        queries: &[Query],
        unresolved: bool,
        mut visit: impl FnMut(usize, Member, Class),
    ) {
        let mut walks: Vec<Walk> = Vec::new();
        let mut open: Vec<u32> = Vec::new();
        for position in positions {
            let tickets = self.tickets(position);
            if tickets.is_empty() {
                continue;
            }
            let cells = &self.index.layout.ticket_cell[at(tickets.start)..at(tickets.end)];
            // The first one takes the views of no ticket, so that they need no branch.
            walks.clear();
            walks.resize(cells.len() + 1, Walk::default());
            let views = self.views(position);
            let seconds = &self.index.seconds[views.clone()];
            let words = &self.index.packed[views.clone()];
            open.clear();
            if unresolved && first_unresolved(seconds, words) < u32::MAX {
                open.resize(cells.len(), u32::MAX);
                for (view, (&second, &word)) in views.clone().zip(seconds.iter().zip(words)) {
                    if is_unresolved(word)
                        && let Some(ordinal) = self.index.ordinal(view)
                    {
                        let open = &mut open[at(ordinal)];
                        *open = second.min(*open);
                    }
                }
            }
            let mut next = 0;
            for (number, query) in queries.iter().enumerate() {
                while let Some(&second) = seconds.get(next)
                    && second < query.cut.at.0
                {
                    let word = words[next];
                    let mut walk = at(word >> packed::TICKET_SHIFT);
                    if walk == at(packed::TICKET_OVERFLOW) {
                        let ordinal = self.index.ordinal(views.start + next);
                        walk = ordinal.map_or(0, |ordinal| at(ordinal) + 1);
                    }
                    if !is_unresolved(word) {
                        walks[walk].add(second, word & packed::FIRST_OF_TICKET != 0);
                    }
                    next += 1;
                }
                for (ordinal, (walk, &cell)) in walks[1..].iter().zip(cells).enumerate() {
                    if cell != query.ticket {
                        continue;
                    }
                    let class = match open.get(ordinal) {
                        Some(&open) if open < query.cut.guard.0 => Class::OPEN,
                        _ => walk.class(query.cut.at),
                    };
                    visit(number, (position, index_u32(ordinal)), class);
                }
            }
        }
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

fn classes() -> impl Iterator<Item = Class> {
    (0..).map(Class).take(Class::COUNT)
}

fn chunks(range: &Range<u32>) -> Vec<Range<u32>> {
    range
        .clone()
        .step_by(at(CHUNK))
        .map(|from| from..(from + CHUNK).min(range.end))
        .collect()
}

/// When the row was first seen by nobody knows whom; `u32::MAX` if never.
fn first_unresolved(seconds: &[u32], words: &[u32]) -> u32 {
    let first = words.iter().position(|&word| is_unresolved(word));
    first.map_or(u32::MAX, |view| seconds[view])
}

fn is_unresolved(word: u32) -> bool {
    word & packed::PERSON == packed::UNRESOLVED
}

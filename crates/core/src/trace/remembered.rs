//! A log that remembers what it was asked, for cases that are judged again with one report more.
//!
//! An answer follows from the log and the question alone, so a remembered one is the same. It holds
//! as long as no view from before its cut is added to the log: whoever adds views says from when on
//! they are ([`Answers::go_on`]), or begins with new [`Answers`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::exposure::{Ask, Cut, Exposures, Item, Kind, Seen, Shared, Stratum, Totals};
use crate::time::Second;

/// Answers of one log, the last ones up to a fixed amount of memory.
#[derive(Debug)]
pub struct Answers {
    strata: Kept<Ask, Arc<Stratum>>,
    first_seen: Kept<(u32, Ask), Arc<Vec<Second>>>,
    /// Items of each person before a cut.
    seen: Kept<(Kind, Second), Arc<Vec<u32>>>,
    /// Items that a person has in common with each other one.
    with: Kept<(Kind, Second, u32), Arc<Vec<u32>>>,
    tickets: Kept<u32, Arc<Vec<Item>>>,
    span: OnceLock<Option<(Second, Second)>>,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            strata: Kept::new(1 << 28),
            first_seen: Kept::new(1 << 24),
            seen: Kept::new(1 << 22),
            with: Kept::new(1 << 22),
            tickets: Kept::new(1 << 22),
            span: OnceLock::new(),
        }
    }
}

impl Answers {
    /// Forgets what views that were added since may have changed: they begin at `first` and end at
    /// `last`, are by persons that the log knew, and of tickets whose customers it knew, or of the
    /// `tickets` that it did not know, each with its customer.
    pub fn go_on(
        &mut self,
        (first, last): (Second, Second),
        tickets: impl Iterator<Item = (u32, u32)>,
    ) {
        self.strata.retain(|ask| ask.cut.guard <= first);
        self.first_seen.retain(|(_, ask)| ask.cut.guard <= first);
        self.seen.retain(|&(_, cut)| cut <= first);
        self.with.retain(|&(_, cut, _)| cut <= first);
        for (ticket, customer) in tickets {
            self.tickets.change(&customer, |known| {
                Arc::make_mut(known).push(Item::Ticket(ticket));
            });
        }
        if let Some(span) = self.span.take() {
            let span = span.map_or((first, last), |(from, to)| (from.min(first), to.max(last)));
            self.span = OnceLock::from(Some(span));
        }
    }

    /// The log that they are of, asked only what they don't know.
    #[must_use]
    pub fn of<'a>(&'a self, log: &'a dyn Exposures) -> Remembering<'a> {
        Remembering { log, answers: self }
    }
}

/// A log with its remembered answers.
pub struct Remembering<'a> {
    log: &'a dyn Exposures,
    answers: &'a Answers,
}

impl core::fmt::Debug for Remembering<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Remembering").finish_non_exhaustive()
    }
}

impl Exposures for Remembering<'_> {
    fn holders(&self) -> usize {
        self.log.holders()
    }

    fn seen(&self, item: Item, cut: Cut) -> Option<Seen> {
        self.log.seen(item, cut)
    }

    fn tickets_of(&self, customers: &[u32]) -> Vec<Vec<Item>> {
        let ask = |unknown: &[u32]| self.log.tickets_of(unknown).into_iter().map(Arc::new);
        let words = |tickets: &Arc<Vec<Item>>| tickets.len() * 2;
        let all = self.answers.tickets.all(customers, ask, words);
        all.iter().map(|tickets| tickets.to_vec()).collect()
    }

    fn strata(&self, asks: &[Ask]) -> Vec<Arc<Stratum>> {
        let ask = |unknown: &[Ask]| self.log.strata(unknown).into_iter();
        let words = |stratum: &Arc<Stratum>| {
            stratum.stream.len() + stratum.counts.len() + stratum.guards.len()
        };
        self.answers.strata.all(asks, ask, words)
    }

    fn totals(&self, kind: Kind, cut: Second) -> Totals {
        self.log.totals(kind, cut)
    }

    fn totals_of_log(&self, kind: Kind) -> Totals {
        self.log.totals_of_log(kind)
    }

    fn first_seen(&self, asks: &[Ask], person: u32) -> Vec<Vec<Second>> {
        let keys: Vec<(u32, Ask)> = asks.iter().map(|&ask| (person, ask)).collect();
        let ask = |unknown: &[(u32, Ask)]| {
            let asks: Vec<Ask> = unknown.iter().map(|&(_, ask)| ask).collect();
            self.log.first_seen(&asks, person).into_iter().map(Arc::new)
        };
        let all = self.answers.first_seen.all(&keys, ask, |times| times.len());
        all.iter().map(|times| times.to_vec()).collect()
    }

    fn first_seen_item(&self, item: Item, cut: Second, person: u32) -> Option<Second> {
        self.log.first_seen_item(item, cut, person)
    }

    fn shared(&self, kind: Kind, cut: Second, with: &[u32]) -> Shared {
        let mut seen = self.answers.seen.get(&(kind, cut));
        let keys: Vec<_> = with.iter().map(|&person| (kind, cut, person)).collect();
        let ask = |unknown: &[(Kind, Second, u32)]| {
            let persons: Vec<u32> = unknown.iter().map(|&(_, _, person)| person).collect();
            let shared = self.log.shared(kind, cut, &persons);
            seen = Some(Arc::new(shared.seen));
            shared.with.into_iter().map(Arc::new)
        };
        let rows = self.answers.with.all(&keys, ask, |row| row.len());
        let seen = seen.unwrap_or_else(|| Arc::new(self.log.shared(kind, cut, &[]).seen));
        self.answers.seen.put((kind, cut), &seen, seen.len());
        Shared {
            seen: seen.to_vec(),
            with: rows.iter().map(|row| row.to_vec()).collect(),
        }
    }

    fn seen_by(&self, kind: Kind, cut: Second, persons: &[u32]) -> Vec<Vec<u32>> {
        self.log.seen_by(kind, cut, persons)
    }

    fn span(&self) -> Option<(Second, Second)> {
        *self.answers.span.get_or_init(|| self.log.span())
    }
}

/// Values by key, of which those go first that nobody has asked for the longest.
#[derive(Debug)]
struct Kept<K, V> {
    /// Words of 32 bits.
    most: usize,
    inner: Mutex<Inner<K, V>>,
}

#[derive(Debug)]
struct Inner<K, V> {
    values: BTreeMap<K, Value<V>>,
    words: usize,
    /// Counts what was asked.
    turn: u64,
}

#[derive(Debug)]
struct Value<V> {
    value: V,
    words: usize,
    /// When it was last asked for.
    turn: u64,
}

impl<K: Ord + Copy, V: Clone> Kept<K, V> {
    fn new(most: usize) -> Self {
        Self {
            most,
            inner: Mutex::new(Inner {
                values: BTreeMap::new(),
                words: 0,
                turn: 0,
            }),
        }
    }

    /// Keeps the values of some keys.
    fn retain(&mut self, keep: impl Fn(&K) -> bool) {
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner);
        inner.values.retain(|key, _| keep(key));
        inner.words = inner.values.values().map(|value| value.words).sum();
    }

    /// Changes a value, if there is one.
    fn change(&mut self, key: &K, change: impl FnOnce(&mut V)) {
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = inner.values.get_mut(key) {
            change(&mut known.value);
        }
    }

    fn get(&self, key: &K) -> Option<V> {
        // Values are put in whole, so a thread that panicked left nothing torn.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.turn += 1;
        let turn = inner.turn;
        let known = inner.values.get_mut(key)?;
        known.turn = turn;
        Some(known.value.clone())
    }

    /// The values of all keys; those that are not known are asked for at once.
    fn all<A: Iterator<Item = V>>(
        &self,
        keys: &[K],
        ask: impl FnOnce(&[K]) -> A,
        words: impl Fn(&V) -> usize,
    ) -> Vec<V> {
        let mut found: Vec<Option<V>> = keys.iter().map(|key| self.get(key)).collect();
        let holes = || keys.iter().zip(&found).filter(|(_, found)| found.is_none());
        let mut unknown: Vec<K> = holes().map(|(&key, _)| key).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if !unknown.is_empty() {
            let answers: BTreeMap<K, V> = unknown.iter().copied().zip(ask(&unknown)).collect();
            for (key, found) in keys.iter().zip(&mut found) {
                if found.is_none() {
                    *found = answers.get(key).cloned();
                }
            }
            for (key, value) in answers {
                self.put(key, &value, words(&value));
            }
        }
        found.into_iter().flatten().collect()
    }

    fn put(&self, key: K, value: &V, words: usize) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.turn += 1;
        let value = Value {
            value: value.clone(),
            words: words + OVERHEAD,
            turn: inner.turn,
        };
        inner.words += value.words;
        if let Some(before) = inner.values.insert(key, value) {
            inner.words -= before.words;
        }
        if inner.words > self.most {
            inner.trim(self.most / 4 * 3);
        }
    }
}

impl<K: Ord + Copy, V> Inner<K, V> {
    /// Forgets what was asked for longest ago until so many words are left.
    fn trim(&mut self, most: usize) {
        let turns = self.values.iter().map(|(&key, value)| (value.turn, key));
        let mut oldest: Vec<(u64, K)> = turns.collect();
        oldest.sort_unstable();
        for (_, key) in oldest {
            if self.words <= most {
                return;
            }
            if let Some(value) = self.values.remove(&key) {
                self.words -= value.words;
            }
        }
    }
}

/// Words that a value takes beside what is in it.
const OVERHEAD: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asks_for_is_forgotten_and_asked_anew() {
        let kept: Kept<u32, u32> = Kept::new(4 * (OVERHEAD + 8));
        let ask = |keys: &[u32]| {
            let mut asked = Vec::new();
            let answer = |unknown: &[u32]| {
                asked = unknown.to_vec();
                asked.clone().into_iter().map(|key| key * 10)
            };
            let all = kept.all(keys, answer, |_| 8);
            let expected: Vec<u32> = keys.iter().map(|key| key * 10).collect();
            assert_eq!(all, expected);
            asked
        };
        assert_eq!(ask(&[3, 1, 3]), [1, 3]);
        assert_eq!(ask(&[1, 2]), [2]);
        assert_eq!(ask(&[1, 4]), [4]);
        // The fifth is one too many: the two that were asked for longest ago go.
        assert_eq!(ask(&[5]), [5]);
        assert_eq!(ask(&[1, 4, 5]), [0; 0]);
        assert_eq!(ask(&[3]), [3]);
    }
}

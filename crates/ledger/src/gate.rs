//! Rules that only the one place where events are put in order can keep without a race: so many
//! at most, once, under a grant that still holds, by a second person.
//!
//! The rules of an event stand in the journal beside it. Reading them again gives the same state.

use std::collections::{HashMap, HashSet};

use crate::leaf::{EventId, Leaf, Token, take, time_of};

/// A rule of an event: what must hold for it to be taken, or what it changes for later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Who did it.
    By(Token),
    /// At most so many events of this kind by the same one, with this one. Each counts for five
    /// minutes longer, since its name may be that old when it is taken.
    AtMost {
        /// Events.
        events: u32,
        /// Milliseconds back from now.
        within: u64,
    },
    /// Nothing was taken under this name before; its first 48 bits are milliseconds since 1970.
    Once(EventId),
    /// The grant that this event gave holds.
    Under(EventId),
    /// Somebody else than who did this, which granted something.
    NotBy(EventId),
    /// It grants something until a time, in milliseconds since 1970.
    Grants(u64),
    /// It ends a grant.
    Ends(EventId),
}

/// What the rules of the events so far leave behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gate {
    /// Times of what somebody did, by kind.
    done: HashMap<(Token, u16), Vec<u64>>,
    used: HashSet<EventId>,
    grants: HashMap<EventId, Grant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    by: Option<Token>,
    until: u64,
}

/// How to take back what one rule changed.
#[derive(Debug)]
pub(crate) enum Undo {
    Done(Token, u16),
    Used(EventId),
    Granted(EventId),
    Ended(EventId, Grant),
}

/// Milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) now: u64,
    /// For which what was done is remembered.
    pub(crate) remembered: u64,
}

impl Rule {
    /// Appends the rule's bytes.
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        let (tag, name) = match self {
            Self::By(actor) => (1, actor),
            Self::AtMost { events, within } => {
                bytes.push(2);
                bytes.extend_from_slice(&events.to_be_bytes());
                bytes.extend_from_slice(&within.to_be_bytes());
                return;
            }
            Self::Once(name) => (3, name),
            Self::Under(grant) => (4, grant),
            Self::NotBy(grant) => (5, grant),
            Self::Grants(until) => {
                bytes.push(6);
                bytes.extend_from_slice(&until.to_be_bytes());
                return;
            }
            Self::Ends(grant) => (7, grant),
        };
        bytes.push(tag);
        bytes.extend_from_slice(name);
    }

    pub(crate) fn decode(rest: &mut &[u8]) -> Option<Self> {
        let [tag] = *take(rest)?;
        Some(match tag {
            1 => Self::By(*take(rest)?),
            2 => Self::AtMost {
                events: u32::from_be_bytes(*take(rest)?),
                within: u64::from_be_bytes(*take(rest)?),
            },
            3 => Self::Once(*take(rest)?),
            4 => Self::Under(*take(rest)?),
            5 => Self::NotBy(*take(rest)?),
            6 => Self::Grants(u64::from_be_bytes(*take(rest)?)),
            7 => Self::Ends(*take(rest)?),
            _ => return None,
        })
    }
}

impl Gate {
    /// Takes an event if its rules hold; what that changes is added to `undo`.
    ///
    /// # Errors
    /// The first rule that does not hold, in words; what was changed before it is in `undo`.
    pub(crate) fn admit(
        &mut self,
        leaf: &Leaf,
        rules: &[Rule],
        times: Times,
        undo: &mut Vec<Undo>,
    ) -> Result<(), &'static str> {
        if rules.is_empty() {
            return Ok(());
        }
        let by = actor(rules);
        if times.now.abs_diff(leaf.time()) > FRESH {
            return Err("the event's name is not of now, so its rules can't be kept");
        }
        let actors = rules.iter().filter(|rule| matches!(rule, Rule::By(_)));
        if actors.count() > 1 {
            return Err("more than one who did it");
        }
        for rule in rules {
            match rule {
                Rule::By(_) | Rule::Grants(_) => {}
                Rule::AtMost { events, within } => {
                    let by = by.ok_or("a number at most, and nobody who did it")?;
                    if *within > times.remembered / 2 {
                        return Err("a number at most, within a longer time than is remembered");
                    }
                    // What was done may have happened later than its name says.
                    let since = times.now.saturating_sub(*within).saturating_sub(FRESH);
                    let done = self.done.get(&(by, leaf.kind));
                    let done = done.map_or(0, |all| all.iter().filter(|at| **at > since).count());
                    if done >= *events as usize {
                        return Err("as many as are allowed in this time were done before");
                    }
                }
                Rule::Once(name) => {
                    if times.now.abs_diff(time_of(name)) > times.remembered / 2 {
                        return Err("what may be used once is too old to tell whether it was");
                    }
                    if self.used.contains(name) {
                        return Err("what may be used once was used before");
                    }
                }
                Rule::Under(grant) => {
                    let grant = self.grants.get(grant);
                    if grant.is_none_or(|grant| grant.until <= times.now) {
                        return Err("the grant does not hold, or no longer");
                    }
                }
                Rule::NotBy(grant) => {
                    let by = by.ok_or("a second person, and nobody who did it")?;
                    let first = self.grants.get(grant).and_then(|grant| grant.by);
                    if first.is_none_or(|first| first == by) {
                        return Err("a second person is needed");
                    }
                }
                Rule::Ends(grant) => {
                    if !self.grants.contains_key(grant) {
                        return Err("there is no such grant to end");
                    }
                }
            }
        }
        self.take(leaf, rules, undo);
        Ok(())
    }

    /// What an event that is in the log leaves behind.
    pub(crate) fn take(&mut self, leaf: &Leaf, rules: &[Rule], undo: &mut Vec<Undo>) {
        let by = actor(rules);
        for rule in rules {
            match rule {
                Rule::By(by) => {
                    let done = self.done.entry((*by, leaf.kind)).or_default();
                    done.push(leaf.time());
                    undo.push(Undo::Done(*by, leaf.kind));
                }
                Rule::Once(name) => {
                    if self.used.insert(*name) {
                        undo.push(Undo::Used(*name));
                    }
                }
                Rule::Grants(until) => {
                    let grant = Grant { by, until: *until };
                    self.grants.insert(leaf.id, grant);
                    undo.push(Undo::Granted(leaf.id));
                }
                Rule::Ends(grant) => {
                    if let Some(ended) = self.grants.remove(grant) {
                        undo.push(Undo::Ended(*grant, ended));
                    }
                }
                Rule::AtMost { .. } | Rule::Under(_) | Rule::NotBy(_) => {}
            }
        }
    }

    /// Takes back what `undo` tells of, beyond its first `keep`.
    pub(crate) fn undo(&mut self, undo: &mut Vec<Undo>, keep: usize) {
        for undo in undo.drain(keep..).rev() {
            match undo {
                Undo::Done(by, kind) => {
                    let done = self.done.get_mut(&(by, kind));
                    let _ = done.and_then(Vec::pop);
                }
                Undo::Used(name) => _ = self.used.remove(&name),
                Undo::Granted(id) => _ = self.grants.remove(&id),
                Undo::Ended(id, grant) => _ = self.grants.insert(id, grant),
            }
        }
    }

    /// Forgets what can change no answer any more.
    pub(crate) fn forget(&mut self, times: Times) {
        let oldest = times.now.saturating_sub(times.remembered);
        self.done.retain(|_, done| {
            done.retain(|at| *at >= oldest);
            !done.is_empty()
        });
        self.used.retain(|name| time_of(name) >= oldest);
        self.grants.retain(|_, grant| grant.until >= oldest);
    }

    /// The state as bytes, the same for the same state.
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        let count = |bytes: &mut Vec<u8>, count: usize| {
            bytes.extend_from_slice(&(count as u64).to_be_bytes());
        };
        let mut done: Vec<_> = self.done.iter().filter(|(_, at)| !at.is_empty()).collect();
        done.sort();
        count(bytes, done.len());
        for ((by, kind), done) in done {
            bytes.extend_from_slice(by);
            bytes.extend_from_slice(&kind.to_be_bytes());
            count(bytes, done.len());
            done.iter().for_each(|at| bytes.extend(at.to_be_bytes()));
        }
        let mut used: Vec<_> = self.used.iter().collect();
        used.sort();
        count(bytes, used.len());
        used.into_iter().for_each(|name| bytes.extend(name));
        let mut grants: Vec<_> = self.grants.iter().collect();
        grants.sort_by_key(|(id, _)| **id);
        count(bytes, grants.len());
        for (id, grant) in grants {
            bytes.extend_from_slice(id);
            bytes.push(u8::from(grant.by.is_some()));
            bytes.extend_from_slice(&grant.by.unwrap_or_default());
            bytes.extend_from_slice(&grant.until.to_be_bytes());
        }
    }

    /// Reads what [`Self::encode`] wrote.
    pub(crate) fn decode(rest: &mut &[u8]) -> Option<Self> {
        let mut gate = Self::default();
        for _ in 0..number(rest)? {
            let by = *take(rest)?;
            let kind = u16::from_be_bytes(*take(rest)?);
            let done = gate.done.entry((by, kind)).or_default();
            for _ in 0..number(rest)? {
                done.push(number(rest)?);
            }
        }
        for _ in 0..number(rest)? {
            gate.used.insert(*take(rest)?);
        }
        for _ in 0..number(rest)? {
            let id = *take(rest)?;
            let [known] = *take(rest)?;
            let by: Token = *take(rest)?;
            let by = (known == 1).then_some(by);
            let until = number(rest)?;
            gate.grants.insert(id, Grant { by, until });
        }
        Some(gate)
    }
}

fn actor(rules: &[Rule]) -> Option<Token> {
    rules.iter().find_map(|rule| match rule {
        Rule::By(actor) => Some(*actor),
        Rule::AtMost { .. }
        | Rule::Once(_)
        | Rule::Under(_)
        | Rule::NotBy(_)
        | Rule::Grants(_)
        | Rule::Ends(_) => None,
    })
}

pub(crate) fn number(rest: &mut &[u8]) -> Option<u64> {
    take(rest).map(|bytes| u64::from_be_bytes(*bytes))
}

/// How far the name of an event with rules may be from now, in milliseconds: who makes the name
/// could else choose a time at which the rule holds.
const FRESH: u64 = 5 * 60 * 1000;

//! What stands after the last report and grows by the next one: evidence, guards, and what was found
//! out of each report.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Exposed, MOST};
use crate::trace::bet::Evidence;
use crate::trace::guard::Guarded;

/// What a guard is of: whose facts, which members, which guard and rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Guarding {
    pub(in super::super) exposed: Exposed,
    pub(in super::super) members: Vec<u32>,
    pub(in super::super) conditional: bool,
    /// Bits of the odds.
    pub(in super::super) gamma: u64,
    pub(in super::super) strike: u32,
}

/// What stands after the last report, and grows by the next one.
pub(in super::super) trait Grows {
    /// Reports that it is of.
    fn reports(&self) -> usize;
    /// Words of 32 bits that it takes.
    fn words(&self) -> usize;
}

/// What stands, by key.
#[derive(Debug)]
pub(in super::super) struct Standing<K, V> {
    kept: Mutex<BTreeMap<K, V>>,
}

impl<K, V> Default for Standing<K, V> {
    fn default() -> Self {
        Self {
            kept: Mutex::new(BTreeMap::new()),
        }
    }
}

impl<K: Ord, V: Grows> Standing<K, V> {
    /// Takes what stands, for whoever puts it back with what was added.
    pub(in super::super) fn take(&self, of: &K) -> Option<V> {
        // A value is put in whole or not at all, so a thread that panicked left nothing torn.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(of)
    }

    /// Keeps what stands, if there is room.
    pub(in super::super) fn put(&self, of: K, value: V) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let words: usize = kept.values().map(V::words).sum();
        if words + value.words() <= MOST {
            kept.insert(of, value);
        }
    }

    /// What stands after no more than so many reports: a report can't be taken away again.
    pub(super) fn go_on(self, reports: usize) -> Self {
        let kept = self.kept.into_inner();
        let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, value| value.reports() <= reports);
        Self {
            kept: Mutex::new(kept),
        }
    }
}

/// The evidence against each colleague after the last report, and the smallest after each.
#[derive(Debug)]
pub(in super::super) struct Stand {
    /// One a colleague.
    pub(in super::super) evidence: Vec<Evidence>,
    pub(in super::super) smallest: Guarded,
}

impl Grows for Stand {
    fn reports(&self) -> usize {
        self.smallest.log.len()
    }

    fn words(&self) -> usize {
        let each = self.evidence.first().map_or(0, Evidence::words);
        self.evidence.len() * each + self.reports() * 16
    }
}

/// Evidence against one person, guarded against nobody: after the last report and after each.
#[derive(Clone, Debug)]
pub(in super::super) struct Path {
    pub(in super::super) evidence: Evidence,
    pub(in super::super) logs: Vec<f64>,
}

impl Grows for Vec<Path> {
    fn reports(&self) -> usize {
        self.first().map_or(0, |path| path.logs.len())
    }

    fn words(&self) -> usize {
        let each = |path: &Path| path.evidence.words() + path.logs.len() * 2;
        self.len() * self.first().map_or(0, each)
    }
}

/// Of each report whether the evidence is enough, where it was asked.
type IsEnough = Vec<Option<bool>>;

/// By members, rule and the bits of what is needed.
#[derive(Debug, Default)]
pub(in super::super) struct Enough {
    kept: Mutex<BTreeMap<(Guarding, u64), IsEnough>>,
}

impl Enough {
    /// Whether it is enough at each of these reports; `ask` finds out where that is not known. With
    /// `any` a report where it is spares the others.
    pub(in super::super) fn at(
        &self,
        of: Guarding,
        needed: f64,
        reports: &[bool],
        any: bool,
        ask: impl FnOnce(&[bool]) -> Vec<bool>,
    ) -> Vec<bool> {
        let key = (of, needed.to_bits());
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = kept.get(&key).cloned().unwrap_or_default();
        drop(kept);
        known.resize(reports.len(), None);
        let is_known = known
            .iter()
            .zip(reports)
            .any(|(known, asked)| *asked && *known == Some(true));
        if !(any && is_known) {
            let open = known.iter().zip(reports);
            let open: Vec<bool> = open
                .map(|(known, asked)| *asked && known.is_none())
                .collect();
            if open.contains(&true) {
                for (known, (open, found)) in known.iter_mut().zip(open.iter().zip(ask(&open))) {
                    if *open {
                        *known = Some(found);
                    }
                }
            }
        }
        let asked = known.iter().zip(reports);
        let answer = asked.map(|(known, asked)| *asked && *known == Some(true));
        let answer = answer.collect();
        kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(key, known);
        answer
    }

    /// What is said after so many reports is not changed by those behind them.
    pub(super) fn go_on(self, reports: usize) -> Self {
        let kept = self.kept.into_inner();
        let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
        for known in kept.values_mut() {
            known.truncate(reports);
        }
        Self {
            kept: Mutex::new(kept),
        }
    }
}

//! What was counted of the facts once, for the settings that are tried next.
//!
//! Alpha, gamma, the number of colleagues and of struck reports change what is made of the counts
//! and never the counts; those take passes over the strata, which may hold millions of items.

mod standing;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) use self::standing::{Enough, Grows, Guarding, Path, Stand, Standing};
use super::bet::{Sight, Stake};
use super::guard::{Floor, Joint};

/// Words of 32 bits that one kind of counts may keep (256 MB); what comes after is counted anew.
const MOST: usize = 1 << 26;

/// The exposure that the facts of a report stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exposed {
    /// Who had seen it by the time of the call: for leads.
    AtCall,
    /// Who had seen it when the campaign began, less the freeze: for naming.
    Frozen,
}

/// What a report says of a group as one holder, and the group's bet.
pub(super) type GroupSight = (Option<Sight>, Stake);

/// Counts of one set of gathered facts.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// By whose facts and which members: for each report what they saw with each other holder.
    pub(super) joints: Rows<(Exposed, Vec<u32>), Option<Arc<Joint>>>,
    /// By the members of each group: for each report what each group saw as one.
    pub(super) groups: Rows<Vec<Vec<u32>>, Arc<Vec<GroupSight>>>,
    /// By person: those whose views it can hardly be told apart from, and itself.
    pub(super) alike: Memo<u32, Vec<u32>>,
    /// The guards over one colleague, as they stand after the last report.
    pub(super) stands: Standing<Guarding, Stand>,
    /// The evidence against each person, guarded against nobody, as it stands and after each report.
    pub(super) paths: Standing<(Exposed, u64, u32), Vec<Path>>,
    /// What the evidence against each colleague is made of, for the guard over two.
    pub(super) floors: Standing<Guarding, Vec<Floor>>,
    /// What was found out of each report: whether its evidence is enough against every two.
    pub(super) enough: Enough,
}

impl Cache {
    /// What still holds where only the first so many facts are the same.
    pub(super) fn go_on(self, facts: usize) -> Self {
        if facts == 0 {
            return Self::default();
        }
        Self {
            joints: self.joints.go_on(facts),
            groups: self.groups.go_on(facts),
            stands: self.stands.go_on(facts),
            paths: self.paths.go_on(facts),
            floors: self.floors.go_on(facts),
            enough: self.enough.go_on(facts),
            // They follow from the first fact's cut alone.
            alike: self.alike,
        }
    }
}

/// Rows by key, one a report, each made once.
#[derive(Debug)]
pub(super) struct Rows<K, R> {
    kept: Mutex<KeptRows<K, R>>,
}

#[derive(Debug)]
struct KeptRows<K, R> {
    values: BTreeMap<K, Grown<R>>,
    words: usize,
}

#[derive(Debug)]
struct Grown<R> {
    rows: Arc<Vec<R>>,
    /// Of one row.
    words: usize,
    /// Whether it was asked for since the facts last changed.
    asked: bool,
}

impl<K, R> Default for Rows<K, R> {
    fn default() -> Self {
        Self {
            kept: Mutex::new(KeptRows {
                values: BTreeMap::new(),
                words: 0,
            }),
        }
    }
}

impl<K: Ord, R: Clone> Rows<K, R> {
    /// The rows of this key for so many reports; `more` makes those from a report on.
    pub(super) fn get_or(
        &self,
        key: K,
        reports: usize,
        words: usize,
        more: impl FnOnce(usize) -> Vec<R>,
    ) -> Arc<Vec<R>> {
        let mut rows = Vec::new();
        // A value is put in whole or not at all, so a thread that panicked left nothing torn.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(grown) = kept.values.get_mut(&key) {
            grown.asked = true;
            if grown.rows.len() == reports {
                return Arc::clone(&grown.rows);
            }
            rows.clone_from(&grown.rows);
        }
        drop(kept);
        // Made without the lock: two threads may make the same rows, and either's are kept.
        let before = rows.len();
        rows.extend(more(before));
        let rows = Arc::new(rows);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let others = kept.values.get(&key).map_or(0, Grown::all);
        if kept.words - others + rows.len() * words <= MOST {
            kept.words += rows.len() * words;
            kept.words -= others;
            let grown = Grown {
                rows: Arc::clone(&rows),
                words,
                asked: true,
            };
            kept.values.insert(key, grown);
        }
        rows
    }

    /// The rows of the first so many reports, of keys that were asked for since the last time.
    fn go_on(self, reports: usize) -> Self {
        let mut kept = self
            .kept
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        kept.values.retain(|_, grown| grown.asked);
        for grown in kept.values.values_mut() {
            grown.asked = false;
            if grown.rows.len() > reports {
                grown.rows = Arc::new(grown.rows[..reports].to_vec());
            }
        }
        kept.words = kept.values.values().map(Grown::all).sum();
        Self {
            kept: Mutex::new(kept),
        }
    }
}

impl<R> Grown<R> {
    /// Words of all rows.
    fn all(&self) -> usize {
        self.rows.len() * self.words
    }
}

/// Values by key, made once.
#[derive(Debug)]
pub(super) struct Memo<K, V> {
    kept: Mutex<Kept<K, V>>,
}

#[derive(Debug)]
struct Kept<K, V> {
    values: BTreeMap<K, Arc<V>>,
    words: usize,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self {
            kept: Mutex::new(Kept {
                values: BTreeMap::new(),
                words: 0,
            }),
        }
    }
}

impl<K: Ord, V> Memo<K, V> {
    /// The value of this key, if it was made before and kept.
    pub(super) fn get(&self, key: &K) -> Option<Arc<V>> {
        // A value is put in whole or not at all, so a thread that panicked left nothing torn.
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.values.get(key).cloned()
    }

    /// The value of this key, made now if it is not kept; `words` says how large it is.
    pub(super) fn get_or(
        &self,
        key: K,
        make: impl FnOnce() -> V,
        words: impl FnOnce(&V) -> usize,
    ) -> Arc<V> {
        if let Some(value) = self.get(&key) {
            return value;
        }
        // Made without the lock: two threads may make the same value, and the first one is kept.
        let value = Arc::new(make());
        let words = words(&value);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.words + words > MOST {
            return value;
        }
        if let Some(first) = kept.values.get(&key) {
            return Arc::clone(first);
        }
        kept.words += words;
        kept.values.insert(key, Arc::clone(&value));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_grow_with_the_reports_and_are_cut_where_the_lists_part() {
        let rows: Rows<u8, usize> = Rows::default();
        let get = |rows: &Rows<u8, usize>, key, reports| {
            let mut made = 0;
            let more = |from| {
                made = reports - from;
                (from..reports).collect()
            };
            let got = rows.get_or(key, reports, 1, more);
            assert_eq!(*got, (0..reports).collect::<Vec<_>>());
            made
        };
        assert_eq!((get(&rows, 1, 5), get(&rows, 1, 5)), (5, 0));
        assert_eq!(get(&rows, 2, 5), 5);
        let rows = rows.go_on(3);
        assert_eq!(get(&rows, 1, 6), 3);
        let rows = rows.go_on(6);
        assert_eq!(get(&rows, 2, 6), 6, "nobody had asked for it");
        assert_eq!(get(&rows, 1, 6), 0);
    }

    #[test]
    fn a_value_is_made_once_and_what_is_too_large_is_not_kept() {
        let memo: Memo<u8, u32> = Memo::default();
        let mut made = 0;
        for words in [10, MOST, 10] {
            for key in [1, 2] {
                let value = memo.get_or(
                    key,
                    || {
                        made += 1;
                        u32::from(key) * 7
                    },
                    |_| if key == 2 { words.max(MOST) } else { 10 },
                );
                assert_eq!(*value, u32::from(key) * 7);
            }
        }
        assert_eq!(made, 1 + 3, "the small one once, the large one each time");
    }
}

//! What was counted of the facts once, for the settings that are tried next.
//!
//! Alpha, gamma, the number of colleagues and of struck reports change what is made of the counts
//! and never the counts; those take passes over the strata, which may hold millions of items.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::bet::{Sight, Stake};
use super::guard::Joint;

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
    pub(super) joints: Memo<(Exposed, Vec<u32>), Vec<Option<Joint>>>,
    /// By the members of each group: for each report what each group saw as one.
    pub(super) groups: Memo<Vec<Vec<u32>>, Vec<Vec<GroupSight>>>,
    /// By person: those whose views it can hardly be told apart from, and itself.
    pub(super) alike: Memo<u32, Vec<u32>>,
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

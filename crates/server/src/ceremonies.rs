//! What the first request of a ceremony leaves for the second: in memory for five minutes, under
//! chance that the browser hands back in a cookie.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Ceremonies that have begun.
#[derive(Debug)]
pub(crate) struct Ceremonies<T>(Mutex<HashMap<[u8; 32], (u64, T)>>);

impl<T> Default for Ceremonies<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Ceremonies<T> {
    /// Keeps what the end of a ceremony needs.
    pub(crate) fn begin(&self, id: [u8; 32], now: u64, what: T) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, (begun, _)| now.saturating_sub(*begun) < LONGEST);
        // Whoever begins thousands of ceremonies makes others begin again, and nothing worse.
        if waiting.len() >= MOST {
            waiting.clear();
        }
        waiting.insert(id, (now, what));
    }

    /// Takes it, once.
    pub(crate) fn end(&self, id: &[u8; 32], now: u64) -> Option<T> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (begun, what) = waiting.remove(id)?;
        (now.saturating_sub(begun) < LONGEST).then_some(what)
    }
}

/// Milliseconds of a ceremony.
const LONGEST: u64 = 5 * 60 * 1000;
const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceremony_ends_once_and_in_time() {
        let waiting = Ceremonies::default();
        waiting.begin([1; 32], 0, "one");
        waiting.begin([2; 32], 1, "two");
        assert_eq!(waiting.end(&[3; 32], 2), None);
        assert_eq!(waiting.end(&[1; 32], 2), Some("one"));
        assert_eq!(waiting.end(&[1; 32], 2), None);
        assert_eq!(waiting.end(&[2; 32], LONGEST + 1), None);
    }
}

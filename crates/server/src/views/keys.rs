//! Which rows are on record already, so that what is sent again adds nothing.
//!
//! A row is known by its second, account, customer, ticket and what was done, or by the name that
//! its sender gave it. Eight bytes a row are kept, under a key of the folder's, apart for each day: of
//! half a million rows a day, two meet by chance once in 150,000 years.

use std::collections::{HashMap, HashSet};

use countersign_core::record::{Seen, Source};
use countersign_core::time::Second;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Rows that are on record.
pub(crate) struct Keys {
    secret: [u8; 32],
    days: HashMap<u32, HashSet<u64>>,
}

impl core::fmt::Debug for Keys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Keys of {} days", self.days.len())
    }
}

impl Keys {
    /// None yet.
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self {
            secret,
            days: HashMap::new(),
        }
    }

    /// Under what a row is known whose sender calls it so.
    pub(crate) fn named(&self, source: &Source, id: &str) -> u64 {
        let mut text = match source {
            Source::File(path) => [b"file\0", path.as_bytes()].concat(),
            Source::Program(token) => [&b"program\0"[..], token].concat(),
        };
        text.push(0);
        text.extend(id.as_bytes());
        self.hash(&text)
    }

    /// Takes a row in; whether it is new.
    pub(crate) fn add(&mut self, row: &Seen) -> bool {
        let key = self.key(row);
        self.days
            .entry(row.second.0 / Second::DAY)
            .or_default()
            .insert(key)
    }

    /// Takes a row back that never became durable.
    pub(crate) fn forget(&mut self, row: &Seen) {
        let key = self.key(row);
        if let Some(day) = self.days.get_mut(&(row.second.0 / Second::DAY)) {
            day.remove(&key);
        }
    }

    fn key(&self, row: &Seen) -> u64 {
        row.key.unwrap_or_else(|| {
            let mut text = *b"row\0....----++++====?";
            let numbers = [row.second.0, row.account, row.customer, row.ticket];
            for (place, number) in text[4..20].chunks_exact_mut(4).zip(numbers) {
                place.copy_from_slice(&number.to_be_bytes());
            }
            text[20] = row.did.code();
            self.hash(&text)
        })
    }

    fn hash(&self, text: &[u8]) -> u64 {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.secret) else {
            return 0;
        };
        mac.update(text);
        let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = mac.finalize().into_bytes().into();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_known_by_all_that_it_says_or_by_its_name() {
        let mut keys = Keys::new([1; 32]);
        let row = Seen {
            second: Second(9),
            account: 1,
            customer: 2,
            ticket: 3,
            ..Seen::default()
        };
        assert!(keys.add(&row));
        assert!(!keys.add(&row));
        let others = [
            Seen {
                second: Second(10),
                ..row
            },
            Seen { account: 2, ..row },
            Seen { customer: 1, ..row },
            Seen { ticket: 4, ..row },
            Seen {
                did: countersign_core::record::Did::Search,
                ..row
            },
            Seen {
                key: Some(keys.named(&Source::Program([1; 16]), "a")),
                ..row
            },
            Seen {
                key: Some(keys.named(&Source::Program([2; 16]), "a")),
                ..row
            },
            Seen {
                key: Some(keys.named(&Source::Program([1; 16]), "b")),
                ..row
            },
        ];
        for other in others {
            assert!(keys.add(&other), "{other:?}");
            assert!(!keys.add(&other), "{other:?}");
        }
        keys.forget(&row);
        assert!(keys.add(&row));
    }
}

//! How often an address may ask, and be written to, held in memory: a flood is slowed, and nobody
//! else is locked out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use countersign_ledger::leaf::Token;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Of {
    Reports,
    Steps,
    Questions,
    Program,
    Letters,
}

/// Counts of the present hour.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<Hour>);

#[derive(Debug, Default)]
struct Hour {
    hour: u64,
    counts: HashMap<(Of, u128), u32>,
}

impl Limits {
    /// Counts one more of an address, if that is allowed.
    pub(crate) fn take(&self, of: Of, from: IpAddr, most: u32, now: u64) -> bool {
        self.take_as(of, network(from), most, now)
    }

    /// Counts one more of a program, if that is allowed.
    pub(crate) fn take_of(&self, program: &Token, most: u32, now: u64) -> bool {
        self.take_as(Of::Program, u128::from_be_bytes(*program), most, now)
    }

    /// Counts one more letter to a customer, if that is allowed.
    pub(crate) fn take_letter(&self, to: u32, most: u32, now: u64) -> bool {
        self.take_as(Of::Letters, to.into(), most, now)
    }

    fn take_as(&self, of: Of, key: u128, most: u32, now: u64) -> bool {
        let mut hour = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hour.hour != now / HOUR {
            hour.hour = now / HOUR;
            hour.counts.clear();
        }
        if hour.counts.len() >= MOST_ADDRESSES {
            // Whoever has so many addresses is not stopped by this count; others are not either.
            hour.counts.clear();
        }
        let count = hour.counts.entry((of, key)).or_default();
        *count = count.saturating_add(1);
        *count <= most
    }
}

/// An IPv4 address, or the half of an IPv6 address that names a network: its owner has all others.
fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits() >> 64 << 64,
    }
}

/// Milliseconds.
const HOUR: u64 = 60 * 60 * 1000;
const MOST_ADDRESSES: usize = 200_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_slowed_and_no_other() {
        let limits = Limits::default();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let take = |from, now| limits.take(Of::Reports, ip(from), 2, now);
        assert!(take("192.0.2.1", 0) && take("192.0.2.1", 1) && !take("::ffff:192.0.2.1", 2));
        assert!(take("192.0.2.2", 3));
        assert!(limits.take(Of::Questions, ip("192.0.2.1"), 1, 4));
        assert!(take("192.0.2.1", HOUR));
        assert!(take("2001:db8::1", 0) && take("2001:db8::2", 0) && !take("2001:db8::3", 0));
        assert!(take("2001:db8:0:1::1", 0));
    }

    #[test]
    fn one_customer_gets_so_many_letters_whoever_asks_for_them() {
        let limits = Limits::default();
        let take = |to, now| limits.take_letter(to, 2, now);
        assert!(take(7, 0) && take(7, 1) && !take(7, 2) && take(8, 2));
        assert!(take(7, HOUR));
    }
}

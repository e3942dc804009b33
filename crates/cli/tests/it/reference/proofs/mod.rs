//! The reference against figures that were worked out by hand, one file a part of the text.

mod factors;
mod guards;
mod holes;
mod mixture;
mod rules;
mod sets;
mod strata;

use countersign_core::desk::{Account, Customers, Desk, NONE, View};
use countersign_core::report::Report;
use countersign_core::time::Second;

use super::Settings;

/// The day on which everything was seen, and the day of the calls: in one stratum at both cuts.
const SEEN: u32 = 1_000;
const CALL: u32 = 1_100;

/// A desk of accounts that are persons of their own, and customers without attributes.
fn desk(accounts: usize, customers: u32) -> Desk {
    Desk {
        accounts: vec![Account::default(); accounts],
        customers: Customers {
            count: customers,
            ..Customers::default()
        },
        ..Desk::default()
    }
}

/// One o'clock on a day.
fn at(day: u32) -> Second {
    Second(day * Second::DAY + 3_600)
}

fn look(day: u32, account: u32, customer: u32) -> View {
    View {
        second: at(day),
        account,
        customer,
        ticket: NONE,
    }
}

fn look_at_ticket(day: u32, account: u32, ticket: u32) -> View {
    View {
        customer: NONE,
        ticket,
        ..look(day, account, 0)
    }
}

fn call(day: u32, customer: u32) -> Report {
    Report {
        received: at(day),
        customer: Some(customer),
        verified: true,
        ..Report::default()
    }
}

/// Customers `0..accounts * each`, each seen once on one day by the account whose block it is in.
fn blocks(accounts: u32, each: u32) -> Vec<View> {
    (0..accounts * each)
        .map(|customer| look(SEEN, customer / each, customer))
        .collect()
}

/// The bare rule: Γ 1, nothing struck.
fn bare() -> Settings {
    Settings {
        gamma: 1.0,
        strike: 0,
        ..Settings::default()
    }
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-9,
        "found {found}, by hand {expected}"
    );
}

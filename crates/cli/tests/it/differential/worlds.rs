//! The worlds that are compared: mixed ones, and some that are odd in one way each.

use countersign_core::desk::{Account, Desk, NONE, View};
use countersign_core::report::Report;
use countersign_core::time::Second;

use super::super::reference::mixed_world;

/// A desk with its views, and what is asked of it.
pub(super) struct World {
    pub(super) name: String,
    pub(super) desk: Desk,
    pub(super) views: Vec<View>,
    pub(super) freeze_days: u32,
    /// Compared with 1 to this many colleagues.
    pub(super) colluders: u8,
}

pub(super) fn plain(seed: u64) -> World {
    let (desk, views) = mixed_world(seed);
    World {
        name: format!("seed {seed}"),
        desk,
        views,
        freeze_days: 30,
        colluders: if seed.is_multiple_of(4) { 2 } else { 1 },
    }
}

pub(super) fn odd(number: u64) -> World {
    // Every source of a leak meets every oddity as far as the numbers go.
    let mut world = plain(100 + number * 3);
    let desk = &mut world.desk;
    let oddity = match number % 5 {
        0 => {
            only_tickets(desk, &mut world.views);
            "no customers"
        }
        1 => {
            earlier_words(desk);
            "earlier words"
        }
        2 => {
            let kept = usize::try_from(number % 4).expect("small");
            desk.reports.truncate(kept);
            "few reports"
        }
        3 => {
            world.freeze_days = 0;
            same_seconds(desk, &mut world.views);
            "same seconds, no freeze"
        }
        _ => {
            anybody(desk, &mut world.views);
            "unresolved looks during the calls"
        }
    };
    world.name = format!("odd {number}, {oddity}");
    world
}

/// The log shows tickets only, and nobody knows whose they are.
fn only_tickets(desk: &mut Desk, views: &mut Vec<View>) {
    views.retain(|view| view.ticket != NONE);
    for view in views {
        view.customer = NONE;
    }
    desk.tickets.customer.fill(NONE);
}

/// Words that nobody checked, about customers and households of reports behind them.
fn earlier_words(desk: &mut Desk) {
    let mut reports = Vec::new();
    for (number, report) in desk.reports.iter().enumerate() {
        if number % 3 == 0 {
            let days = 60 + 40 * u32::try_from(number).expect("few") % 170;
            let mut word = Report {
                id: format!("W{number:03}"),
                received: report.received,
                called: Some(report.call().minus_days(days)),
                ..Report::default()
            };
            if number % 2 == 0 {
                word.customer = report.customer;
            } else {
                word.household = report.household.or(Some(1));
            }
            reports.push(word);
        }
        reports.push(report.clone());
    }
    // In front of the reports of the same second.
    desk.reports = reports;
}

/// Thirty of 40 customers each; these sell in turn.
pub(super) fn in_turn(sellers: u32) -> World {
    let mut desk = Desk {
        accounts: vec![Account::default(); 30],
        ..Desk::default()
    };
    desk.customers.count = 1_200;
    desk.reports = (0..18)
        .map(|n| call(1_100 + n, n % sellers * 40 + n / sellers))
        .collect();
    World {
        name: format!("{sellers} in turn"),
        desk,
        views: (0..1_200).map(|c| look(1_000, c / 40, c)).collect(),
        freeze_days: 30,
        colluders: 2,
    }
}

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

fn call(day: u32, customer: u32) -> Report {
    Report {
        id: format!("{day}"),
        received: at(day),
        customer: Some(customer),
        verified: true,
        ..Report::default()
    }
}

/// Two saw the same until an early word of the first caller; until the freeze one saw more.
pub(super) fn twins_that_part() -> World {
    // Blocks of 40, each with two viewers; the first one's are the twins.
    let mut views = Vec::new();
    for customer in 0..440 {
        let block = customer / 40;
        let (one, two) = if block == 0 {
            (0, 1)
        } else {
            (block + 1, 2 + block % 10)
        };
        views.push(look(1_000, one, customer));
        views.push(look(1_000, two, customer));
    }
    views.extend((40..52).map(|customer| look(1_050, 0, customer)));
    let mut desk = Desk {
        accounts: vec![Account::default(); 12],
        ..Desk::default()
    };
    desk.customers.count = 440;
    desk.reports.push(Report {
        called: Some(at(1_030)),
        verified: false,
        ..call(1_099, 0)
    });
    desk.reports.extend((0..16).map(|n| call(1_100 + n, n)));
    World {
        name: "twins that part".to_owned(),
        desk,
        views,
        freeze_days: 30,
        colluders: 2,
    }
}

/// Everything happens on the full quarter of a day: views, calls and copies in the same seconds.
fn same_seconds(desk: &mut Desk, views: &mut [View]) {
    let quarter = |second: Second| Second(second.0 - second.0 % (6 * 3_600));
    for view in views {
        view.second = quarter(view.second);
    }
    for export in &mut desk.exports {
        export.second = quarter(export.second);
    }
    for report in &mut desk.reports {
        report.received = quarter(report.received);
        report.called = report.called.map(quarter);
    }
}

/// An unresolved actor looks at every tenth customer, and every seventh ticket, while calls go on.
fn anybody(desk: &Desk, views: &mut Vec<View>) {
    let first = desk.reports.iter().map(Report::call).min();
    let first = first.expect("there are reports");
    let tickets = u32::try_from(desk.tickets.customer.len()).expect("few tickets");
    let look = |customer: u32, ticket: u32, seed: u32| View {
        second: Second(first.minus_days(40).0 + seed * 7_919 % (80 * Second::DAY)),
        account: NONE,
        customer,
        ticket,
    };
    views.extend(
        (0..desk.customers.count)
            .step_by(10)
            .map(|c| look(c, NONE, c)),
    );
    views.extend((0..tickets).step_by(7).map(|t| look(NONE, t, t)));
}

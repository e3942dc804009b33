//! The calls of a mixed world: who is called, what is quoted, and what spoils a report.

use std::collections::BTreeSet;

use countersign_core::desk::{Desk, ExportRows, NONE, View};
use countersign_core::report::{Quoted, Report};
use countersign_core::time::Second;

use super::{CALLS, Chance, DAY, FRAUD_DESK, Source, row};

/// Customers and tickets that the source could have sold, as of the start of the calls.
fn list_of(desk: &Desk, views: &[View], source: Source) -> (Vec<u32>, Vec<u32>) {
    let mut customers = BTreeSet::new();
    let mut tickets = BTreeSet::new();
    match source {
        Source::Nobody => {}
        Source::Copy(copy) => {
            if let ExportRows::Listed {
                customers: listed,
                tickets: with,
            } = &desk.exports[copy].rows
            {
                customers.extend(listed);
                tickets.extend(with);
            }
        }
        Source::Persons(accounts) => {
            for view in views {
                let sold = view.second.0 < (CALLS - 25) * DAY && accounts.contains(&view.account);
                if sold && view.ticket != NONE {
                    tickets.insert(view.ticket);
                    customers.insert(desk.tickets.customer[view.ticket as usize]);
                } else if sold {
                    customers.insert(view.customer);
                }
            }
        }
    }
    customers.remove(&NONE);
    (
        customers.into_iter().collect(),
        tickets.into_iter().collect(),
    )
}

pub(super) fn reports(
    chance: &mut Chance,
    desk: &Desk,
    views: &mut Vec<View>,
    source: Source,
) -> Vec<Report> {
    let (customers, tickets) = list_of(desk, views, source);
    let count = 17 + chance.below(9);
    let mut reports: Vec<Report> = Vec::new();
    for number in 0..count {
        let received = Second((CALLS + number * 5) * DAY + chance.below(4 * DAY));
        let called = match chance.below(10) {
            0 => None,
            // Told late: an earlier call that moves t₀.
            1 => Some(Second(received.0 - chance.below(40) * DAY)),
            _ => Some(Second(received.0 - chance.below(2 * DAY))),
        };
        let from_list = !customers.is_empty() && chance.percent(90);
        let (customer, quoted) = if from_list && !tickets.is_empty() && chance.percent(40) {
            let ticket = chance.pick(&tickets);
            let own = desk.tickets.customer[ticket as usize];
            let customer = if own == NONE {
                chance.pick(&customers)
            } else {
                own
            };
            (customer, Quoted::Ticket(ticket))
        } else {
            let customer = if from_list {
                unreported(chance, &customers, &reports)
            } else {
                chance.below(desk.customers.count)
            };
            (customer, odd_quote(chance, desk, customer, &reports))
        };
        let mut report = Report {
            id: format!("R{number:03}"),
            received,
            called,
            customer: Some(customer),
            quoted,
            verified: true,
            ..Report::default()
        };
        spoil(chance, &mut report, &reports);
        look_after(chance, views, &report);
        reports.push(report);
    }
    reports.sort_by(|x, y| (x.received, &x.id).cmp(&(y.received, &y.id)));
    reports
}

/// One of the list, mostly somebody who did not report before.
fn unreported(chance: &mut Chance, list: &[u32], earlier: &[Report]) -> u32 {
    let mut picked = chance.pick(list);
    for _ in 0..4 {
        if earlier.iter().any(|report| report.customer == Some(picked)) {
            picked = chance.pick(list);
        }
    }
    picked
}

/// Nothing, a ticket of this or another customer, one quoted before, or a number never issued.
fn odd_quote(chance: &mut Chance, desk: &Desk, customer: u32, earlier: &[Report]) -> Quoted {
    let own: Vec<u32> = (0..row(desk.tickets.customer.len()))
        .filter(|&ticket| desk.tickets.customer[ticket as usize] == customer)
        .collect();
    match chance.below(20) {
        0 => Quoted::NeverIssued,
        1..=2 => Quoted::Ticket(chance.below(row(desk.tickets.customer.len()))),
        3 => earlier
            .iter()
            .map(|report| report.quoted)
            .rfind(|quoted| matches!(quoted, Quoted::Ticket(_)))
            .unwrap_or_default(),
        4..=6 if !own.is_empty() => Quoted::Ticket(chance.pick(&own)),
        _ => Quoted::Nothing,
    }
}

/// What can keep a report from counting.
fn spoil(chance: &mut Chance, report: &mut Report, earlier: &[Report]) {
    match chance.below(40) {
        0 => report.verified = false,
        1 => report.solicited = true,
        2 => report.excluded = Some("a neighbour's joke".to_owned()),
        3 => report.customer = None,
        4 => {
            if let Some(repeated) = earlier.first() {
                report.customer = repeated.customer;
            }
        }
        5..=8 => report.household = Some(chance.below(6)),
        _ => {}
    }
}

/// The fraud desk opens records around the call; somebody opens one in the call's own second.
fn look_after(chance: &mut Chance, views: &mut Vec<View>, report: &Report) {
    let Some(customer) = report.customer else {
        return;
    };
    let mut look = |account: u32, second: u32| {
        views.push(View {
            second: Second(second),
            account,
            customer,
            ticket: NONE,
        });
    };
    let call = report.call().0;
    match chance.below(4) {
        0 => look(FRAUD_DESK, call + 600),
        1 => look(FRAUD_DESK, call - 600),
        2 => look(FRAUD_DESK + 1 + chance.below(4), call),
        _ => {}
    }
}

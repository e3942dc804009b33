use std::collections::BTreeSet;

use countersign_core::desk::NONE;

use super::*;
use crate::world::Origin;

fn tiny() -> Incident {
    Incident::new(6_000, 80, 365, 7)
}

#[test]
fn the_list_may_come_from_the_own_queue_or_from_an_export() {
    for taking in [Taking::OwnQueue, Taking::Export] {
        let settings = Incident { taking, ..tiny() };
        let world = incident_world(&settings).unwrap();
        let truth = &world.truth;
        let sale = truth.sale.unwrap();
        let genuine = truth
            .origins
            .iter()
            .filter(|origin| **origin == Origin::List)
            .count();
        assert_eq!(genuine, 107, "{taking:?}");
        if taking == Taking::Export {
            assert_eq!(
                truth.copy.as_deref(),
                Some(world.desk.exports[0].name.as_str())
            );
            assert!(
                (150..260).contains(&truth.customers.len()),
                "{}",
                truth.customers.len()
            );
            continue;
        }
        assert_eq!(truth.customers.len(), 200);
        let seller = truth.sellers[0];
        let saw: BTreeSet<u32> = world
            .views
            .iter()
            .filter(|view| view.account == seller && view.second < sale)
            .map(|view| view.customer)
            .collect();
        assert!(
            truth
                .customers
                .iter()
                .all(|customer| saw.contains(customer))
        );
    }
}

#[test]
fn every_kind_of_view_is_in_the_log() {
    let world = incident_world(&tiny()).unwrap();
    let seen = |login: &str| {
        let row = world
            .desk
            .accounts
            .iter()
            .position(|a| a.id == login)
            .unwrap() as u32;
        let tickets: BTreeSet<u32> = world
            .views
            .iter()
            .filter(|v| v.account == row && v.ticket != NONE)
            .map(|v| v.ticket)
            .collect();
        tickets.len()
    };
    assert!(
        seen("svc-auto-close") > 13_000,
        "the program sees nearly all tickets"
    );
    assert!((3_500..5_500).contains(&seen("svc-crm-sync")));
    assert!(seen("shared-nightdesk") > 50);
    let people = world.desk.accounts.len() - 4;
    let mut busy = vec![0; people];
    for view in world.views.iter().filter(|v| (v.account as usize) < people) {
        busy[view.account as usize] += 1;
    }
    busy.sort_unstable();
    assert!(
        busy[people - 1] < 6 * busy[people / 2],
        "nobody does the work of six"
    );
    let records = world.views.iter().filter(|v| v.ticket == NONE).count();
    assert!(
        (16_000..20_000).contains(&records),
        "{records} records without a ticket"
    );
    assert!(world.views.len() > 75_000, "at least 12.5 views a customer");
    let mut calls = vec![0; 6_000];
    for customer in &world.desk.tickets.customer {
        calls[*customer as usize] += 1;
    }
    calls.sort_unstable();
    let busiest: u32 = calls[5_700..].iter().sum();
    assert!(
        busiest > 15_000 / 3,
        "a twentieth of the customers brings a third of the tickets"
    );
}

#[test]
fn settings_out_of_range_are_named() {
    for (settings, named) in [
        (
            Incident {
                customers: 10,
                ..tiny()
            },
            "customers must be from 2000",
        ),
        (
            Incident {
                accounts: 3,
                ..tiny()
            },
            "accounts must be from 60",
        ),
        (
            Incident {
                days: 900,
                ..tiny()
            },
            "days must be from 120 to 730",
        ),
        (
            Incident {
                reports: 500,
                ..tiny()
            },
            "reports must be from 6 to 200",
        ),
    ] {
        let error = settings.check().unwrap_err();
        assert!(error.to_string().starts_with(named), "{error}");
        assert!(!error.help().is_empty());
    }
}

#[test]
fn the_smallest_and_the_longest_company_work_too() {
    for taking in Taking::ALL {
        for days in [120, 730] {
            let settings = Incident {
                taking,
                ..Incident::new(2_000, 60, days, 1)
            };
            let world = incident_world(&settings).unwrap();
            // A short list may be used up before all reports are told.
            assert!((120..=160).contains(&world.desk.reports.len()));
            let calls = world.desk.reports.iter().map(|report| report.call()).min();
            assert!(calls > world.truth.sale, "{taking:?}, {days} days");
            assert!(world.views.len() > 20_000);
        }
    }
}

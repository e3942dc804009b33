use std::collections::BTreeSet;

use countersign_core::desk::NONE;
use countersign_core::report::Quoted;

use super::*;

fn small() -> Size {
    Size {
        accounts: 60,
        customers: 4_000,
        ..Size::default()
    }
}

/// Reports of a world with where each came from.
fn told(world: &World) -> impl Iterator<Item = (&countersign_core::report::Report, Origin)> {
    world
        .desk
        .reports
        .iter()
        .zip(world.truth.origins.iter().copied())
}

fn burst(kind: Kind) -> usize {
    match kind {
        Kind::UnverifiedBurst | Kind::UnverifiedBurstLeak => 40,
        _ => 0,
    }
}

#[test]
fn every_world_has_a_sound_log_and_as_many_reports_as_asked() {
    for kind in Kind::ALL {
        let world = build(*kind, 11, &small());
        let name = kind.name();
        let desk = &world.desk;
        assert_eq!(desk.accounts.len(), 60, "{name}");
        assert_eq!(desk.customers.count, 4_000, "{name}");
        assert_eq!(desk.reports.len(), 60 + burst(*kind), "{name}");
        assert_eq!(world.truth.origins.len(), desk.reports.len(), "{name}");
        assert!(world.views.is_sorted_by_key(|view| view.second), "{name}");
        let end = Second(START.0 + 365 * Second::DAY);
        for view in &world.views {
            assert!(view.second >= START && view.second < end, "{name}");
            assert!(view.account < 60 && view.customer < 4_000, "{name}");
            if view.ticket != NONE {
                assert_eq!(
                    desk.tickets.customer[view.ticket as usize], view.customer,
                    "{name}"
                );
            }
        }
        let customers: BTreeSet<_> = desk.reports.iter().map(|r| r.customer).collect();
        assert_eq!(
            customers.len(),
            desk.reports.len(),
            "{name}: a customer reports once"
        );
        assert!(
            desk.reports
                .is_sorted_by(|a, b| (a.received, &a.id) < (b.received, &b.id)),
            "{name}"
        );
        for (report, origin) in told(&world) {
            assert!(
                report.call() < report.received && report.received < end,
                "{name}"
            );
            assert_eq!(
                report.verified,
                burst(*kind) == 0 || origin != Origin::Forged,
                "{name}"
            );
        }
    }
}

#[test]
fn every_report_from_the_list_was_seen_by_a_seller_before_the_sale() {
    for kind in Kind::ALL.iter().filter(|kind| kind.leaks()) {
        let world = build(*kind, 5, &small());
        let name = kind.name();
        let sale = world.truth.sale.unwrap();
        let seen: BTreeSet<(u32, u32)> = world
            .views
            .iter()
            .filter(|v| world.truth.sellers.contains(&v.account) && v.second < sale)
            .flat_map(|v| [(v.customer, v.ticket), (v.customer, NONE)])
            .collect();
        let mut from_list = 0;
        for (report, origin) in told(&world) {
            assert!(report.call() > sale, "{name}");
            if origin != Origin::List {
                continue;
            }
            from_list += 1;
            let customer = report.customer.unwrap();
            assert!(
                world.truth.customers.binary_search(&customer).is_ok(),
                "{name}"
            );
            let ticket = match report.quoted {
                Quoted::Ticket(ticket) => ticket,
                _ => NONE,
            };
            if ticket != NONE {
                assert!(world.truth.tickets.binary_search(&ticket).is_ok(), "{name}");
            }
            if world.truth.copy.is_none() {
                assert!(seen.contains(&(customer, ticket)), "{name}");
            }
        }
        assert!(
            from_list >= 24,
            "{name}: only {from_list} reports from the list"
        );
    }
}

#[test]
fn worlds_without_a_leak_have_no_seller_and_no_report_from_a_list() {
    for kind in Kind::ALL.iter().filter(|kind| !kind.leaks()) {
        let world = build(*kind, 3, &small());
        assert!(
            world.truth.sellers.is_empty() && world.truth.copy.is_none(),
            "{}",
            kind.name()
        );
        assert_eq!(world.truth.sale, None);
        assert!(
            !world.truth.origins.contains(&Origin::List),
            "{}",
            kind.name()
        );
    }
}

#[test]
fn a_twin_has_the_desk_of_its_world() {
    for kind in Kind::ALL {
        let Some(twin) = kind.twin() else { continue };
        let (world, twin) = (build(*kind, 9, &small()), build(twin, 9, &small()));
        assert_eq!(world.desk.accounts, twin.desk.accounts);
        assert_eq!(world.desk.tickets, twin.desk.tickets);
        assert_eq!(world.truth.suspects, twin.truth.suspects);
        assert_eq!(twin.truth.sellers.len(), 1);
        assert!(!twin.truth.suspects.contains(&twin.truth.sellers[0]));
        let calls = |w: &World| w.desk.reports.iter().map(|r| r.call()).min();
        let before = |w: &World| {
            let cut = calls(&world).min(calls(&twin)).unwrap().minus_days(31);
            w.views
                .iter()
                .filter(|v| v.second < cut)
                .copied()
                .collect::<Vec<_>>()
        };
        assert!(before(&world) == before(&twin), "{}", kind.name());
    }
}

#[test]
fn the_same_seed_gives_the_same_world_on_any_thread() {
    let build_it = || build(Kind::AccountManagerLeak, 42, &small());
    let here = build_it();
    let others: Vec<World> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..3).map(|_| scope.spawn(build_it)).collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap())
            .collect()
    });
    assert!(others.iter().all(|other| *other == here));
    assert_ne!(
        build(Kind::AccountManagerLeak, 43, &small()).views,
        here.views
    );
}

#[test]
fn a_default_world_is_shaped_like_a_desk() {
    let world = build(Kind::Random, 1, &Size::default());
    let customers = f64::from(world.desk.customers.count);
    let distinct = |keys: Vec<(u32, u32)>| keys.into_iter().collect::<BTreeSet<_>>().len() as f64;
    let tickets = world.desk.tickets.customer.len() as f64;
    let of_ticket = world.views.iter().filter(|v| v.ticket != NONE);
    let a_ticket = distinct(of_ticket.map(|v| (v.ticket, v.account)).collect()) / tickets;
    let a_customer = distinct(
        world
            .views
            .iter()
            .map(|v| (v.customer, v.account))
            .collect(),
    ) / customers;
    assert!(
        (1.4..1.7).contains(&(tickets / customers)),
        "{}",
        tickets / customers
    );
    assert!((2.0..3.0).contains(&a_ticket), "{a_ticket}");
    assert!((7.0..9.0).contains(&a_customer), "{a_customer}");
}

#[test]
fn two_in_three_genuine_reports_quote_a_ticket_where_the_seller_saw_one() {
    let (mut could, mut quoted) = (0, 0);
    for seed in 0..40 {
        let world = build(Kind::OwnQueue, seed, &small());
        for (report, _) in told(&world).filter(|(_, origin)| *origin == Origin::List) {
            let customer = report.customer.unwrap();
            let has = |t: &u32| world.desk.tickets.customer[*t as usize] == customer;
            could += u32::from(world.truth.tickets.iter().any(has));
            quoted += u32::from(matches!(report.quoted, Quoted::Ticket(_)));
        }
    }
    assert!(could > 300);
    let share = f64::from(quoted) / f64::from(could);
    assert!((0.6..0.73).contains(&share), "{share}");
}

#[test]
fn the_colleague_at_risk_saw_what_was_sold() {
    for (kind, least) in [
        (Kind::FrameUp, 1.0),
        (Kind::ShadowedMonth, 0.9),
        (Kind::HandOverChain, 0.95),
        (Kind::CloseColleague, 0.6),
        (Kind::Twins, 0.95),
        (Kind::TwoSellersBeside, 0.5),
    ] {
        let world = build(kind, 8, &Size::default());
        let colleague = world.truth.suspects[0];
        let seen: BTreeSet<u32> = world
            .views
            .iter()
            .filter(|v| v.account == colleague)
            .map(|v| v.customer)
            .collect();
        let both = world
            .truth
            .customers
            .iter()
            .filter(|c| seen.contains(c))
            .count();
        let share = both as f64 / world.truth.customers.len() as f64;
        assert!(share >= least, "{}: {share}", kind.name());
        assert!(world.truth.customers.len() >= 60, "{}", kind.name());
    }
}

#[test]
fn the_hot_line_heard_of_most_victims_before_the_first_reported_call() {
    for kind in [Kind::UnreportedFirstCalls, Kind::UnreportedFirstCallsLeak] {
        let world = build(kind, 4, &small());
        let first = told(&world).map(|(report, _)| report.call()).min().unwrap();
        let heard = told(&world).filter(|(report, _)| {
            world.views.iter().any(|view| {
                let account = &world.desk.accounts[view.account as usize];
                Some(view.customer) == report.customer
                    && view.second < first
                    && view.second >= first.minus_days(30)
                    && account.team.as_deref() == Some("hot-line")
            })
        });
        let (heard, all) = (heard.count(), told(&world).count());
        assert!(heard * 10 > all * 6, "{heard} of {all}");
    }
}

#[test]
fn only_marked_investigations_are_solicited() {
    let solicited = |kind| {
        let world = build(kind, 2, &small());
        let from = world
            .truth
            .origins
            .iter()
            .filter(|o| **o == Origin::Solicited)
            .count();
        (
            from,
            world.desk.reports.iter().filter(|r| r.solicited).count(),
        )
    };
    assert_eq!(solicited(Kind::InvestigatorsFlagged), (15, 15));
    assert_eq!(solicited(Kind::InvestigatorsUnflagged), (15, 0));
}

#[test]
fn company_contacts_share_a_household() {
    let world = build(Kind::AccountManager, 2, &small());
    let households: Vec<u32> = world
        .desk
        .reports
        .iter()
        .filter_map(|r| r.household)
        .collect();
    let distinct: BTreeSet<_> = households.iter().collect();
    assert!(households.len() >= 35);
    assert!(distinct.len() * 2 < households.len());
}

//! §1, §7 and §8 by hand: who is a holder, what is used, thresholds, claims.

use countersign_core::desk::{Account, NONE};
use countersign_core::report::Quoted;
use countersign_core::verdict::LevelKind;

use super::super::asked::Gone;
use super::super::case::used_reports;
use super::super::{Found, Holders, Item, Settings, trace};
use super::{CALL, SEEN, at, blocks, call, close, desk, look};

#[test]
fn accounts_of_one_person_are_one_holder_numbered_by_the_first() {
    let mut desk = desk(4, 0);
    for row in [1, 3] {
        desk.accounts[row].person = Some("two logins".to_owned());
    }
    let holders = Holders::of(&desk);
    assert_eq!(holders.person_of, [0, 1, 2, 1]);
    assert_eq!(holders.accounts_of, [vec![0], vec![1, 3], vec![2]]);
}

#[test]
fn a_person_that_looks_with_both_logins_counts_once() {
    let mut desk = desk(5, 40);
    for row in [0, 4] {
        desk.accounts[row].person = Some("two logins".to_owned());
    }
    let mut views = blocks(4, 10);
    views.extend((0..10).map(|customer| look(SEEN, 4, customer)));
    desk.reports = vec![call(CALL, 0)];
    let found = trace(&desk, &views, &super::bare());
    assert_eq!(found.n, 5);
    // All forty were seen by one person: one stratum.
    assert_eq!(found.used[0].lead.items.len(), 40);
    close(found.lead_paths[0][1], 2.5_f64.ln());
}

#[test]
fn a_report_is_used_once_a_customer_and_once_a_household() {
    let mut desk = desk(1, 20);
    let mut reports: Vec<_> = (0..10).map(|n| call(CALL + n, n)).collect();
    reports[0].verified = false;
    reports[1].solicited = true;
    reports[2].excluded = Some("a joke".to_owned());
    reports[3].customer = None;
    reports[4].household = Some(7);
    // The same household, then the same customer as the fifth; the sixth's own never counted.
    reports[5].household = Some(7);
    reports[6].customer = Some(4);
    reports[7].customer = Some(5);
    // Customers of reports that were not used may still report.
    reports[8].customer = Some(0);
    reports[9].customer = Some(1);
    desk.reports = reports;
    assert_eq!(used_reports(&desk), [4, 7, 8, 9]);
}

#[test]
fn the_quoted_ticket_and_its_customer_are_gone_too() {
    let mut desk = desk(1, 5);
    desk.tickets.customer = vec![3, NONE, 3, NONE];
    let mut gone = Gone::default();
    for quoted in [0, 1] {
        let mut report = call(CALL, 1);
        report.quoted = Quoted::Ticket(quoted);
        gone.add(&desk, &report);
    }
    let customers: Vec<u32> = gone.customers.iter().copied().collect();
    assert_eq!(customers, [1, 3]);
    let tickets = [0, 1, 2, 3].map(|row| gone.holds(&desk, Item::Ticket(row)));
    assert_eq!(tickets, [true, true, true, false]);
}

#[test]
fn gone_customers_leave_with_their_tickets_and_still_count_as_seen() {
    // 40 tickets of 40 customers, each ticket seen once, 10 by each of four.
    let mut desk = desk(4, 40);
    desk.tickets.customer = (0..40).collect();
    let views: Vec<_> = (0..40)
        .map(|ticket| super::look_at_ticket(SEEN, ticket / 10, ticket))
        .collect();
    desk.reports = vec![call(CALL, 0), call(CALL + 1, 1), call(CALL + 2, 39)];
    desk.reports[1].quoted = Quoted::Ticket(2);
    desk.reports[2].quoted = Quoted::Ticket(39);
    let found = trace(&desk, &views, &super::bare());
    // Customer 0 takes ticket 0 along; report 2 touches customers 1 and 2.
    let sizes: Vec<usize> = found
        .used
        .iter()
        .map(|used| used.lead.items.len())
        .collect();
    assert_eq!(sizes, [40, 39, 37]);
    close(Found::factors(&found.used[2].lead, 1.0)[0].0, 7.0 / 37.0);
    close(found.used[2].lead.share(&[0]), 0.25);
}

#[test]
fn thresholds_by_hand() {
    // 21 persons: R = 3, N = 24. Three teams, one of them of four; a site; a vendor; no copy.
    let mut desk = desk(21, 10);
    let name = |text: &str| Some(text.to_owned());
    for (row, account) in desk.accounts.iter_mut().enumerate() {
        *account = Account {
            team: match row {
                0..=4 => name("one"),
                5..=10 => name("two"),
                11..=14 => name("four persons"),
                _ => None,
            },
            site: if row < 6 { name("north") } else { None },
            vendor: if row > 15 { name("callco") } else { None },
            ..Account::default()
        };
    }
    let settings = Settings {
        alpha: 0.01,
        version: 2,
        ..Settings::default()
    };
    let found = trace(&desk, &[], &settings);
    assert_eq!((found.n, found.reserve), (24, 3));
    let holders: Vec<u64> = found.levels.iter().map(|level| level.holders).collect();
    assert_eq!(holders, [24, 276, 2_024, 24, 4, 2, 2]);
    // α₂ = 0.0025. Person: ln(24 / 0.00125) = ln 19,200. Team: ln(4 / 0.00025) = ln 16,000.
    close(found.levels[0].threshold, 19_200.0_f64.ln());
    close(found.levels[1].threshold, 1_104_000.0_f64.ln());
    close(found.levels[4].threshold, 16_000.0_f64.ln());
    close(found.levels[6].threshold, 16_000.0_f64.ln());
    close(found.levels.iter().map(|level| level.share).sum(), 1.0);
    assert_eq!(found.teams[1].members, [5, 6, 7, 8, 9, 10]);
    assert_eq!(found.teams.len(), 2);
    assert_eq!(found.vendors[0].name, "callco");
    // Nobody has a team: the level counts one.
    let found = trace(&super::desk(1, 1), &[], &settings);
    assert_eq!(found.levels[4].holders, 1);
}

/// Twelve of 40 each; the first one's customers are called, day after day.
fn plain_sale(reports: u32, settings: &Settings) -> Found {
    let mut desk = desk(12, 480);
    desk.reports = (0..reports).map(|n| call(CALL + n, n)).collect();
    trace(&desk, &blocks(12, 40), settings)
}

#[test]
fn a_naming_counts_all_reports_and_says_how_far_it_holds() {
    let settings = Settings {
        alpha: 0.01,
        ..Settings::default()
    };
    let mut desk = desk(12, 480);
    desk.reports = (0..12).map(|n| call(CALL + n, n)).collect();
    // The fourth is not verified: it counts in `after_reports` and for nothing else.
    desk.reports[3].verified = false;
    let found = trace(&desk, &blocks(12, 40), &settings);
    let claim = &found.claims[0];
    assert_eq!(
        (claim.level, &claim.members[..]),
        (LevelKind::Person, &[0][..])
    );
    // It stays true of later reports: how far it holds is asked at every report so far.
    let long = plain_sale(16, &settings);
    assert!(long.claims[0].gamma > claim.gamma);
    assert!(long.claims[0].forgeries > claim.forgeries);
    // Worked out with the evidence of the path: the first n with min(k0, k1) ≥ ln(14 / 0.0025).
    let threshold = (14.0_f64 / 0.0025).ln();
    let path = &found.naming[&0];
    let first = path
        .iter()
        .find(|point| point.k0 >= threshold && point.k1.unwrap().0 >= threshold)
        .unwrap();
    assert_eq!(claim.after_reports, first.after_reports);
    assert_eq!(
        first.after_reports,
        1 + path.iter().position(|p| p == first).unwrap() + 1
    );
    assert_eq!((claim.colluders, claim.struck), (2, 2));
    assert!(claim.gamma >= 1.5 && claim.forgeries >= 3);
    // One claim, and no pair with a named member.
    assert_eq!(found.claims.len(), 1);
    assert_eq!(found.strong_leads[0].0, 0);
    assert!(found.strong_leads[0].1 < claim.after_reports);
}

#[test]
fn evidence_of_hits_alone_by_hand() {
    // q of report n is (40 − n) / (480 − n), Q is 1/12; nothing struck, Γ = 1.
    let found = plain_sale(3, &super::bare());
    let mut products = [1.0; 9];
    for n in 0..3 {
        let q = f64::from(40 - n) / f64::from(480 - n);
        for (tenth, product) in products.iter_mut().enumerate() {
            let e = (tenth + 1) as f64 / 10.0;
            *product *= (e + (1.0 - e) / 12.0) / (e * q + (1.0 - e) / 12.0);
        }
    }
    close(found.k0[0][3], (products.iter().sum::<f64>() / 9.0).ln());
    // Two struck leaves the smallest factor of each ε: q falls, so the first.
    let struck = plain_sale(
        3,
        &Settings {
            strike: 2,
            ..super::bare()
        },
    );
    let first: f64 = (1..=9)
        .map(|tenth| f64::from(tenth) / 10.0)
        .map(|e| (e + (1.0 - e) / 12.0) / (e / 12.0 + (1.0 - e) / 12.0))
        .sum();
    close(struck.k0[0][3], (first / 9.0).ln());
}

#[test]
fn the_call_of_a_report_is_when_it_was_received_if_nobody_said() {
    let mut desk = desk(12, 480);
    desk.reports = vec![call(CALL, 0), call(CALL + 9, 1)];
    desk.reports[1].called = Some(at(CALL + 2));
    let found = trace(&desk, &blocks(12, 40), &super::bare());
    let cuts: Vec<_> = found.used.iter().map(|used| used.lead.cuts.cut).collect();
    assert_eq!(cuts, [at(CALL), at(CALL + 2)]);
}

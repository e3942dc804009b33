//! Where the text breaks its own promise: each hole as an exact figure, and the repair beside it.
//!
//! A factor is fair when its mean over the records that could have been reported, all with the
//! same chance, is at most 1. The means here are exact: every record is tried.

use std::collections::BTreeSet;

use countersign_core::desk::{Desk, Export, ExportRows, View};
use countersign_core::report::{Quoted, Report};
use countersign_core::verdict::LevelKind;

use super::super::asked::{Gone, ask, is_gone};
use super::super::items::Log;
use super::super::{Claim, Item, Repair, Settings, Silence, mixed_world, trace};
use super::{CALL, SEEN, at, bare, blocks, call, close, desk, look, look_at_ticket};

fn repaired(repairs: &[Repair], settings: Settings) -> Settings {
    Settings {
        repairs: repairs.iter().copied().collect(),
        ..settings
    }
}

/// Mean of one holder's factor over a call of each of these customers (ε 0.5, Γ 1).
fn mean(
    desk: &Desk,
    log: &Log,
    settings: &Settings,
    gone: &Gone,
    customers: impl Iterator<Item = u32>,
    holder: usize,
) -> f64 {
    let factors: Vec<f64> = customers
        .map(|customer| {
            let report = call(CALL, customer);
            let asked = ask(desk, log, settings, &report, report.call(), gone);
            asked.outside(&[holder], &[]).ln_factor(0.5, 1.0).exp()
        })
        .collect();
    factors.iter().sum::<f64>() / factors.len() as f64
}

#[test]
fn a_number_that_scammers_tell_everybody_is_evidence_every_time() {
    // a (0) saw ticket 0 of 480; the scammers quote it to ten customers whom a never saw.
    let mut desk = desk(12, 960);
    desk.tickets.customer = (0..480).collect();
    let views: Vec<View> = (0..480)
        .map(|ticket| look_at_ticket(SEEN, ticket % 12, ticket))
        .collect();
    desk.reports = (0..10)
        .map(|n| Report {
            quoted: Quoted::Ticket(0),
            ..call(CALL + n, 500 + n)
        })
        .collect();
    let settings = Settings {
        alpha: 0.01,
        ..Settings::default()
    };
    // One leaked number, a seen by chance at 1/12: named at α = 0.01, two factors struck.
    let found = trace(&desk, &views, &settings);
    assert_eq!(found.claims[0].members, [0]);
    let found = trace(
        &desk,
        &views,
        &repaired(&[Repair::GoneSaysNothing], settings),
    );
    assert!(found.claims.is_empty());
    let silent = found.used[1..].iter().map(|used| used.lead.silence);
    assert!(
        silent
            .into_iter()
            .all(|silence| silence == Some(Silence::Gone))
    );
}

#[test]
fn a_touched_customer_that_reports_later_is_an_unfair_hit() {
    // a saw one customer of 40, and it is gone (its ticket was quoted by somebody else): then the
    // factor is 1 for every other customer and over 1 for that one. q = 1/40, Q = 1/40:
    //   hit = (0.5 + 0.5/40) / (1/40) = 20.5; mean over 40 = (39 + 20.5) / 40 = 1.4875.
    let desk = desk(2, 40);
    let views: Vec<View> = (0..40)
        .map(|customer| look(SEEN, u32::from(customer > 0), customer))
        .collect();
    let log = Log::new(&desk, &views);
    let gone = Gone {
        customers: BTreeSet::from([0]),
        tickets: BTreeSet::new(),
    };
    let written = mean(&desk, &log, &bare(), &gone, 0..40, 0);
    close(written, 1.4875);
    let repair = repaired(&[Repair::GoneSaysNothing], bare());
    close(mean(&desk, &log, &repair, &gone, 0..40, 0), 1.0);
}

#[test]
fn a_copy_of_never_seen_records_gains_because_its_misses_are_not_counted() {
    // Nobody looked at any of 40 customers; a list holds 4 of them. q = 1/10, Q = 1/10:
    //   hit = (0.5 + 0.05) / 0.1 = 5.5, and 1 (not 0.5) for the other 36: mean (4·5.5 + 36) / 40.
    let mut desk = desk(1, 40);
    desk.exports = vec![Export {
        name: "list".to_owned(),
        second: at(SEEN),
        account: None,
        rows: ExportRows::Listed {
            customers: vec![0, 1, 2, 3],
            tickets: Vec::new(),
        },
    }];
    let log = Log::new(&desk, &[]);
    let gone = Gone::default();
    close(mean(&desk, &log, &bare(), &gone, 0..40, 1), 1.45);
    let repair = repaired(&[Repair::UnseenInNoStratum], bare());
    close(mean(&desk, &log, &repair, &gone, 0..40, 1), 1.0);
}

#[test]
fn random_calls_to_never_seen_customers_name_an_innocent_list() {
    // 400 customers, none ever looked at; a list has every tenth. 60 calls, six of them listed:
    // exactly the share of the list.
    let mut desk = desk(1, 400);
    desk.exports = vec![Export {
        name: "list".to_owned(),
        second: at(SEEN),
        account: None,
        rows: ExportRows::Listed {
            customers: (0..400).step_by(10).collect(),
            tickets: Vec::new(),
        },
    }];
    desk.reports = (0..60).map(|n| call(CALL + n, n)).collect();
    let settings = Settings {
        alpha: 0.05,
        ..bare()
    };
    let found = trace(&desk, &[], &settings);
    assert_eq!(found.claims[0].level, LevelKind::Copy);
    let repair = repaired(&[Repair::UnseenInNoStratum], settings);
    assert!(trace(&desk, &[], &repair).claims.is_empty());
}

/// Claims that do not hold the seller: innocent people.
fn innocent(claims: &[Claim], seller: usize) -> Vec<&Claim> {
    let without = |claim: &&Claim| !claim.members.contains(&seller);
    claims.iter().filter(without).collect()
}

/// b (1) takes over customers of a (0) after the cut was frozen, and sells them as they come.
fn hand_over() -> (Desk, Vec<View>) {
    let mut desk = desk(12, 480);
    let mut views = blocks(12, 40);
    // One of b's own first: it sets t₀.
    desk.reports = vec![call(CALL, 40)];
    for n in 0..12 {
        views.push(look(CALL + 5, 1, n));
        desk.reports.push(call(CALL + 20 + n, n));
    }
    (desk, views)
}

#[test]
fn a_seller_who_goes_on_selling_what_was_handed_over_gets_the_first_owner_named() {
    let (desk, views) = hand_over();
    let settings = Settings {
        alpha: 0.01,
        ..Settings::default()
    };
    // b leaked alone, every customer from b's own views, and a is named with one colleague guarded.
    let found = trace(&desk, &views, &settings);
    assert_eq!(found.claims[0].members, [0]);
    assert_eq!(found.claims[0].colluders, 1);
    // What is left is "a or b", which is true.
    let repair = repaired(&[Repair::GuardUpToTheCall], settings);
    let claims = trace(&desk, &views, &repair).claims;
    assert!(innocent(&claims, 1).is_empty());
}

#[test]
fn one_early_date_takes_the_seller_out_of_the_guard() {
    // b looked at the customers long before the calls, but one verified report says a date that
    // lies before that: the cut moves, and b's guard is empty.
    let mut desk = desk(12, 480);
    let mut views = blocks(12, 40);
    views.extend((0..14).map(|n| look(SEEN + 50, 1, n)));
    desk.reports = (0..14).map(|n| call(CALL + n, n)).collect();
    let settings = Settings {
        alpha: 0.01,
        ..Settings::default()
    };
    assert!(innocent(&trace(&desk, &views, &settings).claims, 1).is_empty());
    let told = Report {
        called: Some(at(SEEN + 60)),
        ..call(CALL - 1, 470)
    };
    desk.reports.insert(0, told);
    assert_eq!(trace(&desk, &views, &settings).claims[0].members, [0]);
    // What is left is "a or b", which is true.
    let repair = repaired(&[Repair::GuardUpToTheCall], settings);
    let claims = trace(&desk, &views, &repair).claims;
    assert!(innocent(&claims, 1).is_empty());
}

#[test]
fn a_seller_can_leave_every_guard_by_looking_at_a_fifth_after_the_calls() {
    // Not repaired here: universal viewers are found in the whole log, also in what comes later.
    let mut desk = desk(12, 480);
    let mut views = blocks(12, 40);
    views.extend((0..14).map(|n| look(SEEN + 50, 1, n)));
    // Everything else has a second viewer too, so that all are alike.
    views.extend((14..480).map(|n| look(SEEN + 50, 2 + (n / 40 + n) % 10, n)));
    desk.reports = (0..14).map(|n| call(CALL + n, n)).collect();
    let settings = Settings {
        alpha: 0.01,
        ..Settings::default()
    };
    assert!(innocent(&trace(&desk, &views, &settings).claims, 1).is_empty());
    // 40 + 14 + 43 = 97 of 480; 96 would be a fifth.
    views.extend((437..480).map(|n| look(CALL + 30, 1, n)));
    let found = trace(&desk, &views, &settings);
    assert!(found.universal.contains_key(&1));
    assert_eq!(found.claims[0].members, [0]);
}

#[test]
fn one_seller_with_an_export_is_two_colleagues() {
    // b (1) looked at 10 of a's 40 and exported 10 others of them; both were sold.
    let mut desk = desk(12, 480);
    let mut views = blocks(12, 40);
    views.extend((0..10).map(|n| look(SEEN, 1, n)));
    // Everything else has a second viewer too, so that all are alike.
    views.extend((10..480).map(|n| look(SEEN, 2 + (n / 40 + n) % 10, n)));
    desk.exports = vec![Export {
        name: "list".to_owned(),
        second: at(SEEN),
        account: Some(1),
        rows: ExportRows::Listed {
            customers: (10..20).collect(),
            tickets: Vec::new(),
        },
    }];
    desk.reports = (0..20)
        .map(|n| call(CALL + n, n / 2 + n % 2 * 10))
        .collect();
    let settings = Settings {
        alpha: 0.01,
        ..Settings::default()
    };
    let found = trace(&desk, &views, &settings);
    assert_eq!(found.claims[0].members, [0]);
    let repair = repaired(&[Repair::MakerHasTheRows], settings);
    assert!(trace(&desk, &views, &repair).claims.is_empty());
}

#[test]
fn reports_of_a_household_that_are_dropped_leave_its_members_in_the_pool() {
    // Not repaired here: the desk does not know the households of those who did not report.
    // 40 customers; 0..8 are one company, and 0 reported. d saw 8 others. Left are 39; a call to
    // the company's 7 is dropped (factor 1), though they are misses of d in s: q = 8/39, Q = 1/5.
    let desk = desk(5, 40);
    let log = Log::new(&desk, &blocks(5, 8));
    let settings = bare();
    let mut gone = Gone::default();
    gone.add(&desk, &call(CALL, 0), &settings);
    let all = mean(&desk, &log, &settings, &gone, 1..40, 4) * 39.0;
    let company = mean(&desk, &log, &settings, &gone, 1..8, 4) * 7.0;
    close(all, 39.0);
    let dropped = (all - company + 7.0) / 39.0;
    // A miss is 0.1 / (4/39 + 0.1) = 39/79, so the mean is 1 + 7/39 · 40/79.
    close(dropped, 1.0 + 7.0 / 39.0 * 40.0 / 79.0);
}

#[test]
fn repaired_factors_are_fair_over_a_whole_mixed_world() {
    let (desk, views) = mixed_world(11);
    let log = Log::new(&desk, &views);
    let settings = repaired(
        &[Repair::GoneSaysNothing, Repair::UnseenInNoStratum],
        bare(),
    );
    let mut gone = Gone::default();
    for report in desk.reports.iter().take(6) {
        gone.add(&desk, report, &settings);
    }
    let cut = desk.reports[7].call();
    let holders = log.holders.all();
    // Against nobody, a colleague, two colleagues.
    let guards: [&[usize]; 3] = [&[], &[9], &[9, 15]];
    let mut sums = vec![[0.0; 3]; holders];
    let mut tried = 0.0;
    for customer in 0..desk.customers.count {
        if is_gone(&desk, &gone, Item::Customer(customer)) {
            continue;
        }
        let report = call(0, customer);
        let asked = ask(&desk, &log, &settings, &report, cut, &gone);
        tried += 1.0;
        for (holder, sums) in sums.iter_mut().enumerate() {
            for (guard, sum) in guards.iter().zip(sums) {
                if !guard.contains(&holder) {
                    *sum += asked.outside(&[holder], guard).ln_factor(0.5, 1.0).exp();
                }
            }
        }
    }
    for (holder, sums) in sums.into_iter().enumerate() {
        for sum in sums {
            assert!(
                sum / tried <= 1.0 + 1e-9,
                "holder {holder}: {}",
                sum / tried
            );
        }
    }
}

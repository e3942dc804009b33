//! Holes that an earlier text had, closed: each as a small world with an exact figure.
//!
//! A factor is fair when its mean over the records that could have been reported, all with the
//! same chance, is at most 1. The means here are exact: every record is tried. The last part holds
//! what the text assumes: there the promise is bounded, not kept.

use std::collections::BTreeSet;

use countersign_core::desk::{Desk, Export, ExportRows, View};
use countersign_core::report::{Quoted, Report};

use super::super::asked::{Cuts, Gone, ask};
use super::super::items::Log;
use super::super::{Claim, Item, Settings, Silence, mixed_world, trace};
use super::{CALL, SEEN, at, bare, blocks, call, close, desk, look, look_at_ticket};

/// Mean of one holder's factor over a call of each of these customers (ε 0.5, Γ 1).
fn mean(
    desk: &Desk,
    log: &Log,
    gone: &Gone,
    customers: impl Iterator<Item = u32>,
    holder: usize,
) -> f64 {
    let factors: Vec<f64> = customers
        .map(|customer| {
            let report = call(CALL, customer);
            let asked = ask(desk, log, &report, Cuts::lead(&report), gone);
            asked.outside(&[holder], &[]).ln_factor(0.5, 1.0).exp()
        })
        .collect();
    factors.iter().sum::<f64>() / factors.len() as f64
}

fn settings() -> Settings {
    Settings {
        alpha: 0.01,
        ..Settings::default()
    }
}

#[test]
fn a_number_that_scammers_tell_everybody_is_evidence_once() {
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
    let found = trace(&desk, &views, &settings());
    assert!(found.claims.is_empty());
    let silent = found.used[1..].iter().map(|used| used.lead.silence);
    assert!(
        silent
            .into_iter()
            .all(|silence| silence == Some(Silence::Gone))
    );
}

#[test]
fn a_touched_customer_that_reports_later_says_nothing() {
    // a saw one customer of 40, and it is gone (its ticket was quoted by somebody else): then the
    // factor is 1 for every other customer. Were that one put back, it would be a hit of 20.5.
    let desk = desk(2, 40);
    let views: Vec<View> = (0..40)
        .map(|customer| look(SEEN, u32::from(customer > 0), customer))
        .collect();
    let log = Log::new(&desk, &views);
    let gone = Gone {
        customers: BTreeSet::from([0]),
        tickets: BTreeSet::new(),
    };
    close(mean(&desk, &log, &gone, 0..40, 0), 1.0);
}

#[test]
fn a_copy_of_never_seen_records_gains_nothing() {
    // Nobody looked at any of 40 customers; a list holds 4 of them. The other 36 can't be misses,
    // so they must not make the list small: q is 1.
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
    close(mean(&desk, &log, &Gone::default(), 0..40, 1), 1.0);
}

#[test]
fn random_calls_to_never_seen_customers_name_no_innocent_list() {
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
    assert!(trace(&desk, &[], &settings).claims.is_empty());
}

/// Claims that do not hold the seller: innocent people.
fn innocent(claims: &[Claim], seller: usize) -> Vec<&Claim> {
    let without = |claim: &&Claim| !claim.members.contains(&seller);
    claims.iter().filter(without).collect()
}

/// b (1) takes over customers of a (0) on this day, after the cut was frozen, and sells them.
fn hand_over(day: u32) -> (Desk, Vec<View>) {
    let mut desk = desk(12, 480);
    let mut views = blocks(12, 40);
    // One of b's own first: it sets t₀.
    desk.reports = vec![call(CALL, 40)];
    for n in 0..12 {
        views.push(look(day, 1, n));
        desk.reports.push(call(CALL + 20 + n, n));
    }
    (desk, views)
}

#[test]
fn who_sells_what_was_handed_over_before_the_campaign_leaves_the_first_owner_unnamed() {
    // b leaked alone, every customer from b's own views, after the freeze and before the calls.
    let (desk, views) = hand_over(CALL - 5);
    let claims = trace(&desk, &views, &settings()).claims;
    // What is left is "a or b", which is true.
    assert!(innocent(&claims, 1).is_empty());
}

#[test]
fn one_or_two_early_dates_do_not_take_the_seller_out_of_the_guard() {
    // b looked at the customers long before the calls, but verified reports say dates that lie
    // before that: the cut moves, the guard's does not.
    let mut desk = desk(12, 480);
    let mut views = blocks(12, 40);
    views.extend((0..14).map(|n| look(SEEN + 50, 1, n)));
    desk.reports = (0..14).map(|n| call(CALL + n, n)).collect();
    assert!(innocent(&trace(&desk, &views, &settings()).claims, 1).is_empty());
    for customer in [470, 471] {
        let told = Report {
            called: Some(at(SEEN + 60)),
            ..call(CALL - 1, customer)
        };
        desk.reports.insert(0, told);
        let claims = trace(&desk, &views, &settings()).claims;
        // What is left is "a or b", which is true.
        assert!(innocent(&claims, 1).is_empty());
    }
}

#[test]
fn a_seller_can_not_leave_the_guards_by_looking_at_a_fifth_after_the_calls() {
    let mut desk = desk(12, 480);
    let mut views = blocks(12, 40);
    views.extend((0..14).map(|n| look(SEEN + 50, 1, n)));
    // Everything else has a second viewer too, so that all are alike.
    views.extend((14..480).map(|n| look(SEEN + 50, 2 + (n / 40 + n) % 10, n)));
    desk.reports = (0..14).map(|n| call(CALL + n, n)).collect();
    assert!(innocent(&trace(&desk, &views, &settings()).claims, 1).is_empty());
    // 40 + 14 + 43 = 97 of 480; 96 would be a fifth.
    views.extend((437..480).map(|n| look(CALL + 30, 1, n)));
    let found = trace(&desk, &views, &settings());
    assert!(found.universal.is_empty());
    assert!(innocent(&found.claims, 1).is_empty());
}

#[test]
fn one_seller_with_an_export_is_one_colleague() {
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
    assert!(trace(&desk, &views, &settings()).claims.is_empty());
}

#[test]
fn what_was_seen_once_the_campaign_ran_is_not_held_against_the_guard() {
    // Assumed: what was sold had been seen before the third earliest call. b takes over a's
    // customers two days later and sells them: a is named.
    let (desk, views) = hand_over(CALL + 22 + 2);
    let found = trace(&desk, &views, &settings());
    assert_eq!(found.claims[0].members, [0]);
}

#[test]
fn an_attribute_that_the_desk_does_not_keep_moves_the_mean_over_one() {
    // Assumed: within a stratum all have the same chance, up to odds of Γ. Here only a's half of
    // the stratum is called: 20 of 40, all of them a's, q = 1/2 and Q = 1/2. Mean: a hit, 1.5; at
    // odds of 3 to 1 it is 3/4 · 1.5 + 1/4 · 0.5 = 1.25, and Γ = 3 brings it to 1.
    let desk = desk(2, 40);
    let log = Log::new(&desk, &blocks(2, 20));
    let gone = Gone::default();
    let hit = mean(&desk, &log, &gone, 0..20, 0);
    let miss = mean(&desk, &log, &gone, 20..40, 0);
    close(hit, 1.5);
    close(0.75 * hit + 0.25 * miss, 1.25);
    let report = call(CALL, 0);
    let asked = ask(&desk, &log, &report, Cuts::lead(&report), &gone);
    let fair = asked.outside(&[0], &[]).ln_factor(0.5, 3.0).exp();
    let report = call(CALL, 20);
    let asked = ask(&desk, &log, &report, Cuts::lead(&report), &gone);
    let unfair = asked.outside(&[0], &[]).ln_factor(0.5, 3.0).exp();
    close(0.75 * fair + 0.25 * unfair, 1.0);
}

#[test]
fn reports_of_a_household_that_are_dropped_leave_its_members_in_the_pool() {
    // Assumed (part of Γ): the desk does not know the households of those who did not report.
    // 40 customers; 0..8 are one company, and 0 reported. d saw 8 others. Left are 39; a call to
    // the company's 7 is dropped (factor 1), though they are misses of d in s: q = 8/39, Q = 1/5.
    let desk = desk(5, 40);
    let log = Log::new(&desk, &blocks(5, 8));
    let mut gone = Gone::default();
    gone.add(&desk, &call(CALL, 0));
    let all = mean(&desk, &log, &gone, 1..40, 4) * 39.0;
    let company = mean(&desk, &log, &gone, 1..8, 4) * 7.0;
    close(all, 39.0);
    let dropped = (all - company + 7.0) / 39.0;
    // A miss is 0.1 / (4/39 + 0.1) = 39/79, so the mean is 1 + 7/39 · 40/79.
    close(dropped, 1.0 + 7.0 / 39.0 * 40.0 / 79.0);
}

#[test]
fn factors_are_fair_over_a_whole_mixed_world() {
    let (desk, views) = mixed_world(11);
    let log = Log::new(&desk, &views);
    let mut gone = Gone::default();
    for report in desk.reports.iter().take(6) {
        gone.add(&desk, report);
    }
    let so_far = &desk.reports[..=7];
    // At both questions, the guard's cut later than the other.
    for cuts in [Cuts::lead(&so_far[7]), Cuts::naming(so_far, 30)] {
        let holders = log.holders.all();
        // Against nobody, a colleague, two colleagues.
        let guards: [&[usize]; 3] = [&[], &[9], &[9, 15]];
        let mut sums = vec![[0.0; 3]; holders];
        let mut tried = 0.0;
        for customer in 0..desk.customers.count {
            if gone.holds(&desk, Item::Customer(customer)) {
                continue;
            }
            let report = call(0, customer);
            let asked = ask(&desk, &log, &report, cuts, &gone);
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
}

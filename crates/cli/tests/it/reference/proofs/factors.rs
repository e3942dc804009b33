//! §2, §4, §9 and §10 by hand.

use countersign_core::desk::NONE;
use countersign_core::time::Second;

use super::super::evidence::{Bet, ln_evidence, mix};
use super::super::opinions::{largest, ring, single};
use super::super::weeks::{monday_of, sale_weeks};
use super::super::{Case, Found, Silence, trace};
use super::{CALL, SEEN, at, bare, blocks, call, close, desk, look};

fn staked(hit: bool, q: f64, share: f64) -> Bet {
    Bet::Staked { hit, q, share }
}

#[test]
fn one_hit_and_one_miss_at_a_quarter() {
    // ε = 0.5, q = Q = 1/4. Hit: (0.5 + 0.125) / (0.125 + 0.125) = 2.5. Miss: 0.125 / 0.25 = 0.5.
    close(staked(true, 0.25, 0.25).ln_factor(0.5, 1.0), 2.5_f64.ln());
    close(staked(false, 0.25, 0.25).ln_factor(0.5, 1.0), 0.5_f64.ln());
    // Γ = 1.5: q′ = 0.375 / 1.125 = 1/3. Hit: 0.625 / (1/6 + 1/8) = 15/7; miss: 0.125 · 24/7 = 3/7.
    close(
        staked(true, 0.25, 0.25).ln_factor(0.5, 1.5),
        (15.0_f64 / 7.0).ln(),
    );
    close(
        staked(false, 0.25, 0.25).ln_factor(0.5, 1.5),
        (3.0_f64 / 7.0).ln(),
    );
    // 1/3 · 15/7 + 2/3 · 3/7 = 1: fair at odds of exactly Γ.
    close(15.0 / 7.0 / 3.0 + 3.0 / 7.0 * 2.0 / 3.0, 1.0);
}

#[test]
fn a_share_of_nothing_or_of_everything_says_nothing() {
    for q in [0.0, 1.0] {
        close(staked(q == 1.0, q, 0.3).ln_factor(0.9, 1.5), 0.0);
    }
    close(Bet::Nothing.ln_factor(0.9, 1.5), 0.0);
}

#[test]
fn the_epsilons_are_mixed_with_equal_weights() {
    // At q = Q a hit is 1 + 3ε; its mean over ε is 1 + 3 · 0.5 = 2.5.
    close(
        ln_evidence(&[staked(true, 0.25, 0.25)], 1.0, 0),
        2.5_f64.ln(),
    );
    close(mix([0.0; 9]), 0.0);
    close(ln_evidence(&[], 1.0, 0), 0.0);
    // Struck, only the miss is left: mean of 1 − ε = 0.5.
    let bets = [staked(true, 0.25, 0.25), staked(false, 0.25, 0.25)];
    close(ln_evidence(&bets, 1.0, 1), 0.5_f64.ln());
    // More strikes than hits: a miss is never struck.
    close(ln_evidence(&bets, 1.0, 5), 0.5_f64.ln());
}

#[test]
fn two_reports_by_hand() {
    // 40 customers, seen once, 8 by each of five. Customer 0 (a's), then customer 39 (the fifth's).
    let mut desk = desk(5, 40);
    desk.reports = vec![call(CALL, 0), call(CALL + 1, 39)];
    let settings = bare();
    let found = trace(&desk, &blocks(5, 8), &settings);
    // Report 1: s = 40, q = 8/40, Q = 8/40: hit = (ε + (1−ε)/5) / (1/5) = 1 + 4ε.
    // Report 2: customer 0 is gone: s = 39, q = 7/39, Q = 1/5:
    //   miss = (1−ε)/5 / (7ε/39 + (1−ε)/5) = 39 (1−ε) / (39 − 4ε).
    // Products at ε = 0.1 … 0.9: 1.4·0.909326, 1.8·0.816754, 2.2·0.722222,
    //   2.6·0.625668, 3.0·0.527027, 3.4·0.426230, 3.8·0.323204,
    //   4.2·0.217877, 4.6·0.110169; sum 11.639143, a ninth 1.293238.
    let lead = &found.used[1].lead;
    assert_eq!((lead.items.len(), lead.place), (39, 38));
    let factors = Found::factors(lead, 1.0);
    close(factors[0].0, 7.0 / 39.0);
    close(factors[0].1[4], (39.0_f64 / 74.0).ln());
    let by_hand: f64 = (1..=9)
        .map(|tenth| f64::from(tenth) / 10.0)
        .map(|e| (1.0 + 4.0 * e) * 39.0 * (1.0 - e) / (39.0 - 4.0 * e))
        .sum();
    assert!((by_hand / 9.0 - 1.293238).abs() < 1e-6);
    close(found.lead_paths[0][0], 0.0);
    close(found.lead_paths[0][1], 3.0_f64.ln());
    close(found.lead_paths[0][2], (by_hand / 9.0).ln());
    // The frozen cut asks the same here.
    close(found.k0[0][2], found.lead_paths[0][2]);
    // The fifth has a miss at 8/40 and a hit at 8/39: less than a's.
    close(factors[4].0, 8.0 / 39.0);
    assert_eq!(found.leads, [Some(0), Some(0)]);
    assert!(found.universal.is_empty());
}

#[test]
fn the_share_is_taken_at_the_start_of_the_cuts_day() {
    // On the day of the call, an hour before it, a sees 10 more that nobody had seen.
    let mut desk = desk(4, 50);
    let mut views = blocks(4, 10);
    let morning = |customer| countersign_core::desk::View {
        second: Second(at(CALL).0 - 1_800),
        ..look(CALL, 0, customer)
    };
    views.extend((40..50).map(morning));
    desk.reports = vec![call(CALL, 0)];
    let settings = bare();
    let case = Case::open(&desk, &views, &settings);
    // 10 of 40, not 20 of 50.
    close(case.used[0].lead.share(&[0]), 0.25);
    // A set adds up, at most everything; somebody who saw nothing counts as one item.
    close(case.used[0].lead.share(&[0, 3]), 0.5);
    close(case.used[0].lead.share(&[0, 1, 2, 3, 3]), 1.0);
}

#[test]
fn an_open_item_says_nothing_about_anyone() {
    let mut desk = desk(4, 40);
    desk.reports = vec![call(CALL, 0), call(CALL + 1, 1)];
    let mut views = blocks(4, 10);
    // Between the frozen cut and the guard's: open at both questions.
    views.push(look(CALL - 1, NONE, 0));
    // In the second of the guard's cut: not open at the first, but at the second's lead.
    views.push(look(CALL, NONE, 39));
    let found = trace(&desk, &views, &bare());
    assert_eq!(found.used[0].lead.silence, Some(Silence::Open));
    assert_eq!(found.used[0].frozen.silence, Some(Silence::Open));
    close(found.lead_paths[0][1], 0.0);
    close(found.k0[0][1], 0.0);
    // Customer 0 is open and gone: 39 are left, 9 of them a's; at the call 39 is open too, and at
    // the second's guard cut (its own call, of two) as well.
    close(Found::factors(&found.used[1].lead, 1.0)[0].0, 9.0 / 38.0);
    close(Found::factors(&found.used[1].frozen, 1.0)[0].0, 9.0 / 38.0);
}

#[test]
fn the_guards_cut_is_the_third_earliest_call() {
    let mut desk = desk(4, 40);
    desk.reports = (0..5).map(|n| call(CALL + n, n)).collect();
    desk.reports[3].called = Some(at(CALL - 20));
    desk.reports[4].called = Some(at(CALL - 40));
    let settings = bare();
    let case = Case::open(&desk, &blocks(4, 10), &settings);
    let cuts: Vec<_> = case
        .used
        .iter()
        .map(|used| (used.frozen.cuts.cut, used.frozen.cuts.guard))
        .collect();
    // The third earliest of five is the first's; the fourth and fifth have earlier calls of theirs.
    assert_eq!(
        cuts,
        [
            (at(CALL - 30), at(CALL)),
            (at(CALL - 30), at(CALL + 1)),
            (at(CALL - 30), at(CALL + 2)),
            (at(CALL - 50), at(CALL - 20)),
            (at(CALL - 70), at(CALL - 40)),
        ]
    );
    // A call before every third one: the guard's cut stays between.
    desk.reports[4].called = None;
    let case = Case::open(&desk, &blocks(4, 10), &settings);
    assert_eq!(case.used[4].frozen.cuts.guard, at(CALL + 1));
    assert!(case.used.iter().all(|used| {
        used.lead.cuts.cut == used.lead.cuts.guard && used.frozen.cuts.cut <= used.frozen.cuts.guard
    }));
}

#[test]
fn an_earlier_word_about_the_customer_or_the_household_moves_the_cut_of_its_report() {
    let mut desk = desk(4, 40);
    desk.reports = (0..4).map(|n| call(CALL + n, n)).collect();
    // Not believed, but it tells of customer 2 long before; so does one of a household.
    desk.reports[0].customer = Some(2);
    desk.reports[0].verified = false;
    desk.reports[0].called = Some(at(CALL - 60));
    desk.reports[1].customer = None;
    desk.reports[1].household = Some(5);
    desk.reports[1].called = Some(at(CALL - 80));
    desk.reports[3].household = Some(5);
    let settings = bare();
    let case = Case::open(&desk, &blocks(4, 10), &settings);
    let cuts: Vec<Second> = case.used.iter().map(|used| used.frozen.cuts.cut).collect();
    assert_eq!(cuts, [at(CALL - 60), at(CALL - 80)]);
    // The near-identical sets go by t₀ − L all the same.
    assert_eq!(case.first_freeze, Some(at(CALL - 28)));
}

#[test]
fn a_record_that_nobody_had_seen_says_nothing() {
    let mut desk = desk(4, 41);
    desk.reports = vec![call(CALL, 40)];
    let found = trace(&desk, &blocks(4, 10), &bare());
    assert_eq!(found.used[0].lead.silence, Some(Silence::Unseen));
    assert!(found.leads[0].is_none());
    assert!(found.lead_items.is_empty());
}

#[test]
fn an_earlier_call_moves_the_cut_of_later_reports_only() {
    let mut desk = desk(4, 40);
    desk.reports = vec![call(CALL, 0), call(CALL + 5, 1), call(CALL + 6, 2)];
    // Solicited: it counts for nothing but the earliest call.
    desk.reports[1].called = Some(at(CALL - 20));
    desk.reports[1].solicited = true;
    let settings = bare();
    let case = Case::open(&desk, &blocks(4, 10), &settings);
    let cuts: Vec<Second> = case.used.iter().map(|used| used.frozen.cuts.cut).collect();
    assert_eq!(cuts, [at(CALL - 30), at(CALL - 50)]);
    assert_eq!(case.first_freeze, Some(at(CALL - 30)));
    // Unverified: not even that.
    desk.reports[1].verified = false;
    let case = Case::open(&desk, &blocks(4, 10), &settings);
    assert_eq!(case.used[1].frozen.cuts.cut, at(CALL - 30));
}

#[test]
fn the_second_opinions_by_hand() {
    // Customer 0, then customer 1: a saw both, q = 1/5 and 7/39.
    let mut desk = desk(5, 40);
    desk.reports = vec![call(CALL, 0), call(CALL + 1, 1)];
    let settings = bare();
    let case = Case::open(&desk, &blocks(5, 8), &settings);
    // g = 5 and 39/7. Nobody else has a hit, so the largest of the others is nobody's: ln 1 = 0.
    let numerator: f64 = (1..=9)
        .map(|tenth| f64::from(tenth) / 10.0)
        .map(|e| (1.0 + 4.0 * e) * (1.0 + 32.0 / 7.0 * e))
        .sum();
    close(single(&case, 0), (numerator / 9.0).ln());
    close(ring(&case, 0), (numerator / 9.0).ln());
    // For the second, a is the other: sup at ε = 1, 5 · 39/7. Numerator: mean of (1 − ε)² = 2.85/9.
    let second = (2.85_f64 / 9.0).ln() - (5.0_f64 * 39.0 / 7.0).ln();
    close(single(&case, 1), second);
    // The best mixture is a alone, and no other gain is over 1.
    assert!((ring(&case, 1) - second).abs() < 1e-6);
}

#[test]
fn the_best_share_of_one_source_is_found_by_halving() {
    // Two hits of g = 4 and two misses: 3 · 2 / (1 + 3ε) = 2 / (1 − ε), so ε = 1/3.
    close(
        largest(&[4.0, 4.0, 0.0, 0.0]),
        2.0 * 2.0_f64.ln() + 2.0 * (2.0_f64 / 3.0).ln(),
    );
    close(largest(&[0.0, 0.5]), 0.0);
    close(largest(&[2.0, 3.0]), 6.0_f64.ln());
}

#[test]
fn weeks_begin_on_monday() {
    // 3 January 2000 was a Monday, 2 January a Sunday.
    assert_eq!(monday_of(Second(2 * 86_400)), 2 * 86_400);
    assert_eq!(monday_of(Second(9 * 86_400 - 1)), 2 * 86_400);
    assert_eq!(monday_of(Second(2 * 86_400 - 1)), -5 * 86_400);
}

#[test]
fn a_list_made_before_the_views_explains_nothing() {
    // Day 1,000 is a Friday (1,000 mod 7 = 6; Monday is 2), so its week began on day 996.
    let mut desk = desk(4, 40);
    desk.reports = vec![call(CALL, 0)];
    let settings = bare();
    let case = Case::open(&desk, &blocks(4, 10), &settings);
    let weeks = sale_weeks(&case, 0);
    assert_eq!(weeks[0].0, 996 * 86_400);
    // 996, 1,003, … 1,094: the call is on day 1,100, a Saturday.
    assert_eq!(weeks.len(), 15);
    assert_eq!(weeks[14].0, 1_094 * 86_400);
    // Evidence 1 in the first week and 2.5 in the fourteen others: 1/36 and 2.5/36.
    close(weeks[0].1, 1.0 / 36.0);
    close(weeks[1].1, 2.5 / 36.0);
    close(weeks.iter().map(|week| week.1).sum(), 1.0);
    assert_eq!(at(SEEN).date(), "2002-09-27");
}

//! §5, §6 and the copies by hand.

use countersign_core::desk::{Column, Export, ExportRows, NONE, View};
use countersign_core::time::Second;

use super::super::evidence::Bet;
use super::super::items::Log;
use super::super::{Case, Item, mixed_world, trace};
use super::{CALL, SEEN, at, bare, blocks, call, close, desk, look};

#[track_caller]
fn staked(bet: Bet, hit: bool, q: f64) {
    match bet {
        Bet::Staked {
            hit: h, q: found, ..
        } => {
            assert_eq!(h, hit);
            close(found, q);
        }
        Bet::Nothing => panic!("the report should say something"),
    }
}

/// 80 customers, each seen by two persons: a (0) saw 0..20, b (1) 10..50, c (2) 0..10 and 20..80,
/// d (3) the rest of the second looks (50..80).
fn shared() -> (
    countersign_core::desk::Desk,
    Vec<countersign_core::desk::View>,
) {
    let mut views = Vec::new();
    for (account, customers) in [
        (0, 0..20),
        (1, 10..50),
        (2, 0..10),
        (2, 20..80),
        (3, 50..80),
    ] {
        views.extend(customers.map(|customer| look(SEEN, account, customer)));
    }
    (desk(4, 80), views)
}

#[test]
fn the_outside_guard_keeps_only_what_no_colleague_could_have_sold() {
    let (mut desk, views) = shared();
    desk.reports = vec![call(CALL, 0), call(CALL + 1, 10)];
    let settings = bare();
    let case = Case::open(&desk, &views, &settings);
    let first = &case.used[0].frozen;
    assert_eq!(first.items.len(), 80);
    // Customer 0: a and c. No guard: 20/80. Against b: 0..10 of the 40 not in 10..50.
    staked(first.outside(&[0], &[]), true, 0.25);
    staked(first.outside(&[0], &[1]), true, 10.0 / 40.0);
    assert_eq!(first.outside(&[0], &[2]), Bet::Nothing);
    // Against b and d: 0..10 is all that is left.
    staked(first.outside(&[0], &[1, 3]), true, 1.0);
    // b itself missed it: 40/80, and against d 40 of 50.
    staked(first.outside(&[1], &[3]), false, 40.0 / 50.0);
    // Customer 10, after 0 is gone: a and b. Against c: 10..20 of 10..20 is everything.
    let second = &case.used[1].frozen;
    staked(second.outside(&[0], &[]), true, 19.0 / 79.0);
    staked(second.outside(&[0], &[2]), true, 1.0);
    assert_eq!(second.outside(&[0], &[1]), Bet::Nothing);
    // A set is the union: a and b saw 0..50.
    staked(first.outside(&[0, 1], &[]), true, 50.0 / 80.0);
    staked(first.outside(&[0, 1], &[3]), true, 1.0);
}

#[test]
fn the_conditional_guard_compares_on_the_colleagues_side() {
    let (mut desk, views) = shared();
    desk.reports = vec![call(CALL, 10), call(CALL + 1, 0)];
    let settings = bare();
    let case = Case::open(&desk, &views, &settings);
    // Customer 10 is b's: among 10..50 a saw 10..20.
    staked(case.used[0].lead.conditional(0, 1), true, 10.0 / 40.0);
    // Customer 0 is not: among 0..10 and 50..80 a saw 0..10.
    staked(case.used[1].lead.conditional(0, 1), true, 10.0 / 40.0);
    // c saw 0 and not 10: a saw 10 of c's 70, and all ten that c did not see.
    staked(case.used[0].lead.conditional(0, 2), true, 1.0);
    // (10 is gone, but not c's: c's 70 are all left.)
    staked(case.used[1].lead.conditional(0, 2), true, 10.0 / 70.0);
}

#[test]
fn the_smallest_over_one_and_over_two_colleagues_by_hand() {
    // Five of 8 each; a's first customer called. No b shares it, so a guard only makes q rise:
    // none 8/40; one 8/32; two 8/24. Q stays 1/5. At Γ = 1:
    //   hit = (ε + (1−ε)/5) / (ε q + (1−ε)/5) = (1 + 4ε) / (1 + (5q − 1) ε).
    let mut desk = desk(5, 40);
    desk.reports = vec![call(CALL, 0)];
    let settings = bare();
    let case = Case::open(&desk, &blocks(5, 8), &settings);
    let mean = |q: f64| {
        let tenths = (1..=9).map(|tenth| f64::from(tenth) / 10.0);
        let sum: f64 = tenths
            .map(|e| (1.0 + 4.0 * e) / (1.0 + (5.0 * q - 1.0) * e))
            .sum();
        (sum / 9.0).ln()
    };
    close(case.k0(&[0], 1.0, 0, 1), mean(0.2));
    let (k1, against) = case.k1(&[0], 1.0, 0, 1).unwrap();
    close(k1, mean(0.25));
    assert_eq!(against, 1);
    let (k2, against) = case.k2(&[0], 1.0, 0, 1).unwrap();
    close(k2, mean(1.0 / 3.0));
    assert_eq!(against, [1, 2]);
}

#[test]
fn the_lower_end_for_pairs_holds_once_colleagues_that_saw_the_item_are_counted() {
    // The text: q against {b, c} is at most |A_a ∩ s \ A_b| / (|s \ A_b| − max_c |A_c ∩ s \ A_b|),
    // and e falls in q. A c that saw v has no q: there e is 1, less than a hit's lower end.
    let (desk, views) = mixed_world(6);
    let settings = bare();
    let case = Case::open(&desk, &views, &settings);
    let mut below_the_text = 0;
    let a = 15;
    for used in case.used.iter() {
        let asked = &used.frozen;
        for b in case.others(&[a]) {
            if asked.silence.is_some() || asked.guards[b][asked.place] {
                continue;
            }
            let left: Vec<usize> = (0..asked.items.len())
                .filter(|&i| !asked.guards[b][i])
                .collect();
            let exposure = |h: usize| {
                if h == a {
                    &asked.saw[h]
                } else {
                    &asked.guards[h]
                }
            };
            let of = |h: usize| left.iter().filter(|&&i| exposure(h)[i]).count() as f64;
            let thirds: Vec<usize> = case.others(&[a, b]);
            let most = thirds.iter().map(|&c| of(c)).fold(0.0, f64::max);
            let q = (of(a) / (left.len() as f64 - most)).min(1.0);
            // The formula itself, also at 1: a miss at q = 1 must not become 0.
            let kept = 0.5 * asked.share(&[a]);
            let hit = asked.saw[a][asked.place];
            let above = if hit { 0.5 + kept } else { kept };
            let written = if q > 0.0 {
                (above / (0.5 * q + kept)).ln()
            } else {
                0.0
            };
            for c in thirds {
                let exact = asked.outside(&[a], &[b, c]).ln_factor(0.5, 1.0);
                let saw = asked.guards[c][asked.place];
                let lower = if saw { written.min(0.0) } else { written };
                assert!(exact >= lower - 1e-12, "{exact} {lower}");
                below_the_text += usize::from(exact < written - 1e-12);
            }
        }
    }
    assert!(below_the_text > 0);
}

#[test]
fn a_universal_viewer_is_in_no_guard_and_tested_on_no_level() {
    // Five of 10 each: a fifth is not over a fifth. The sixth saw 11 of the 50.
    let mut desk = desk(6, 50);
    let mut views = blocks(5, 10);
    views.extend((0..11).map(|customer| look(SEEN, 5, customer)));
    // What comes after the first frozen cut, or on its day, makes nobody universal.
    desk.reports = vec![call(CALL, 0)];
    views.extend((0..30).map(|customer| look(CALL, 0, customer)));
    views.extend((0..30).map(|customer| View {
        second: Second(at(CALL - 30).0 - 1_800),
        ..look(0, 1, customer)
    }));
    let settings = bare();
    let case = Case::open(&desk, &views, &settings);
    assert_eq!(case.universal.keys().copied().collect::<Vec<_>>(), [5]);
    close(case.universal[&5], 0.22);
    assert_eq!(case.others(&[0]), [1, 2, 3, 4]);
    // No report: the whole log.
    desk.reports.clear();
    let case = Case::open(&desk, &views, &settings);
    assert_eq!(
        case.universal.keys().copied().collect::<Vec<_>>(),
        [0, 1, 5]
    );
}

#[test]
fn a_team_with_a_universal_viewer_is_not_tested_and_still_counts() {
    let mut desk = desk(7, 50);
    for account in desk.accounts.iter_mut().take(6) {
        account.team = Some("evening".to_owned());
    }
    desk.accounts[6].team = Some("one person".to_owned());
    let mut views = blocks(5, 10);
    let found = trace(&desk, &views, &bare());
    assert_eq!(found.teams.len(), 1);
    views.extend((0..11).map(|customer| look(SEEN, 5, customer)));
    let found = trace(&desk, &views, &bare());
    assert!(found.teams.is_empty());
    // Two names and a tenth, rounded up.
    assert_eq!(found.levels[4].holders, 3);
}

#[test]
fn colleagues_are_guarded_by_what_they_saw_until_the_guards_cut() {
    let mut desk = desk(4, 40);
    let mut views = blocks(4, 10);
    // After the frozen cut, before the call.
    views.push(look(CALL - 10, 1, 0));
    desk.reports = vec![call(CALL, 0)];
    let settings = bare();
    let case = Case::open(&desk, &views, &settings);
    let frozen = &case.used[0].frozen;
    assert!(!frozen.saw[1][0]);
    staked(frozen.outside(&[1], &[]), false, 10.0 / 40.0);
    assert_eq!(frozen.outside(&[0], &[1]), Bet::Nothing);
}

#[test]
fn who_made_a_copy_is_one_colleague_with_it() {
    let mut desk = desk(8, 40);
    let made = |day: u32, customers: std::ops::Range<u32>| Export {
        name: format!("{day}"),
        second: at(day),
        account: Some(1),
        rows: ExportRows::Listed {
            customers: customers.collect(),
            tickets: Vec::new(),
        },
    };
    // The second is made in the second of the guard's cut: too late.
    desk.exports = vec![made(SEEN, 0..2), made(CALL, 2..4)];
    desk.reports = vec![call(CALL, 3)];
    let settings = bare();
    let case = Case::open(&desk, &blocks(8, 5), &settings);
    let frozen = &case.used[0].frozen;
    staked(frozen.outside(&[0], &[1]), true, 3.0 / 33.0);
    staked(case.used[0].lead.conditional(0, 1), true, 3.0 / 33.0);
    // As the one tested the maker has its own views only.
    staked(frozen.outside(&[1], &[]), false, 5.0 / 40.0);
    // The copy is guarded against all but its maker; the maker against the copy too.
    assert_eq!(case.others(&[8]), [0, 2, 3, 4, 5, 6, 7, 9]);
    assert_eq!(case.others(&[1]), [0, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn a_filter_on_customers_holds_their_tickets_and_all_holds_orphans_too() {
    let mut desk = desk(1, 3);
    desk.customers.columns = vec![Column {
        codes: vec![1, 2],
        ..Column::default()
    }];
    desk.tickets.customer = vec![0, 1, NONE];
    let export = |rows| Export {
        name: String::new(),
        second: at(SEEN),
        account: None,
        rows,
    };
    desk.exports = vec![
        export(ExportRows::Where { column: 0, code: 1 }),
        // A missing code is a code as well, but not a missing customer's.
        export(ExportRows::Where { column: 0, code: 0 }),
        export(ExportRows::All),
    ];
    let log = Log::new(&desk, &[]);
    let rows: Vec<Vec<Item>> = (0..3)
        .map(|copy| log.copies[copy].1.iter().copied().collect())
        .collect();
    assert_eq!(rows[0], [Item::Customer(0), Item::Ticket(0)]);
    assert_eq!(rows[1], [Item::Customer(2)]);
    assert_eq!(rows[2].len(), 6);
}

#[test]
fn a_copy_has_its_rows_from_when_it_was_made() {
    let mut desk = desk(8, 82);
    let export = |name: &str, day: u32, rows| Export {
        name: name.to_owned(),
        second: super::at(day),
        account: None,
        rows,
    };
    let listed = |customers: std::ops::Range<u32>| ExportRows::Listed {
        customers: customers.collect(),
        tickets: Vec::new(),
    };
    desk.customers.columns = vec![Column {
        codes: vec![1; 82],
        ..Column::default()
    }];
    desk.exports = vec![
        export("early", SEEN, listed(0..8)),
        // Between the frozen cut and the call.
        export("late", CALL - 1, listed(0..4)),
        export("all", SEEN, ExportRows::All),
        export("filtered", SEEN, ExportRows::Where { column: 0, code: 1 }),
    ];
    desk.reports = vec![call(CALL, 0)];
    let settings = bare();
    let case = Case::open(&desk, &blocks(8, 10), &settings);
    let used = &case.used[0];
    // Rows 8 and up are the copies. 80 were seen; 81 and 82 never, in another stratum.
    staked(used.lead.outside(&[8], &[]), true, 8.0 / 80.0);
    staked(used.lead.outside(&[9], &[]), true, 4.0 / 80.0);
    staked(used.frozen.outside(&[9], &[]), false, 0.0);
    staked(used.lead.outside(&[10], &[]), true, 1.0);
    // Its share is of the customers that persons saw.
    close(used.frozen.share(&[8]), 8.0 / 80.0);
    close(used.frozen.share(&[0]), 10.0 / 80.0);
    // A copy guards like a colleague, and is no person: "seen" stays 1.
    assert_eq!(used.frozen.outside(&[0], &[8]), Bet::Nothing);
    assert_eq!(used.frozen.items.len(), 80);
    // The whole base is universal; a tenth and a twentieth are not.
    assert_eq!(case.universal.keys().copied().collect::<Vec<_>>(), [10, 11]);
    assert_eq!(case.log.copies[3].1.len(), 82);
}

#[test]
fn a_customer_seen_in_a_copy_only_is_in_a_stratum_of_such() {
    let mut desk = desk(4, 43);
    desk.exports = vec![Export {
        name: "list".to_owned(),
        second: super::at(SEEN),
        account: None,
        rows: ExportRows::Listed {
            customers: vec![40, 41],
            tickets: Vec::new(),
        },
    }];
    desk.reports = vec![call(CALL, 40)];
    let found = trace(&desk, &blocks(4, 10), &bare());
    let lead = &found.used[0].lead;
    // 42 was seen by nobody and is in no stratum.
    assert_eq!(lead.items, [Item::Customer(40), Item::Customer(41)]);
    staked(lead.outside(&[4], &[]), true, 1.0);
    staked(lead.outside(&[0], &[]), false, 0.0);
}

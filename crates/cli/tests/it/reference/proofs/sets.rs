//! Sets, teams, sites, vendors and copies as holders.

use countersign_core::desk::{Desk, Export, ExportRows, View};
use countersign_core::verdict::LevelKind;

use super::super::levels::first_six;
use super::super::{Case, Settings, trace};
use super::{CALL, SEEN, bare, blocks, call, desk, look};

/// α 0.05, one colleague, nothing struck.
fn open() -> Settings {
    Settings {
        alpha: 0.05,
        ..bare()
    }
}

/// Eleven blocks of 40; the first two logins look at everything of block 0.
fn twins(different: u32) -> (Desk, Vec<View>) {
    let mut views: Vec<View> = blocks(11, 40)
        .into_iter()
        .map(|view| View {
            // Account 1 is the twin; block b belongs to account b + 1, block 0 to account 0.
            account: if view.account == 0 {
                0
            } else {
                view.account + 1
            },
            ..view
        })
        .collect();
    views.extend((different..40).map(|customer| look(SEEN, 1, customer)));
    // A second look by a neighbour at everything else, so that all were seen by two.
    views.extend((40..440).map(|customer| look(SEEN, 2 + (customer / 40) % 10, customer)));
    (desk(12, 440), views)
}

#[test]
fn two_that_saw_nine_tenths_of_the_same_are_near_identical() {
    let settings = open();
    for (different, near) in [(4, true), (5, false)] {
        // 36 of 40 is exactly nine tenths, 35 of 40 is less.
        let (mut desk, views) = twins(different);
        desk.reports = vec![call(CALL, 39)];
        let found = trace(&desk, &views, &settings);
        let around = found.near_identical.get(&0).map(Vec::as_slice);
        assert_eq!(around, near.then_some(&[0, 1][..]));
    }
}

#[test]
fn twins_are_claimed_together_and_never_alone() {
    let (mut desk, views) = twins(0);
    desk.reports = (0..12).map(|n| call(CALL + n, n)).collect();
    let found = trace(&desk, &views, &open());
    let claims: Vec<_> = found
        .claims
        .iter()
        .map(|claim| (claim.level, claim.members.as_slice()))
        .collect();
    // The near-identical level has N holders, pairs N (N − 1) / 2: it passes first or with them.
    assert!(claims.contains(&(LevelKind::NearIdentical, &[0, 1][..])));
    assert!(claims.iter().all(|(_, members)| *members == [0, 1]));
    // Against the twin everything of one is explained.
    assert!(
        found.naming[&0]
            .iter()
            .all(|point| point.k1 == Some((0.0, 1)))
    );
}

#[test]
fn the_first_six_are_by_evidence_against_nobody_then_by_number() {
    let mut desk = desk(12, 480);
    desk.reports = vec![
        call(CALL, 7 * 40),
        call(CALL + 1, 9 * 40),
        call(CALL + 2, 7 * 40 + 1),
    ];
    let settings = open();
    let case = Case::open(&desk, &blocks(12, 40), &settings);
    // Before the first report all are level.
    assert_eq!(first_six(&case, 0), [0, 1, 2, 3, 4, 5]);
    // After it: 7 has a hit, the others a miss at the same share.
    assert_eq!(first_six(&case, 1), [7, 0, 1, 2, 3, 4]);
    assert_eq!(first_six(&case, 3)[..2], [7, 9]);
}

#[test]
fn a_team_that_sold_is_claimed_as_a_team() {
    // 30 blocks of 40; persons 0..5 are a team, and their customers are called in turn.
    let mut desk = desk(30, 1_200);
    for account in desk.accounts.iter_mut().take(5) {
        account.team = Some("evening".to_owned());
    }
    desk.reports = (0..20)
        .map(|n| call(CALL + n, n % 5 * 40 + n / 5))
        .collect();
    let found = trace(&desk, &blocks(30, 40), &open());
    let claim = &found.claims[0];
    assert_eq!(claim.level, LevelKind::Team);
    assert_eq!(claim.group.as_deref(), Some("evening"));
    assert_eq!(claim.members, [0, 1, 2, 3, 4]);
}

#[test]
fn a_team_is_not_claimed_once_a_member_is_named() {
    let mut desk = desk(30, 1_200);
    for account in desk.accounts.iter_mut().take(5) {
        account.team = Some("evening".to_owned());
    }
    desk.reports = (0..20).map(|n| call(CALL + n, n)).collect();
    let found = trace(&desk, &blocks(30, 40), &open());
    // The person's bound is passed before the team's: 5/30 pays less a hit than 1/30.
    let levels: Vec<_> = found.claims.iter().map(|claim| claim.level).collect();
    assert_eq!(levels, [LevelKind::Person]);
}

#[test]
fn three_that_sold_in_turn_are_claimed_as_a_triple() {
    let mut desk = desk(30, 1_200);
    desk.reports = (0..12)
        .map(|n| call(CALL + n, n % 3 * 40 + n / 3))
        .collect();
    let found = trace(&desk, &blocks(30, 40), &open());
    // Ten times the odds a report against the triple; a pair has ten times less, and misses.
    let claim = &found.claims[0];
    assert_eq!(
        (claim.level, claim.members.as_slice()),
        (LevelKind::Triple, &[0, 1, 2][..])
    );
}

#[test]
fn a_list_that_left_is_claimed_as_a_copy() {
    // Every tenth customer of 480, across all blocks.
    let mut desk = desk(12, 480);
    desk.exports = vec![Export {
        name: "mailing".to_owned(),
        second: super::at(SEEN),
        account: None,
        rows: ExportRows::Listed {
            customers: (0..480).step_by(10).collect(),
            tickets: Vec::new(),
        },
    }];
    desk.reports = (0..16).map(|n| call(CALL + n, n * 30)).collect();
    let found = trace(&desk, &blocks(12, 40), &open());
    let claim = &found.claims[0];
    assert_eq!(
        (claim.level, claim.members.as_slice()),
        (LevelKind::Copy, &[12][..])
    );
    assert_eq!(claim.group.as_deref(), Some("mailing"));
    assert!(found.naming.is_empty());
}

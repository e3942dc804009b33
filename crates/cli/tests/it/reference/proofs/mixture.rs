//! The generator: the worlds are the same every time and hold every feature.

use std::collections::BTreeSet;

use countersign_core::report::Quoted;
use countersign_core::verdict::LevelKind;

use super::super::{Item, Settings, Silence, mixed_world, trace};

#[test]
fn a_seed_gives_the_same_world_twice_and_another_seed_another() {
    assert_eq!(mixed_world(3), mixed_world(3));
    assert_ne!(mixed_world(3).1, mixed_world(4).1);
}

#[test]
fn the_order_in_which_views_are_read_does_not_matter() {
    let (desk, mut views) = mixed_world(6);
    let settings = Settings::default();
    let found = trace(&desk, &views, &settings);
    views.reverse();
    assert_eq!(trace(&desk, &views, &settings), found);
}

#[test]
fn the_worlds_hold_nearly_every_level_silence_and_fate() {
    let mut levels = BTreeSet::new();
    let mut silences = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let seeds = [0, 1, 2, 3, 7, 9, 12, 18, 20, 24, 28, 44].map(|seed| (seed, 0));
    for (seed, strike) in seeds.into_iter().chain([(2, 1), (5, 1)]) {
        let (desk, views) = mixed_world(seed);
        let settings = Settings {
            alpha: 0.5,
            colluders: u8::from(seed % 5 == 4) + 1,
            gamma: if seed % 2 == 0 { 1.0 } else { 1.5 },
            strike,
            ..Settings::default()
        };
        let found = trace(&desk, &views, &settings);
        assert!((15..=25).contains(&desk.reports.len()));
        assert!(
            found
                .lead_paths
                .iter()
                .flatten()
                .all(|ln_e| ln_e.is_finite())
        );
        levels.extend(found.claims.iter().map(|claim| claim.level));
        for used in &found.used {
            for asked in [&used.lead, &used.frozen] {
                silences.extend(asked.silence.map(|silence| silence as u8));
                let ticket = matches!(asked.item, Item::Ticket(_));
                seen.insert(if ticket { "ticket" } else { "customer" });
            }
            if used.lead.item != used.frozen.item {
                seen.insert("a ticket not yet seen at the frozen cut");
            }
        }
        let quoted = desk.reports.iter().map(|report| report.quoted);
        let mut before = BTreeSet::new();
        for quoted in quoted {
            if let Quoted::Ticket(row) = quoted
                && !before.insert(row)
            {
                seen.insert("the same ticket twice");
            }
        }
        for view in &views {
            if desk
                .reports
                .iter()
                .any(|report| report.call() == view.second)
            {
                seen.insert("a view in the second of a call");
            }
        }
        let calls: Vec<_> = desk.reports.iter().map(|report| report.call()).collect();
        if !calls.is_sorted() {
            seen.insert("an earlier call later in order");
        }
    }
    let all = [
        LevelKind::Person,
        LevelKind::Pair,
        LevelKind::NearIdentical,
        LevelKind::Team,
        LevelKind::Site,
        LevelKind::Copy,
    ];
    assert_eq!(levels, BTreeSet::from(all));
    let all = [Silence::Open, Silence::Unseen, Silence::Gone].map(|silence| silence as u8);
    assert_eq!(silences, BTreeSet::from(all));
    assert_eq!(seen.len(), 6, "{seen:?}");
}

//! The trace of `core` against the slow reference, figure by figure, over mixed worlds.

mod compared;
mod going_on;
mod properties;
mod worlds;

use std::collections::BTreeMap;

use countersign_core::desk::{Desk, View};
use countersign_core::holder::Holders;
use countersign_core::trace::document::{Context, document};
use countersign_core::trace::exposure::Exposures;
use countersign_core::trace::index::{Sweep, build_in_memory};
use countersign_core::trace::{Depth, Gathered, Outcome, Settings, gather, judge};
use countersign_core::verdict::{Coverage, LevelKind, Verdict, Views};
use rayon::prelude::*;

use super::reference::{self, Case};
use compared::{Tally, compare};
use worlds::{World, in_turn, odd, plain, twins_that_part};

/// Mixed worlds compared as they are.
const SEEDS: u64 = 48;
/// Worlds compared beside them, each odd in its own way.
const ODD: u64 = 20;

/// Everything that the fast one says.
struct Fast {
    holders: Holders,
    gathered: Gathered,
    outcome: Outcome,
    verdict: Verdict,
}

/// Every person in the ranking, so that every person's figures can be compared.
const ALL: usize = 1_000;

fn fast(desk: &Desk, views: &[View], settings: &Settings) -> Fast {
    let holders = Holders::of(desk);
    let index = build_in_memory(desk, &holders, views);
    let sweep = Sweep::new(index.index(), desk);
    let gathered = gather(desk, &sweep, settings.freeze_days);
    let (outcome, verdict) = said(desk, &holders, &sweep, &gathered, settings);
    Fast {
        holders,
        gathered,
        outcome,
        verdict,
    }
}

/// What is said of gathered facts.
fn said(
    desk: &Desk,
    holders: &Holders,
    log: &dyn Exposures,
    gathered: &Gathered,
    settings: &Settings,
) -> (Outcome, Verdict) {
    let outcome = judge(holders, log, gathered, settings, Depth::Full);
    let names: Vec<String> = (0..holders.len()).map(|n| n.to_string()).collect();
    let context = Context {
        desk,
        holders,
        names: &names,
        run: 1,
        views: Views::Views,
        exploratory: false,
        rejected_reports: 0,
        coverage: Coverage::default(),
        inputs: Vec::new(),
        work: None,
        recompute: String::new(),
    };
    let verdict = document(&context, log, gathered, &outcome, settings);
    (outcome, verdict)
}

/// (α, Γ, strikes) of each comparison; the last is no promise, only more claims to compare.
const SETTINGS: [(f64, f64, u32); 4] =
    [(0.5, 1.0, 0), (0.5, 1.5, 1), (0.05, 1.5, 2), (40.0, 1.5, 1)];

fn settings(alpha: f64, gamma: f64, strike: u32, colluders: u8) -> Settings {
    Settings {
        alpha,
        gamma,
        strike,
        colluders,
        top: ALL,
        ..Settings::default()
    }
}

fn of_reference(settings: &Settings) -> reference::Settings {
    reference::Settings {
        alpha: settings.alpha,
        colluders: settings.colluders,
        gamma: settings.gamma,
        strike: usize::try_from(settings.strike).expect("small"),
        freeze_days: settings.freeze_days,
        version: settings.version,
    }
}

fn compare_world(world: &World) -> Tally {
    let mut tally = Tally::default();
    let (desk, views) = (&world.desk, &world.views);
    let with = |(alpha, gamma, strike), colluders| Settings {
        freeze_days: world.freeze_days,
        ..settings(alpha, gamma, strike, colluders)
    };
    let case = Case::open(desk, views, &of_reference(&with(SETTINGS[0], 1)));
    for rule in SETTINGS {
        for colluders in 1..=world.colluders {
            let settings = with(rule, colluders);
            let case = case.with(&of_reference(&settings));
            let slow = reference::trace_case(&case);
            tally.at(format!("{}, {rule:?} {colluders}", world.name));
            compare(&fast(desk, views, &settings), &case, &slow, &mut tally);
        }
    }
    tally
}

#[test]
fn the_fast_one_and_the_slow_one_say_the_same_of_every_mixed_world() {
    let seeds = (0..SEEDS).map(plain).chain((0..ODD).map(odd));
    let worlds: Vec<World> = seeds.chain([in_turn(2), in_turn(3)]).collect();
    let tallies: Vec<Tally> = worlds.par_iter().map(compare_world).collect();
    let figures: u64 = tallies.iter().map(|tally| tally.figures).sum();
    let mut claims: BTreeMap<LevelKind, u64> = BTreeMap::new();
    let (mut found, mut bounded) = (0, 0);
    for tally in &tallies {
        for (&level, many) in &tally.claims {
            *claims.entry(level).or_default() += many;
        }
        found += tally.k2.0;
        bounded += tally.k2.1;
    }
    let different: Vec<String> = tallies.into_iter().flat_map(|t| t.different).collect();
    assert!(
        different.is_empty(),
        "{} of {figures} differ:\n{}",
        different.len(),
        different[..different.len().min(60)].join("\n")
    );
    let seen = format!("{figures} figures, k2 {found} found and {bounded} bounded, {claims:?}");
    assert!(figures > 2_000_000, "{seen}");
    assert!(found > 1_000 && bounded > 100, "{seen}");
    assert_eq!(claims.len(), 7, "{seen}");
}

#[test]
fn near_identical_sets_go_by_the_freeze_and_not_by_an_early_word_of_the_first_caller() {
    let tally = compare_world(&twins_that_part());
    assert!(tally.different.is_empty(), "{}", tally.different.join("\n"));
    assert!(tally.claims.contains_key(&LevelKind::Pair));
    assert!(!tally.claims.contains_key(&LevelKind::NearIdentical));
}

//! A case that is judged again with what is known of it says what it says if nothing is known.

use countersign_core::holder::Holders;
use countersign_core::report::Report;
use countersign_core::trace::index::{Sweep, build_in_memory};
use countersign_core::trace::{Answers, Gathered, Settings, gather};
use countersign_core::verdict::Verdict;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::super::reference::mixed_world;
use super::{said, settings};

/// A list of reports after something was decided or came in.
fn changed(before: &[Report], all: &[Report], chance: &mut Pcg64) -> Vec<Report> {
    let mut reports = before.to_vec();
    let pick = |chance: &mut Pcg64, among: &[Report]| chance.random_range(0..among.len());
    match chance.random_range(0..8) {
        // One is left out, or counts again.
        0 if !reports.is_empty() => {
            let report = &mut reports[pick(chance, before)];
            report.excluded = match report.excluded {
                Some(_) => None,
                None => Some("decided by two".to_owned()),
            };
        }
        // A customer reports once more, at another time.
        1 if !reports.is_empty() => {
            let mut again = reports[pick(chance, before)].clone();
            again.id.push('+');
            again.called = again.called.map(|called| called.minus_days(3));
            reports.push(again);
        }
        // One is not what it was.
        2 if !reports.is_empty() => {
            let place = pick(chance, before);
            reports[place].called = Some(all[pick(chance, all)].call());
        }
        3 if !reports.is_empty() => drop(reports.remove(pick(chance, before))),
        4 => reports.shuffle(chance),
        // One or several come in.
        _ => {
            for _ in 0..chance.random_range(1..4) {
                reports.push(all[pick(chance, all)].clone());
            }
        }
    }
    reports
}

#[test]
fn a_case_that_goes_on_says_what_it_says_anew() {
    let named = (0..10_u64).into_par_iter().map(|seed| {
        let (mut desk, views) = mixed_world(seed);
        let all = std::mem::take(&mut desk.reports);
        let holders = Holders::of(&desk);
        let index = build_in_memory(&desk, &holders, &views);
        let mut chance = Pcg64::seed_from_u64(seed);
        let (answers, mut known) = (Answers::default(), Gathered::default());
        let (mut reports, mut named) = (Vec::new(), 0);
        for step in 0..40 {
            reports = changed(&reports, &all, &mut chance);
            desk.reports.clone_from(&reports);
            let settings = Settings {
                freeze_days: if step % 10 == 9 { 3 } else { 30 },
                ..settings(0.5, 1.5, 1, 1)
            };
            let sweep = Sweep::new(index.index(), &desk);
            let facts = gather(&desk, &sweep, settings.freeze_days);
            let anew = said(&desk, &holders, &sweep, &facts, &settings).1;
            let log = answers.of(&sweep);
            known = known.go_on(&desk, &log, settings.freeze_days);
            let gone_on = said(&desk, &holders, &log, &known, &settings).1;
            assert_eq!(known.uses, facts.uses);
            let json = |verdict: &Verdict| verdict.to_json().expect("a verdict is JSON");
            assert!(json(&gone_on) == json(&anew), "seed {seed}, step {step}");
            named += usize::from(!anew.named.is_empty());
        }
        named
    });
    assert!(named.sum::<usize>() > 20, "somebody is named now and then");
}

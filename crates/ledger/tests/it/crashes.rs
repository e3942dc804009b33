//! The log over a disk that fails at every operation of a run.
//!
//! What was answered stays, what was signed is continued, and what was not answered can be handed
//! in again: each event is in the log once.

use countersign_ledger::journal::FOLDER;
use countersign_ledger::log::Settings;

use crate::script::{Batches, MARKED, Promised, SETTINGS, batches, has_each_once, more, open_with};
use crate::simulated::{Fault, Simulated};

const BATCHES: usize = 40;

fn script() -> Batches {
    batches(BATCHES, 5)
}

/// Opens the log and hands batches in until one is refused.
fn run(disk: &Simulated, settings: Settings, batches: &Batches, promised: &mut Promised) {
    let Ok(mut log) = open_with(disk, settings) else {
        return;
    };
    promised.signed(&log);
    for callers in batches {
        if promised.append(&mut log, callers).is_some() {
            return;
        }
    }
}

/// Opens the log after a fault, checks what was promised, and hands the whole run in again.
fn goes_on(disk: &Simulated, settings: Settings, batches: &Batches, promised: &mut Promised) {
    let mut log = open_with(disk, settings).unwrap();
    promised.kept_by(&log);
    for callers in batches {
        let refused = promised.append(&mut log, callers);
        assert!(refused.is_none(), "{refused:?}");
    }
    promised.kept_by(&log);
    drop(log);
    has_each_once(disk, batches);
    let files = disk.files("");
    let journal = disk.files(FOLDER);
    let log = open_with(disk, settings).unwrap();
    promised.kept_by(&log);
    assert!(disk.files("") == files && disk.files(FOLDER) == journal);
}

/// Operations of a run in which nothing fails.
fn operations(settings: Settings, batches: &Batches) -> u64 {
    let disk = Simulated::new();
    let mut promised = Promised::default();
    run(&disk, settings, batches, &mut promised);
    let operations = disk.operations();
    let events = batches.iter().flatten().map(Vec::len).sum();
    assert_eq!(promised.answered.len(), events);
    assert!(disk.files(FOLDER).len() > 5, "several segments");
    assert!(events > 256, "more than one bundle");
    goes_on(&disk, settings, batches, &mut promised);
    operations
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing_that_was_answered() {
    power_cuts(SETTINGS);
}

#[test]
fn a_power_cut_at_any_operation_of_a_log_with_marks_loses_nothing_that_was_answered() {
    power_cuts(MARKED);
}

fn power_cuts(settings: Settings) {
    let batches = script();
    for at in 0..operations(settings, &batches) {
        for seed in 0..more(4, 40) {
            let seed = if seed < 2 { seed } else { seed + 100 * at };
            let disk = Simulated::new();
            disk.fail(&[Fault::Stop(at)]);
            let mut promised = Promised::default();
            run(&disk, settings, &batches, &mut promised);
            goes_on(
                &disk.after_power_cut(seed),
                settings,
                &batches,
                &mut promised,
            );
        }
    }
}

/// The second start may have signed what the first did not know to be durable.
#[test]
fn a_power_cut_after_the_program_was_killed_and_started_again_loses_nothing_that_was_signed() {
    power_cuts_after_kills(SETTINGS);
}

#[test]
fn a_power_cut_after_a_log_with_marks_was_killed_and_started_again_loses_nothing() {
    power_cuts_after_kills(MARKED);
}

fn power_cuts_after_kills(settings: Settings) {
    let batches = script();
    for at in 0..operations(settings, &batches) {
        for seed in 0..more(2, 20) {
            let seed = if seed < 1 { seed } else { seed + 100 * at };
            let disk = Simulated::new();
            disk.fail(&[Fault::Stop(at)]);
            let mut promised = Promised::default();
            run(&disk, settings, &batches, &mut promised);
            let disk = disk.after_kill();
            // Some batches more: they may stand in files whose names are not durable.
            let acked = promised.answered.len();
            let next = batches.iter().position(|callers| {
                let known = |event: &countersign_ledger::log::Append| {
                    promised.answered.contains_key(&event.leaf.id)
                };
                !callers.iter().flatten().all(known)
            });
            let next = next.unwrap_or(batches.len());
            let more = usize::try_from(at).unwrap() % 3;
            run(
                &disk,
                settings,
                &batches[next..(next + more).min(batches.len())].to_vec(),
                &mut promised,
            );
            assert!(promised.answered.len() >= acked);
            goes_on(
                &disk.after_power_cut(seed),
                settings,
                &batches,
                &mut promised,
            );
        }
    }
}

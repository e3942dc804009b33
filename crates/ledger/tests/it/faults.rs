//! A disk that is full, one that loses what it was given, and a journal that somebody changed.

use countersign_ledger::checkpoint::Checkpoint;
use countersign_ledger::journal::{AppendError, FOLDER, JournalError};
use countersign_ledger::log::{CHECKPOINT, Log, OpenError, Refused};

use crate::script::{Batches, Promised, batches, has_each_once, more, open, signer};
use crate::simulated::{Fault, Simulated};

fn script() -> Batches {
    batches(30, 6)
}

/// A run that is whole, and what it promised.
fn whole(batches: &Batches) -> (Simulated, Promised) {
    let disk = Simulated::new();
    let mut log = open(&disk).unwrap();
    let mut promised = Promised::default();
    for callers in batches {
        assert!(promised.append(&mut log, callers).is_none());
    }
    (disk, promised)
}

fn operations(batches: &Batches) -> u64 {
    let disk = Simulated::new();
    let mut log = open(&disk).unwrap();
    disk.fail(&[]);
    for callers in batches {
        log.append(callers, crate::script::NOW);
    }
    disk.operations()
}

/// Appends the batches one after the other, each until it is taken, at most so many times.
fn insist(log: &mut Log, batches: &Batches, promised: &mut Promised, times: u64) -> u64 {
    let mut refused = 0;
    for callers in batches {
        let mut left = times;
        while let Some(cause) = promised.append(log, callers) {
            let full = matches!(cause, Refused::Journal(AppendError::Full(_)));
            assert!(full, "{cause:?}");
            refused += 1;
            left = left.checked_sub(1).expect("room again, and still refused");
        }
    }
    refused
}

#[test]
fn a_full_disk_refuses_and_goes_on_by_itself_when_there_is_room_again() {
    let batches = script();
    let mut refused = 0;
    for at in 0..operations(&batches) {
        for operations in [1, 2, 7] {
            let disk = Simulated::new();
            let mut promised = Promised::default();
            let mut log = open(&disk).unwrap();
            promised.signed(&log);
            disk.fail(&[Fault::Full(at, at + operations)]);
            refused += insist(&mut log, &batches, &mut promised, 2 * operations);
            promised.kept_by(&log);
            drop(log);
            disk.fail(&[]);
            has_each_once(&disk, &batches);
            let cut = disk.after_power_cut(at);
            promised.kept_by(&open(&cut).unwrap());
            promised.kept_by(&open(&disk).unwrap());
        }
    }
    assert!(refused > 100);
}

/// What comes after a refusal is not always the same again: a smaller batch, or a larger.
#[test]
fn a_power_cut_after_the_disk_was_full_loses_nothing_that_was_answered() {
    let batches = script();
    for at in 0..operations(&batches) {
        for seed in 0..more(2, 20) {
            let disk = Simulated::new();
            let mut promised = Promised::default();
            let mut log = open(&disk).unwrap();
            let until = at + 1 + seed;
            disk.fail(&[Fault::Full(at, until), Fault::Stop(until + 1 + at % 7)]);
            // What is refused is left out, so that other events come next.
            for callers in &batches {
                promised.append(&mut log, callers);
            }
            for seed in [0, 1, at + 2] {
                let cut = disk.after_power_cut(seed);
                let mut log = open(&cut).unwrap();
                // Each of these futures has the same past, and signs its own roots.
                let mut promised = promised.clone();
                promised.kept_by(&log);
                insist(&mut log, &batches, &mut promised, 0);
                has_each_once(&cut, &batches);
            }
        }
    }
}

#[test]
fn a_sync_that_fails_stops_the_log_and_its_next_start_loses_nothing() {
    let batches = script();
    let mut stopped = 0;
    for at in 0..operations(&batches) {
        for seed in 0..more(2, 10) {
            let disk = Simulated::new();
            let mut promised = Promised::default();
            let mut log = open(&disk).unwrap();
            promised.signed(&log);
            disk.fail(&[Fault::Lost(at)]);
            let mut broken = None;
            for callers in &batches {
                let refused = promised.append(&mut log, callers);
                assert!(broken.is_none() || refused.is_some(), "it went on");
                broken = refused;
            }
            let Some(cause) = broken else {
                continue;
            };
            stopped += 1;
            let Refused::Journal(AppendError::Broken(cause)) = cause else {
                panic!("{cause:?}");
            };
            assert!(cause.contains("the disk lost"), "{cause}");
            promised.kept_by(&log);
            drop(log);
            let cut = disk.after_power_cut(seed + at);
            promised.clone().kept_by(&open(&cut).unwrap());
            // The next start sees what the system remembers, and not what the disk has.
            let next = disk.after_kill();
            let log = open(&next).unwrap();
            promised.kept_by(&log);
            drop(log);
            let cut = next.after_power_cut(seed + at);
            let mut log = open(&cut).unwrap();
            promised.kept_by(&log);
            insist(&mut log, &batches, &mut promised, 0);
            has_each_once(&cut, &batches);
        }
    }
    assert!(stopped > 30);
}

#[test]
fn a_start_whose_syncs_fail_is_refused_and_the_one_after_it_loses_nothing() {
    let batches = script();
    let half = batches[..12].to_vec();
    let (disk, _) = whole(&half);
    let before = disk.operations();
    drop(disk);
    for cut in before - 12..before {
        for last in 1..=12 {
            for seed in 0..more(2, 20) {
                let disk = Simulated::new();
                let mut promised = Promised::default();
                disk.fail(&[Fault::Stop(cut)]);
                if let Ok(mut log) = open(&disk) {
                    let all = half.iter();
                    let _ = all
                        .map(|callers| promised.append(&mut log, callers))
                        .count();
                }
                let disk = disk.after_power_cut(seed + cut);
                // What a start makes durable stands at its end.
                let trial = disk.after_kill();
                drop(open(&trial).unwrap());
                let at = trial.operations() - last;
                disk.fail(&[Fault::Lost(at)]);
                if let Ok(log) = open(&disk) {
                    promised.kept_by(&log);
                }
                let disk = disk.after_kill();
                let mut log = open(&disk).unwrap();
                promised.kept_by(&log);
                insist(&mut log, &batches, &mut promised, 0);
                drop(log);
                let disk = disk.after_power_cut(seed + at);
                promised.kept_by(&open(&disk).unwrap());
                has_each_once(&disk, &batches);
            }
        }
    }
}

/// A folder whose last batch a power cut tore, and what it promised before.
fn torn(batches: &Batches, seed: u64, blank: bool) -> (Simulated, Promised) {
    let disk = Simulated::new();
    let mut log = open(&disk).unwrap();
    let mut promised = Promised::default();
    assert!(promised.append(&mut log, &batches[0]).is_none());
    if blank {
        disk.put("journal/000001", &[0; 4096]);
    }
    disk.fail(&[Fault::Stop(0)]);
    assert!(promised.append(&mut log, &batches[1]).is_some());
    (disk.after_power_cut(seed), promised)
}

/// There was no room to make the name of the next segment durable, and a batch that was shorter
/// went into the one before it.
#[test]
fn a_torn_batch_before_a_segment_that_is_not_begun_is_set_aside() {
    let batches = script();
    for seed in 0..more(20, 200) {
        let (disk, mut promised) = torn(&batches, seed, true);
        let mut log = open(&disk).unwrap();
        promised.kept_by(&log);
        insist(&mut log, &batches, &mut promised, 0);
        has_each_once(&disk, &batches);
    }
}

/// Zeros that the disk lost are not seen by the start after it, and must not be left behind either.
#[test]
fn a_torn_batch_is_overwritten_again_when_the_first_time_was_lost() {
    let batches = script();
    for seed in 0..more(20, 200) {
        for at in 0..40 {
            let (disk, mut promised) = torn(&batches, seed, false);
            disk.fail(&[Fault::Lost(at)]);
            if let Ok(log) = open(&disk) {
                promised.kept_by(&log);
            }
            let disk = disk.after_kill();
            let mut log = open(&disk).unwrap();
            promised.kept_by(&log);
            // Longer than a segment: it goes into the next.
            assert!(promised.append(&mut log, &batches[5]).is_none());
            drop(log);
            for seed in [0, 1, seed] {
                let cut = disk.after_power_cut(seed);
                promised.kept_by(&open(&cut).unwrap());
            }
        }
    }
}

fn is_damaged(error: &OpenError) -> bool {
    matches!(error, OpenError::Journal(JournalError::Damaged { .. }))
}

#[test]
fn a_changed_bit_anywhere_in_the_journal_is_seen() {
    let batches = script();
    let (disk, promised) = whole(&batches);
    let mut seen = [0, 0];
    for (name, bytes) in disk.files(FOLDER) {
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        let step = usize::try_from(more(37, 3)).unwrap();
        for at in (0..used).step_by(step) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let disk = disk.after_kill();
            disk.put(&name, &changed);
            let before = disk.files(FOLDER);
            let error = open(&disk).map(|log| log.size()).unwrap_err();
            // The last batch reads as one that a crash cut off, and the checkpoint knows better.
            let behind = matches!(error, OpenError::Behind { .. });
            assert!(is_damaged(&error) || behind, "{name} {at}: {error}");
            seen[usize::from(behind)] += 1;
            assert!(disk.files(FOLDER) == before, "what was changed is left");
        }
    }
    assert!(seen[0] > 300 && seen[1] > 0, "{seen:?}");
    promised.clone().kept_by(&open(&disk).unwrap());
}

#[test]
fn a_journal_that_was_put_back_from_a_copy_is_refused() {
    let batches = script();
    let disk = Simulated::new();
    let mut log = open(&disk).unwrap();
    let mut promised = Promised::default();
    let mut copies = Vec::new();
    for callers in &batches {
        copies.push(disk.files(FOLDER));
        assert!(promised.append(&mut log, callers).is_none());
    }
    drop(log);
    for copy in copies {
        let disk = disk.after_kill();
        for name in disk.files(FOLDER).keys() {
            disk.take_away(name);
        }
        for (name, bytes) in &copy {
            disk.put(name, bytes);
        }
        let error = open(&disk).map(|log| log.size()).unwrap_err();
        assert!(matches!(error, OpenError::Behind { .. }), "{error}");
        assert!(disk.files(FOLDER) == copy, "it is left as it was found");
        // Without its own checkpoint it can't tell, and a note that is kept elsewhere can.
        disk.take_away(CHECKPOINT);
        let log = open(&disk).unwrap();
        let error = log
            .holds(promised.note.as_bytes(), "the anchor")
            .unwrap_err();
        assert!(error.to_string().contains("the anchor"), "{error}");
    }
}

#[test]
fn a_segment_that_is_cut_or_gone_is_seen() {
    let batches = script();
    let (disk, _) = whole(&batches);
    let files = disk.files(FOLDER);
    for (name, bytes) in &files {
        let gone = disk.after_kill();
        gone.take_away(name);
        assert!(open(&gone).is_err(), "{name}");
        for length in (0..bytes.len()).step_by(101) {
            if bytes[length..].iter().all(|byte| *byte == 0) {
                continue;
            }
            let cut = disk.after_kill();
            cut.put(name, &bytes[..length]);
            assert!(open(&cut).is_err(), "{name} {length}");
        }
    }
    for name in files.keys() {
        disk.take_away(name);
    }
    assert!(open(&disk).is_err());
}

#[test]
fn the_checkpoint_of_another_key_or_a_forged_one_is_refused() {
    let batches = script();
    let (disk, promised) = whole(&batches);
    let other = countersign_ledger::note::Kind::Log;
    let other = countersign_ledger::note::Signer::new("other.example", other, &[3; 32]).unwrap();
    let (mut signed, _) = Checkpoint::open(promised.note.as_bytes(), &signer().verifier()).unwrap();
    let by_other = signed.sign(&other).unwrap().to_string();
    let forged = promised
        .note
        .replacen("log.example/it", "log.example/is", 1);
    signed.root.0[0] ^= 1;
    let another_root = signed.sign(&signer()).unwrap().to_string();
    for note in [by_other, forged, another_root] {
        disk.put(CHECKPOINT, note.as_bytes());
        assert!(open(&disk).is_err(), "{note}");
    }
    // Torn by a power cut: made again.
    for torn in [&b""[..], &[0; 200], &promised.note.as_bytes()[..60]] {
        disk.put(CHECKPOINT, torn);
        let log = open(&disk).unwrap();
        assert_eq!(log.checkpoint().to_string(), promised.note);
    }
}

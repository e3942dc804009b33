//! A log that reads from its last mark on, and what happens to a mark.

use std::collections::BTreeMap;

use countersign_ledger::disk::Disk as _;
use countersign_ledger::journal::AppendError;
use countersign_ledger::leaf::{Leaf, event_id, old_event_id};
use countersign_ledger::log::{Append, Log, Refused};

use crate::script::{
    Batches, MARKED, NOW, Promised, SETTINGS, batches, has_each_once, more, open_with, signer,
};
use crate::simulated::{Fault, Simulated};

fn script() -> Batches {
    batches(30, 7)
}

fn whole(batches: &Batches) -> (Simulated, Promised) {
    let disk = Simulated::new();
    let mut log = open_with(&disk, MARKED).unwrap();
    let mut promised = Promised::default();
    for callers in batches {
        assert!(promised.append(&mut log, callers).is_none());
    }
    (disk, promised)
}

/// How many entries a start reads from the journal.
fn read(disk: &Simulated) -> (Log, u64) {
    let mut read = 0;
    let log = Log::open_with(disk.shared(), signer(), MARKED, |_| read += 1).unwrap();
    (log, read)
}

#[test]
fn a_start_reads_what_came_since_the_last_mark_and_no_more() {
    let (disk, mut promised) = whole(&script());
    let (log, since) = read(&disk);
    assert!(since < 60 && log.size() > 200, "{since} of {}", log.size());
    promised.kept_by(&log);
    drop(log);
    let (mut log, _) = read(&disk);
    log.mark(NOW).unwrap();
    drop(log);
    let (log, since) = read(&disk);
    assert_eq!(since, 0);
    promised.kept_by(&log);
    // The same log, read as a whole.
    drop(log);
    let log = open_with(&disk, SETTINGS).unwrap();
    promised.kept_by(&log);
}

#[test]
fn a_mark_that_is_damaged_or_speaks_of_what_is_not_there_is_passed_over() {
    let batches = script();
    let (disk, promised) = whole(&batches);
    let all = disk.files("");
    let size = read(&disk).0.size();
    let files = |what: &str| -> BTreeMap<&String, &Vec<u8>> {
        let all = all.iter();
        all.filter(|(name, _)| name.starts_with(what)).collect()
    };
    let mut tried = 0;
    for what in ["through", "heads-", "hashes-0", "entries", "offsets"] {
        for (name, bytes) in files(what) {
            let cut = |length: usize| bytes[..length].to_vec();
            let mut changed = bytes.clone();
            changed[bytes.len() / 2] ^= 1;
            let mut broken = vec![cut(0), cut(1), cut(bytes.len() - 1)];
            if what == "through" {
                broken.push(changed);
            }
            for bytes in broken {
                let disk = disk.after_kill();
                disk.put(name, &bytes);
                let (mut log, since) = read(&disk);
                // The last bytes of a served file may belong to entries behind the mark.
                assert!(since == size || what != "through", "{name}");
                let mut promised = promised.clone();
                promised.kept_by(&log);
                for callers in &batches {
                    assert!(promised.append(&mut log, callers).is_none());
                }
                drop(log);
                promised.kept_by(&read(&disk).0);
                has_each_once(&disk, &batches);
                tried += 1;
            }
            let gone = disk.after_kill();
            gone.take_away(name);
            promised.clone().kept_by(&read(&gone).0);
        }
    }
    assert!(tried > 12);
}

#[test]
fn a_journal_that_is_shorter_than_its_mark_or_another_one_is_refused() {
    let (disk, _) = whole(&script());
    let (mut log, _) = read(&disk);
    log.mark(NOW).unwrap();
    drop(log);
    for (name, bytes) in disk.files("journal") {
        let last = disk.files("journal").into_keys().last().unwrap() == name;
        if !last {
            continue;
        }
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        for changed in [
            vec![0; bytes.len()],
            bytes[..used - 1].to_vec(),
            [&bytes[..used - 32], &[7; 32], &bytes[used..]].concat(),
        ] {
            let disk = disk.after_kill();
            disk.put(&name, &changed);
            assert!(open_with(&disk, MARKED).is_err());
        }
        disk.take_away(&name);
        assert!(open_with(&disk, MARKED).is_err());
    }
}

/// A sync of a mark that fails is no reason to stop the log, and no later mark may trust what the
/// system remembers of those files.
#[test]
fn a_disk_that_loses_what_a_mark_wrote_loses_no_entry() {
    let batches = script();
    let operations = {
        let (disk, _) = whole(&batches);
        disk.operations()
    };
    let mut went_on = 0;
    for at in 0..operations {
        for seed in 0..more(2, 10) {
            let disk = Simulated::new();
            disk.fail(&[Fault::Lost(at)]);
            let Ok(mut log) = open_with(&disk, MARKED) else {
                continue;
            };
            let mut promised = Promised::default();
            let mut stopped = false;
            for callers in &batches {
                match promised.append(&mut log, callers) {
                    None => assert!(!stopped),
                    Some(Refused::Journal(AppendError::Broken(_))) => stopped = true,
                    Some(other) => panic!("{other:?}"),
                }
            }
            went_on += u64::from(!stopped);
            drop(log);
            let cut = disk.after_power_cut(seed + at);
            let mut once = promised.clone();
            once.kept_by(&open_with(&cut, MARKED).unwrap());
            // Another program first sees what the system remembers, and makes marks of it.
            let next = disk.after_kill();
            let mut log = open_with(&next, MARKED).unwrap();
            promised.kept_by(&log);
            for callers in &batches {
                assert!(promised.append(&mut log, callers).is_none());
            }
            log.mark(NOW).unwrap();
            drop(log);
            let cut = next.after_power_cut(seed + at);
            let mut log = open_with(&cut, MARKED).unwrap();
            promised.kept_by(&log);
            for callers in &batches {
                assert!(promised.append(&mut log, callers).is_none());
            }
            has_each_once(&cut, &batches);
        }
    }
    assert!(went_on > 30, "{went_on}");
}

/// A disk may find only while it syncs that it has no room (quotas, thin volumes, NFS).
#[test]
fn a_mark_does_not_trust_what_a_sync_lost_for_want_of_room() {
    let batches = script();
    let operations = {
        let (disk, _) = whole(&batches);
        disk.operations()
    };
    for at in 0..operations {
        for seed in 0..more(2, 10) {
            let disk = Simulated::new();
            disk.fail(&[Fault::LostForRoom(at)]);
            let Ok(mut log) = open_with(&disk, MARKED) else {
                continue;
            };
            let mut promised = Promised::default();
            for callers in &batches {
                promised.append(&mut log, callers);
            }
            let _ = log.mark(NOW);
            drop(log);
            let cut = disk.after_power_cut(seed + at);
            promised.kept_by(&open_with(&cut, MARKED).unwrap());
        }
    }
}

/// A mark behind a segment that was made and not begun: the next start goes on from there.
#[test]
fn a_log_goes_on_from_a_mark_that_was_made_when_a_new_segment_found_no_room() {
    let batches = script();
    let (whole, _) = whole(&batches);
    let mut marked = 0;
    for at in 0..whole.operations() {
        let disk = Simulated::new();
        let Ok(mut log) = open_with(&disk, MARKED) else {
            continue;
        };
        let mut promised = Promised::default();
        disk.fail(&[Fault::Full(at, at + 1)]);
        for callers in &batches {
            if promised.append(&mut log, callers).is_some() {
                break;
            }
        }
        disk.fail(&[]);
        marked += u64::from(log.mark(NOW).is_ok());
        drop(log);
        let mut log = open_with(&disk, MARKED).unwrap();
        promised.kept_by(&log);
        for callers in &batches {
            let refused = promised.append(&mut log, callers);
            assert!(refused.is_none(), "{at}: {refused:?}");
        }
        drop(log);
        promised.kept_by(&open_with(&disk, SETTINGS).unwrap());
        has_each_once(&disk, &batches);
    }
    assert!(marked > 30, "{marked}");
}

#[test]
fn a_full_disk_delays_a_mark_and_loses_nothing() {
    let batches = script();
    let (disk, _) = whole(&batches);
    for at in 0..disk.operations() {
        let disk = Simulated::new();
        disk.fail(&[Fault::Full(at, at + 4)]);
        let Ok(mut log) = open_with(&disk, MARKED) else {
            continue;
        };
        let mut promised = Promised::default();
        for _ in 0..3 {
            for callers in &batches {
                promised.append(&mut log, callers);
            }
        }
        disk.fail(&[]);
        for callers in &batches {
            assert!(promised.append(&mut log, callers).is_none());
        }
        log.mark(NOW).unwrap();
        drop(log);
        let (log, since) = read(&disk);
        assert_eq!(since, 0);
        promised.kept_by(&log);
        let cut = disk.after_power_cut(at);
        promised.kept_by(&open_with(&cut, MARKED).unwrap());
    }
}

#[test]
fn marks_are_made_beside_the_log_by_the_sequencer() {
    let disk = Simulated::new();
    let log = open_with(&disk, MARKED).unwrap();
    let sequencer = countersign_ledger::sequencer::Sequencer::new(log, || NOW);
    let caller = sequencer.caller().unwrap();
    for callers in script() {
        for events in callers {
            caller.append(events).unwrap();
        }
    }
    drop(caller);
    let log = sequencer.close().unwrap();
    let size = log.size();
    drop(log);
    assert!(disk.open("through").is_ok());
    let (log, since) = read(&disk);
    // The last one is made when the sequencer closes.
    assert_eq!((log.size(), since), (size, 0));
}

#[test]
fn names_of_events_are_forgotten_after_their_time_and_those_of_old_logs_are_not_kept() {
    let disk = Simulated::new();
    let mut log = open_with(&disk, MARKED).unwrap();
    let event = |id| vec![Append::new(Leaf::new(id, 1, None, Vec::new()), Vec::new())];
    let mut append = |id, now| log.append(&[event(id)], now).remove(0);
    let id = event_id(NOW, [1; 10]);
    assert_eq!(append(id, NOW).unwrap(), [0]);
    assert_eq!(append(id, NOW).unwrap(), [0]);
    let old = old_event_id(1_000, [1; 10]);
    assert_eq!(append(old, NOW).unwrap(), [1]);
    assert_eq!(
        append(old, NOW).unwrap(),
        [2],
        "its reader hands it in once"
    );
    let later = NOW + 3 * SETTINGS.remembered;
    log.mark(later).unwrap();
    let refused = log.append(&[event(id)], later).remove(0);
    assert!(matches!(refused, Err(Refused::Bad(_))), "{refused:?}");
}

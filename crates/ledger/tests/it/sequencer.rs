//! Many callers at once, and a real folder.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread;

use countersign_ledger::disk::Folder;
use countersign_ledger::leaf::{EventId, Leaf, event_id};
use countersign_ledger::log::{Append, Log, Refused};
use countersign_ledger::sequencer::Sequencer;

use crate::script::{NOW, Promised, SETTINGS, batches, entries, open, signer};
use crate::simulated::{Fault, Simulated};

const CALLERS: u8 = 64;
const GROUPS: u8 = 12;

/// What one caller hands in at once: its name says whose it is and which.
fn group(caller: u8, group: u8) -> Vec<Append> {
    let event = |place| {
        let chance = [0, caller, group, place, 0, 0, 0, 0, 0, 0];
        let subject = (place > 0).then_some([1 + caller % 5; 16]);
        Append::new(
            Leaf::new(event_id(NOW, chance), 1, subject, Vec::new()),
            Vec::new(),
        )
    };
    (0..1 + (caller + group) % 5).map(event).collect()
}

#[test]
fn events_of_64_callers_go_in_once_each_and_groups_stay_together() {
    let disk = Simulated::new();
    let log = open(&disk).unwrap();
    let sequencer = Sequencer::new(log, || NOW);
    let mut threads = Vec::new();
    for number in 0..CALLERS {
        let caller = sequencer.caller().unwrap();
        threads.push(thread::spawn(move || {
            let mut places = HashMap::new();
            for of in 0..GROUPS {
                // Each group is handed in by two callers, and by the second one of them twice.
                for whose in [number, (number + 1) % CALLERS, (number + 1) % CALLERS] {
                    let events = group(whose, of);
                    let ids: Vec<EventId> = events.iter().map(|event| event.leaf.id).collect();
                    let answer = caller.append(events).unwrap();
                    assert_eq!(answer.len(), ids.len());
                    let together = answer.windows(2).all(|pair| pair[1] == pair[0] + 1);
                    assert!(together, "{answer:?}");
                    for (id, place) in ids.into_iter().zip(answer) {
                        let before = places.insert(id, place);
                        assert!(before.is_none_or(|before| before == place));
                    }
                }
            }
            places
        }));
    }
    let mut places = HashMap::new();
    for thread in threads {
        for (id, place) in thread.join().unwrap() {
            let before = places.insert(id, place);
            assert!(before.is_none_or(|before| before == place));
        }
    }
    let log = sequencer.close().unwrap();
    assert_eq!(log.size(), places.len() as u64);
    for (seq, bytes) in (0..).zip(entries(&log)) {
        let leaf = Leaf::decode(&bytes).unwrap();
        assert_eq!((leaf.seq, places.get(&leaf.id)), (seq, Some(&seq)));
    }
    let mut promised = Promised::default();
    promised.signed(&log);
    drop(log);
    promised.kept_by(&open(&disk).unwrap());
}

#[test]
fn a_caller_learns_that_the_log_stopped_and_its_events_go_in_at_the_next_start() {
    let disk = Simulated::new();
    let log = open(&disk).unwrap();
    disk.fail(&[Fault::Stop(20)]);
    let sequencer = Sequencer::new(log, || NOW);
    let caller = sequencer.caller().unwrap();
    let answers: Vec<_> = (0..GROUPS).map(|of| caller.append(group(1, of))).collect();
    drop(caller);
    assert!(answers[0].is_ok() && matches!(answers[11], Err(Refused::Journal(_))));
    drop(sequencer.close());
    let disk = disk.after_power_cut(5);
    let sequencer = Sequencer::new(open(&disk).unwrap(), || NOW);
    let caller = sequencer.caller().unwrap();
    for (of, before) in (0..).zip(answers) {
        let places = caller.append(group(1, of)).unwrap();
        assert!(before.is_err() || before.unwrap() == places);
    }
}

#[test]
fn an_event_of_the_far_past_or_future_is_refused_and_a_known_one_keeps_its_place() {
    let disk = Simulated::new();
    let mut log = open(&disk).unwrap();
    let events = vec![group(1, 1)];
    let day = SETTINGS.remembered / 2;
    let mut taken = |now| log.append(&events, now).remove(0);
    assert!(matches!(taken(NOW + day + 1), Err(Refused::Bad(_))));
    assert!(matches!(taken(NOW - day - 1), Err(Refused::Bad(_))));
    let places = taken(NOW + day).unwrap();
    assert_eq!(taken(NOW + 3 * day).unwrap(), places);
    let mut without = group(2, 2);
    without[0]
        .leaf
        .parts
        .push(countersign_ledger::hash::Hash::NONE);
    // One caller's mistake is no other's.
    let answers = log.append(&[without, group(3, 3)], NOW);
    assert!(matches!(answers[0], Err(Refused::Bad(_))) && answers[1].is_ok());
}

#[test]
fn a_real_folder_keeps_a_log_and_lets_one_program_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let real = || Folder::open(&path, &[countersign_ledger::journal::FOLDER]);
    let batches = batches(12, 8);
    let mut promised = Promised::default();
    let disk = Arc::new(real().unwrap());
    let mut log = Log::open(disk, signer(), SETTINGS).unwrap();
    for callers in &batches[..6] {
        assert!(promised.append(&mut log, callers).is_none());
    }
    assert_eq!(real().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    drop(log);
    let mut log = Log::open(Arc::new(real().unwrap()), signer(), SETTINGS).unwrap();
    promised.kept_by(&log);
    for callers in &batches {
        assert!(promised.append(&mut log, callers).is_none());
    }
    promised.kept_by(&log);
    let files = std::fs::read_dir(path.join("journal")).unwrap().count();
    assert!(files > 2, "several segments");
}

//! What follows the journal, over a disk that fails, and beside a sequencer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use countersign_ledger::journal::{Batch, FileJournal, JournalError, Position, Tail};
use countersign_ledger::log::Log;
use countersign_ledger::sequencer::Sequencer;

use crate::script::{Batches, NOW, SETTINGS, batches, open};
use crate::simulated::{Fault, Simulated};

/// All batches that the journal has.
fn whole(disk: &Simulated) -> Vec<Batch> {
    let mut whole = Vec::new();
    FileJournal::open(
        disk.shared(),
        SETTINGS.segment_length,
        Position::default(),
        |batch, _| {
            whole.push(batch);
            Ok(())
        },
    )
    .unwrap();
    whole
}

/// Reads on through what the log has signed.
fn follow(tail: &mut Tail, through: u64, read: &mut Vec<Batch>) {
    while let Some(batch) = tail.next(through).unwrap() {
        read.push(batch);
    }
    assert_eq!(tail.position().seq, through);
}

/// Hands batches in until one is refused or the disk is gone, followed by a tail.
fn run(log: &mut Log, tail: &mut Tail, batches: &Batches, read: &mut Vec<Batch>) -> bool {
    for callers in batches {
        let answers = log.append(callers, NOW);
        if answers.iter().any(Result::is_err) {
            return false;
        }
        loop {
            match tail.next(log.size()) {
                Ok(Some(batch)) => read.push(batch),
                Ok(None) => break,
                Err(JournalError::Io(_)) => return false,
                Err(damaged) => panic!("{damaged}"),
            }
        }
    }
    true
}

#[test]
fn a_tail_gives_each_durable_batch_once_and_none_behind_it() {
    let disk = Simulated::new();
    let mut log = open(&disk).unwrap();
    let mut tail = Tail::open(disk.shared(), 0).unwrap();
    let mut read = Vec::new();
    assert!(tail.next(0).unwrap().is_none());
    for callers in batches(40, 3) {
        let before = log.size();
        log.append(&callers, NOW);
        // What it is not told of it does not give, though it is there.
        assert!(tail.next(before).unwrap().is_none());
        assert!(tail.next(log.size() - 1).unwrap().is_none());
        follow(&mut tail, log.size(), &mut read);
    }
    assert!(disk.files("journal").len() > 5, "several segments");
    assert_eq!(read, whole(&disk));
    // Told of more than there is.
    let damaged = tail.next(log.size() + 1).unwrap_err();
    assert!(matches!(damaged, JournalError::Damaged { .. }));
}

#[test]
fn a_tail_begins_where_a_batch_begins_and_nowhere_else() {
    let disk = Simulated::new();
    let mut log = open(&disk).unwrap();
    for callers in batches(40, 4) {
        log.append(&callers, NOW);
    }
    let (whole, size) = (whole(&disk), log.size());
    let mut begun = 0;
    for from in 0..=size {
        let place = whole.iter().position(|batch| batch.first_seq == from);
        let place = place.or((from == size).then_some(whole.len()));
        match (place, Tail::open(disk.shared(), from)) {
            (Some(place), Ok(mut tail)) => {
                let mut read = Vec::new();
                follow(&mut tail, size, &mut read);
                assert_eq!(read, whole[place..]);
                begun += 1;
            }
            (None, Err(JournalError::Damaged { .. })) => {}
            (place, tail) => panic!("{from}: {place:?} {tail:?}"),
        }
    }
    assert_eq!(begun, whole.len() + 1);
    assert!(Tail::open(disk.shared(), size + 1).is_err());
    assert!(Tail::open(Simulated::new().shared(), 1).is_err());
}

#[test]
fn a_changed_batch_is_not_given() {
    let disk = Simulated::new();
    let mut log = open(&disk).unwrap();
    for callers in batches(12, 4) {
        log.append(&callers, NOW);
    }
    let files = disk.files("journal");
    let (name, bytes) = files.iter().next().unwrap();
    let mut changed = bytes.clone();
    changed[100] ^= 1;
    let name = name
        .rsplit_once('/')
        .map_or(name.as_str(), |(_, name)| name);
    disk.put(&format!("journal/{name}"), &changed);
    let mut tail = Tail::open(disk.shared(), 0).unwrap();
    assert!(tail.next(log.size()).is_err());
    disk.put(&format!("journal/{name}"), bytes);
    // It may be asked again.
    follow(&mut tail, log.size(), &mut Vec::new());
}

#[test]
fn nothing_that_a_tail_gave_is_cut_off_by_a_power_cut() {
    let batches = batches(20, 5);
    let mut ends = 0;
    for stop in 0.. {
        let disk = Simulated::new();
        let mut log = open(&disk).unwrap();
        let mut tail = Tail::open(disk.shared(), 0).unwrap();
        let mut read = Vec::new();
        disk.fail(&[Fault::Stop(stop)]);
        if run(&mut log, &mut tail, &batches, &mut read) {
            ends += 1;
            break;
        }
        for seed in [0, 1, stop + 2] {
            let disk = disk.after_power_cut(seed);
            let mut log = open(&disk).unwrap();
            let mut read = read.clone();
            let mut tail = Tail::open(disk.shared(), tail.position().seq).unwrap();
            follow(&mut tail, log.size(), &mut read);
            assert!(run(&mut log, &mut tail, &batches, &mut read));
            assert_eq!(read, whole(&disk));
        }
    }
    assert_eq!(ends, 1);
}

#[test]
fn a_tail_goes_on_when_there_is_room_again() {
    let batches = batches(20, 6);
    let mut refused = 0;
    for first in 0..120 {
        let disk = Simulated::new();
        let mut log = open(&disk).unwrap();
        let mut tail = Tail::open(disk.shared(), 0).unwrap();
        let mut read = Vec::new();
        disk.fail(&[Fault::Full(first, first + 3)]);
        for _ in 0..4 {
            let done = run(&mut log, &mut tail, &batches, &mut read);
            follow(&mut tail, log.size(), &mut read);
            refused += u32::from(!done);
        }
        assert_eq!(read, whole(&disk));
        assert_eq!(tail.position().seq, log.size());
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn a_tail_follows_a_sequencer_that_tells_of_each_batch_before_it_answers() {
    let disk = Simulated::new();
    let log = open(&disk).unwrap();
    let durable = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&durable);
    let watch = move |log: &Log| told.store(log.size(), Ordering::SeqCst);
    let sequencer = Sequencer::with_watch(log, || NOW, watch);
    let batches = batches(60, 7);
    let all: u64 = batches
        .iter()
        .flatten()
        .map(|events| events.len() as u64)
        .sum();
    let mut callers = Vec::new();
    for batch in batches {
        let (caller, durable) = (sequencer.caller().unwrap(), Arc::clone(&durable));
        callers.push(thread::spawn(move || {
            for events in batch {
                let places = caller.append(events).unwrap();
                let size = durable.load(Ordering::SeqCst);
                assert!(places.iter().all(|place| *place < size));
            }
        }));
    }
    let mut tail = Tail::open(disk.shared(), 0).unwrap();
    let mut read = Vec::new();
    while tail.position().seq < all {
        follow(&mut tail, durable.load(Ordering::SeqCst), &mut read);
        thread::yield_now();
    }
    for caller in callers {
        caller.join().unwrap();
    }
    assert_eq!(sequencer.close().unwrap().size(), all);
    assert_eq!(read, whole(&disk));
}

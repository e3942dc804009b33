//! All entries about one subject, and the whole log read again.

use std::collections::BTreeMap;
use std::io;

use countersign_ledger::audit::{self, Fault, Leaves, audit};
use countersign_ledger::bundle::entries::{self, Shown};
use countersign_ledger::hash::Hash;
use countersign_ledger::leaf::{Leaf, NOBODY, Token, event_id};
use countersign_ledger::log::{Append, Log, Settings};
use countersign_ledger::transcript::Transcript;

use crate::plain;
use crate::script::{
    MARKED, NOW, Promised, SETTINGS, batches, entries as leaves, open_with, signer,
};
use crate::simulated::Simulated;

/// A log of a few hundred entries whose last one says what all heads are.
fn log(settings: Settings) -> Log {
    let disk = Simulated::new();
    let mut log = open_with(&disk, settings).unwrap();
    let mut promised = Promised::default();
    for callers in batches(40, 11) {
        assert!(promised.append(&mut log, &callers).is_none());
    }
    let (all, _) = log.heads(&NOBODY).unwrap();
    let said = Append::of_heads(&all, event_id(NOW, [200; 10]));
    log.append(&[vec![said]], NOW).remove(0).unwrap();
    log
}

fn shown(log: &Log, seq: u64) -> Shown {
    let leaf = Leaf::decode(&log.served().entry(seq).unwrap()).unwrap();
    let parts = vec![None; leaf.parts.len()];
    Shown { leaf, parts }
}

/// The transcript of a subject: what was shown of it, before `leave_out` takes something away.
fn transcript(log: &Log, subject: Token, leave_out: impl Fn(&Leaf) -> bool) -> Transcript {
    let all = (0..log.size()).map(|seq| shown(log, seq));
    let said = log.size() - 1;
    let about = |entry: &Shown| entry.leaf.subject == subject || entry.leaf.seq == said;
    let entries: Vec<Shown> = all
        .filter(about)
        .filter(|entry| !leave_out(&entry.leaf))
        .collect();
    let seqs = entries.iter().map(|entry| entry.leaf.seq);
    Transcript {
        subject,
        places: log.heads(&subject).unwrap().1,
        withheld: entries::withheld(log.served(), seqs, log.size()).unwrap(),
        entries,
        checkpoint: log.checkpoint().to_string(),
    }
}

fn subjects(log: &Log) -> BTreeMap<Token, u32> {
    let mut subjects = BTreeMap::new();
    for leaf in leaves(log) {
        let leaf = Leaf::decode(&leaf).unwrap();
        subjects.insert(leaf.subject, leaf.number);
    }
    subjects.remove(&NOBODY);
    subjects
}

#[test]
fn every_subject_gets_a_transcript_that_holds_and_none_that_leaves_something_out() {
    for settings in [SETTINGS, MARKED] {
        let log = log(settings);
        let key = log.verifier();
        let mut tried = 0;
        for (subject, number) in subjects(&log) {
            let whole = transcript(&log, subject, |_| false);
            let text = whole.write().unwrap();
            let read = Transcript::parse(&text).unwrap();
            assert_eq!(read, whole);
            let complete = read.verify(&key).unwrap();
            assert_eq!(complete.through, log.size() - 1);
            assert_eq!(complete.subjects, subjects(&log).len() as u64);
            for left_out in 1..=number {
                let without = transcript(&log, subject, |leaf| leaf.number == left_out);
                assert!(without.verify(&key).is_err(), "{left_out} of {number}");
                let cut = transcript(&log, subject, |leaf| leaf.number >= left_out);
                assert!(cut.verify(&key).is_err(), "{left_out} of {number}");
                tried += 1;
            }
            // Nobody can be told that there is nothing about them.
            let mut none = transcript(&log, subject, |leaf| leaf.number > 0);
            assert!(none.verify(&key).is_err());
            none.places.clear();
            assert!(none.verify(&key).is_err());
        }
        assert!(tried > 200);
    }
}

#[test]
fn who_is_not_in_the_log_is_shown_that_nothing_is() {
    let log = log(MARKED);
    let key = log.verifier();
    let known = subjects(&log);
    let mut none: Vec<Token> = (0..=255).map(|byte| [byte; 16]).collect();
    none.extend([[0xff; 16], [0; 16]].map(|mut token| {
        token[15] ^= 1;
        token
    }));
    none.retain(|subject| !known.contains_key(subject) && *subject != NOBODY);
    assert!(none.len() > 50);
    for subject in none {
        let absent = transcript(&log, subject, |_| false);
        assert_eq!(absent.entries.len(), 1);
        absent.verify(&key).unwrap();
        // The neighbours of somebody else show nothing.
        for other in [[1; 16], [128; 16], [255; 16]] {
            let mut wrong = absent.clone();
            wrong.places = log.heads(&other).unwrap().1;
            assert!(wrong.places == absent.places || wrong.verify(&key).is_err());
        }
        for keep in 0..absent.places.len() {
            let mut fewer = absent.clone();
            fewer.places.remove(keep);
            assert!(fewer.verify(&key).is_err());
        }
    }
}

/// A file from a stranger may have any number in it.
#[test]
fn numbers_that_are_too_large_are_refused_without_a_panic() {
    let log = log(SETTINGS);
    let absent = transcript(&log, [255; 16], |_| false);
    for index in [u64::MAX, u64::MAX - 1] {
        for keep in 0..absent.places.len() {
            let mut wrong = absent.clone();
            wrong.places.swap(0, keep);
            wrong.places.truncate(1);
            wrong.places[0].index = index;
            let read = Transcript::parse(&wrong.write().unwrap()).unwrap();
            assert!(read.verify(&log.verifier()).is_err());
        }
    }
}

#[test]
fn the_root_over_all_heads_is_that_of_the_definition() {
    let log = log(MARKED);
    let mut last: BTreeMap<Token, (u32, [u8; 32])> = BTreeMap::new();
    for entry in leaves(&log) {
        let leaf = Leaf::decode(&entry).unwrap();
        if leaf.subject != NOBODY {
            last.insert(leaf.subject, (leaf.number, plain::leaf(&entry)));
        }
    }
    let hashes: Vec<plain::Bytes> = last
        .iter()
        .map(|(subject, (number, hash))| {
            plain::leaf(&[&subject[..], &number.to_be_bytes(), hash].concat())
        })
        .collect();
    for (index, subject) in last.keys().enumerate() {
        let (all, places) = log.heads(subject).unwrap();
        assert_eq!(all.root.0, plain::root(&hashes));
        let path: Vec<plain::Bytes> = places[0].path.iter().map(|hash| hash.0).collect();
        assert_eq!(path, plain::path(index, &hashes));
    }
}

#[test]
fn every_changed_character_of_a_transcript_is_refused() {
    let log = log(SETTINGS);
    let (subject, _) = subjects(&log)
        .into_iter()
        .max_by_key(|(_, number)| *number)
        .unwrap();
    let text = transcript(&log, subject, |_| false).write().unwrap();
    let key = log.verifier();
    let holds = |text: &str| Transcript::parse(text).is_ok_and(|read| read.verify(&key).is_ok());
    assert!(holds(&text));
    for at in 0..text.len() {
        for bit in 0..7 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(!holds(&changed), "byte {at}, bit {bit}");
        }
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for at in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(at);
        assert!(!holds(&without.concat()), "without line {at}");
        let mut twice = lines.clone();
        twice.insert(at, lines[at]);
        assert!(!holds(&twice.concat()), "line {at} twice");
    }
}

/// Leaves that somebody changed.
struct Changed(Vec<Vec<u8>>);

impl Leaves for Changed {
    fn leaves(&self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let place = |seq| usize::try_from(seq).unwrap();
        let mut bytes = Vec::new();
        for leaf in &self.0[place(start)..place(end)] {
            bytes.extend(u16::try_from(leaf.len()).unwrap().to_be_bytes());
            bytes.extend(leaf);
        }
        Ok(bytes)
    }
}

fn audited(leaves: Vec<Vec<u8>>) -> Result<audit::Audited, Fault> {
    let size = leaves.len() as u64;
    audit(&Changed(leaves), size, 2, |_| Ok(()))
}

#[test]
fn an_audit_finds_the_signed_root_and_a_leaf_that_does_not_fit() {
    let log = log(MARKED);
    let signed = countersign_ledger::checkpoint::Checkpoint::parse(log.checkpoint().text());
    let found = audit(log.served(), log.size(), 2, |_| Ok(())).unwrap();
    assert_eq!(found.root, signed.unwrap().root);
    assert_eq!(
        (found.subjects, found.heads),
        (subjects(&log).len() as u64, 1)
    );
    let all = leaves(&log);
    assert_eq!(audited(all.clone()).unwrap(), found);
    for at in 0..all.len() {
        let mut without = all.clone();
        without.remove(at);
        assert!(at + 1 == all.len() || audited(without).is_err(), "{at}");
        let mut other = all.clone();
        let mut leaf = Leaf::decode(&all[at]).unwrap();
        leaf.number = leaf.number.saturating_add(1);
        leaf.before = Hash::of_leaf(b"another");
        other[at] = leaf.encode();
        assert!(leaf.subject == NOBODY || audited(other).is_err(), "{at}");
    }
}

/// A log whose key signs whatever its owner wants can say a wrong root, and an audit tells.
#[test]
fn an_audit_finds_an_entry_that_says_wrong_heads() {
    let mut log = log(SETTINGS);
    // Fewer entries than it counts, more than there are, a subject too many, and a last byte.
    let changes: [fn(&mut Hash); 4] = [
        |counts| counts.0[..8].copy_from_slice(&3_u64.to_be_bytes()),
        |counts| counts.0[0] ^= 1,
        |counts| counts.0[15] ^= 1,
        |counts| counts.0[31] ^= 1,
    ];
    for change in changes {
        let (all, _) = log.heads(&NOBODY).unwrap();
        let mut said = Append::of_heads(&all, event_id(NOW, [201; 10]));
        change(&mut said.leaf.parts[1]);
        let mut leaf = said.leaf.clone();
        leaf.seq = log.size();
        let mut changed = leaves(&log);
        changed.push(leaf.encode());
        let found = audited(changed).map(|found| found.heads);
        assert!(matches!(found, Err(Fault::Entry(..))), "{found:?}");
    }
    let (mut all, _) = log.heads(&NOBODY).unwrap();
    all.root = Hash::of_leaf(b"another");
    let said = Append::of_heads(&all, event_id(NOW, [202; 10]));
    let place = log.append(&[vec![said]], NOW).remove(0).unwrap()[0];
    let found = audit(log.served(), log.size(), 3, |_| Ok(())).unwrap_err();
    assert!(
        matches!(found, Fault::Entry(seq, _) if seq == place),
        "{found}"
    );
    assert_eq!(log.verifier(), signer().verifier());
}

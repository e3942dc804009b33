//! A run of a log that is written down beforehand, and the record of what the log promised in it.

use std::collections::{BTreeMap, HashMap, HashSet};

use countersign_ledger::checkpoint::Checkpoint;
use countersign_ledger::disk::Disk;
use countersign_ledger::hash::Hash;
use countersign_ledger::journal::{FileJournal, Position};
use countersign_ledger::leaf::{EventId, Leaf, NOBODY, event_id};
use countersign_ledger::log::{Append, Log, OpenError, Refused, Settings};
use countersign_ledger::note::{Kind, Signer};
use countersign_ledger::seal::Part;
use countersign_ledger::tile::{Resource, resources};
use countersign_ledger::tree::{self, Edge};

use crate::simulated::{Chance, Simulated};

pub(crate) const NOW: u64 = 1_600_000_000_000;
const DAY: u64 = 86_400_000;
/// Small, so that a short run goes through several segments.
pub(crate) const SETTINGS: Settings = Settings {
    segment_length: 4096,
    remembered: 2 * DAY,
    marks: None,
};
/// The same, with many marks.
pub(crate) const MARKED: Settings = Settings {
    marks: Some(30),
    ..SETTINGS
};

pub(crate) fn signer() -> Signer {
    Signer::new("log.example/it", Kind::Log, &[9; 32]).unwrap()
}

pub(crate) fn open(disk: &Simulated) -> Result<Log, OpenError> {
    open_with(disk, SETTINGS)
}

pub(crate) fn open_with(disk: &Simulated, settings: Settings) -> Result<Log, OpenError> {
    Log::open(disk.shared(), signer(), settings)
}

/// What each batch's callers hand in.
pub(crate) type Batches = Vec<Vec<Vec<Append>>>;

/// Batches of one event and of many, a few of them longer than a segment.
pub(crate) fn batches(count: usize, seed: u64) -> Batches {
    let mut chance = Chance::new(seed);
    let batch = |place: usize| {
        let callers = match place % 12 {
            5 => 24,
            0 | 3 => 1,
            _ => 1 + chance.below(4),
        };
        let mut caller = || {
            let events = 1 + chance.below(3);
            (0..events).map(|_| event(&mut chance)).collect()
        };
        (0..callers).map(|_| caller()).collect()
    };
    (0..count).map(batch).collect()
}

fn event(chance: &mut Chance) -> Append {
    let id = event_id(NOW, chance.bytes());
    // Some of them many times, and enough of them that their table has to grow.
    let subject = match chance.below(8) {
        0 => None,
        often @ 1..=4 => Some([u8::try_from(often).unwrap(); 16]),
        _ => Some([u8::try_from(chance.below(250)).unwrap().max(1); 16]),
    };
    let mut parts = Vec::new();
    for _ in 0..chance.below(3) {
        let length = chance.below(120);
        parts.push(Part {
            subject: subject.unwrap_or([7; 16]),
            nonce: chance.bytes(),
            sealed: chance.bytes::<120>()[..length].to_vec(),
        });
    }
    let commitments = parts.iter().map(|part| Hash::of_bytes(&part.sealed));
    let leaf = Leaf::new(id, 3, subject, commitments.collect());
    Append::new(leaf, parts)
}

/// What the log said, and has to stand by for ever.
#[derive(Clone, Debug, Default)]
pub(crate) struct Promised {
    /// Place and leaf of each event that was answered.
    pub(crate) answered: HashMap<EventId, (u64, Option<Vec<u8>>)>,
    /// The root that was signed for each size.
    roots: BTreeMap<u64, Hash>,
    /// The last signed note.
    pub(crate) note: String,
}

impl Promised {
    /// Notes the log's signed checkpoint.
    pub(crate) fn signed(&mut self, log: &Log) {
        let note = log.checkpoint().to_string();
        if note == self.note {
            return;
        }
        let signed = Checkpoint::parse(log.checkpoint().text()).unwrap();
        let before = self.roots.insert(signed.size, signed.root);
        assert!(
            before.is_none_or(|before| before == signed.root),
            "two roots are signed for size {}",
            signed.size
        );
        self.note = note;
    }

    /// Hands a batch in, and notes what is answered.
    pub(crate) fn append(&mut self, log: &mut Log, callers: &[Vec<Append>]) -> Option<Refused> {
        let mut refused = None;
        let answers = log.append(callers, NOW);
        assert_eq!(answers.len(), callers.len());
        for (events, answer) in callers.iter().zip(answers) {
            match answer {
                Ok(places) => {
                    assert_eq!(places.len(), events.len());
                    for (event, seq) in events.iter().zip(places) {
                        let (before, leaf) =
                            self.answered.entry(event.leaf.id).or_insert((seq, None));
                        assert_eq!(*before, seq, "another place than was answered before");
                        if leaf.is_none() {
                            // None if the machine stopped right behind the answer.
                            *leaf = log.served().entry(seq).ok();
                        }
                    }
                }
                Err(cause) => refused = Some(cause),
            }
        }
        self.signed(log);
        if log.is_mark_due() {
            // A mark that fails leaves the log as it was.
            let _ = log.mark(NOW);
        }
        refused
    }

    /// Checks that a log that was opened anew stands by all of it.
    pub(crate) fn kept_by(&mut self, log: &Log) {
        if !self.note.is_empty() {
            log.holds(self.note.as_bytes(), "the run").unwrap();
        }
        self.signed(log);
        for (size, root) in &self.roots {
            let has = log.size();
            assert!(
                *size <= has,
                "size {size} was signed, and the log has {has}"
            );
            let kept = tree::root_of(log.served(), 0, *size).unwrap();
            assert_eq!(kept, *root, "the root of size {size}");
        }
        let entries = entries(log);
        let mut heads = HashMap::new();
        for entry in &entries {
            let leaf = Leaf::decode(entry).unwrap();
            heads.insert(leaf.subject, (leaf.number, Hash::of_leaf(entry)));
        }
        heads.remove(&NOBODY);
        for (subject, head) in heads {
            let kept = log.head(&subject).unwrap();
            assert_eq!((kept.number, kept.hash), head);
        }
        for (id, (seq, leaf)) in &self.answered {
            let kept = entries.get(usize::try_from(*seq).unwrap()).unwrap();
            assert_eq!(Leaf::decode(kept).unwrap().id, *id, "at {seq}");
            assert!(leaf.as_ref().is_none_or(|leaf| leaf == kept), "at {seq}");
        }
    }
}

/// All entries, each checked against its tile and all against the signed root.
pub(crate) fn entries(log: &Log) -> Vec<Vec<u8>> {
    let size = log.size();
    let mut entries = Vec::new();
    let mut edge = Edge::default();
    for found in resources(size) {
        let Resource::Entries { index, width } = found else {
            continue;
        };
        let served = |what| log.served().resource(&what, size, 0).unwrap().unwrap();
        let hashes = served(Resource::Tile {
            level: 0,
            index,
            width,
        });
        let bundle = served(found);
        let mut rest = bundle.as_slice();
        for hash in hashes.chunks(Hash::SIZE) {
            let (length, behind) = rest.split_first_chunk().unwrap();
            let (entry, behind) = behind.split_at(usize::from(u16::from_be_bytes(*length)));
            assert_eq!(Hash::of_leaf(entry).0, hash, "an entry under its tile");
            edge.push(Hash::of_leaf(entry), |_, _| {});
            entries.push(entry.to_vec());
            rest = behind;
        }
        assert!(rest.is_empty());
    }
    let signed = Checkpoint::parse(log.checkpoint().text()).unwrap();
    assert_eq!((edge.size(), edge.root()), (signed.size, signed.root));
    entries
}

/// Checks that the journal has each event of the script once, with its parts.
pub(crate) fn has_each_once(disk: &Simulated, batches: &Batches) {
    let mut parts = HashMap::new();
    let shared: std::sync::Arc<dyn Disk> = disk.shared();
    FileJournal::open(
        shared,
        SETTINGS.segment_length,
        Position::default(),
        |batch, _| {
            for entry in batch.entries {
                let again = parts.insert(entry.id, entry.parts);
                assert!(again.is_none(), "{:?} twice", entry.id);
            }
            Ok(())
        },
    )
    .unwrap();
    let mut ids = HashSet::new();
    for event in batches.iter().flatten().flatten() {
        assert_eq!(parts.get(&event.leaf.id), Some(&event.parts));
        ids.insert(event.leaf.id);
    }
    assert_eq!(parts.len(), ids.len());
}

/// As many as a plain `cargo test` has time for, or more if `COUNTERSIGN_FULL` asks for it.
pub(crate) fn more(few: u64, many: u64) -> u64 {
    std::env::var_os("COUNTERSIGN_FULL").map_or(few, |_| many)
}

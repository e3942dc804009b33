//! A small bundle changed in every place.

use std::io::Write as _;
use std::process::{Command, Stdio};

use countersign_ledger::bundle::entries::{self, Shown};
use countersign_ledger::bundle::zip::{self, Files};
use countersign_ledger::bundle::{self, verify};
use countersign_ledger::disk::Folder;
use countersign_ledger::encoding::hex;
use countersign_ledger::hash::Hash;
use countersign_ledger::journal;
use countersign_ledger::leaf::{Leaf, event_id};
use countersign_ledger::log::{Append, Log, Settings};
use countersign_ledger::note::{Kind, Signer};
use countersign_ledger::policy::Policy;
use countersign_ledger::seal::SubjectKey;

use super::{SCRIPT, go};
use crate::program::{full, ran, skipped, there};

/// A small bundle of a log of which some entries are withheld, and its parts.
pub(super) struct Small {
    _folder: tempfile::TempDir,
    signer: fn() -> Signer,
    pub(super) data: Files,
    bytes: Vec<u8>,
}

pub(super) fn signer() -> Signer {
    Signer::new("test.example/log", Kind::Log, &[3; 32]).unwrap()
}

pub(super) fn small() -> Small {
    let folder = tempfile::tempdir().unwrap();
    let disk = Folder::open(folder.path(), &[journal::FOLDER]).unwrap();
    let settings = Settings {
        segment_length: 4096,
        remembered: 1000,
        marks: None,
    };
    let mut log = Log::open(std::sync::Arc::new(disk), signer(), settings).unwrap();
    let key = SubjectKey::new([4; 16], [5; 32]);
    let files = [
        ("trace/report.html", "<p>nobody</p>"),
        ("trace/verdict.json", "{}\n"),
    ];
    let digest = |text: &str| hex(&Hash::of_bytes(text.as_bytes()).0);
    let run = format!(
        "{{\"run\":1,\"shown\":{{\"verdict\":\"{}\",\"report\":\"{}\"}}}}",
        digest(files[1].1),
        digest(files[0].1)
    );
    let mut all = Vec::new();
    for number in 0..13_u8 {
        let (kind, told) = if number == 9 {
            (3, run.as_str())
        } else {
            (1, "{\"at\":\"today\"}")
        };
        let id = event_id(10_000, [number; 10]);
        let (part, commitment) = key.seal(&id, 0, told.as_bytes()).unwrap();
        let opened = key.open(&id, 0, &commitment, &part).unwrap();
        let leaf = Leaf::new(id, kind, Some(key.subject), vec![commitment]);
        let event = Append::new(leaf, vec![part]);
        log.append(&[vec![event]], 10_000).remove(0).unwrap();
        let leaf = Leaf::decode(&log.served().entry(number.into()).unwrap()).unwrap();
        let parts = vec![(number != 8).then_some(opened)];
        if [0, 1, 8, 9, 11].contains(&number) {
            all.push(Shown { leaf, parts });
        }
    }
    let withheld = all.iter().map(|entry| entry.leaf.seq);
    let withheld = entries::withheld(log.served(), withheld, log.size()).unwrap();
    let text = |name: &str, text: String| (name.to_owned(), text.into_bytes());
    let mut data: Files = [
        text("entries.txt", entries::write_entries(&all).unwrap()),
        text("withheld.csv", entries::write_withheld(&withheld)),
        text(
            "log/policy",
            Policy::of_all(log.verifier(), Vec::new()).text(),
        ),
        text("log/key.pem", bundle::pem(&log.verifier())),
        text("log/checkpoint", log.checkpoint().to_string()),
    ]
    .into();
    data.extend(files.map(|(name, words)| text(name, words.to_owned())));
    let (bytes, _) = bundle::pack(&data, "Bagging-Date: 2026-11-27\n", &signer()).unwrap();
    Small {
        _folder: folder,
        signer,
        data,
        bytes,
    }
}

/// A line of a file left out, doubled, or moved behind the next.
fn line_mutants(bytes: &[u8]) -> Vec<Vec<u8>> {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let mut all = Vec::new();
    for at in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(at);
        let mut twice = lines.clone();
        twice.insert(at, lines[at]);
        let mut moved = lines.clone();
        if at + 1 < lines.len() {
            moved.swap(at, at + 1);
        }
        all.extend([without, twice, moved].map(|lines| lines.concat()));
    }
    all.retain(|mutant| mutant != bytes);
    all
}

/// Everything that can be changed in a small bundle, with what it is; one bit in so many is turned.
fn mutants(small: &Small, every: usize) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for bit in (0..small.bytes.len() * 8).step_by(every) {
        let mut changed = small.bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        all.push((format!("bit {bit}"), changed));
    }
    let files = zip::read(&small.bytes).unwrap();
    for (name, bytes) in &files {
        let mut less = files.clone();
        less.remove(name);
        all.push((format!("{name} left out"), zip::write(&less).unwrap()));
        for (other, content) in &files {
            if name < other && bytes != content {
                let mut swapped = files.clone();
                swapped.insert(name.clone(), content.clone());
                swapped.insert(other.clone(), bytes.clone());
                all.push((format!("{name} and {other}"), zip::write(&swapped).unwrap()));
            }
        }
        for mutant in line_mutants(bytes) {
            let mut changed = files.clone();
            changed.insert(name.clone(), mutant);
            all.push((format!("a line of {name}"), zip::write(&changed).unwrap()));
        }
    }
    for name in files.keys() {
        all.push((format!("{name} twice"), twice(&files, name)));
    }
    let mut more = files.clone();
    more.insert("countersign-bundle/more.txt".to_owned(), Vec::new());
    all.push(("a file too many".to_owned(), zip::write(&more).unwrap()));
    all.push((
        "bytes behind".to_owned(),
        [&small.bytes[..], b"\n"].concat(),
    ));
    // A packer who has the log's key, and changes what the log covers.
    for (name, bytes) in &small.data {
        let mut changes = line_mutants(bytes);
        if bytes.len() < 2000 {
            changes.extend((0..bytes.len() * 8).step_by(every).map(|bit| {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                changed
            }));
        }
        for change in changes {
            let mut data = small.data.clone();
            data.insert(name.clone(), change);
            let packed = bundle::pack(&data, "", &(small.signer)()).unwrap();
            all.push((format!("{name} changed and packed anew"), packed.0));
        }
    }
    all
}

/// The zip file with this file in it twice, which no zip file that is written here has: packed with
/// a name of the same length, that is then written over.
fn twice(files: &Files, name: &str) -> Vec<u8> {
    let other = format!("{}~", &name[..name.len() - 1]);
    let mut files = files.clone();
    let content = files[name].clone();
    files.insert(other.clone(), content);
    let mut bytes = zip::write(&files).unwrap();
    let mut found = 0;
    for at in 0..bytes.len() - other.len() {
        if bytes[at..].starts_with(other.as_bytes()) {
            bytes[at..at + other.len()].copy_from_slice(name.as_bytes());
            found += 1;
        }
    }
    assert_eq!(found, 2, "{name}");
    bytes
}

/// The two checks of the program: the ledger's, and that the verdict is what was shown.
pub(super) fn refused_here(bytes: &[u8]) -> bool {
    let Ok(verified) = verify::verify(bytes, None) else {
        return true;
    };
    countersign_cli::commands::verify::shown(&verified).is_err()
}

#[test]
fn nothing_in_a_bundle_can_be_changed_unseen_by_the_program_or_by_python() {
    let small = small();
    assert!(small.bytes.len() <= 32 << 10, "{}", small.bytes.len());
    assert!(!refused_here(&small.bytes));
    let mutants = mutants(&small, if full() { 1 } else { 13 });
    for (what, mutant) in &mutants {
        assert!(refused_here(mutant), "{what}");
    }
    println!(
        "{} mutants of {} bytes refused",
        mutants.len(),
        small.bytes.len()
    );
    refused_elsewhere(&small.bytes, &mutants);
}

/// Holds Python and Go to taking the bundle and refusing every mutant: one process for all of them.
pub(crate) fn refused_elsewhere(sound: &[u8], mutants: &[(String, Vec<u8>)]) {
    let mut list = tempfile::NamedTempFile::new().unwrap();
    let all = mutants.iter().map(|(_, bytes)| bytes.as_slice());
    for bytes in std::iter::once(sound).chain(all) {
        list.write_all(&u32::try_from(bytes.len()).unwrap().to_be_bytes())
            .unwrap();
        list.write_all(bytes).unwrap();
    }
    list.flush().unwrap();
    let mut checks = Vec::new();
    if there("python3", "-V") {
        let mut python = Command::new("python3");
        python.args(["-c", MANY, SCRIPT]);
        checks.push(("Python", python));
    } else {
        skipped("python3 is not there to check mutants with");
    }
    checks.extend(go::verifier().map(|program| ("Go", Command::new(program))));
    for (language, mut check) in checks {
        check.arg("--list").arg(list.path()).stdin(Stdio::null());
        let ran = ran(&mut check);
        let verdicts: Vec<&str> = ran.out.lines().collect();
        assert_eq!(verdicts.len(), mutants.len() + 1, "{language}: {}", ran.err);
        assert!(verdicts[0].starts_with("ok"), "{language}: {}", verdicts[0]);
        for ((what, _), verdict) in mutants.iter().zip(&verdicts[1..]) {
            assert!(
                verdict.starts_with("refused: "),
                "{language}: {what}: {verdict}"
            );
        }
        println!("{language}: {} mutants refused", mutants.len());
    }
}

/// Files that no entry of the log speaks of. Whoever has the log's key can pack them with other
/// words, and no check can know; the manifest that is signed says only who packed them.
const NOT_COVERED: [&str; 7] = [
    "README.txt",
    "VERIFY.md",
    "cert/902-13.txt",
    "cert/902-14.txt",
    "trace/program.txt",
    "trace/recompute.sh",
    "verifier.py",
];

#[test]
fn what_the_log_does_not_speak_of_rests_on_the_packer_alone() {
    let small = small();
    for words in ["some", "others"] {
        let mut data = small.data.clone();
        data.extend(NOT_COVERED.map(|name| (name.to_owned(), words.into())));
        let info = format!("Bagging-Date: {words}\n");
        let (bytes, _) = bundle::pack(&data, &info, &signer()).unwrap();
        assert!(!refused_here(&bytes), "{words}");
        refused_elsewhere(&bytes, &[]);
        // Not by anybody else.
        let stranger = Signer::new("test.example/log", Kind::Log, &[9; 32]).unwrap();
        let (bytes, _) = bundle::pack(&data, &info, &stranger).unwrap();
        assert!(refused_here(&bytes), "{words}");
    }
}

/// Runs the check on many bundles, each after its length in 4 bytes.
const MANY: &str = "
import importlib.util, sys
spec = importlib.util.spec_from_file_location('verifier', sys.argv[1])
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)
with open(sys.argv[3], 'rb') as bundles:
    while head := bundles.read(4):
        print(verifier.check(lambda: bundles.read(int.from_bytes(head, 'big')))[0])
";

//! Evidence bundles: made by the program, checked by it, by Python and by tools that are not ours;
//! and changed in every place, which each check must see.

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
use countersign_ledger::note::{Kind, Note, Signer};
use countersign_ledger::policy::Policy;
use countersign_ledger::seal::SubjectKey;

use crate::program::{Place, ran};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ledger/verifier.py");

fn there(program: &str, word: &str) -> bool {
    Command::new(program)
        .arg(word)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A case whose bundle is `case.zip`, and the log's key.
fn bundled() -> (Place, String) {
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    let said = place.run(&["bundle", "case"]).well().out;
    let key = said
        .lines()
        .find(|line| line.starts_with("  countersign/case/"))
        .unwrap();
    (place, key.trim().to_owned())
}

#[test]
fn the_commands_of_a_bundle_check_it() {
    let (place, key) = bundled();
    let tools = [
        ("openssl", "version"),
        ("unzip", "-v"),
        ("python3", "-V"),
        ("bash", "--version"),
    ];
    for (tool, word) in tools {
        if !there(tool, word) {
            println!("skipped: {tool} is not there to check a bundle with");
            return;
        }
    }
    place.run(&["verify", "case.zip", "--key", &key]).well();
    let unpacked = ran(Command::new("unzip")
        .current_dir(place.path())
        .args(["-q", "case.zip", "-d", "read"]));
    assert_eq!(unpacked.status, 0, "{unpacked:?}");
    let text = place.read("read/countersign-bundle/data/VERIFY.md");
    let blocks = text
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap());
    let commands = blocks.collect::<String>();
    assert!(commands.lines().count() >= 10, "{commands}");
    let ran = ran(Command::new("bash")
        .current_dir(place.path())
        .args(["-e", "-c", &commands]));
    assert_eq!(ran.status, 0, "{ran:#?}");
    assert_eq!(
        ran.out.matches("Signature Verified Successfully").count(),
        2,
        "{ran:#?}"
    );
    assert!(ran.out.contains("same\n"), "{ran:#?}");
    assert!(
        ran.out
            .lines()
            .filter(|line| line.starts_with("ok "))
            .count()
            >= 3,
        "{ran:#?}"
    );
    // The digest that stands in the text is that of the script.
    let digest = hex(&Hash::of_bytes(&std::fs::read(SCRIPT).unwrap()).0);
    assert!(ran.out.contains(&digest) && text.contains(&digest));
    assert!(
        place
            .read("read/countersign-bundle/data/README.txt")
            .contains(&digest)
    );
}

#[test]
fn another_key_or_a_changed_verdict_is_refused() {
    let (place, key) = bundled();
    let (_, other) = bundled();
    let refused = place.run(&["verify", "case.zip", "--key", &other]);
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.err.contains("log/policy"), "{refused:?}");
    assert_eq!(place.run(&["verify", "case.zip", "--key", "x"]).status, 2);
    let verdict = place.read("case/verdict.json");
    place.write(
        "case/verdict.json",
        verdict.replacen("\"run\"", "\"Run\"", 1),
    );
    let refused = place.run(&["bundle", "case", "--out", "other.zip"]);
    assert!(
        refused.status != 0 && refused.err.contains("not what run 1 showed"),
        "{refused:?}"
    );
    assert!(!place.path().join("other.zip").exists());
    place.write("case/verdict.json", verdict);
    place.run(&["bundle", "case", "--out", "other.zip"]).well();
    let told = place
        .run(&["verify", "other.zip", "--key", &key])
        .well()
        .out;
    for kind in ["opening", "settings", "run", "bundle"] {
        assert!(told.contains(&format!("  {kind} ")), "{kind}: {told}");
    }
}

#[test]
fn a_ledger_that_was_cut_put_back_or_taken_away_is_refused() {
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    let ledger = place.path().join("case/ledger");
    let copy = place.path().join("copy");
    let shell = |words: &str| {
        let done = ran(Command::new("sh")
            .current_dir(place.path())
            .args(["-c", words]));
        assert_eq!(done.status, 0, "{done:?}");
    };
    shell("cp -r case/ledger copy");
    place.trace(&[]).well();
    shell("mv case/ledger later");
    for spoil in [
        "cp -r copy case/ledger",
        "mkdir case/ledger",
        "cp -r later case/ledger; truncate -s 900 case/ledger/journal/000000",
    ] {
        shell(spoil);
        for words in [
            &["log", "case"][..],
            &["bundle", "case"],
            &["trace", "--events", "events.csv"],
        ] {
            let refused = place.run(words);
            assert_ne!(refused.status, 0, "{spoil}: {refused:?}");
            assert!(!refused.err.contains("panicked"), "{refused:?}");
        }
        std::fs::remove_dir_all(&ledger).unwrap();
    }
    shell("mv later case/ledger");
    assert!(copy.exists());
    // What a crash kept from the other files is made up for from the ledger.
    let runs = place.read("case/runs.jsonl");
    let first = runs.lines().next().unwrap();
    place.write("case/runs.jsonl", format!("{first}\n"));
    let settings = place.read("case/case.toml");
    std::fs::remove_file(place.path().join("case/case.toml")).unwrap();
    place.run(&["log", "case"]).well();
    assert_eq!(place.read("case/runs.jsonl"), runs);
    assert_eq!(place.read("case/case.toml"), settings);
}

#[test]
fn a_witness_signature_goes_into_the_bundle_in_the_order_of_the_policy() {
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    let state = place.run(&["log", "case"]).well().out;
    let signed = state.split_once("signed state:\n").unwrap().1;
    let lines: String = signed
        .lines()
        .map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or("")))
        .collect();
    let mut note = Note::parse(lines.as_bytes()).unwrap();
    let witness = |number: u8| {
        Signer::new(
            &format!("w{number}.example/w"),
            Kind::Cosignature,
            &[number; 32],
        )
        .unwrap()
    };
    note.cosign(&witness(2), 1_700_000_000);
    note.cosign(&witness(1), 1_700_000_001);
    place.write("case/cosigned", note.to_string());
    let keys: String = [1, 2, 3]
        .map(|number| format!("{}\n", witness(number).verifier()))
        .concat();
    place.write("case/witnesses", keys);
    place.run(&["bundle", "case"]).well();
    let told = place.run(&["verify", "case.zip"]).well().out;
    assert!(!told.contains("no witness signed"), "{told}");
    if !there("python3", "-V") {
        println!("skipped: python3 is not there to check a bundle with");
        return;
    }
    let python = ran(Command::new("python3")
        .arg(SCRIPT)
        .arg(place.path().join("case.zip")));
    assert_eq!(python.status, 0, "{python:?}");
}

/// A small bundle of a log of which some entries are withheld, and its parts.
struct Small {
    _folder: tempfile::TempDir,
    signer: fn() -> Signer,
    data: Files,
    bytes: Vec<u8>,
}

fn signer() -> Signer {
    Signer::new("test.example/log", Kind::Log, &[3; 32]).unwrap()
}

fn small() -> Small {
    let folder = tempfile::tempdir().unwrap();
    let disk = Folder::open(folder.path(), &[journal::FOLDER]).unwrap();
    let settings = Settings {
        segment_length: 4096,
        remembered: 1000,
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
        let event = Append {
            leaf: Leaf::new(id, kind, Some(key.subject), vec![commitment]),
            parts: vec![part],
        };
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

/// The two checks of the program: the ledger's, and that the verdict is what was shown.
fn refused_here(bytes: &[u8]) -> bool {
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
    let full = std::env::var_os("COUNTERSIGN_FULL").is_some();
    let mutants = mutants(&small, if full { 1 } else { 13 });
    for (what, mutant) in &mutants {
        assert!(refused_here(mutant), "{what}");
    }
    println!(
        "{} mutants of {} bytes refused",
        mutants.len(),
        small.bytes.len()
    );
    if !there("python3", "-V") {
        println!("skipped: python3 is not there to check mutants with");
        return;
    }
    let mut list = tempfile::NamedTempFile::new().unwrap();
    let sound = ("the bundle itself".to_owned(), small.bytes.clone());
    for (_, bytes) in [&sound].into_iter().chain(&mutants) {
        list.write_all(&u32::try_from(bytes.len()).unwrap().to_be_bytes())
            .unwrap();
        list.write_all(bytes).unwrap();
    }
    list.flush().unwrap();
    let mut python = Command::new("python3");
    python
        .arg(SCRIPT)
        .arg("--list")
        .arg(list.path())
        .stdin(Stdio::null());
    let ran = ran(&mut python);
    let verdicts: Vec<&str> = ran.out.lines().collect();
    assert_eq!(verdicts.len(), mutants.len() + 1, "{}", ran.err);
    assert!(verdicts[0].starts_with("ok "), "{}", verdicts[0]);
    for ((what, _), verdict) in mutants.iter().zip(&verdicts[1..]) {
        assert!(verdict.starts_with("refused: "), "{what}: {verdict}");
    }
}

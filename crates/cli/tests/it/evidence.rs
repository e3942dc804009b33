//! Evidence bundles: made by the program, checked by it, by Python, by Go and by tools that are not
//! ours; and changed in every place, which each check must see.

pub(crate) mod custody;
pub(crate) mod go;
pub(crate) mod mutants;
mod recomputed;
mod stamped;
mod witnessed;

use std::process::Command;

use countersign_ledger::encoding::hex;
use countersign_ledger::hash::Hash;
use countersign_ledger::note::{Kind, Note, Signer};

use crate::program::{Place, Ran, ran, skipped, there};

pub(crate) const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ledger/verifier.py");

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

/// Unpacks `case.zip` into `read`, and runs every command that its `VERIFY.md` has.
pub(crate) fn commands_run(place: &Place) -> Ran {
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
    let said = ran(Command::new("bash")
        .current_dir(place.path())
        .args(["-e", "-c", &commands]));
    assert_eq!(said.status, 0, "{said:#?}");
    said
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
            return skipped(&format!("{tool} is not there to check a bundle with"));
        }
    }
    place.run(&["verify", "case.zip", "--key", &key]).well();
    let said = commands_run(&place);
    let text = place.read("read/countersign-bundle/data/VERIFY.md");
    assert_eq!(
        said.out.matches("Signature Verified Successfully").count(),
        2,
        "{said:#?}"
    );
    assert!(said.out.contains("same\n"), "{said:#?}");
    assert!(
        said.out
            .lines()
            .filter(|line| line.starts_with("ok "))
            .count()
            >= 3,
        "{said:#?}"
    );
    if let Some(go) = go::verifier() {
        let with = |key: &str| {
            let mut check = Command::new(&go);
            ran(check.current_dir(place.path()).args(["case.zip", key]))
        };
        assert_eq!(with(&key).out, "ok\n");
        assert_eq!(with("another").status, 1);
    }
    // The digest that stands in the text is that of the script.
    let digest = hex(&Hash::of_bytes(&std::fs::read(SCRIPT).unwrap()).0);
    assert!(said.out.contains(&digest) && text.contains(&digest));
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
        return skipped("python3 is not there to check a bundle with");
    }
    let python = ran(Command::new("python3")
        .arg(SCRIPT)
        .arg(place.path().join("case.zip")));
    assert_eq!(python.status, 0, "{python:?}");
    if let Some(go) = go::verifier() {
        let go = ran(Command::new(go).arg(place.path().join("case.zip")));
        assert_eq!(go.status, 0, "{go:?}");
    }
}

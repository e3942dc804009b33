//! The ledger of a case over its life: anchored elsewhere, handed out, held, erased, put back from
//! a copy.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::program::{Place, Ran};

const WHY: &str = "decided by the works council";

fn case() -> Place {
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    place
}

fn key(place: &Place) -> String {
    let told = place.run(&["log", "case"]).well().out;
    let key = told.lines().find(|line| line.starts_with("  countersign/"));
    key.unwrap().trim().to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Puts the case back as it was in a copy.
fn put_back(place: &Place, copied: &str) {
    fs::remove_dir_all(place.path().join("case")).unwrap();
    copy(&place.path().join(copied), &place.path().join("case"));
}

fn keep(place: &Place, copied: &str) {
    copy(&place.path().join("case"), &place.path().join(copied));
}

fn refused(ran: &Ran, why: &str) {
    assert!(ran.status != 0 && ran.err.contains(why), "{ran:#?}");
    assert!(!ran.err.contains("panicked"), "{ran:#?}");
}

#[test]
fn an_anchored_case_that_was_put_back_from_a_copy_is_refused() {
    let place = case();
    fs::create_dir(place.path().join("elsewhere")).unwrap();
    let anchor = ["log", "case", "--anchor", "elsewhere"];
    refused(
        &place.run(&["log", "case", "--anchor", "nowhere"]),
        "is not there",
    );
    place.run(&anchor).well();
    keep(&place, "old");
    place.trace(&[]).well();
    keep(&place, "new");
    put_back(&place, "old");
    let before = place.case();
    for words in [&["log", "case"][..], &["bundle", "case"], &anchor] {
        refused(&place.run(words), "the anchor in");
    }
    refused(&place.trace(&[]), "put back from a copy");
    assert_eq!(place.case(), before, "the folder is left as it was found");

    put_back(&place, "new");
    place.run(&["log", "case"]).well();
    // Nobody can tell without it, and an empty one is no anchor.
    let away = place.path().join("away");
    fs::rename(place.path().join("elsewhere"), &away).unwrap();
    refused(&place.trace(&[]), "make it reachable again");
    fs::create_dir(place.path().join("elsewhere")).unwrap();
    refused(&place.trace(&[]), "is empty");
    fs::remove_dir_all(place.path().join("elsewhere")).unwrap();
    fs::rename(away, place.path().join("elsewhere")).unwrap();
    place.trace(&[]).well();
}

#[test]
fn two_copies_of_an_anchored_case_do_not_both_go_on() {
    let place = case();
    fs::create_dir(place.path().join("elsewhere")).unwrap();
    place.run(&["log", "case", "--anchor", "elsewhere"]).well();
    keep(&place, "copy");
    place.trace(&[]).well();
    refused(&place.trace(&["--case", "copy"]), "the anchor in");
    place.trace(&[]).well();
}

#[test]
fn a_transcript_holds_until_a_line_of_it_is_left_out_and_an_audit_agrees() {
    let place = case();
    let key = key(&place);
    place.trace(&[]).well();
    let write = ["log", "case", "--transcript", "all.txt"];
    place.run(&write).well();
    let verify = ["verify", "all.txt", "--key", &key];
    let said = place.run(&verify).well().out;
    assert!(said.contains("all of them are here"), "{said}");
    assert!(said.contains("not covered"), "{said}");
    // Opening, settings, two runs.
    for kind in ["opening", "settings", "run "] {
        assert!(said.contains(kind), "{said}");
    }
    refused(&place.run(&["verify", "all.txt"]), "needs the log's key");
    let text = place.read("all.txt");
    let entry = text.find("\nentry ").unwrap() + 1;
    let next = text[entry + 1..].find("\nentry ").unwrap() + entry + 2;
    place.write("all.txt", format!("{}{}", &text[..entry], &text[next..]));
    refused(&place.run(&verify), "refused");
    let said = place.run(&["log", "case", "--audit"]).well().out;
    assert!(said.contains("are right"), "{said}");
    // Once more, with what the first one wrote into the ledger.
    place.run(&write).well();
    place.run(&verify).well();
    let listed = place.run(&["log", "case"]).well().out;
    assert_eq!(listed.matches(" heads ").count(), 2, "{listed}");
}

#[test]
fn entries_that_are_served_can_be_damaged_and_an_audit_finds_it_or_a_start_mends_it() {
    let place = case();
    let entries = place.path().join("case/ledger/entries");
    let whole = fs::read(&entries).unwrap();
    let mut changed = whole.clone();
    changed[40] ^= 1;
    fs::write(&entries, changed).unwrap();
    // What is served is made from the journal at each start.
    place.run(&["log", "case", "--audit"]).well();
    assert_eq!(fs::read(&entries).unwrap(), whole);
}

#[test]
fn a_held_case_is_not_erased_and_an_erased_one_tells_that_and_no_more() {
    let place = case();
    let key = key(&place);
    place.run(&["bundle", "case"]).well();
    let erase = ["erase", "case", "--for-good", "--reason", WHY];
    refused(
        &place.run(&["erase", "case", "--reason", WHY]),
        "nothing is erased yet",
    );
    refused(
        &place.run(&["erase", "case", "--for-good", "--reason", "x"]),
        "too short",
    );
    let release = ["hold", "case", "--release", "--reason", WHY];
    refused(&place.run(&release), "not held");
    place.run(&["hold", "case", "--reason", WHY]).well();
    let before = place.case();
    refused(&place.run(&erase), "the case is held since");
    assert_eq!(place.case(), before);
    place.run(&release).well();
    keep(&place, "copy");
    place.run(&erase).well();

    let left = place.case();
    let names: Vec<&str> = left.keys().map(String::as_str).collect();
    for gone in [
        "record.key",
        "seal.key",
        "runs.jsonl",
        "verdict.json",
        "report.html",
        "case.toml",
    ] {
        assert!(!names.contains(&gone), "{names:?}");
    }
    let told = place.run(&["log", "case"]).well().out;
    assert!(told.contains("erasure") && told.contains(&key), "{told}");
    assert!(told.matches("(withheld)").count() >= 6, "{told}");
    for words in [
        &["bundle", "case"][..],
        &["open", "case"],
        &["hold", "case"],
    ] {
        let mut words = words.to_vec();
        if words[0] != "bundle" {
            words.extend(["--reason", WHY]);
        }
        if words[0] == "open" {
            words.extend(["--events", "events.csv"]);
        }
        assert_ne!(place.run(&words).status, 0, "{words:?}");
    }
    refused(&place.trace(&[]), "was erased");
    // What was handed out before holds as it did.
    place.run(&["verify", "case.zip", "--key", &key]).well();

    // A copy of the keys does not bring it back while the ledger is the one that tells of it.
    for words in [&["log", "case"][..], &["trace", "--events", "events.csv"]] {
        let copied = place.path().join("copy/record.key");
        fs::copy(copied, place.path().join("case/record.key")).unwrap();
        let ran = place.run(words);
        assert!(!ran.out.contains("opening    {"), "{ran:#?}");
        assert!(!place.path().join("case/record.key").exists(), "{words:?}");
    }
    let said = place.run(&["log", "case", "--audit"]).well().out;
    assert!(said.contains("the root"), "{said}");
    refused(
        &place.run(&["log", "case", "--transcript", "t.txt"]),
        "was erased",
    );
}

#[test]
fn each_release_ends_one_hold() {
    let place = case();
    for _ in 0..2 {
        place.run(&["hold", "case", "--reason", WHY]).well();
    }
    let erase = ["erase", "case", "--for-good", "--reason", WHY];
    for _ in 0..2 {
        refused(&place.run(&erase), "the case is held since");
        place
            .run(&["hold", "case", "--release", "--reason", WHY])
            .well();
    }
    place.run(&erase).well();
}

/// The script of a bundle is run by strangers, so nobody but the ledger says what is in it.
#[test]
fn a_record_or_a_script_that_somebody_changed_does_not_get_into_a_bundle() {
    let place = case();
    let script = place.read("case/recompute.sh");
    place.write("case/recompute.sh", format!("{script}touch hostile\n"));
    place.run(&["bundle", "case"]).well();
    let bundle = fs::read(place.path().join("case.zip")).unwrap();
    assert!(!String::from_utf8_lossy(&bundle).contains("hostile"));
    let runs = place.read("case/runs.jsonl");
    place.write(
        "case/runs.jsonl",
        runs.replacen("Z\"", "Z; touch hostile #\"", 1),
    );
    for words in [
        &["bundle", "case", "--out", "b.zip", "--with-inputs"][..],
        &["log", "case"],
    ] {
        refused(
            &place.run(words),
            "is not what its entry in the ledger says",
        );
    }
}

/// The program, serving until it is dropped.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the program, and gives the words of what it says that begin so, one each.
fn serving<const N: usize>(
    place: &Place,
    words: &[&str],
    wanted: [&str; N],
) -> (Serving, [String; N]) {
    let mut child = place.program(words).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let served = Serving(child);
    let found = wanted.map(|wanted| {
        let word = |line: String| {
            let mut words = line.split_whitespace();
            words
                .find(|word| word.starts_with(wanted))
                .map(str::to_owned)
        };
        said.find_map(|line| word(line.unwrap())).unwrap()
    });
    (served, found)
}

/// Two folders go on under one key: what a witness was shown of one of them convicts the other.
#[test]
fn who_shows_a_witness_two_pasts_of_a_case_is_told_so_by_a_file_that_verifies() {
    let place = case();
    let key = key(&place);
    keep(&place, "copy");
    place.trace(&[]).well();
    place.trace(&["--case", "copy"]).well();
    place.trace(&["--case", "copy"]).well();
    let words = [
        "witness",
        "--name",
        "w.example/w",
        "--log",
        &key,
        "--listen",
        "127.0.0.1:0",
    ];
    let (witness, [address, own]) = serving(&place, &words, ["http://", "w.example/w+"]);
    let asked = |case: &str, witness: &str| {
        place.run(&["log", case, "--ask", &address, "--witness", witness])
    };
    asked("case", &own).well();
    refused(&asked("copy", &own), "another past of this ledger");
    let file = "copy/equivocation.txt";
    let said = place.run(&["verify", file, "--key", &key]).well().out;
    assert!(said.contains("signed two logs"), "{said}");
    drop(witness);
}

#[test]
fn the_first_entry_that_is_served_is_one_that_there_is() {
    let place = case();
    let from = |from| ["log", "case", "--serve", "127.0.0.1:0", "--from", from];
    refused(&place.run(&from("99")), "is behind the end");
    drop(serving(&place, &from("3"), ["http://"]));
}

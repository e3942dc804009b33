//! The evidence of a server's case, handed to strangers and checked by them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use countersign_ledger::bundle::entries;
use countersign_ledger::bundle::pack;
use countersign_ledger::bundle::verify::verify;
use countersign_ledger::disk::{Disk, Folder};
use countersign_ledger::journal;
use countersign_ledger::note::{Kind as KeyKind, Signer, Verifier};
use countersign_ledger::served::Served as Tree;

use super::journey::looked_at;
use super::quorum::{named, open_name, send};
use super::served::Served;
use super::team::{Team, verified};
use crate::evidence::{SCRIPT, commands_run, custody, go, mutants};
use crate::program::{Place, ran, skipped, there};
use crate::report::browser;
use crate::webdriver::axe;

/// Packs the evidence of a case as its page's form does.
fn packed(served: &Served, case: &str, session: &str, also: &[(&str, &str)]) -> Vec<u8> {
    let page = format!("{case}/evidence");
    let answer = send(served, &page, &page, session, also);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/zip"));
    let name = answer.header("content-disposition").unwrap();
    assert!(
        name.starts_with("attachment; filename=\"evidence-"),
        "{name}"
    );
    answer.bytes
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let mut windows = bytes.windows(text.len());
    windows.any(|window| window == text.as_bytes())
}

#[test]
fn strangers_check_what_a_server_hands_out_of_a_case() {
    let Some(browser) = browser() else { return };
    let Some(axe) = axe() else {
        return skipped("axe-core is not installed");
    };
    let served = Served::start();
    let team = Team::gather(&browser, &served);
    let (case, holder) = named(&served, &team);
    open_name(&served, &team, &case, &holder);
    let note = [("text", "The bank called back: zwetschgenkuchen.")];
    send(&served, &case, &format!("{case}/notes"), &team.ann, &note);
    let words = "My password stood on a note at the screen.";
    let reply = [("holder", holder.as_str()), ("text", words)];
    let to = format!("{case}/reply");
    assert_eq!(send(&served, &to, &to, &team.ann, &reply).status, 303);

    let page = format!("{case}/evidence");
    let key = served.get(&page, &team.ann);
    let (_, rest) = key.body.split_once("id=\"key\">").expect(&key.body);
    let key = rest.split('<').next().unwrap().to_owned();
    let plain = packed(&served, &case, &team.ann, &[]);
    let whole = packed(
        &served,
        &case,
        &team.sue,
        &[("also", "names"), ("also", "notes")],
    );

    // The program, and what it makes of the entries.
    let place = Place::new();
    for (name, bytes) in [("plain.zip", &plain), ("case.zip", &whole)] {
        std::fs::write(place.path().join(name), bytes).unwrap();
        let said = place.run(&["verify", name, "--key", &key]).well().out;
        for line in [
            "verdict.json is what run",
            "report.html is what this program draws of verdict.json",
            "custody/case.jsonld says what the entries say",
        ] {
            assert!(said.contains(line), "{said}");
        }
        assert!(said.contains(words), "{said}");
        assert!(said.contains(&format!("\"holder\":\"{holder}\"")), "{said}");
    }
    let trusted = Verifier::parse(&key).unwrap();
    let read = verify(&plain, Some(&trusted)).unwrap();
    let case_numbers: Vec<u32> = read.entries.iter().map(|entry| entry.leaf.number).collect();
    let all: Vec<u32> = (1..).take(case_numbers.len()).collect();
    assert_eq!(case_numbers, all, "an entry about the case is left out");
    for secret in ["zwetschgenkuchen", "desk-0", "@customers.example"] {
        assert!(!holds(&plain, secret), "{secret}");
    }
    assert!(holds(&whole, "zwetschgenkuchen") && holds(&whole, "desk-0"));
    for bytes in [&plain, &whole] {
        assert!(
            !holds(bytes, "\"passed\":[{"),
            "a share of the key is in it"
        );
        assert!(holds(bytes, "\"passed\":[]"), "nobody agreed");
    }
    let later = verify(&whole, Some(&trusted)).unwrap();
    let both = later.entries.iter().zip(&read.entries);
    assert!(both.clone().count() == read.entries.len());
    assert!(
        both.into_iter()
            .all(|(later, before)| later.leaf == before.leaf)
    );
    let manifest = read.digest.to_hex();
    assert!(holds(&whole, &manifest), "the first bundle is on record");

    strangers(&place, &key);
    seen(&browser, &axe, &served, &page, &team);
    refused(&served, &plain, &place);
}

/// Programs that are not this one: sha256sum and openssl, Python, Go, CASE's own validator.
fn strangers(place: &Place, key: &str) {
    if there("unzip", "-v") && there("openssl", "version") && there("python3", "-V") {
        let said = commands_run(place);
        assert_eq!(
            said.out.matches("Signature Verified Successfully").count(),
            2,
            "{said:#?}"
        );
        let data = Path::new("read/countersign-bundle/data");
        if let Some(validator) = custody::validator() {
            let text = place.read(&data.join("custody/case.jsonld").display().to_string());
            let said = custody::validated(&validator, place, &text);
            assert_eq!(said.status, 0, "{said:#?}");
        }
        let python = ran(Command::new("python3")
            .current_dir(place.path())
            .args([SCRIPT, "case.zip", key]));
        assert_eq!(python.status, 0, "{python:#?}");
        assert!(python.out.contains("verdict.json: what run"), "{python:#?}");
    } else {
        skipped("unzip, openssl or python3 is not there to check a bundle with");
    }
    if let Some(program) = go::verifier() {
        let said = ran(Command::new(program)
            .current_dir(place.path())
            .args(["case.zip", key]));
        assert_eq!(said.status, 0, "{said:#?}");
    }
}

/// The page, in a browser: packed by a click, listed afterwards.
fn seen(browser: &crate::webdriver::Browser, axe: &str, served: &Served, page: &str, team: &Team) {
    browser.go(&served.url("/")).unwrap();
    browser.forget().unwrap();
    let (name, value) = team.ann.split_once('=').unwrap();
    let cookie = format!("document.cookie = '{name}={value}; path=/';");
    browser.run(&cookie).unwrap();
    browser.go(&served.url(page)).unwrap();
    looked_at(browser, axe, "the evidence of a case");
    let rows = "document.querySelectorAll('tbody tr').length";
    assert_eq!(browser.run(&format!("return {rows};")).unwrap(), 2);
    // A download leaves the page where it is.
    browser
        .run("document.querySelector('form[action$=\"/evidence\"]').requestSubmit();")
        .unwrap();
    let begun = std::time::Instant::now();
    while browser.run(&format!("return {rows};")).unwrap() != 3 && begun.elapsed().as_secs() < 60 {
        std::thread::sleep(core::time::Duration::from_millis(200));
        browser.go(&served.url(page)).unwrap();
    }
    assert_eq!(browser.run(&format!("return {rows};")).unwrap(), 3);
}

/// Another key; and what whoever has the log's key could hand out instead: another page or verdict,
/// a case without some of its entries.
fn refused(served: &Served, plain: &[u8], place: &Place) {
    let other = Signer::new("countersign/server/other", KeyKind::Log, &[7; 32]).unwrap();
    let other = other.verifier().to_string();
    let other = place.run(&["verify", "plain.zip", "--key", &other]);
    assert_ne!(other.status, 0, "{other:#?}");
    assert!(
        other.err.contains("not the one that was given"),
        "{other:#?}"
    );

    let key = fs::read_to_string(served.place.path().join("data/keys/log.key")).unwrap();
    let signer = Signer::from_secret(&key).unwrap();
    let sound = verify(plain, None).unwrap();
    let with = |files: &[(&str, Vec<u8>)]| {
        let mut data = sound.data.clone();
        for (name, bytes) in files {
            data.insert((*name).to_owned(), bytes.clone()).unwrap();
        }
        pack(&data, "", &signer).unwrap().0
    };
    // The server has its own folder locked.
    let tiles = place.path().join("tiles");
    fs::create_dir(&tiles).unwrap();
    for entry in fs::read_dir(served.place.path().join("data/ledger")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, tiles.join(path.file_name().unwrap())).unwrap();
        }
    }
    let without = |place: usize| {
        let mut entries = sound.entries.clone();
        entries.remove(place);
        let disk: Arc<dyn Disk> = Arc::new(Folder::open(&tiles, &[journal::FOLDER]).unwrap());
        let size = sound.checkpoint.size;
        let tree = Tree::open(&disk, size).unwrap();
        let seqs = entries.iter().map(|entry| entry.leaf.seq);
        let withheld = entries::withheld(&tree, seqs, size).unwrap();
        with(&[
            (
                "entries.txt",
                entries::write_entries(&entries).unwrap().into_bytes(),
            ),
            (
                "withheld.csv",
                entries::write_withheld(&withheld).into_bytes(),
            ),
            (
                "custody/case.jsonld",
                countersign_evidence::custody::custody(&entries)
                    .unwrap()
                    .into_bytes(),
            ),
        ])
    };
    let same = with(&[]);
    fs::write(place.path().join("same.zip"), &same).unwrap();
    place.run(&["verify", "same.zip"]).well();
    let page = with(&[("trace/report.html", b"<p>It was Ann".to_vec())]);
    let mutants = [
        (
            "another verdict".to_owned(),
            with(&[("trace/verdict.json", b"{}".to_vec())]),
        ),
        ("without its opening".to_owned(), without(0)),
        ("without a run".to_owned(), without(sound.entries.len() / 2)),
    ];
    let refuses = |what: &str, bytes: &[u8]| {
        fs::write(place.path().join("mutant.zip"), bytes).unwrap();
        let said = place.run(&["verify", "mutant.zip"]);
        assert_ne!(said.status, 0, "{what}: {said:#?}");
    };
    // Only this program draws the page again; the others say that they don't look at it.
    refuses("another page", &page);
    for (what, bytes) in &mutants {
        refuses(what, bytes);
    }
    mutants::refused_elsewhere(&same, &mutants);
}

#[test]
fn nothing_is_handed_out_of_a_case_that_shows_no_account() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let team = Team::gather(&browser, &served);
    let case = team.open_case(&served);
    verified(&served, 12, "2019-08-03 09:00");
    let page = format!("{case}/evidence");
    let early = served.get(&page, &team.ann);
    assert!(
        early.body.contains("nothing to hand out yet"),
        "{}",
        early.body
    );
    assert_eq!(send(&served, &case, &page, &team.ann, &[]).status, 409);
    // Without the form's token it is not made, and so not on record either.
    assert_eq!(served.post(&page, &team.ann, &[]).status, 400);
    assert!(
        !served
            .get(&page, &team.ann)
            .body
            .contains("What was packed")
    );
}

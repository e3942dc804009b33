//! The evidence of a server's case, handed to strangers and checked by them.

use std::path::Path;
use std::process::Command;

use countersign_ledger::bundle::verify::verify;
use countersign_ledger::note::Verifier;

use super::journey::looked_at;
use super::quorum::{named, open_name, send};
use super::served::Served;
use super::team::{Team, verified};
use crate::evidence::{SCRIPT, commands_run, custody, go};
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
    refused(&served, &plain, &place, &key);
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

/// Another key, and a page or a verdict that was changed.
fn refused(served: &Served, plain: &[u8], place: &Place, key: &str) {
    let other = place.run(&[
        "verify",
        "plain.zip",
        "--key",
        &key.replace("server", "servant"),
    ]);
    assert_ne!(other.status, 0, "{other:#?}");
    let files = countersign_ledger::bundle::zip::read(plain).unwrap();
    for name in [
        "data/trace/verdict.json",
        "data/trace/report.html",
        "data/entries.txt",
    ] {
        let mut files = files.clone();
        let file = files
            .get_mut(&format!("countersign-bundle/{name}"))
            .unwrap();
        let last = file.len() / 2;
        file[last] ^= 1;
        let bytes = countersign_ledger::bundle::zip::write(&files).unwrap();
        assert!(verify(&bytes, None).is_err(), "{name}");
    }
    // Nobody but those who may see the case.
    assert_eq!(served.get("/cases/AAAAAAAAAAA/evidence", "").status, 303);
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

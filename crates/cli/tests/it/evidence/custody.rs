//! The chain of custody in CASE: valid by that vocabulary's own validator, made from the entries
//! alone, and without anything personal.

use std::path::{Path, PathBuf};
use std::process::Command;

use countersign_ledger::bundle::{self, verify};
use countersign_ledger::note::Signer;

use crate::program::{Place, Ran, ran, skipped};

/// `case_validate`, where `./check` has installed it.
pub(crate) fn validator() -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/check/venv/bin");
    let validator = place.join("case_validate");
    if !validator.exists() {
        skipped("case_validate is not there to check the chain of custody with");
        return None;
    }
    Some(validator)
}

/// What the validator says of this text, by the ontology that it brings; not even a hint is let
/// pass.
pub(crate) fn validated(validator: &Path, place: &Place, text: &str) -> Ran {
    place.write("custody.jsonld", text);
    ran(Command::new(validator)
        .current_dir(place.path())
        // Nothing is fetched: every proxy leads nowhere.
        .env("https_proxy", "http://127.0.0.1:1")
        .env("http_proxy", "http://127.0.0.1:1")
        .arg("custody.jsonld"))
}

/// A case with a naming, an opened name, a run that showed ids, and two bundles: the second's data,
/// and the log's key.
fn told() -> (Place, verify::Verified, Signer) {
    let place = Place::new();
    place.write("events.csv", crate::program::events(720));
    place.write("reports.csv", crate::program::reports(24));
    place.trace(&[]).well();
    assert!(place.read("case/runs.jsonl").contains("\"named\":[["));
    let open = ["open", "case", "--events", "events.csv", "--reason"];
    place
        .run(&[&open[..], &["Ms Secret decided"]].concat())
        .well();
    place.run(&["bundle", "case"]).well();
    place.trace(&["--reveal-ids"]).well();
    place.run(&["bundle", "case"]).well();
    let bytes = std::fs::read(place.path().join("case.zip")).unwrap();
    let verified = verify::verify(&bytes, None).unwrap();
    let signer = Signer::from_secret(&place.read("case/log.key")).unwrap();
    (place, verified, signer)
}

#[test]
fn the_chain_of_custody_is_valid_case_and_a_broken_one_is_not() {
    let (place, verified, _) = told();
    let Some(validator) = validator() else {
        return;
    };
    let text = String::from_utf8(verified.data["custody/case.jsonld"].clone()).unwrap();
    let said = validated(&validator, &place, &text);
    assert!(
        said.status == 0 && said.out.contains("Conforms: True"),
        "{said:#?}"
    );
    for (from, to) in [
        ("xsd:hexBinary", "xsd:string"),
        ("\"uco-core:hasFacet\"", "\"uco-core:hasFacett\""),
        ("uco-action:startTime", "uco-action:started"),
        (
            "\"uco-action:instrument\": [",
            "\"uco-action:environment\": [\"a\", ",
        ),
    ] {
        let broken = text.replace(from, to);
        assert_ne!(broken, text, "{from}");
        let said = validated(&validator, &place, &broken);
        assert_ne!(said.status, 0, "{from}: {said:#?}");
    }
}

#[test]
fn the_chain_of_custody_says_what_the_entries_say_and_nothing_personal() {
    let (place, verified, signer) = told();
    let text = String::from_utf8(verified.data["custody/case.jsonld"].clone()).unwrap();
    for told in [
        "the case was opened",
        "the settings were fixed",
        "was first",
        "run 1 named ",
        ", whom run 1 named, was shown",
        "was packed",
        "run 2, version 1: a holder whose id is left out was first",
        "run 2 named a holder whose id is left out",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    // The run showed ids and the reason named somebody; files have the names that a desk gave them.
    for personal in ["desk-", "Secret", "events.csv", "customer-"] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
    let said = place.run(&["verify", "case.zip"]).well().out;
    assert!(said.contains("ok           data/custody/case.jsonld says what the entries say"));
    // Whoever packs it: it is made again from the entries.
    for (name, bytes) in [
        (
            "custody/case.jsonld",
            text.replace("run 1 named", "run 1 cleared"),
        ),
        ("custody/more.jsonld", text.clone()),
    ] {
        let mut data = verified.data.clone();
        data.insert(name.to_owned(), bytes.into_bytes());
        let (bytes, _) = bundle::pack(&data, "", &signer).unwrap();
        place.write("other.zip", bytes);
        let said = place.run(&["verify", "other.zip"]);
        assert!(said.status == 1 && said.err.contains(name), "{said:?}");
    }
}

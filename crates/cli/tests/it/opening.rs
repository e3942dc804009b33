//! `open`: only the name of a named holder, only with a reason, and on record.

use serde_json::Value;

use crate::program::{Place, Ran, testdata};
use crate::servicenow::{SELLER, excerpt, trace};

/// `open` on the case with these words and the log that it was made from.
fn open(place: &Place, more: &[&str]) -> Ran {
    let (log, map) = (excerpt(), testdata("servicenow/map.toml"));
    let mut words = vec!["open", "case", "--events", log.to_str().unwrap()];
    words.extend(["--map-file", map.to_str().unwrap()]);
    words.extend(["--time-format", "%d/%m/%Y %H:%M", "--timezone", "UTC"]);
    words.extend(["--missing", "?", "--changes-as-views"]);
    words.extend(more);
    place.run(&words)
}

const REASON: [&str; 2] = ["--reason", "decided by the board on Monday"];

#[test]
fn a_named_holder_is_opened_and_the_reason_recorded() {
    let place = Place::new();
    let verdict = trace(&place, &excerpt(), &["--json"]).well().verdict();
    let holder = verdict["named"][0]["holders"][0].as_str().unwrap();
    let opened = open(&place, &REASON).well();
    assert_eq!(opened.out, format!("{holder} is {SELLER}\n"));
    assert!(
        opened.err.contains("not that the person did it"),
        "{}",
        opened.err
    );
    let line: Value = serde_json::from_str(&place.read("case/opened.jsonl")).unwrap();
    assert_eq!(line["holder"], holder);
    assert_eq!(line["reason"], REASON[1]);
    assert_eq!(line["run"], 1);
}

#[test]
fn neither_a_lead_nor_a_missing_reason_opens_a_name() {
    let place = Place::new();
    let wide = ["--json", "--exploratory", "--alpha", "0.05"];
    let verdict = trace(&place, &excerpt(), &wide).well().verdict();
    let lead = verdict["strong_leads"][0]["holder"].as_str().unwrap();
    let nobody = open(&place, &REASON);
    let strong = open(&place, &[&["--holder", lead][..], &REASON].concat());
    trace(&place, &excerpt(), &[]).well();
    let hasty = open(&place, &["--reason", "why not"]);
    let other = open(&place, &[&["--holder", "Heron-1"][..], &REASON].concat());
    for ran in [nobody, strong, hasty, other] {
        assert_eq!(ran.status, 2, "{ran:#?}");
        assert!(ran.err.contains("\nhelp: "), "{ran:#?}");
        assert!(!ran.out.contains("Updated by"), "{ran:#?}");
    }
    assert!(!place.case().contains_key("opened.jsonl"));
}

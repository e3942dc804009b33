//! `verdict.json` against the schema that is published for it.

use serde_json::{Value, json};

use crate::program::{Place, ran};
use crate::servicenow::{excerpt, trace};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../docs/spec/verdict.schema.json")).unwrap()
}

/// What the schema says against a document, a line a fault.
pub(crate) fn faults(verdict: &Value) -> Vec<String> {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    schema
        .iter_errors(verdict)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect()
}

/// The verdict while no report has come in.
fn without_reports(place: &Place) -> Value {
    let words = [
        "trace",
        "--json",
        "--case",
        "none",
        "--events",
        "events.csv",
    ];
    ran(&mut place.program(&words)).well().verdict()
}

#[test]
fn the_schema_itself_is_a_schema() {
    jsonschema::meta::validate(&schema()).unwrap();
}

#[test]
fn verdicts_of_every_state_keep_to_the_schema() {
    let place = Place::with_small_desk();
    let mut states = Vec::new();
    let mut keep = |verdict: Value| {
        assert_eq!(faults(&verdict), Vec::<String>::new());
        states.push(verdict["state"].as_str().unwrap().to_owned());
    };
    keep(without_reports(&place));
    keep(place.trace(&["--json", "--case", "lead"]).well().verdict());
    let named = Place::new();
    keep(trace(&named, &excerpt(), &["--json"]).well().verdict());
    let wide = ["--json", "--exploratory", "--alpha", "0.05"];
    keep(trace(&named, &excerpt(), &wide).well().verdict());
    assert_eq!(states, ["nothing", "lead", "named", "strong_lead"]);
}

#[test]
fn a_claim_stands_at_the_report_at_which_its_own_path_passes_its_own_threshold() {
    for colluders in ["1", "2"] {
        let place = Place::new();
        let words = ["--json", "--colluders", colluders];
        let verdict = trace(&place, &excerpt(), &words).well().verdict();
        let used: Vec<u64> = verdict["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .zip(1..)
            .filter(|(entry, _)| entry["used"] == true)
            .map(|(_, number)| number)
            .collect();
        let claims = verdict["named"].as_array().unwrap();
        assert!(!claims.is_empty());
        for claim in claims {
            let path: Vec<f64> = serde_json::from_value(claim["path"].clone()).unwrap();
            let needed = claim["threshold"].as_f64().unwrap();
            assert_eq!(path.len(), used.len());
            // A person may be claimed at any report, so it is at the first that passes.
            assert_eq!(claim["level"], "person");
            let passed = path.iter().position(|log| *log >= needed).unwrap();
            assert_eq!(claim["after_reports"], used[passed]);
            // The level's threshold, and with one colleague the row's own path.
            let level = &verdict["levels"][0];
            assert_eq!(level["threshold"], claim["threshold"]);
            let top = verdict["top"].as_array().unwrap().iter();
            let row = top
                .filter(|top| top["holder"] == claim["holders"][0])
                .collect::<Vec<_>>()[0];
            let one: Vec<f64> = serde_json::from_value(row["named_path"].clone()).unwrap();
            assert!(path.iter().zip(&one).all(|(all, one)| all <= one));
            assert_eq!(path == one, colluders == "1");
        }
    }
}

#[test]
fn no_used_report_was_asked_about_views_after_the_freeze() {
    let place = Place::new();
    let verdict = trace(&place, &excerpt(), &["--json"]).well().verdict();
    let freeze = &verdict["freeze"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let cuts = verdict["factors"].as_array().unwrap().iter();
    let latest = cuts.map(|factor| text(&factor["frozen_at"])).max();
    assert_eq!(Some(text(&freeze["latest"])), latest);
    let calls = verdict["timeline"].as_array().unwrap().iter();
    let called = calls.filter(|entry| entry["used"] == true).map(|entry| {
        let call = &entry["called_at"];
        text(if call.is_null() {
            &entry["received_at"]
        } else {
            call
        })
    });
    assert!(text(&freeze["first_call"]) <= called.min().unwrap());
    assert!(freeze["at"].as_str() < freeze["first_call"].as_str());
    let none = without_reports(&Place::with_small_desk());
    assert_eq!(none["freeze"], Value::Null);
}

#[test]
fn the_schema_knows_what_each_level_of_a_claim_holds() {
    let sample = |wanted: &str| {
        let mut samples = countersign_ui::samples().into_iter();
        let (_, verdict) = samples.find(|(name, _)| *name == wanted).unwrap();
        serde_json::to_value(&verdict).unwrap()
    };
    for (name, pointer, wrong) in [
        ("team_named", "/named/0/holders", json!([])),
        (
            "team_named",
            "/named/0/holders",
            json!(["Heron-41", "Wren-08"]),
        ),
        ("team_named", "/named/0/group", json!(null)),
        ("team_named", "/named/0/level", json!("pair")),
        ("copy_named", "/named/0/group", json!("dialler-list-june")),
        ("copy_named", "/named/0/holders", json!([])),
        ("named", "/named/0/holders", json!(["Heron-41", "Wren-08"])),
        ("named", "/named/0/group", json!("Mac, Manila")),
        ("named", "/named/0/path", json!([])),
        ("set_named", "/set_named/0/holders", json!(["Heron-41"])),
        ("set_named", "/set_named/0/level", json!("team")),
        ("set_named", "/set_named/0/level", json!("triple")),
    ] {
        let mut verdict = sample(name);
        *verdict.pointer_mut(pointer).unwrap() = wrong.clone();
        assert_ne!(
            faults(&verdict).len(),
            0,
            "{name}: {pointer} may be {wrong}"
        );
    }
}

#[test]
fn the_page_prints_the_digest_of_the_verdict_beside_it() {
    let place = Place::new();
    trace(&place, &excerpt(), &[]).well();
    let digest = <sha2::Sha256 as sha2::Digest>::digest(place.read("case/verdict.json"));
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let page = place.read("case/report.html");
    assert!(page.contains(&hex));
    assert!(page.contains(&format!("verdict.json {}\"; }}", &hex[..16])));
}

#[test]
fn every_sample_that_the_page_is_drawn_from_keeps_to_the_schema() {
    let samples = countersign_ui::samples();
    assert!(samples.len() >= 8);
    for (name, verdict) in samples {
        let faults = faults(&serde_json::to_value(&verdict).unwrap());
        // One sample holds what no honest program writes, to see that the page stays whole.
        if name == "hostile" {
            assert_ne!(faults.len(), 0);
        } else {
            assert_eq!(faults, Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn the_schema_finds_what_is_missing_added_or_of_another_kind() {
    let place = Place::new();
    let good = trace(&place, &excerpt(), &["--json"]).well().verdict();
    // Every object that occurs, by its path: without each of its fields, and with one more.
    let mut paths = vec![String::new()];
    let mut tried = 0;
    while let Some(path) = paths.pop() {
        let here = good.pointer(&path).unwrap();
        match here {
            Value::Object(fields) => {
                for name in fields.keys() {
                    let mut less = good.clone();
                    let object = less.pointer_mut(&path).unwrap().as_object_mut().unwrap();
                    object.remove(name);
                    assert_ne!(faults(&less).len(), 0, "{path}/{name} may be missing");
                    paths.push(format!("{path}/{name}"));
                    tried += 1;
                }
                let mut more = good.clone();
                more.pointer_mut(&path).unwrap()["more"] = json!(1);
                assert_ne!(faults(&more).len(), 0, "{path} may have more");
            }
            // One element stands for all; of the files, one of the log, which has most to say.
            Value::Array(elements) if path == "/inputs" => {
                let log = elements.iter().position(|input| input["table"] == "events");
                paths.push(format!("{path}/{}", log.unwrap()));
            }
            Value::Array(elements) if !elements.is_empty() => paths.push(format!("{path}/0")),
            _ => {}
        }
    }
    assert!(tried > 120, "{tried} fields were found");
    assert_eq!(good["inputs"][0]["table"], "reports");
    assert_eq!(good["inputs"][1]["table"], "events");
    for (path, wrong) in [
        ("/state", json!("guilty")),
        ("/run", json!(0)),
        ("/alpha", json!("0.001")),
        ("/inputs/0/path", json!("folder/reports.csv")),
        ("/inputs/0/sha256", json!("00")),
        ("/inputs/0/log", json!({})),
        ("/inputs/1/log", json!(null)),
        ("/inputs/1/log/programs", json!(["bot.sync"])),
        ("/inputs/1/log/from", json!("yesterday")),
        ("/coverage/from", json!("2016-02-29")),
        ("/top/0/log_e", json!(null)),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = wrong;
        assert_ne!(faults(&bad).len(), 0, "{path}");
    }
}

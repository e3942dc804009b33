//! `verdict.json` against the schema that is published for it.

use serde_json::{Value, json};

use crate::program::{Place, ran};
use crate::servicenow::{excerpt, trace};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../docs/spec/verdict.schema.json")).unwrap()
}

/// What the schema says against a document, a line a fault.
fn faults(verdict: &Value) -> Vec<String> {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    schema
        .iter_errors(verdict)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect()
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
    let json = |words: &[&str]| ran(&mut place.program(words)).well().verdict();
    keep(json(&[
        "trace",
        "--json",
        "--case",
        "none",
        "--events",
        "events.csv",
    ]));
    keep(place.trace(&["--json", "--case", "lead"]).well().verdict());
    let named = Place::new();
    keep(trace(&named, &excerpt(), &["--json"]).well().verdict());
    let wide = ["--json", "--exploratory", "--alpha", "0.05"];
    keep(trace(&named, &excerpt(), &wide).well().verdict());
    assert_eq!(states, ["nothing", "lead", "named", "strong_lead"]);
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
            // One element stands for all.
            Value::Array(elements) if !elements.is_empty() => paths.push(format!("{path}/0")),
            _ => {}
        }
    }
    assert!(tried > 120, "{tried} fields were found");
    for (path, wrong) in [
        ("/state", json!("guilty")),
        ("/run", json!(0)),
        ("/alpha", json!("0.001")),
        ("/inputs/0/path", json!("folder/reports.csv")),
        ("/inputs/0/sha256", json!("00")),
        ("/coverage/from", json!("2016-02-29")),
        ("/top/0/log_e", json!(null)),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = wrong;
        assert_ne!(faults(&bad).len(), 0, "{path}");
    }
}

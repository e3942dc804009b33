//! What is written for a SIEM is read back as the same events in the same order.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use countersign_core::desk::View;
use countersign_core::time::Second;
use countersign_import::{Changes, Did, Options, Silent, Sources, Told, open, write_ocsf};
use proptest::prelude::*;
use serde_json::{Value, json};

/// An event with its texts: time, actor, customer, ticket, and what was done.
type Event = (String, String, String, String, Did);

fn options() -> Options {
    let mut options = Options::new(Second::from_unix(1_800_000_000).unwrap());
    options.timezone = Some("UTC".to_owned());
    options.allow_rejects = 0.5;
    options.changes = Changes::AcceptAsViews;
    options
}

fn sources(log: &Path, sign_ins: Option<&Path>) -> Sources {
    Sources {
        events: vec![log.to_owned()],
        sign_ins: sign_ins.map(Path::to_owned).into_iter().collect(),
        ..Sources::default()
    }
}

/// What a log tells, and the same as OCSF.
fn told(log: &Path, sign_ins: Option<&Path>) -> (Vec<Event>, Vec<u8>) {
    let (sources, options) = (sources(log, sign_ins), options());
    let cancel = AtomicBool::new(false);
    let mut open = open(&sources, &options, &Silent, &cancel).unwrap();
    let (mut events, mut lines) = (Vec::new(), Vec::new());
    open.told(&mut |told: &Told<'_>| {
        let [actor, customer, ticket] = [told.actor, told.customer, told.ticket].map(str::to_owned);
        events.push((told.second.to_string(), actor, customer, ticket, told.did));
        write_ocsf(told, &mut lines)
    })
    .unwrap();
    open.finish().unwrap();
    (events, lines)
}

fn views(log: &Path, sign_ins: Option<&Path>) -> Vec<View> {
    let (sources, options) = (sources(log, sign_ins), options());
    let cancel = AtomicBool::new(false);
    let mut views = Vec::new();
    open(&sources, &options, &Silent, &cancel)
        .unwrap()
        .views(&mut |batch: &[View]| {
            views.extend_from_slice(batch);
            Ok(())
        })
        .unwrap();
    views
}

/// Logs with their sign-ins and golden files, one or more a folder of `testdata/`.
fn samples() -> Vec<(PathBuf, Option<PathBuf>, PathBuf)> {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    let mut samples = Vec::new();
    for folder in fs::read_dir(testdata).unwrap() {
        let folder = folder.unwrap().path();
        let golden = folder.join("events.jsonl");
        if !golden.exists() {
            continue;
        }
        let sign_ins = Some(folder.join("rt.log")).filter(|path| path.exists());
        for file in fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            let stem = file.file_stem().unwrap();
            if stem == "in" || sign_ins.is_some() && (stem == "access" || stem == "session") {
                samples.push((file, sign_ins.clone(), golden.clone()));
            }
        }
    }
    assert!(samples.len() >= 12, "{samples:#?}");
    samples
}

#[test]
fn every_sample_is_the_same_after_it_was_written_as_ocsf() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    for (log, sign_ins, golden) in samples() {
        let golden: Vec<[String; 4]> = fs::read_to_string(golden)
            .unwrap()
            .lines()
            .map(|line| {
                let line: Value = serde_json::from_str(line).unwrap();
                ["time", "actor", "customer", "ticket"]
                    .map(|field| line[field].as_str().unwrap_or_default().to_owned())
            })
            .collect();
        let (events, lines) = told(&log, sign_ins.as_deref());
        assert_eq!(lines, told(&log, sign_ins.as_deref()).1, "the same bytes");
        fs::write(&path, &lines).unwrap();
        let (again, twice) = told(&path, None);
        assert_eq!(again, events, "{}", log.display());
        assert_eq!(twice, lines, "{}", log.display());
        assert_eq!(views(&path, None), views(&log, sign_ins.as_deref()));
        let texts: Vec<[String; 4]> = again
            .into_iter()
            .map(|(time, actor, customer, ticket, _)| [time, actor, customer, ticket])
            .collect();
        assert_eq!(texts, golden, "{}", log.display());
    }
}

/// An id as somebody could have it: digits, other scripts, quotes, what JSON must escape.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,12}",
        "[a-z]{1,8}@[a-z]{1,8}\\.example",
        "\\PC{1,12}",
        "[\"\\\\/\u{0}-\u{1f}a]{1,6}",
    ]
}

fn row() -> impl Strategy<Value = Value> {
    let action = prop::sample::select(vec!["view", "search", "export", "change"]);
    let ids = (
        prop::option::of(id()),
        prop::option::of(id()),
        prop::option::of(id()),
    );
    (0_u32..700_000_000, ids, action).prop_map(|(second, (actor, customer, ticket), action)| {
        let mut row = json!({ "time": Second(second).to_string(), "action": action });
        let ticket = ticket.or_else(|| customer.is_none().then(|| "t".to_owned()));
        for (field, id) in [("actor", actor), ("customer", customer), ("ticket", ticket)] {
            row[field] = id.unwrap_or_default().into();
        }
        row
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_log_is_the_same_after_it_was_written_as_ocsf(
        rows in prop::collection::vec(row(), 1..40)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (table, ocsf) = (folder.path().join("log.jsonl"), folder.path().join("out.jsonl"));
        let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
        fs::write(&table, text).unwrap();
        let (events, lines) = told(&table, None);
        prop_assert_eq!(events.len(), rows.len());
        for (event, row) in events.iter().zip(&rows) {
            prop_assert_eq!(Some(event.1.as_str()), row["actor"].as_str());
        }
        fs::write(&ocsf, &lines).unwrap();
        let (again, twice) = told(&ocsf, None);
        prop_assert_eq!(again, events);
        prop_assert_eq!(twice, lines);
        prop_assert_eq!(views(&ocsf, None), views(&table, None));
    }
}

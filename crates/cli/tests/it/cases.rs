//! What a case promises over its runs: same bytes, versions, settings that stay.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::program::{Place, events, ran, reports};
use crate::servicenow::{excerpt, trace};

/// Version and number of the run that was just made.
fn version_and_run(verdict: &Value) -> (u64, u64) {
    (
        verdict["version"].as_u64().unwrap(),
        verdict["run"].as_u64().unwrap(),
    )
}

#[test]
fn the_same_files_give_the_same_bytes_in_every_folder_and_on_any_number_of_threads() {
    let mut seen: Vec<(String, String)> = Vec::new();
    for threads in ["1", "2", "7"] {
        let place = Place::new();
        place.write("case/seal.key", [7; 32]);
        let log = excerpt();
        place.write("log.csv.gz", fs::read(log).unwrap());
        let words = [
            "trace",
            "--events",
            "log.csv.gz",
            "--map",
            "time=sys_updated_at,actor=sys_updated_by,ticket=number,events.customer=caller_id",
            "--time-format",
            "%d/%m/%Y %H:%M",
            "--timezone",
            "UTC",
            "--changes-as-views",
            "--reports",
            "reports.csv",
        ];
        let reports = crate::program::testdata("servicenow/reports.csv");
        place.write("reports.csv", fs::read(reports).unwrap());
        let mut program = place.program(&words);
        program.env("RAYON_NUM_THREADS", threads);
        ran(&mut program).well();
        seen.push((
            place.read("case/verdict.json"),
            place.read("case/report.html"),
        ));
    }
    assert!(seen[0].0.contains("\"state\": \"named\""));
    assert!(seen.iter().all(|other| *other == seen[0]));
}

#[test]
fn a_second_run_differs_from_the_first_in_its_number_only() {
    let place = Place::new();
    let first = trace(&place, &excerpt(), &["--json"]).well().verdict();
    let mut second = trace(&place, &excerpt(), &["--json"]).well().verdict();
    assert_eq!(second["run"], 2);
    second["run"] = 1.into();
    assert_eq!(first, second);
}

#[test]
fn pseudonyms_of_another_case_are_others() {
    let leads = [Place::with_small_desk(), Place::with_small_desk()]
        .map(|place| place.trace(&["--json"]).well().verdict()["top"].clone());
    let of = |top: &Value| {
        let top = top.as_array().unwrap();
        top.iter()
            .map(|row| row["holder"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(of(&leads[0]).len() >= 5);
    assert_ne!(of(&leads[0]), of(&leads[1]));
}

#[test]
fn only_later_reports_continue_a_version() {
    let place = Place::with_small_desk();
    let step = |more: &[&str]| {
        let mut words = vec!["--json"];
        words.extend(more);
        version_and_run(&place.trace(&words).well().verdict())
    };
    assert_eq!(step(&[]), (1, 1));
    assert_eq!(step(&[]), (1, 2), "the same again");
    place.write("reports.csv", reports(9));
    assert_eq!(step(&[]), (1, 3), "three reports more");
    assert_eq!(step(&["--alpha", "0.002"]), (2, 4), "another alpha");
    place.write("events.csv", events(126));
    assert_eq!(step(&["--alpha", "0.002"]), (3, 5), "another log");
    place.write(
        "reports.csv",
        reports(9).replace("customer-12,", "customer-13,"),
    );
    assert_eq!(step(&["--alpha", "0.002"]), (4, 6), "a report rewritten");
    let elsewhere = ["--alpha", "0.002", "--timezone", "Asia/Tokyo"];
    assert_eq!(step(&elsewhere), (5, 7), "read as if from elsewhere");
    assert_eq!(step(&elsewhere), (5, 8), "the same again");
    assert_eq!(step(&["--alpha", "0.002"]), (6, 9), "and back");
    let runs = place.read("case/runs.jsonl");
    assert_eq!(runs.lines().count(), 9);
}

#[test]
fn a_later_version_needs_more_evidence() {
    let place = Place::with_small_desk();
    let threshold = |words: &[&str]| {
        let verdict = place.trace(words).well().verdict();
        verdict["levels"][0]["threshold"].as_f64().unwrap()
    };
    let first = threshold(&["--json"]);
    let second = threshold(&["--json", "--strike", "3"]);
    assert!(
        (second - first - f64::ln(2.0)).abs() < 1e-5,
        "{first} {second}"
    );
}

#[test]
fn settings_of_the_first_run_with_reports_are_kept() {
    let place = Place::with_small_desk();
    place
        .trace(&["--alpha", "0.005", "--freeze-days", "14"])
        .well();
    let verdict = place.trace(&["--json"]).well().verdict();
    assert_eq!(verdict["alpha"], 0.005);
    assert_eq!(verdict["freeze_days"], 14);
    assert_eq!(version_and_run(&verdict), (1, 2));
    assert!(place.read("case/case.toml").contains("alpha = 0.005"));
}

#[test]
fn the_key_of_the_pseudonyms_is_readable_by_its_owner_only_and_never_made_twice() {
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    let key = place.path().join("case/seal.key");
    let mode = fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::remove_file(key).unwrap();
    let before = place.case();
    let again = place.trace(&[]);
    assert_ne!(again.status, 0);
    assert!(
        again.err.contains("pseudonyms of earlier runs"),
        "{}",
        again.err
    );
    assert_eq!(place.case(), before);
}

#[test]
fn every_file_of_a_case_is_closed_to_strangers() {
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    let mode = |name: &str| {
        let path = place.path().join("case").join(name);
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    let files = place.case();
    assert!(files.contains_key("runs.jsonl") && files.contains_key("case.toml"));
    for name in files.keys().filter(|name| *name != ".lock") {
        // A tighter umask than the usual one may take more away, and nothing may be added.
        assert_eq!(mode(name) & !0o640, 0, "{name}: {:o}", mode(name));
    }
}

#[test]
fn ids_are_shown_on_request_on_record_and_never_where_the_case_is_sealed() {
    let place = Place::with_small_desk();
    let shown = place.trace(&["--json", "--reveal-ids"]).well();
    assert!(shown.out.contains("\"desk-0\""));
    let record = |line: usize| -> Value {
        let runs = place.read("case/runs.jsonl");
        serde_json::from_str(runs.lines().nth(line).unwrap()).unwrap()
    };
    assert_eq!(record(0)["revealed_ids"], true);
    place.trace(&[]).well();
    assert_eq!(record(1)["revealed_ids"], false);
    let settings = place.read("case/case.toml").replace("ordinary", "always");
    place.write("case/case.toml", settings);
    let before = place.case();
    let refused = place.trace(&["--reveal-ids"]);
    assert_eq!(refused.status, 2);
    assert!(refused.err.contains("sealed"), "{}", refused.err);
    assert!(refused.err.contains("help: "), "{}", refused.err);
    assert_eq!(place.case(), before);
}

#[test]
fn a_large_alpha_is_refused_and_with_exploratory_names_nobody() {
    let place = Place::with_small_desk();
    let refused = place.trace(&["--alpha", "0.05"]);
    assert_eq!(refused.status, 2);
    assert!(refused.err.contains("alpha 0.05"), "{}", refused.err);
    assert!(refused.err.contains("help: "), "{}", refused.err);
    assert!(place.case().is_empty());
    let log = excerpt();
    let leads = trace(
        &place,
        &log,
        &["--json", "--alpha", "0.05", "--exploratory"],
    )
    .well()
    .verdict();
    assert_eq!(leads["exploratory"], true);
    assert_eq!(leads["state"], "strong_lead");
    assert_eq!(leads["named"].as_array().unwrap().len(), 0);
    // Nor does any option bring a name out of such a run, on paper or on the terminal.
    let asked = trace(
        &place,
        &log,
        &["--names", "--alpha", "0.9", "--exploratory"],
    )
    .well();
    assert!(asked.out.contains("No person is named"), "{}", asked.out);
    assert!(!asked.out.contains(" is Updated by"), "{}", asked.out);
    // What was tried to look around fixes nothing that a later run would name under.
    assert!(!place.case().contains_key("case.toml"));
    let named = trace(&place, &log, &["--json"]).well().verdict();
    assert_eq!(
        (&named["alpha"], &named["version"]),
        (&0.001.into(), &3.into())
    );
}

#[test]
fn settings_edited_by_hand_are_held_to_the_same_limits() {
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    let fixed = place.read("case/case.toml");
    for (from, to) in [
        ("alpha = 0.001", "alpha = 0.2"),
        ("colluders = 1", "colluders = 0"),
        ("colluders = 1", "colluders = 3"),
        ("gamma = 1.5", "gamma = 0.5"),
        ("strike = 2", "strike = 200"),
    ] {
        assert!(fixed.contains(from), "{fixed}");
        place.write("case/case.toml", fixed.replace(from, to));
        let refused = place.trace(&[]);
        assert_eq!(refused.status, 2, "{to}");
        assert!(refused.err.contains("help: "), "{}", refused.err);
    }
}

#[test]
fn strata_stay_as_the_first_run_fixed_them() {
    let place = Place::with_small_desk();
    let mut customers = String::from("customer,region,product\n");
    for number in 0..200 {
        customers.push_str(&format!(
            "customer-{number},r{},p{}\n",
            number % 2,
            number % 3
        ));
    }
    place.write("customers.csv", customers);
    let words = ["--json", "--customers", "customers.csv"];
    let split =
        |words: &[&str]| place.trace(words).well().verdict()["strata"]["attributes"].clone();
    let first = split(&[&words[..], &["--strata", "region"]].concat());
    assert!(first.to_string().contains("region") && !first.to_string().contains("product"));
    assert_eq!(split(&words), first);
}

#[test]
fn a_line_of_the_record_that_a_crash_cut_off_is_passed_over_and_stops_no_later_run() {
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    let whole = place.read("case/runs.jsonl");
    // Cut off in the middle: never shown, so it is as if it had not been.
    place.write(
        "case/runs.jsonl",
        format!("{whole}{}", &whole[..whole.len() / 2]),
    );
    let second = place.trace(&["--json"]).well().verdict();
    assert_eq!(second["run"], 2);
    let third = place.trace(&["--json"]).well().verdict();
    assert_eq!(third["run"], 3);
    // Cut off before its line's end: it counts.
    let all = place.read("case/runs.jsonl");
    place.write("case/runs.jsonl", all.trim_end());
    assert_eq!(place.trace(&["--json"]).well().verdict()["run"], 4);
    let all = place.read("case/runs.jsonl");
    assert!(
        all.lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
    assert_eq!(all.lines().count(), 4);
}

//! Every product's sample from end to end: what its log holds, whether that is enough, and a trace.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::program::{Place, Ran, testdata};

/// Folders without a log of one product: what they hold instead has tests of its own.
const OTHERS: [&str; 2] = ["servicenow", "words"];

/// Wide enough for what samples hold on purpose: bad rows, times without an offset, changes only
/// (which is refused otherwise, as another test holds).
const READING: [&str; 5] = [
    "--timezone",
    "UTC",
    "--allow-rejects",
    "50",
    "--changes-as-views",
];

/// A product's sample: a log, the sign-ins beside it, and what a person reads in it.
#[derive(Debug)]
struct Sample {
    log: PathBuf,
    sign_ins: Option<PathBuf>,
    events: Vec<Value>,
}

impl Sample {
    /// Words of a command that reads this log.
    fn words<'a>(&'a self, command: &[&'a str]) -> Vec<&'a str> {
        let mut words = command.to_vec();
        words.push(self.log.to_str().unwrap());
        if let Some(sign_ins) = &self.sign_ins {
            words.extend(["--sign-ins", sign_ins.to_str().unwrap()]);
        }
        words.extend(READING);
        words
    }

    fn run(&self, place: &Place, command: &[&str], more: &[&str]) -> Ran {
        let mut words = self.words(command);
        words.extend(more);
        place.run(&words).well()
    }

    /// Different values of a field of the events.
    fn all(&self, field: &str) -> BTreeSet<&str> {
        let values = self.events.iter();
        values.filter_map(|event| event[field].as_str()).collect()
    }
}

/// One sample a folder of `testdata/`; a folder that has none must say so in [`OTHERS`].
fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for folder in fs::read_dir(testdata(".")).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if OTHERS.contains(&name.as_str()) {
            continue;
        }
        let with = |log: &str, beside: &str| (folder.join(log), Some(folder.join(beside)));
        let logs: Vec<(PathBuf, Option<PathBuf>)> = if name == "rt" {
            vec![with("access.log", "rt.log"), with("session.log", "rt.log")]
        } else if name == "okta" {
            vec![with("access.log", "okta.jsonl")]
        } else {
            let files = fs::read_dir(&folder).unwrap();
            let files = files.map(|file| file.unwrap().path());
            files
                .filter(|file| file.file_stem().is_some_and(|stem| stem == "in"))
                .map(|file| (file, None))
                .collect()
        };
        assert!(!logs.is_empty(), "`{name}` has no `in.*` and isn't listed");
        let golden = fs::read_to_string(folder.join("events.jsonl"))
            .unwrap_or_else(|wrong| panic!("{name}/events.jsonl: {wrong}"));
        let events: Vec<Value> = golden
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        samples.extend(logs.into_iter().map(|(log, sign_ins)| Sample {
            log,
            sign_ins,
            events: events.clone(),
        }));
    }
    assert!(samples.len() >= 12, "{samples:#?}");
    samples
}

/// The numbers of a line, without the signs between thousands.
fn numbers(line: &str) -> Vec<u64> {
    line.replace(',', "")
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|word| word.parse().ok())
        .collect()
}

#[test]
fn import_check_counts_what_a_person_counts() {
    let place = Place::new();
    for sample in samples() {
        let ran = sample.run(&place, &["import", "--check"], &[]);
        let line = |what: &str| {
            let mut lines = ran.out.lines();
            let line = lines.find(|line| line.trim_start().starts_with(what));
            line.unwrap_or_else(|| panic!("{what}: {ran:#?}"))
        };
        let records = numbers(line("records"));
        let told = sample.events.len() as u64;
        assert_eq!(records[1] + records[2], told, "{ran:#?}");
        let accounts = sample.all("actor").len() as u64;
        assert_eq!(numbers(line("accounts"))[0], accounts, "{ran:#?}");
        let times = sample.all("time");
        let (first, last) = (times.first().unwrap(), times.last().unwrap());
        let time = line("time");
        assert!(time.ends_with(&format!("{first} to {last}")), "{ran:#?}");
    }
}

#[test]
fn so_small_a_log_is_told_to_be_too_small_to_name_from() {
    let place = Place::new();
    for mut sample in samples() {
        let ran = sample.run(&place, &["trace", "--power", "--events"], &[]);
        assert!(ran.out.contains("too small to name anybody"), "{ran:#?}");
        // Nor is it an error where nobody knows who looked.
        if sample.sign_ins.take().is_some() {
            let ran = sample.run(&place, &["trace", "--power", "--events"], &[]);
            assert!(ran.out.contains("no account is known"), "{ran:#?}");
        }
        assert!(place.case().is_empty(), "`--power` needs no case");
    }
}

#[test]
fn a_trace_without_reports_tells_what_the_log_holds() {
    for sample in samples() {
        let place = Place::new();
        let ran = sample.run(&place, &["trace", "--json", "--events"], &[]);
        let verdict = ran.verdict();
        assert_eq!(verdict["state"], "nothing");
        let events = sample.events.len() as u64;
        assert_eq!(verdict["coverage"]["rows"], events, "{sample:?}");
        let log = &verdict["inputs"][0]["log"];
        let told = log["views"].as_u64().unwrap() + log["changes"].as_u64().unwrap();
        assert_eq!(told, events, "{log:#}");
        assert_eq!(log["accounts"], sample.all("actor").len() as u64, "{log:#}");
        let nobody = sample
            .events
            .iter()
            .filter(|event| event["actor"].is_null());
        assert_eq!(log["unresolved"], nobody.count() as u64, "{log:#}");
        let times = sample.all("time");
        assert_eq!(log["from"].as_str(), times.first().copied());
        assert_eq!(log["to"].as_str(), times.last().copied());
        // Names of accounts are sealed; what may be said of programs is how many there are.
        for actor in sample.all("actor") {
            let said = format!("\"{actor}\"");
            assert!(!ran.out.contains(&said), "{actor} stands in the verdict");
        }
        assert!(
            place
                .read("case/report.html")
                .contains("What the logs hold")
        );
    }
}

#[test]
fn a_report_of_a_record_in_the_log_is_used() {
    for sample in samples() {
        let place = Place::new();
        let seen = &sample.events[0];
        let (kind, id) = ["ticket", "customer"]
            .into_iter()
            .find_map(|kind| Some((kind, seen[kind].as_str()?)))
            .unwrap();
        let last = sample.all("time").pop_last().unwrap().to_owned();
        let report = format!("report,received_at,{kind}\nr1,{last},{id}\n");
        place.write("reports.csv", report);
        // Whose a ticket is stands in hardly any log.
        let mut tickets = "ticket,customer\n".to_owned();
        for ticket in sample.all("ticket") {
            tickets.push_str(&format!("{ticket},owner-of-{ticket}\n"));
        }
        place.write("tickets.csv", tickets);
        let command = ["trace", "--json", "--events"];
        let beside = ["--reports", "reports.csv", "--tickets", "tickets.csv"];
        let ran = sample.run(&place, &command, &beside);
        let reports = &ran.verdict()["reports"];
        assert_eq!(reports["used"], 1, "{}: {reports:#}", sample.log.display());
        // One report names nobody; that the log is small is no error.
        assert_eq!(ran.verdict()["named"].as_array().unwrap().len(), 0);
    }
}

#[test]
fn a_sample_as_ocsf_is_traced_like_the_sample_itself() {
    for sample in samples() {
        let place = Place::new();
        let written = ["--ocsf", "out.jsonl"];
        let ran = sample.run(&place, &["import", "--events"], &written);
        assert!(ran.out.contains("as OCSF in `out.jsonl`"), "{ran:#?}");
        let lines = place.read("out.jsonl");
        assert_eq!(lines.lines().count(), sample.events.len());
        let verdict = |ran: Ran| {
            let mut verdict = ran.verdict();
            verdict["inputs"] = Value::Null;
            verdict["recompute"] = Value::Null;
            verdict["run"] = Value::Null;
            verdict
        };
        let command = ["trace", "--json", "--reveal-ids", "--events"];
        let plain = verdict(sample.run(&place, &command, &[]));
        let mut words = command.to_vec();
        words.push("out.jsonl");
        words.extend(READING);
        assert_eq!(verdict(place.run(&words).well()), plain);
        // The same bytes again, and no file that nobody asked to lose is lost.
        let again = sample.words(&["import", "--events"]);
        let again: Vec<&str> = again.into_iter().chain(written).collect();
        let refused = place.run(&again);
        assert_eq!(refused.status, 2, "{refused:#?}");
        assert!(refused.err.contains("--replace"), "{refused:#?}");
        let again: Vec<&str> = again.into_iter().chain(["--replace"]).collect();
        place.run(&again).well();
        assert_eq!(place.read("out.jsonl"), lines);
        let left = fs::read_dir(place.path()).unwrap();
        let left = left.map(|file| file.unwrap().file_name().into_string().unwrap());
        let left: BTreeSet<String> = left.collect();
        assert_eq!(
            left,
            BTreeSet::from(["case", "out.jsonl"].map(str::to_owned))
        );
    }
}

#[test]
fn a_log_is_never_written_over_and_a_failed_run_leaves_what_was_there() {
    let place = Place::with_small_desk();
    let log = place.read("events.csv");
    let convert = |events: &str, more: &[&str]| {
        let mut words = vec!["import", "--events", events, "--ocsf"];
        words.extend(more);
        place.run(&words)
    };
    let refused = convert("events.csv", &["./events.csv", "--replace"]);
    assert_eq!(refused.status, 2, "{refused:#?}");
    assert!(
        refused.err.contains("the log would be lost"),
        "{refused:#?}"
    );
    assert_eq!(place.read("events.csv"), log);
    for name in ["-", ".", ".."] {
        assert_eq!(convert("events.csv", &[name]).status, 2, "{name}");
    }
    convert("events.csv", &["out.jsonl"]).well();
    let good = place.read("out.jsonl");
    place.write("bad.csv", "time,actor,customer\nnever,a,b\n");
    let failed = convert("bad.csv", &["out.jsonl", "--replace"]);
    assert_eq!(failed.status, 2, "{failed:#?}");
    assert_eq!(place.read("out.jsonl"), good);
    assert!(!place.path().join("out.jsonl.tmp").exists());
    // Either the one or the other is asked.
    for words in [
        &["import"][..],
        &["import", "--events", "events.csv"],
        &["import", "--ocsf", "new.jsonl"],
        &["import", "--check", "events.csv", "--ocsf", "new.jsonl"],
    ] {
        assert_eq!(place.run(words).status, 2, "{words:?}");
    }
}

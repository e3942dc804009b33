//! Bundles with inputs: what a stranger computes from them is the verdict, byte for byte.

use std::path::Path;
use std::process::Command;

use countersign_ledger::bundle::{self, verify};
use countersign_ledger::note::Signer;

use crate::program::{Place, Ran, ran, skipped, testdata, there};

/// Unpacks a bundle into a new folder and runs its script there, with this program in the PATH.
fn recomputed(place: &Place, spoil: &str) -> Ran {
    let elsewhere = Place::new();
    let unpacked = ran(Command::new("unzip")
        .current_dir(elsewhere.path())
        .arg("-q")
        .arg(place.path().join("case.zip")));
    assert_eq!(unpacked.status, 0, "{unpacked:?}");
    let program = Path::new(env!("CARGO_BIN_EXE_countersign"));
    let path = std::env::var("PATH").unwrap();
    let commands =
        format!("cd countersign-bundle/data/trace; {spoil}\n cd ..; sh trace/recompute.sh");
    ran(Command::new("sh")
        .current_dir(elsewhere.path())
        .args(["-e", "-c", &commands])
        .env(
            "PATH",
            format!("{}:{path}", program.parent().unwrap().display()),
        ))
}

/// Whether a bundle's file holds these bytes anywhere.
fn holds(place: &Place, bytes: &[u8]) -> bool {
    let bundle = std::fs::read(place.path().join("case.zip")).unwrap();
    bundle.windows(bytes.len()).any(|found| found == bytes)
}

const SAME: &str = "computed again, is verdict.json to the byte";

#[test]
fn a_real_desks_verdict_is_computed_again_from_its_bundle_alone() {
    if !there("unzip", "-v") {
        return skipped("unzip is not there to unpack a bundle with");
    }
    let place = Place::new();
    let copy = |from: &str, to: &str| {
        place.write(to, std::fs::read(testdata(from)).unwrap());
    };
    // Names that no zip file of ours has, and a path from the root.
    copy(
        "servicenow/incident_event_log.csv.gz",
        "logs/it's März.csv.gz",
    );
    copy("servicenow/reports.csv", "reports/scam calls.csv");
    copy("servicenow/map.toml", "the map.toml");
    let reports = place.path().join("reports/scam calls.csv");
    let trace = |more: &[&str]| {
        let words = [
            "trace",
            "--case=a case",
            "--events",
            "logs/it's März.csv.gz",
            "--reports",
            reports.to_str().unwrap(),
            "--map-file",
            "the map.toml",
            "--time-format",
            "%d/%m/%Y %H:%M",
            "--timezone",
            "UTC",
            "--missing",
            "?",
            "--changes-as-views",
        ];
        place.run(&[&words[..], more].concat()).well()
    };
    // The second run is another version, and what it shows depends on the first.
    trace(&["--alpha", "0.002"]);
    let first = place.read("a case/verdict.json");
    trace(&["--alpha=0.001"]);
    assert_ne!(first, place.read("a case/verdict.json"));
    assert!(place.read("a case/verdict.json").contains("\"version\": 2"));
    let said = place.run(&["bundle", "a case", "--with-inputs"]).well().out;
    assert!(said.contains("WARNING: it holds the access log"), "{said}");
    for key in ["seal.key", "log.key", "record.key"] {
        let key = std::fs::read(place.path().join("a case").join(key)).unwrap();
        assert!(!holds(&place, &key));
    }
    let said = place.run(&["verify", "case.zip"]).well().out;
    assert!(
        said.contains("data/trace/inputs/ has the 2 files that run 2 read"),
        "{said}"
    );
    let said = recomputed(&place, "");
    assert!(said.status == 0 && said.out.contains(SAME), "{said:#?}");
    // It can fail: with another promise, without the run before, with other pseudonyms.
    for spoil in [
        "sed -i 's/^persons = .*/persons = 9999/' inputs/case.toml",
        ": >inputs/runs.jsonl",
        "sed -i 's/: \"[A-Z][a-z]*-/: \"Raven-1/' inputs/pseudonyms.json",
        "echo >>verdict.json",
    ] {
        let said = recomputed(&place, spoil);
        assert!(
            said.status != 0 && !said.out.contains(SAME),
            "{spoil}: {said:#?}"
        );
    }
}

#[test]
fn runs_of_every_kind_are_computed_again() {
    if !there("unzip", "-v") {
        return skipped("unzip is not there to unpack a bundle with");
    }
    let place = Place::with_small_desk();
    let again = |what: &str| {
        place.run(&["bundle", "case", "--with-inputs"]).well();
        let said = recomputed(&place, "");
        assert!(
            said.status == 0 && said.out.contains(SAME),
            "{what}: {said:#?}"
        );
    };
    place.write("accounts.csv", "account,person\ndesk-0,anna\ndesk-1,anna\n");
    // Another file of the same name.
    place.write(
        "more/events.csv",
        "time,actor,customer\n2019-01-03T09:00:00Z,new,customer-1\n",
    );
    for more in [
        &["--accounts", "accounts.csv"][..],
        &["--events", "more/events.csv"],
        &["--reveal-ids"],
        &["--exploratory", "--alpha", "0.05"],
    ] {
        place.trace(more).well();
        again(more[0]);
    }
    // A web server's log whose accounts a log of sign-ins tells, and no report yet.
    let sample = |name: &str| testdata(name).display().to_string();
    let (log, sign_ins) = (sample("okta/access.log"), sample("okta/okta.jsonl"));
    place
        .run(&["trace", "--events", &log, "--sign-ins", &sign_ins])
        .well();
    again("--sign-ins");
}

#[test]
fn inputs_are_those_of_the_run_or_nothing_is_packed() {
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    place.run(&["bundle", "case"]).well();
    assert!(!holds(&place, b"customer-7"));
    place.run(&["bundle", "case", "--with-inputs"]).well();
    assert!(holds(&place, b"customer-7"));
    let before = std::fs::read(place.path().join("case.zip")).unwrap();
    let reports = place.read("reports.csv");
    place.write("reports.csv", reports.replace("r00", "r99"));
    let refused = place.run(&["bundle", "case", "--with-inputs"]);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(
        refused
            .err
            .contains("`reports.csv` is not the file that run 1 read"),
        "{refused:?}"
    );
    std::fs::remove_file(place.path().join("reports.csv")).unwrap();
    let refused = place.run(&["bundle", "case", "--with-inputs"]);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(refused.err.contains("can't be packed"), "{refused:?}");
    assert_eq!(
        before,
        std::fs::read(place.path().join("case.zip")).unwrap()
    );

    // Whoever packs it: what a run read has the digest that its entry has.
    let data = verify::verify(&before, None).unwrap().data;
    let signer = Signer::from_secret(&place.read("case/log.key")).unwrap();
    let digest = |name: &&String| name.starts_with("trace/inputs/") && name.len() == 77;
    let names: Vec<String> = data.keys().filter(digest).cloned().collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let mut mutants = Vec::new();
    for name in &names {
        let mut changed = data.clone();
        changed.get_mut(name).unwrap()[7] ^= 1;
        let mut missing = data.clone();
        missing.remove(name).unwrap();
        mutants.extend([changed, missing]);
    }
    let mut more = data.clone();
    more.insert("trace/inputs/more.csv".to_owned(), Vec::new());
    mutants.push(more);
    for mutant in mutants {
        let (bytes, _) = bundle::pack(&mutant, "", &signer).unwrap();
        place.write("other.zip", bytes);
        let said = place.run(&["verify", "other.zip"]);
        assert!(
            said.status == 1 && said.err.contains("data/trace/inputs/"),
            "{said:?}"
        );
    }
}

//! A real desk's log, from end to end: an excerpt always, the whole log where it is at hand.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::program::{Place, Ran, skipped, testdata};

/// The account whose tickets the planted reports quote; see `testdata/servicenow/README.md`.
pub(crate) const SELLER: &str = "Updated by 133";

/// How every row of this log names an account.
const ACCOUNTS: &str = "Updated by";

/// `trace` on this log with the planted reports, and these words behind it.
pub(crate) fn trace(place: &Place, log: &Path, more: &[&str]) -> Ran {
    let (reports, map) = (
        testdata("servicenow/reports.csv"),
        testdata("servicenow/map.toml"),
    );
    let mut words = vec!["trace", "--events", log.to_str().unwrap(), "--reports"];
    words.extend([
        reports.to_str().unwrap(),
        "--map-file",
        map.to_str().unwrap(),
    ]);
    words.extend(["--time-format", "%d/%m/%Y %H:%M", "--timezone", "UTC"]);
    words.extend(["--missing", "?", "--changes-as-views"]);
    words.extend(more);
    place.run(&words)
}

pub(crate) fn excerpt() -> PathBuf {
    testdata("servicenow/incident_event_log.csv.gz")
}

#[test]
fn the_planted_seller_is_named_and_nobody_else() {
    let place = Place::new();
    let verdict = trace(&place, &excerpt(), &["--reveal-ids", "--json"])
        .well()
        .verdict();
    assert_eq!(verdict["state"], "named");
    assert_eq!(verdict["named"].as_array().unwrap().len(), 1);
    assert_eq!(verdict["named"][0]["holders"][0], SELLER);
    assert_eq!(verdict["set_named"].as_array().unwrap().len(), 0);
    assert_eq!(verdict["views"], "changes_only");
    assert_eq!(verdict["coverage"]["rows"], 4000);
    // Auto-close touches nearly every ticket; such data can't exclude it, and says so.
    let universal = verdict["universal_viewers"].as_array().unwrap();
    assert!(
        universal[0]["share"].as_f64().unwrap() > 0.9,
        "{universal:?}"
    );
}

#[test]
fn without_reports_nobody_leads() {
    let place = Place::new();
    place.write("none.csv", "");
    let (log, map) = (excerpt(), testdata("servicenow/map.toml"));
    let words = [
        "trace",
        "--json",
        "--changes-as-views",
        "--events",
        log.to_str().unwrap(),
        "--map-file",
        map.to_str().unwrap(),
        "--time-format",
        "%d/%m/%Y %H:%M",
        "--timezone",
        "UTC",
    ];
    let verdict = place.run(&words).well().verdict();
    assert_eq!(verdict["state"], "nothing");
    assert_eq!(verdict["lead"].as_array().unwrap().len(), 0);
}

#[test]
fn no_account_of_the_log_stands_in_anything_that_is_written_or_printed() {
    let place = Place::new();
    let printed = trace(&place, &excerpt(), &[]).well();
    let json = trace(&place, &excerpt(), &["--json"]).well();
    for text in [&printed.out, &printed.err, &json.out, &json.err] {
        assert!(!text.contains(ACCOUNTS), "{text}");
    }
    for (name, bytes) in place.case() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(ACCOUNTS), "{name}");
    }
    // Only a named holder's name is shown, and only when asked for.
    let names = trace(&place, &excerpt(), &["--names"]).well();
    assert_eq!(names.out.matches(ACCOUNTS).count(), 1, "{}", names.out);
    assert!(names.out.contains(&format!("is {SELLER}\n")));
    assert!(names.out.contains("Run 3 of this case, version 1."));
}

#[test]
fn power_says_how_many_reports_a_naming_takes_and_leaves_nothing_behind() {
    let place = Place::new();
    let ran = trace(&place, &excerpt(), &["--power"]).well();
    let lines: Vec<&str> = ran.out.split_terminator('\n').collect();
    assert_eq!(lines.len(), 3, "{}", ran.out);
    // As docs/guide/power.md shows it.
    let page = include_str!("../../../../docs/guide/power.md");
    for line in lines {
        assert!(page.contains(line), "{line}");
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    trace(&place, &excerpt(), &["--power", "--case", "kept"]).well();
    assert!(place.path().join("kept/seal.key").exists());
}

#[test]
fn the_whole_log_straight_from_its_zip_names_the_planted_seller() {
    let Some(csv) = whole_log() else {
        return skipped("the whole ServiceNow log is not at hand (COUNTERSIGN_DATA)");
    };
    let place = Place::new();
    place.write("incident_event_log.csv", csv);
    let log = place.path().join("incident_event_log.csv");
    let verdict = trace(&place, &log, &["--reveal-ids", "--json"])
        .well()
        .verdict();
    assert_eq!(verdict["coverage"]["rows"], 141_712);
    assert_eq!(verdict["coverage"]["tickets"], 24_918);
    assert_eq!(verdict["named"][0]["holders"][0], SELLER);
    assert_eq!(verdict["named"].as_array().unwrap().len(), 1);
}

/// The one file of the data set's zip, unpacked.
fn whole_log() -> Option<Vec<u8>> {
    let data = std::env::var_os("COUNTERSIGN_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let zip = std::fs::read(data.join("servicenow-uci498/uci498_incident_event_log.zip")).ok()?;
    let short = |at: usize| usize::from(u16::from_le_bytes([zip[at], zip[at + 1]]));
    assert_eq!((&zip[..4], short(8)), (b"PK\x03\x04".as_slice(), 8));
    let begin = 30 + short(26) + short(28);
    let mut csv = Vec::new();
    flate2::read::DeflateDecoder::new(&zip[begin..])
        .read_to_end(&mut csv)
        .unwrap();
    Some(csv)
}

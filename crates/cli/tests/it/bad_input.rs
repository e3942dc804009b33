//! Bad input: which file, which line, what to do, exit status 2, and nothing half written.

use std::io::Write as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::program::{Place, events, reports};

/// Runs `trace` twice, in a new case and in one with a run, and sees that nothing is kept.
fn refused(spoil: impl Fn(&Place), words: &[&str], says: &[&str]) {
    let fresh = Place::with_small_desk();
    let old = Place::with_small_desk();
    old.trace(&[]).well();
    for place in [fresh, old] {
        spoil(&place);
        let mut before = place.case();
        let ran = place.trace(words);
        assert_eq!(ran.status, 2, "{says:?}: {ran:#?}");
        for text in says {
            assert!(ran.err.contains(text), "no `{text}` in: {}", ran.err);
        }
        assert!(ran.err.contains("\nhelp: "), "{}", ran.err);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        assert_eq!(ran.out, "");
        let mut after = place.case();
        // Opening a case may make its key and its lock, and nothing else.
        for name in ["seal.key", ".lock"] {
            before.remove(name);
            after.remove(name);
        }
        assert_eq!(
            before.keys().collect::<Vec<_>>(),
            after.keys().collect::<Vec<_>>()
        );
        assert_eq!(before, after);
    }
}

/// A file that is spoiled, as `refused` wants it.
fn with(name: &'static str, content: impl AsRef<[u8]>) -> impl Fn(&Place) {
    move |place| place.write(name, content.as_ref())
}

#[test]
fn a_missing_column_is_named_with_the_file_and_the_nearest_column() {
    refused(
        with("events.csv", events(12).replacen("actor", "acter", 1)),
        &[],
        &["`actor`", "`events.csv`", "is it `acter`?", "--map"],
    );
    refused(
        with("reports.csv", reports(3).replacen("received_at", "got", 1)),
        &[],
        &["`received_at`", "`reports.csv`"],
    );
    refused(
        |_| {},
        &["--map", "events.actor=user_name"],
        &["needs a column `user_name`", "`events.csv`"],
    );
    refused(
        |_| {},
        &["--map", "acter=user"],
        &["mapping", "`acter=user`"],
    );
}

#[test]
fn a_rule_of_the_mapping_that_matches_nothing_is_an_error_that_names_it() {
    refused(
        |_| {},
        &["--map", "time=sys_updated_at"],
        &[
            "the mapping `time=sys_updated_at` matches nothing",
            "there is no column `sys_updated_at` in `events.csv`",
            "--map",
        ],
    );
    refused(
        with("events.csv", events(12).replacen("actor", "acter", 1)),
        &["--map", "events.actor=acter,actor=akter"],
        &[
            "`actor=akter` matches nothing",
            "`events.csv` (is it `acter`?)",
        ],
    );
    refused(
        |_| {},
        &["--map", "customers.region=area"],
        &["`customers.region=area`", "no customers file was given"],
    );
    refused(
        |_| {},
        &["--map", "opened_at=created"],
        &[
            "`opened_at=created`",
            "no file was given that can have `opened_at`",
        ],
    );
}

#[test]
fn a_mistake_in_a_mapping_is_named_with_its_file_and_line() {
    let map = ["--map-file", "map.toml"];
    refused(
        with("map.toml", "ticket = \"number\"\n[ticket]\nqueue = \"q\"\n"),
        &map,
        &["`map.toml` line 2", "twice", "\"ticket.queue\" ="],
    );
    refused(
        with("map.toml", "[events]\nactr = \"user\"\n"),
        &map,
        &["`map.toml` line 2", "`events.actr=user`"],
    );
    refused(|_| {}, &map, &["`map.toml` can't be read"]);
    let place = Place::with_small_desk();
    let log = events(120).replacen("customer", "number", 1);
    place.write("events.csv", log.replacen("actor", "user", 1));
    let words = "actor = \"user\"\nticket = \"number\"\n\"ticket.desk\" = \"user\"\n";
    place.write("map.toml", words);
    place.write("reports.csv", reports(6).replacen("customer", "ticket", 1));
    let verdict = place
        .trace(&["--json", "--map-file", "map.toml"])
        .well()
        .verdict();
    assert_eq!(verdict["coverage"]["tickets"], 120);
}

#[test]
fn one_time_format_for_the_log_does_not_spoil_reports_in_rfc_3339() {
    let place = Place::with_small_desk();
    let plain = place.trace(&["--json"]).well().verdict();
    // 2019-01-31T09:05:00Z becomes 31/01/2019 09:05.
    let log: String = events(120)
        .lines()
        .map(|line| match (line.get(..4), line.split_once("T")) {
            (Some("2019"), Some((date, rest))) => {
                let clock = &rest[..5];
                let (_, row) = rest.split_once(',').unwrap();
                format!("{}/{}/2019 {clock},{row}\n", &date[8..], &date[5..7])
            }
            _ => format!("{line}\n"),
        })
        .collect();
    place.write("events.csv", log);
    let ran = place.trace(&[
        "--json",
        "--case",
        "other",
        "--time-format",
        "%d/%m/%Y %H:%M",
        "--timezone",
        "UTC",
    ]);
    let verdict = ran.well().verdict();
    assert_eq!(verdict["reports"]["used"], 6);
    assert_eq!(verdict["coverage"], plain["coverage"]);
}

#[test]
fn a_rule_may_match_one_of_several_files_and_wait_for_the_reports() {
    let place = Place::with_small_desk();
    place.write("more.csv", events(12).replacen("time", "created", 1));
    place.write("reports.csv", reports(6).replacen("received_at", "got", 1));
    let map = "time=created,received_at=got,reports.customer=customer";
    place.trace(&["--events", "more.csv", "--map", map]).well();
    let first = ["trace", "--events", "more.csv", "--events", "events.csv"];
    place.run(&[&first[..], &["--map", map]].concat()).well();
}

#[test]
fn zones_that_are_mixed_missing_or_unknown_are_errors() {
    refused(
        with(
            "events.csv",
            "time,actor,customer\n2019-01-01T09:00:00Z,a,c1\n2019-01-01T09:00:00,b,c2\n",
        ),
        &[],
        &["`events.csv`", "line 2", "line 3", "--timezone"],
    );
    refused(
        with("events.csv", events(12).replace("Z,", ",")),
        &[],
        &["`events.csv` line 2", "--timezone"],
    );
    refused(|_| {}, &["--timezone", "Mars/Olympus"], &["`Mars/Olympus`"]);
    refused(|_| {}, &["--time-format", "%H:%M"], &["`%H:%M`"]);
}

#[test]
fn times_in_the_future_are_errors_unless_they_are_few() {
    refused(
        with("events.csv", events(12).replace("2019-01", "2101-01")),
        &[],
        &["`events.csv`", "line 2", "the time is in the future"],
    );
    let place = Place::with_small_desk();
    let one = format!("{}2101-01-01T09:00:00Z,desk-1,customer-1\n", events(120));
    place.write("events.csv", one);
    let verdict = place.trace(&["--json"]).well().verdict();
    assert_eq!(verdict["inputs"][1]["rejected"], 1);
    assert!(
        place
            .read("case/rejected.csv")
            .contains(",242,\"the time is in the future\"")
    );
    refused(
        with("events.csv", events(12).replacen("2019-01", "2101-01", 1)),
        &["--allow-rejects", "0"],
        &["line 2"],
    );
}

#[test]
fn an_id_that_stands_twice_is_named_with_both_lines() {
    refused(
        with("reports.csv", reports(6).replacen("r03", "r00", 1)),
        &[],
        &["`reports.csv`", "line 2 and line 5"],
    );
    refused(
        with("a.csv", "account,team\nx,T\ny,T\nx,T\n"),
        &["--accounts", "a.csv"],
        &["`a.csv`", "line 2 and line 4"],
    );
    refused(
        with("c.csv", "customer,region\nx,T\ny,T\ny,T\n"),
        &["--customers", "c.csv"],
        &["`c.csv`", "line 3 and line 4"],
    );
    refused(
        with("t.csv", "ticket,customer\nx,T\nx,T\n"),
        &["--tickets", "t.csv"],
        &["`t.csv`", "line 2 and line 3"],
    );
}

#[test]
fn a_report_about_an_unknown_customer_is_counted_shown_and_not_used() {
    let place = Place::with_small_desk();
    place.write(
        "reports.csv",
        reports(6).replacen("customer-12,", "nobody-12,", 1),
    );
    let ran = place.trace(&["--json"]).well();
    assert!(
        ran.err
            .contains("reports that name a customer whom no table knows"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("line 3"), "{}", ran.err);
    assert!(!ran.err.contains("nobody-12"), "{}", ran.err);
    let verdict = ran.verdict();
    assert_eq!(verdict["reports"]["unmatched"], 1);
    assert_eq!(verdict["reports"]["used"], 5);
}

#[test]
fn a_log_without_rows_is_an_error() {
    refused(with("events.csv", ""), &[], &["`events.csv` is empty"]);
    refused(
        with("events.csv", "time,actor,customer\n"),
        &[],
        &["`events.csv`", "no rows"],
    );
    refused(
        |_| {},
        &["--customers", "missing.csv"],
        &["`missing.csv` can't be opened"],
    );
}

#[test]
fn what_the_system_said_is_said_once() {
    let place = Place::with_small_desk();
    place.write("file", "");
    for words in [
        &["trace", "--events", "missing.csv"][..],
        &["trace", "--events", "events.csv", "--map-file", "missing"],
        &["trace", "--events", "events.csv", "--case", "file/case"],
        &["simulate", "--world", "own-queue", "--out", "file/world"],
    ] {
        let ran = place.run(words);
        assert_ne!(ran.status, 0, "{ran:#?}");
        assert_eq!(ran.err.matches("(os error").count(), 1, "{}", ran.err);
    }
}

#[test]
fn a_cut_off_gzip_file_is_an_error() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(events(4000).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let half = packed[..packed.len() / 2].to_vec();
    refused(
        with("log.csv.gz", half),
        &["--events", "log.csv.gz"],
        &["`log.csv.gz` is cut off"],
    );
    let mut broken = packed;
    let middle = broken.len() / 2;
    broken[middle..middle + 64].fill(0xff);
    refused(
        with("log.csv.gz", broken),
        &["--events", "log.csv.gz"],
        &["`log.csv.gz`"],
    );
}

#[test]
fn binary_junk_is_no_table() {
    let mut junk = 1_u32;
    let bytes: Vec<u8> = (0..100_000)
        .map(|_| {
            junk = junk.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            junk.to_be_bytes()[0]
        })
        .collect();
    refused(with("events.csv", &bytes), &[], &["`events.csv`"]);
    refused(with("reports.csv", &bytes), &[], &["`reports.csv`"]);
    refused(
        with("log.parquet", &bytes),
        &["--events", "log.parquet"],
        &["`log.parquet`"],
    );
}

#[test]
fn a_line_without_end_is_given_up_early() {
    // Ten gigabytes are offered; the program must stop reading long before.
    let place = Place::with_small_desk();
    let mut program = place.program(&["trace", "--events", "-", "--reports", "reports.csv"]);
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let piece = [b'x'; 1 << 16];
    let mut taken = 0_u64;
    if pipe.write_all(b"time,actor,customer\n").is_ok() {
        while taken < 10_000_000_000 && pipe.write_all(&piece).is_ok() {
            taken += piece.len() as u64;
        }
    }
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("line 2 is longer than 16 MiB"), "{said}");
    assert!(said.contains("\nhelp: "), "{said}");
    assert!(taken < 1_000_000_000, "{taken} bytes were taken");
}

#[test]
fn a_log_of_changes_is_refused_with_what_to_export_instead() {
    let changes: String = events(12)
        .lines()
        .enumerate()
        .map(|(row, line)| format!("{line},{}\n", if row == 0 { "action" } else { "change" }))
        .collect();
    refused(
        with("events.csv", &changes),
        &[],
        &["records changes only", "--changes-as-views"],
    );
    let place = Place::with_small_desk();
    place.write("events.csv", &changes);
    let ran = place.trace(&["--changes-as-views"]).well();
    assert!(ran.out.starts_with("Changes only: "), "{}", ran.out);
    assert!(
        place
            .read("case/report.html")
            .contains("who looked without changing anything")
    );
}

#[test]
fn wrong_words_on_the_command_line_are_errors_with_help() {
    for words in [
        ["--gamma", "0.5"],
        ["--strike", "21"],
        ["--freeze-days", "9999"],
        ["--allow-rejects", "101"],
        ["--alpha", "0"],
        ["--strata", "colour"],
    ] {
        refused(|_| {}, &words, &[]);
    }
    let place = Place::with_small_desk();
    for words in [&["--colluders", "3"][..], &["--no-such-thing"]] {
        let ran = place.trace(words);
        assert_eq!(ran.status, 2, "{ran:#?}");
        assert!(place.case().is_empty());
    }
}

#[test]
fn the_worlds_are_listed_without_a_folder_and_made_only_into_one() {
    let place = Place::new();
    let list = place.run(&["simulate", "--list"]).well();
    assert!(list.out.contains("\nown-queue: "), "{}", list.out);
    let ran = place.run(&["simulate", "--world", "own-queue"]);
    assert_eq!(ran.status, 2, "{ran:#?}");
    assert!(ran.err.contains("--out"), "{}", ran.err);
}

#[test]
fn files_of_another_kind_than_they_seem_are_errors_that_say_what_to_do() {
    let log = |name: &'static str, content: String, says: &[&str]| {
        refused(with(name, content), &["--events", name], says);
    };
    refused(
        |_| {},
        &["--events", "."],
        &["`.` is a folder", "one by one"],
    );
    log("log.csv.gz", events(12), &["`log.csv.gz`", "off its name"]);
    let header = "line of column names, separated by comma";
    let bars = events(12).replace(',', "|");
    log("bars.csv", bars, &["`bars.csv`", header]);
    let rows = events(12).replacen("time,actor,customer\n", "", 1);
    log("rows.csv", rows, &["`rows.csv`", header]);
    let unix = "time,actor,customer\n1546333200,desk-1,customer-1\n".to_owned();
    log(
        "unix.csv",
        unix,
        &["`unix.csv`", "line 2", "--time-format", "unix-ms"],
    );
}

#[test]
fn a_log_that_changes_while_it_is_read_is_an_error_and_nothing_is_kept() {
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    let before = place.case();
    let small = events(120);
    let (header, rows) = small.split_once('\n').unwrap();
    let mut log = format!("{header}\n");
    while log.len() < 16_000_000 {
        log.push_str(rows);
    }
    place.write("log.csv", log);
    let path = place.path().join("log.csv");
    let ended = AtomicBool::new(false);
    let ran = std::thread::scope(|scope| {
        // Changes it before the program begins and goes on until it has ended: whenever the
        // program looks, the file is another one than it was.
        scope.spawn(|| {
            let mut file = std::fs::File::options().append(true).open(&path).unwrap();
            let row = b"2019-01-02T12:00:00Z,desk-3,customer-7\n";
            for row_number in 0_u32.. {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                file.write_all(row).unwrap();
                // So that the program reaches an end.
                if row_number > 20_000 {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
            }
        });
        let ran = place.run(&["trace", "--events", "log.csv", "--reports", "reports.csv"]);
        ended.store(true, Ordering::Relaxed);
        ran
    });
    assert_eq!(ran.status, 2, "{ran:#?}");
    let said = "`log.csv` changed while it was read";
    assert!(ran.err.contains(said), "{}", ran.err);
    assert!(ran.err.contains("\nhelp: make a copy"), "{}", ran.err);
    assert_eq!(ran.out, "");
    assert_eq!(place.case(), before);
}

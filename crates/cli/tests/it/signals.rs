//! What the program does when the reader goes away or the person at the keyboard has enough.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::program::{Place, reports};

#[test]
fn a_reader_who_goes_away_is_no_error() {
    let place = Place::with_small_desk();
    let mut program = place.program(&[
        "trace",
        "--json",
        "--events",
        "events.csv",
        "--reports",
        "reports.csv",
    ]);
    let mut child = program
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    // The run is complete all the same.
    assert!(
        place
            .read("case/report.html")
            .trim_end()
            .ends_with("</html>")
    );
}

#[test]
fn closed_notes_are_no_error_either() {
    let place = Place::with_small_desk();
    let mut program = place.program(&["trace", "--events", "events.csv", "--reports", "none.csv"]);
    let mut child = program
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    // The message about the missing file goes nowhere, and the exit status says it all the same.
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn ctrl_c_while_the_log_is_read_leaves_nothing_behind() {
    let place = Place::new();
    place.write("reports.csv", reports(3));
    let mut program = place.program(&["trace", "--events", "-", "--reports", "reports.csv"]);
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(b"time,actor,customer\n").unwrap();
    let row = "2019-01-01T09:00:00Z,desk-1,customer-1\n".repeat(1000);
    // A pipe holds 64 KiB: what is taken beyond was read by a program that listens by then.
    let mut written = 0;
    let mut asked = false;
    while written < 2_000_000_000 && pipe.write_all(row.as_bytes()).is_ok() {
        written += row.len();
        if written > 8_000_000 && !asked {
            let kill = format!("kill -INT {}", child.id());
            assert!(
                Command::new("sh")
                    .args(["-c", &kill])
                    .status()
                    .unwrap()
                    .success()
            );
            asked = true;
        }
    }
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(asked, "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("stopped on request"), "{said}");
    let left: Vec<String> = place.case().into_keys().collect();
    assert_eq!(left, [".lock", "seal.key"]);
}

#[test]
fn two_programs_never_write_to_one_case() {
    let place = Place::with_small_desk();
    place.trace(&[]).well();
    let before = place.case();
    let mut program = place.program(&["trace", "--events", "-", "--reports", "reports.csv"]);
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // More than a pipe holds: the first program has the case open when this returns.
    let header = "time,actor,customer\n";
    let row = "2019-01-01T09:00:00Z,desk-1,customer-1\n".repeat(200_000);
    pipe.write_all(header.as_bytes()).unwrap();
    pipe.write_all(row.as_bytes()).unwrap();
    let second = place.trace(&[]);
    assert_ne!(second.status, 0, "{second:#?}");
    assert!(second.err.contains("in use"), "{}", second.err);
    assert_eq!(place.case(), before);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(pipe);
    // The lock went with the program.
    place.trace(&[]).well();
}

//! A table of reports as it was written, row by row.

use countersign_core::report::Channel;
use countersign_core::time::Second;
use countersign_import::{Options, ToldReports, told_reports};

fn told(text: &str) -> Result<ToldReports, String> {
    let now = Second::from_unix(1_600_000_000).unwrap();
    told_reports(text.as_bytes(), &Options::new(now), 50)
}

#[test]
fn rows_come_as_they_were_written_and_bad_ones_with_their_lines() {
    let text = "report,received_at,called_at,customer,email,quoted_ticket,channel,pretext,verified,note,shoe\n\
        r1,2019-08-02T10:00:00Z,2019-08-02T09:00:00+00:00,'=c1,,INC 47,robocall,refund,yes,\"said: \"\"hello\"\"\",44\n\
        r2,yesterday,,,ann@example.org,,,,,,\n\
        r3,2019-08-02T10:00:00Z,2019-08-03T09:00:00Z,,ann@example.org,,pigeon,,no,,\n\
        r4,2019-08-02T10:00:00Z,2019-08-03T09:00:00Z,,ann@example.org,,,,,,\n\
        ,2019-08-02T10:00:00Z,,,,,,,maybe,,\n";
    let told = told(text).unwrap();
    let lines: Vec<u64> = told.rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [2, 5]);
    let [first, second] = &told.rows[..] else {
        panic!()
    };
    assert_eq!(first.id, "r1");
    assert_eq!(first.customer.as_deref(), Some("=c1"));
    assert_eq!(first.quoted.as_deref(), Some("INC 47"));
    assert_eq!(first.channel, Channel::Robocall);
    assert_eq!(first.note.as_deref(), Some("said: \"hello\""));
    assert!(first.verified);
    assert_eq!(first.called.unwrap().to_string(), "2019-08-02T09:00:00Z");
    // A call that is later than its report is no later than that.
    assert_eq!(second.called, Some(second.received));
    // Silence is no word that it was verified.
    assert!(!second.verified);
    let wrong: Vec<u64> = told.wrong.iter().map(|(line, _)| *line).collect();
    assert_eq!(wrong, [3, 4, 6]);
    for (_, reason) in &told.wrong {
        assert!(
            !reason.contains("pigeon") && !reason.contains("yesterday"),
            "{reason}"
        );
    }
    assert_eq!(told.ignored, ["shoe"]);
}

#[test]
fn a_review_says_with_confirmed_what_is_verified() {
    let text = "report,received_at,email,confirmed\n\
        r1,2019-08-02T10:00:00Z,a@b.c,yes\nr2,2019-08-02T10:00:00Z,a@b.c,unverified\n\
        r3,2019-08-02T10:00:00Z,a@b.c,no\nr4,2019-08-02T10:00:00Z,a@b.c,\n";
    let told = told(text).unwrap();
    let verified: Vec<bool> = told.rows.iter().map(|row| row.verified).collect();
    assert_eq!(verified, [true, false]);
    assert_eq!(told.undecided, 2);
}

#[test]
fn what_is_no_table_of_reports_is_refused_in_words_without_a_path() {
    let many = format!(
        "report,received_at,email\n{}",
        (0..51)
            .map(|row| format!("r{row},2019-08-02T10:00:00Z,a@b.c\n"))
            .collect::<String>()
    );
    let large = format!("report,received_at,email\n{}", "x".repeat(3 << 20));
    for (text, word) in [
        ("", "the table"),
        ("a,b\n1,2\n", "report"),
        ("report,received_at\nr1,2019-08-02T10:00:00Z\n", "email"),
        (
            "report,received_at,email\nr,2019-08-02T10:00:00Z,a@b.c\nr,2019-08-02T10:00:00Z,a@b.c\n",
            "line 2 and line 3",
        ),
        ("\u{1f}\u{8b}", "the table"),
        ("PAR1", "packed"),
        (&many, "more than 50 rows"),
        (&large, "the table"),
    ] {
        let refused = told(text).unwrap_err();
        assert!(refused.contains(word), "{text:.20}: {refused}");
        assert!(!refused.contains("/dev/"), "{refused}");
    }
    assert!(told_reports(b"\x1f\x8b\x08", &Options::new(Second(1)), 9).is_err());
    assert!(told_reports(&[0xff; 5000], &Options::new(Second(1)), 9).is_err());
}

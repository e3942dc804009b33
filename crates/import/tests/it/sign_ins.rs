//! Web servers' logs whose accounts come from a log of sign-ins.

use std::fs;
use std::path::PathBuf;

use countersign_core::desk::View;
use countersign_import::{ImportError, Imported, Sources};

use crate::read;
use crate::samples::{Ids, file, golden, options, testdata, told};

/// Recorded from a real Request Tracker behind nginx: who is who comes from RT's own log.
#[test]
fn the_recorded_log_of_request_tracker_tells_who_looked_by_session() {
    let folder = testdata().join("rt");
    let read = |log: &str, sign_ins: Vec<PathBuf>| {
        let sources = Sources {
            events: vec![folder.join(log)],
            sign_ins,
            ..Sources::default()
        };
        read::read(&sources, &options()).unwrap()
    };
    let events = golden(&folder.join("events.jsonl"));
    let (imported, views) = read("session.log", vec![folder.join("rt.log")]);
    assert_eq!(told(&imported, &views, &Ids::of(&events)), events);
    // The address alone is enough where one person has it.
    let (imported, views) = read("access.log", vec![folder.join("rt.log")]);
    assert_eq!(told(&imported, &views, &Ids::of(&events)), events);
    // Without sign-ins the same views are nobody's.
    let (imported, views) = read("session.log", Vec::new());
    assert_eq!(views.len(), events.len());
    assert_eq!(file(&imported).unresolved, events.len() as u64);
}

/// Reads Okta's sample with this as the log of sign-ins.
fn with_okta(sign_ins: &str, allow_rejects: f64) -> Result<(Imported, Vec<View>), ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("okta.json");
    fs::write(&path, sign_ins).unwrap();
    let sources = Sources {
        events: vec![testdata().join("okta/access.log")],
        sign_ins: vec![path],
        ..Sources::default()
    };
    let mut options = options();
    options.allow_rejects = allow_rejects;
    read::read(&sources, &options)
}

fn okta() -> String {
    fs::read_to_string(testdata().join("okta/okta.jsonl")).unwrap()
}

#[test]
fn okta_tells_whose_an_address_is_and_a_shared_one_is_nobodys() {
    let events = golden(&testdata().join("okta/events.jsonl"));
    let lines = okta();
    let array = format!("[{}]", lines.trim_end().replace('\n', ",\n"));
    for text in [&lines, &array, &lines.replace('\n', "\r\n")] {
        let (imported, views) = with_okta(text, 0.0).unwrap();
        assert_eq!(told(&imported, &views, &Ids::of(&events)), events);
        // Two people behind the office's address; of one address nobody knows anything.
        let log = file(&imported);
        assert_eq!((log.unresolved, log.ambiguous), (3, 2));
        assert_eq!(imported.warnings, [] as [&str; 0]);
    }
}

/// A month later a hotel's or a carrier's address is another's, and a month before it was too.
#[test]
fn a_view_from_an_address_before_anybody_signed_in_there_is_nobodys() {
    let signs_in_later = |from: &str, to: &str| {
        let (imported, views) = with_okta(&okta().replace(from, to), 0.0).unwrap();
        assert_eq!(views.len(), 6);
        let log = file(&imported);
        (log.unresolved, log.ambiguous, imported.warnings)
    };
    // The whole log of sign-ins a month later, and five weeks earlier.
    for (to, hours) in [("2026-07-", Some("719 hours")), ("2026-04-2", None)] {
        let from = if hours.is_some() {
            "2026-06-"
        } else {
            "2026-06-0"
        };
        let (unresolved, ambiguous, warnings) = signs_in_later(from, to);
        assert_eq!((unresolved, ambiguous), (6, 2), "{to}");
        assert_eq!(warnings.len(), usize::from(hours.is_some()), "{warnings:?}");
        assert!(warnings.iter().all(|said| said.contains(hours.unwrap())));
    }
    // Ann's first request is before her first sign-in, her second one after it.
    let (unresolved, ambiguous, warnings) =
        signs_in_later("2026-06-01T07:59:5", "2026-06-01T08:59:5");
    assert_eq!((unresolved, ambiguous), (4, 2));
    // The first sign-in of all is half an hour later: that is not worth a word.
    assert_eq!(warnings, [] as [&str; 0]);
}

#[test]
fn a_failed_sign_in_does_not_make_an_address_shared() {
    // The same failures, had they succeeded: then Ann's address is no longer hers alone.
    let succeeded = okta()
        .replace("FAILURE", "SUCCESS")
        .replace("unknown", "bob@desk.example");
    let (imported, _) = with_okta(&succeeded, 0.0).unwrap();
    let log = file(&imported);
    assert_eq!((log.unresolved, log.ambiguous), (5, 4));
}

#[test]
fn oktas_log_is_known_by_any_of_its_first_objects() {
    let other = "{\"exported\":\"2026-06-03\"}\n";
    for count in [1, 6, 99] {
        let text = other.repeat(count) + &okta();
        let (imported, _) = with_okta(&text, 1.0).unwrap();
        let log = file(&imported);
        assert_eq!((log.unresolved, log.ambiguous), (3, 2), "{count}");
        assert_eq!(imported.rejected.len(), count);
    }
}

#[test]
fn sign_ins_that_can_not_be_read_are_counted_and_too_many_are_an_error() {
    let lines = okta();
    for broken in [
        // Cut off, without its address, without a name, at no time.
        lines[..lines.len() - 9].to_owned(),
        lines.replacen("\"ipAddress\": \"203.0.113.5\"", "\"ipAddress\": null", 1),
        lines.replacen(
            "\"alternateId\": \"cat@desk.example\"",
            "\"alternateId\": \"\"",
            1,
        ),
        lines.replacen("2026-06-02T08:00:00.000Z", "yesterday", 1),
    ] {
        assert_ne!(broken, lines);
        let error = with_okta(&broken, 0.01).unwrap_err();
        assert!(
            matches!(&error, ImportError::TooManyRejected { rejected: 1, file, .. } if file.ends_with("okta.json")),
            "{error}"
        );
        let (imported, _) = with_okta(&broken, 0.5).unwrap();
        assert!(
            imported
                .warnings
                .iter()
                .any(|warning| warning.contains("can't be read: 1 of")),
            "{:?}",
            imported.warnings
        );
        assert_eq!(imported.rejected.len(), 1);
    }
    for none in [
        "[]",
        "{\"published\":\"x\",\"eventType\":\"y\",\"actor\":{},\"outcome\":{}}",
    ] {
        let error = with_okta(none, 1.0).unwrap_err();
        assert!(matches!(error, ImportError::NoSignIns { .. }), "{error}");
        assert!(error.help().contains("user.session.start"));
    }
}

#[test]
fn a_log_of_request_tracker_with_a_broken_sign_in_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(testdata().join("rt/rt.log")).unwrap();
    let path = folder.path().join("rt.log");
    fs::write(
        &path,
        text.replacen("[Mon Jun  1 08:00:00 2026]", "[Mon]", 1),
    )
    .unwrap();
    let sources = Sources {
        events: vec![testdata().join("rt/session.log")],
        sign_ins: vec![path],
        ..Sources::default()
    };
    let (imported, _) = read::read(&sources, &options()).unwrap();
    assert!(
        imported
            .warnings
            .iter()
            .any(|warning| warning.contains("can't be read: 1 of"))
    );
    let mut strict = options();
    strict.allow_rejects = 0.0;
    let error = read::read(&sources, &strict).unwrap_err();
    assert!(
        matches!(error, ImportError::TooManyRejected { line: 1, .. }),
        "{error}"
    );
}

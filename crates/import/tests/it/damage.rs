//! Files as they come, for every source: cut off, in other encodings, around the change of the
//! clocks.
//!
//! Whatever is done to a file, it is an error, or each record is used, none, or rejected, and what
//! it tells is what it tells when it is whole.

use std::fs;

use countersign_import::{ImportError, LogFile};

use crate::parts::{Parts, alone, lenient, logs, read_files};
use crate::samples::{SAMPLES, Told};

/// Every record is in exactly one place.
pub(crate) fn nothing_is_lost(log: &LogFile, told: &[Told], what: &str) {
    let used = log.records - log.no_views.all() - log.rejected;
    assert!(used <= told.len() as u64, "{what}");
    assert_eq!(used == 0, told.is_empty(), "{what}");
}

#[test]
fn a_file_that_is_cut_in_the_middle_of_a_record_tells_nothing_that_was_not_in_it() {
    for sample in &SAMPLES {
        let parts = Parts::of(sample);
        let alone = alone(sample, &parts);
        for (number, record) in parts.records.iter().enumerate() {
            let before: Vec<Told> = alone[..number].concat();
            // Here and there; and everywhere at the end, where a row lacks least.
            let last = number + 1 == parts.records.len();
            let end = record.len() - if last { record.len().min(30) } else { 0 };
            for cut in (1..end).step_by(53).chain(end.max(1)..record.len()) {
                let what = format!("{} {number}: {}", sample.file, &record[..cut]);
                let file = parts.cut(number, cut);
                let (imported, told) = match read_files(sample, &[&file], &lenient(sample)) {
                    Ok(read) => read,
                    Err(error) => {
                        assert!(!error.to_string().is_empty() && !error.help().is_empty());
                        continue;
                    }
                };
                let log = logs(&imported)[0];
                nothing_is_lost(log, &told, &what);
                assert_eq!(told[..before.len()], before, "{what}");
                let rest = &told[before.len()..];
                let warned = imported
                    .warnings
                    .iter()
                    .any(|text| text.contains("no line end"));
                assert!(
                    warned || alone[number].starts_with(rest),
                    "{what}: {rest:?}"
                );
                assert!(log.records > number as u64, "{what}");
            }
        }
    }
}

#[test]
fn another_encoding_is_an_error_or_leaves_out_the_record_that_has_it() {
    for sample in &SAMPLES {
        let parts = Parts::of(sample);
        let text = fs::read_to_string(sample.path()).unwrap();
        for (mark, unit) in [
            (&[0xff_u8, 0xfe][..], u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (&[0xfe, 0xff], u16::to_be_bytes),
            (&[], u16::to_le_bytes),
            (&[], u16::to_be_bytes),
        ] {
            let wide = [
                mark,
                &text.encode_utf16().flat_map(unit).collect::<Vec<u8>>(),
            ]
            .concat();
            let error = read_files(sample, &[&wide], &lenient(sample)).unwrap_err();
            assert!(
                matches!(error, ImportError::NotText { .. }),
                "{}: {error}",
                sample.file
            );
        }
        // One letter of Latin-1 in each record in turn.
        let alone = alone(sample, &parts);
        for (number, record) in parts.records.iter().enumerate() {
            for (at, _) in record
                .match_indices(|letter: char| letter.is_ascii_lowercase())
                .step_by(29)
            {
                let what = format!("{} {number}: {}", sample.file, &record[..at]);
                let mut records: Vec<Vec<u8>> = parts
                    .records
                    .iter()
                    .map(|record| record.clone().into_bytes())
                    .collect();
                records[number][at] = 0xfc;
                let file = parts.file(&records);
                let (imported, told) = match read_files(sample, &[&file], &lenient(sample)) {
                    Ok(read) => read,
                    Err(ImportError::NoEvents) => continue,
                    Err(error) => {
                        assert!(matches!(error, ImportError::Xml { .. }), "{what}: {error}");
                        continue;
                    }
                };
                nothing_is_lost(logs(&imported)[0], &told, &what);
                // It may stand where nobody reads, or make the record another one; never an id.
                let (before, after) = (alone[..number].concat(), alone[number + 1..].concat());
                assert!(
                    told.starts_with(&before) && told.ends_with(&after),
                    "{what}"
                );
                let own = &told[before.len()..told.len() - after.len()];
                let known = |id: &Option<String>| {
                    let damaged = |id: &String| id == "another" || id.contains('\u{fffd}');
                    !id.as_ref().is_some_and(damaged)
                };
                for (_, actor, customer, ticket) in own {
                    assert!(
                        known(actor) && known(customer) && known(ticket),
                        "{what}: {own:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn local_times_on_a_change_of_the_clocks_are_read_as_the_earlier_and_counted() {
    for sample in &SAMPLES {
        let mut options = sample.options();
        options.timezone = Some("Europe/Berlin".to_owned());
        let text = fs::read_to_string(sample.path()).unwrap();
        let (imported, _) = read_files(sample, &[text.as_bytes()], &options).unwrap();
        let Some((written, form)) = sample.local else {
            assert!(
                !logs(&imported)[0].zone_assumed,
                "{}: its times are local",
                sample.file
            );
            continue;
        };
        assert!(text.contains(written), "{}", sample.file);
        for (day, time, utc, change) in [
            // Twice, never, and an hour later each.
            ("2026-10-25", "02:30:00", "2026-10-25T00:30:00Z", 1),
            ("2026-10-25", "03:30:00", "2026-10-25T02:30:00Z", 0),
            ("2026-03-29", "02:30:00", "2026-03-29T01:30:00Z", 1),
            ("2026-03-29", "03:30:00", "2026-03-29T01:30:00Z", 0),
        ] {
            let local = form.replace("{D}", day).replace("{T}", time);
            let text = text.replacen(written, &local, 1);
            let (imported, told) = read_files(sample, &[text.as_bytes()], &options).unwrap();
            assert!(
                told.iter().any(|view| view.0 == utc),
                "{} {local}: {told:?}",
                sample.file
            );
            assert_eq!(
                logs(&imported)[0].clock_changes,
                change,
                "{} {local}",
                sample.file
            );
            let warned = imported
                .warnings
                .iter()
                .any(|text| text.contains("change of the clocks"));
            assert_eq!(warned, change == 1, "{} {local}", sample.file);
            let mut unsaid = options.clone();
            unsaid.timezone = None;
            let error = read_files(sample, &[text.as_bytes()], &unsaid).unwrap_err();
            let asks = matches!(
                error,
                ImportError::NoOffset { .. } | ImportError::MixedZones { .. }
            );
            assert!(asks, "{} {local}: {error}", sample.file);
        }
    }
}

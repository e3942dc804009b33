//! Logs in several files: in any order, overlapping, and handed in twice.

use countersign_import::{Coverage, ImportError, Imported};

use crate::parts::{Parts, alone, lenient, read_files};
use crate::samples::{SAMPLES, Sample, Told};

fn sorted(mut told: Vec<Told>) -> Vec<Told> {
    told.sort();
    told
}

fn read_all(sample: &Sample, files: &[&[u8]]) -> (Vec<Told>, Coverage, Imported) {
    let (imported, told) = read_files(sample, files, &lenient(sample)).unwrap();
    (sorted(told), imported.coverage.clone(), imported)
}

/// Where a log is rotated, so that both parts tell of something.
fn rotations(parts: &Parts, alone: &[Vec<Told>]) -> (usize, usize) {
    let told: Vec<usize> = (0..parts.records.len())
        .filter(|number| !alone[*number].is_empty())
        .collect();
    (told[0] + 1, told[told.len() - 1])
}

#[test]
fn rotated_logs_may_be_handed_in_in_any_order() {
    for sample in &SAMPLES {
        let parts = Parts::of(sample);
        let (at, _) = rotations(&parts, &alone(sample, &parts));
        let (older, newer) = parts.records.split_at(at);
        let (older, newer) = (parts.file(older), parts.file(newer));
        let (told, coverage, _) = read_all(sample, &[&older, &newer]);
        assert_eq!(told, sorted(sample.golden()), "{}", sample.file);
        let (turned, same, _) = read_all(sample, &[&newer, &older]);
        assert_eq!((turned, same), (told, coverage), "{}", sample.file);
    }
}

#[test]
fn rotated_logs_that_overlap_show_nobody_more_than_there_is() {
    for sample in &SAMPLES {
        let parts = Parts::of(sample);
        let (first, last) = rotations(&parts, &alone(sample, &parts));
        let older = parts.file(&parts.records[..last.max(first)]);
        let newer = parts.file(&parts.records[first - 1..]);
        let (mut told, coverage, _) = read_all(sample, &[&older, &newer]);
        let (whole, once, _) = read_all(sample, &[&parts.file(&parts.records)]);
        told.dedup();
        let mut whole = whole;
        whole.dedup();
        assert_eq!(told, whole, "{}", sample.file);
        let span = |coverage: &Coverage| {
            (
                coverage.first,
                coverage.last,
                coverage.accounts,
                coverage.gaps.clone(),
            )
        };
        assert_eq!(span(&coverage), span(&once), "{}", sample.file);
    }
}

#[test]
fn a_file_handed_in_twice_is_refused_and_one_that_tells_the_same_is_named() {
    for sample in &SAMPLES {
        let parts = Parts::of(sample);
        let file = parts.file(&parts.records);
        let error = read_files(sample, &[&file, &file], &lenient(sample)).unwrap_err();
        let told = error.to_string();
        assert!(
            matches!(error, ImportError::SameFile { .. })
                && told.contains("0-in.")
                && told.contains("1-in."),
            "{}: {told}",
            sample.file
        );
        // The same in other bytes, as a rotation that was packed and one that was not yet.
        let mut other = file.clone();
        other.extend_from_slice(b"\n");
        let (views, _, imported) = read_all(sample, &[&file, &other]);
        let mut once = sorted(sample.golden());
        let mut views = views;
        once.dedup();
        views.dedup();
        assert_eq!(views, once, "{}", sample.file);
        let warned = imported
            .warnings
            .iter()
            .any(|text| text.contains("1-in.") && text.contains("0-in."));
        assert!(warned, "{}: {:?}", sample.file, imported.warnings);
    }
}

//! Each product's log against what a person reads in it.

use std::fs;
use std::path::Path;

use countersign_core::desk::View;
use countersign_import::{Changes, ImportError, Imported, NoView, Options};
use proptest::prelude::*;

use crate::parts::read_files;
use crate::read;
use crate::samples::{SAMPLES, file, options, testdata};

fn read(path: &Path, options: &Options) -> Result<(Imported, Vec<View>), ImportError> {
    read::read(&read::log(path), options)
}

#[test]
fn each_source_has_a_sample() {
    let mut sampled: Vec<&str> = SAMPLES.iter().map(|sample| sample.source).collect();
    let mut sources = countersign_import::sources();
    sources.retain(|source| *source != "tables");
    sampled.sort_unstable();
    sources.sort_unstable();
    assert_eq!(sampled, sources, "put one in testdata/, and in this list");
}

#[test]
fn each_sample_is_detected_and_tells_what_a_person_reads_in_it() {
    for sample in &SAMPLES {
        let (path, options) = (sample.path(), sample.options());
        let (imported, views) =
            read(&path, &options).unwrap_or_else(|error| panic!("{}: {error}", sample.file));
        // With tables of the ids beside it: then a number stands for an id, and not for a place.
        let (_, told) = read_files(sample, &[&fs::read(&path).unwrap()], &options).unwrap();
        assert_eq!(told, sample.golden(), "{}", sample.file);
        let read = file(&imported);
        assert_eq!(read.source, sample.source);
        let counts = (read.records, read.views, read.changes, read.rejected);
        let expected = (
            sample.records,
            sample.views,
            sample.changes,
            sample.rejected,
        );
        assert_eq!(counts, expected, "{}", sample.file);
        let none = NoView::ALL.map(|why| read.no_views.of(why));
        assert_eq!(none, sample.none, "{}", sample.file);
        // By its name as well, and not as another product's.
        let mut named = options;
        named.from = Some(sample.source.to_owned());
        assert_eq!(read_views(&path, &named), views, "{}", sample.file);
        let other = if sample.source == "combined" {
            "zendesk"
        } else {
            "combined"
        };
        named.from = Some(other.to_owned());
        let refused = self::read(&path, &named).unwrap_err();
        assert!(
            matches!(refused, ImportError::NotThatLog { .. }),
            "{refused}"
        );
    }
}

#[test]
fn a_file_of_columns_is_no_products_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.parquet");
    fs::write(&path, "PAR1").unwrap();
    let mut named = options();
    named.from = Some("zendesk".to_owned());
    let refused = read(&path, &named).unwrap_err();
    assert!(
        matches!(refused, ImportError::NotThatLog { .. }),
        "{refused}"
    );
}

fn read_views(path: &Path, options: &Options) -> Vec<View> {
    read(path, options).unwrap().1
}

#[test]
fn a_sample_packed_or_with_other_line_ends_tells_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for sample in &SAMPLES {
        let options = sample.options();
        let path = sample.path();
        let plain = read_views(&path, &options);
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !sample.file.starts_with("osticket") && !sample.file.starts_with("pgaudit") {
            let windows = folder.path().join(format!("windows-{name}"));
            fs::write(&windows, text.replace('\n', "\r\n")).unwrap();
            assert_eq!(read_views(&windows, &options), plain, "{}", sample.file);
        }
        let packed = folder.path().join(format!("{name}.zst"));
        fs::write(&packed, zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
        assert_eq!(read_views(&packed, &options), plain, "{}", sample.file);
        // A rotated log has no ending that says anything.
        let rotated = folder.path().join("rotated.1");
        fs::write(&rotated, &text).unwrap();
        assert_eq!(read_views(&rotated, &options), plain, "{}", sample.file);
    }
}

#[test]
fn a_log_of_changes_is_refused_with_what_to_export_and_taken_when_that_is_said() {
    for sample in SAMPLES.iter().filter(|sample| sample.changes_only()) {
        let source = sample.source;
        match read(&sample.path(), &options()) {
            Err(error @ ImportError::ChangesLog { .. }) => {
                assert!(
                    error.to_string().contains("changes only"),
                    "{source}: {error}"
                );
            }
            other => panic!("{source}: {other:?}"),
        }
        let (imported, _) = read(&sample.path(), &sample.options()).unwrap();
        assert!(imported.changes_only, "{source}");
    }
}

#[test]
fn an_export_of_osticket_without_its_views_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.csv");
    let text = fs::read_to_string(testdata().join("osticket/in.csv")).unwrap();
    fs::write(&path, text.replace("viewed", "edited")).unwrap();
    let error = read(&path, &options()).unwrap_err();
    assert!(error.to_string().contains("show_view_audits"), "{error}");
}

#[test]
fn a_log_of_postgresql_is_known_by_a_first_record_of_several_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("postgresql.csv.1");
    let text = fs::read_to_string(testdata().join("pgaudit/in.csv")).unwrap();
    let text = text.replacen("ending log output", "ending\nlog, \"\"output", 1);
    fs::write(&path, text).unwrap();
    let (imported, views) = read(&path, &options()).unwrap();
    assert_eq!((file(&imported).source, views.len()), ("pgaudit", 3));
}

#[test]
fn a_process_log_in_which_nobody_only_looks_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.xes");
    let text = fs::read_to_string(testdata().join("xes/in.xes")).unwrap();
    let text = text
        .replace("View ticket", "Resolve")
        .replace("viewed", "closed");
    fs::write(&path, text).unwrap();
    let error = read(&path, &options()).unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("changes only") && told.contains("View, Read, Display"),
        "{told}"
    );
    let mut accepting = options();
    accepting.changes = Changes::AcceptAsViews;
    let (imported, views) = read(&path, &accepting).unwrap();
    assert_eq!((views.len(), file(&imported).changes), (5, 5));
    assert!(imported.changes_only);
}

/// Whoever a ticket was only assigned to has not seen it.
#[test]
fn activities_that_were_planned_or_given_up_tell_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.xes");
    let text = fs::read_to_string(testdata().join("xes/in.xes")).unwrap();
    let with = |transition: &str| {
        let text = text.replace("value=\"complete\"", &format!("value=\"{transition}\""));
        fs::write(&path, text).unwrap();
        let (imported, views) = read(&path, &options()).unwrap();
        let log = file(&imported);
        (views.len(), log.no_views.of(NoView::NoRecord))
    };
    for done in ["start", "complete", "resume", "reviewed"] {
        assert_eq!(with(done), (5, 0), "{done}");
    }
    for undone in [
        "schedule",
        "ASSIGN",
        "reassign",
        "autoskip",
        "manualskip",
        "withdraw",
        "pi_abort",
        "ate_abort",
        "suspend",
        "unknown",
    ] {
        assert_eq!(with(undone), (4, 1), "{undone}");
    }
}

#[test]
fn a_broken_process_log_is_an_error_that_names_the_line_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(testdata().join("xes/in.xes")).unwrap();
    let at = text.find("<event/>").unwrap();
    let broken = text[..at].matches('\n').count() as u64 + 1;
    let text = text.replace("<event/>", "<event></trace>");
    let plain = folder.path().join("log.xes");
    fs::write(&plain, &text).unwrap();
    let packed = folder.path().join("log.xes.zst");
    fs::write(&packed, zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
    for path in [plain, packed] {
        let error = read(&path, &options()).unwrap_err();
        assert!(
            matches!(&error, ImportError::Xml { line, .. } if *line == broken),
            "{error}"
        );
    }
}

#[test]
fn a_patterns_file_adds_a_desk_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let line = "192.0.2.1 - ann [12/Oct/2026:09:00:01 +0200] \"GET /desk/c/77/t/abc-9 HTTP/1.1\" 200 1 \"-\" \"x\"\n";
    fs::write(&path, line).unwrap();
    let error = read(&path, &options()).unwrap_err();
    assert!(matches!(error, ImportError::NoEvents), "{error}");
    let mut own = options();
    let pattern = "view GET /c/{customer}/t/{ticket:key}\n".to_owned();
    own.url_patterns = Some((pattern, "own.txt".to_owned()));
    let views = read_views(&path, &own);
    assert_eq!((views[0].customer, views[0].ticket), (0, 0));
}

/// Lines of a sample, cut, doubled, swapped and bitten into.
fn damaged() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let lines: Vec<Vec<Vec<u8>>> = SAMPLES
        .iter()
        .map(|sample| {
            let text = fs::read(sample.path()).unwrap();
            text.split_inclusive(|byte| *byte == b'\n')
                .map(<[u8]>::to_vec)
                .collect()
        })
        .collect();
    (0..SAMPLES.len()).prop_flat_map(move |sample| {
        let lines = lines[sample].clone();
        let picks = prop::collection::vec(0..lines.len(), 0..30);
        let bites = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
        (picks, bites, any::<bool>()).prop_map(move |(picks, bites, headed)| {
            let mut text = if headed { lines[0].clone() } else { Vec::new() };
            picks
                .iter()
                .for_each(|pick| text.extend_from_slice(&lines[*pick]));
            for (at, byte) in bites {
                if !text.is_empty() {
                    let at = at.index(text.len());
                    text[at] = byte;
                }
            }
            (sample, text)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_record_is_lost_whatever_the_file_holds((sample, text) in damaged()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.1");
        fs::write(&path, &text).unwrap();
        let mut options = options();
        options.from = Some(SAMPLES[sample].source.to_owned());
        options.allow_rejects = 1.0;
        options.changes = Changes::AcceptAsViews;
        if let Ok((imported, views)) = read(&path, &options) {
            let (read, views) = (file(&imported), views.len() as u64);
            prop_assert_eq!(read.views + read.changes, views);
            // A record that tells of several views counts once.
            let used = read.records - read.no_views.all() - read.rejected;
            prop_assert!(used <= views);
            prop_assert_eq!(used == 0, views == 0);
        }
    }
}

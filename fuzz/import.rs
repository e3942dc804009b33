//! Feeds any bytes to the importers as the file of a table.
//!
//! The importers may refuse them, and must neither panic nor lose a row unseen.

use std::fs;
use std::path::PathBuf;
use std::sync::Once;
use std::sync::atomic::AtomicBool;

use countersign_core::desk::View;
use countersign_core::time::Second;
use countersign_import::{Changes, Options, Silent, Sources, open};

/// Reads `bytes` as the log and, beside a small log, as the table of customers and of reports.
pub fn import(extension: &str, bytes: &[u8]) {
    static HOOK: Once = Once::new();
    // The Parquet decoder may give up on damaged bytes by a panic, which the importer catches.
    // libFuzzer's hook would end the run before that; what escapes still ends it.
    HOOK.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let folder = tempfile::tempdir().expect("a folder for the file");
    let put = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("room for the file");
        path
    };
    let input = put(&format!("input.{extension}"), bytes);
    let log = put(
        "log.csv",
        b"time,actor,customer\n2019-08-05T09:30:00Z,a,c\n",
    );
    let as_log = Sources {
        events: vec![input.clone()],
        ..Sources::default()
    };
    let beside = Sources {
        events: vec![log],
        ..Sources::default()
    };
    run(&as_log, None);
    run(
        &Sources {
            customers: Some(input.clone()),
            ..beside.clone()
        },
        None,
    );
    run(
        &Sources {
            reports: Some(input),
            ..beside
        },
        None,
    );
}

/// Reads `bytes` as the log of a product.
pub fn adapt(source: &str, bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for the file");
    let path = folder.path().join("input.1");
    fs::write(&path, bytes).expect("room for the file");
    let sources = Sources {
        events: vec![path],
        ..Sources::default()
    };
    run(&sources, Some(source));
}

fn run(sources: &Sources, from: Option<&str>) {
    let mut options = Options::new(Second(800_000_000));
    options.allow_rejects = 1.0;
    options.timezone = Some("UTC".to_owned());
    options.from = from.map(str::to_owned);
    options.changes = Changes::AcceptAsViews;
    let cancel = AtomicBool::new(false);
    let Ok(mut open) = open(sources, &options, &Silent, &cancel) else {
        return;
    };
    let mut views = 0;
    let read = open.views(&mut |batch: &[View]| {
        views += batch.len() as u64;
        Ok(())
    });
    if read.is_err() {
        return;
    }
    let done = open.finish().expect("nothing is left that could fail");
    for file in &done.files {
        let rejected = done
            .rejected
            .iter()
            .filter(|row| row.table == file.table)
            .count() as u64;
        assert_eq!(file.rejected, rejected);
        if let Some(log) = &file.log {
            assert_eq!(log.views + log.changes, views);
            let used = log.records - log.no_views.all() - log.rejected;
            assert!(used <= views, "a record is used, none, or rejected");
            assert_eq!(used == 0, views == 0);
        }
    }
}

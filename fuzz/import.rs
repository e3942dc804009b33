//! Feeds any bytes to the importers as the file of a table.
//!
//! The importers may refuse them, and must neither panic nor lose a row unseen.

use std::fs;
use std::path::PathBuf;
use std::sync::Once;
use std::sync::atomic::AtomicBool;

use countersign_core::desk::View;
use countersign_core::time::Second;
use countersign_import::{
    Changes, Drafting, Options, Pattern, RepeatedTickets, Silent, Sources, Table, drafts, open,
};

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

/// Reads `bytes` as a table in a product's own form, beside a small log.
pub fn form(table: Table, bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for the file");
    let log = folder.path().join("log.csv");
    fs::write(
        &log,
        b"time,actor,customer,ticket\n2019-08-05T09:30:00Z,a,c,t\n",
    )
    .expect("room for the file");
    let begin = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let is_json = matches!(begin, Some(b'{' | b'['));
    let path = folder
        .path()
        .join(if is_json { "input.json" } else { "input.csv" });
    fs::write(&path, bytes).expect("room for the file");
    let mut sources = Sources {
        events: vec![log],
        ..Sources::default()
    };
    match table {
        Table::Tickets => sources.tickets = Some(path),
        Table::Customers => sources.customers = Some(path),
        Table::Accounts => sources.accounts = Some(path),
        _ => return,
    }
    run(&sources, None);
}

/// Drafts reports of `bytes`, twice, and looks whether what comes of them holds together.
pub fn draft(from: &str, bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for the file");
    let path = folder.path().join("input.1");
    fs::write(&path, bytes).expect("room for the file");
    let files = [path];
    let read = || {
        let ask = Drafting {
            from,
            files: &files,
            tagged: None,
            number: Pattern::default(),
            zone: Some("Europe/Berlin"),
            now: Second(1_500_000_000),
        };
        drafts(&ask, &AtomicBool::new(false)).ok()
    };
    let Some(read_once) = read() else {
        return;
    };
    for draft in &read_once.drafts {
        let mut last = None;
        for (start, end) in &draft.marks {
            assert!(
                start < end && last < Some(*start),
                "marks are in order and apart"
            );
            assert!(
                draft.words.get(*start..*end).is_some(),
                "marks are of whole letters"
            );
            last = Some(*end);
        }
        let quoted = &draft.quoted_ticket;
        assert!(draft.words.contains(quoted) || draft.subject.contains(quoted));
        assert!(draft.called_at <= draft.received_at);
    }
    let again = read().expect("it was read before");
    assert_eq!(read_once.drafts, again.drafts);
}

fn run(sources: &Sources, from: Option<&str>) {
    let mut options = Options::new(Second(800_000_000));
    options.allow_rejects = 1.0;
    options.timezone = Some("UTC".to_owned());
    options.from = from.map(str::to_owned);
    options.changes = Changes::AcceptAsViews;
    options.repeated_tickets = RepeatedTickets::FirstWins;
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
        assert!(file.rejected <= file.rows);
        if let Some(log) = &file.log {
            assert_eq!(log.views + log.changes, views);
            let used = log.records - log.no_views.all() - log.rejected;
            assert!(used <= views, "a record is used, none, or rejected");
            assert_eq!(used == 0, views == 0);
        }
    }
}

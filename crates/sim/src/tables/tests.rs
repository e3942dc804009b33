use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use countersign_core::desk::ExportRows;
use countersign_core::time::Second;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::SimError;
use crate::incident::{Incident, Progress, Summary, Watch, incident_world};
use crate::world::{Kind, Size, build};

fn tiny() -> Incident {
    Incident::new(6_000, 80, 365, 7)
}

/// A text or time cell of each row; `None` where it is empty.
fn read(dir: &Path, file: &str, column: &str) -> Vec<Option<String>> {
    let file = File::open(dir.join(file)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    reader
        .flat_map(|batch| cells(&batch.unwrap(), column))
        .collect()
}

fn cells(batch: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(column).unwrap();
    match column.as_string_opt::<i32>() {
        Some(texts) => texts.iter().map(|text| text.map(str::to_owned)).collect(),
        None => column
            .as_primitive::<TimestampMillisecondType>()
            .iter()
            .map(|time| time.map(|t| Second::from_unix(t / 1_000).unwrap().to_string()))
            .collect(),
    }
}

fn ids(dir: &Path, file: &str, column: &str) -> BTreeSet<String> {
    let all = read(dir, file, column);
    let count = all.len();
    let ids: BTreeSet<String> = all.into_iter().flatten().collect();
    assert_eq!(ids.len(), count, "{file}: ids are unique");
    assert!(
        ids.iter().all(|id| (8..=18).contains(&id.len())),
        "{file}: 8-18 characters"
    );
    ids
}

fn truth(dir: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(dir.join("truth.json")).unwrap()).unwrap()
}

fn bytes(dir: &Path, summary: &Summary) -> BTreeMap<String, Vec<u8>> {
    let read = |name: &String| (name.clone(), fs::read(dir.join(name)).unwrap());
    summary.files.iter().map(read).collect()
}

#[test]
fn the_incident_reads_back_with_the_counts_of_its_summary_and_every_id_resolves() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("world");
    let summary = write_incident(&tiny(), &dir, Format::Parquet, &()).unwrap();
    let accounts = ids(&dir, "accounts.parquet", "account");
    let customers = ids(&dir, "customers.parquet", "customer");
    let tickets = ids(&dir, "tickets.parquet", "ticket");
    assert_eq!(summary.accounts, accounts.len() as u64);
    assert_eq!((summary.customers, customers.len()), (6_000, 6_000));
    assert_eq!((summary.tickets, tickets.len()), (15_000, 15_000));
    let owner: BTreeMap<Option<String>, Option<String>> = read(&dir, "tickets.parquet", "ticket")
        .into_iter()
        .zip(read(&dir, "tickets.parquet", "customer"))
        .collect();
    assert!(
        owner
            .values()
            .flatten()
            .all(|customer| customers.contains(customer))
    );

    let events: Vec<&String> = summary
        .files
        .iter()
        .filter(|name| name.starts_with("events-2019-"))
        .collect();
    assert_eq!(events.len(), 12);
    let (mut views, mut last, mut seller_saw) = (0, String::new(), BTreeSet::new());
    let truth = truth(&dir);
    let seller = truth["sellers"][0].as_str().unwrap();
    for file in events {
        let times = read(&dir, file, "time");
        let actors = read(&dir, file, "actor");
        let of_customer = read(&dir, file, "customer");
        let of_ticket = read(&dir, file, "ticket");
        views += times.len() as u64;
        for (row, time) in times.into_iter().flatten().enumerate() {
            assert!(last <= time, "{file} is sorted by time");
            assert_eq!(time[..7], file["events-".len()..][..7]);
            let actor = actors[row].as_ref().unwrap();
            assert!(accounts.contains(actor));
            assert!(customers.contains(of_customer[row].as_ref().unwrap()));
            if of_ticket[row].is_some() {
                assert_eq!(owner[&of_ticket[row]], of_customer[row]);
            }
            if actor == seller && time.as_str() < truth["sale"].as_str().unwrap() {
                seller_saw.insert((of_customer[row].clone(), of_ticket[row].clone()));
                seller_saw.insert((of_customer[row].clone(), None));
            }
            last = time;
        }
    }
    assert_eq!(summary.views, views);

    assert_eq!(truth["list_customers"], 200);
    let origins = truth["reports"].as_array().unwrap();
    let reported = read(&dir, "reports.parquet", "customer");
    let quoted = read(&dir, "reports.parquet", "quoted_ticket");
    let called = read(&dir, "reports.parquet", "called_at");
    assert_eq!(
        (summary.reports, reported.len(), origins.len()),
        (160, 160, 160)
    );
    let (mut genuine, mut quotes) = (0, 0);
    for row in 0..160 {
        assert!(customers.contains(reported[row].as_ref().unwrap()));
        assert!(called[row].as_deref().unwrap() >= "2019-08-01");
        if origins[row]["origin"] == "list" {
            genuine += 1;
            quotes += u32::from(quoted[row].is_some());
            assert!(seller_saw.contains(&(reported[row].clone(), quoted[row].clone())));
        } else {
            assert_eq!(quoted[row], None);
        }
    }
    assert_eq!(genuine, 107);
    assert!(
        (60..83).contains(&quotes),
        "{quotes} of {genuine} quote a ticket"
    );
}

#[test]
fn the_bytes_are_the_same_for_one_thread_and_for_three() {
    let folder = tempfile::tempdir().unwrap();
    let run = |threads: usize, format: Format| {
        let dir = folder
            .path()
            .join(format!("{threads}-{}", format.extension()));
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let summary = pool
            .install(|| write_incident(&tiny(), &dir, format, &()))
            .unwrap();
        bytes(&dir, &summary)
    };
    for format in Format::ALL {
        let (one, three) = (run(1, format), run(3, format));
        assert!(one == three, "{}", format.extension());
        assert_eq!(one.len(), 17);
    }
}

#[test]
fn all_formats_hold_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let dir = |format: Format| folder.path().join(format.extension());
    for format in Format::ALL {
        write_incident(&tiny(), &dir(format), format, &()).unwrap();
    }
    let text = |format: Format, name: &str| {
        fs::read_to_string(dir(format).join(format!("{name}.{}", format.extension()))).unwrap()
    };
    for (name, column) in [
        ("events-2019-05", "ticket"),
        ("tickets", "closed_at"),
        ("accounts", "team"),
    ] {
        let parquet = read(&dir(Format::Parquet), &format!("{name}.parquet"), column);
        let csv = text(Format::Csv, name);
        let mut lines = csv.lines();
        let place = lines
            .next()
            .unwrap()
            .split(',')
            .position(|c| c == column)
            .unwrap();
        let from_csv: Vec<Option<String>> = lines
            .map(|line| {
                line.split(',')
                    .nth(place)
                    .filter(|c| !c.is_empty())
                    .map(str::to_owned)
            })
            .collect();
        let from_jsonl: Vec<Option<String>> = text(Format::Jsonl, name)
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|row| row.get(column).and_then(|c| c.as_str()).map(str::to_owned))
            .collect();
        assert!(parquet.iter().any(Option::is_some) && parquet.len() > 50);
        assert_eq!(parquet, from_csv, "{name}");
        assert_eq!(parquet, from_jsonl, "{name}");
    }
}

#[test]
fn the_world_in_memory_is_the_one_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let (straight, through) = (folder.path().join("a"), folder.path().join("b"));
    let summary = write_incident(&tiny(), &straight, Format::Csv, &()).unwrap();
    let world = incident_world(&tiny()).unwrap();
    let again = write_world(&world, &through, Format::Csv).unwrap();
    assert_eq!(summary, again);
    for file in summary.files.iter().filter(|name| *name != "truth.json") {
        if file != "tickets.csv" {
            let read = |dir: &Path| fs::read(dir.join(file)).unwrap();
            assert!(read(&straight) == read(&through), "{file}");
        }
    }
}

#[test]
fn a_named_world_is_written_with_what_its_reports_need() {
    let folder = tempfile::tempdir().unwrap();
    let size = Size {
        customers: 1_000,
        accounts: 40,
        ..Size::default()
    };
    for (kind, column) in [
        (Kind::HandOverChain, "quoted_ticket"),
        (Kind::InvestigatorsFlagged, "solicited"),
        (Kind::AccountManager, "household"),
    ] {
        let dir = folder.path().join(kind.name());
        let world = build(kind, 4, &size);
        let summary = write_world(&world, &dir, Format::Csv).unwrap();
        assert_eq!(summary.views, world.views.len() as u64);
        let reports = fs::read_to_string(dir.join("reports.csv")).unwrap();
        assert!(reports.lines().next().unwrap().contains(column));
        assert_eq!(truth(&dir)["world"], kind.name());
    }
    let dir = folder.path().join("export");
    let world = build(Kind::Export, 4, &size);
    let summary = write_world(&world, &dir, Format::Csv).unwrap();
    let exports = fs::read_to_string(dir.join("exports.csv")).unwrap();
    assert_eq!(exports.lines().count() as u64, summary.exports + 1);
    assert!(summary.exports > 100);
}

#[test]
fn an_export_by_rule_is_one_row_that_says_the_rule() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = build(
        Kind::Export,
        4,
        &Size {
            customers: 1_000,
            ..Size::default()
        },
    );
    world.desk.exports[0].rows = ExportRows::All;
    world.desk.exports[1].rows = ExportRows::Where { column: 0, code: 2 };
    let dir = folder.path().join("rules");
    write_world(&world, &dir, Format::Csv).unwrap();
    let exports = fs::read_to_string(dir.join("exports.csv")).unwrap();
    let rules: Vec<&str> = exports
        .lines()
        .map(|l| l.rsplit(',').next().unwrap())
        .collect();
    assert_eq!(rules, ["rows", "all", "region=Europe"]);
}

/// Stops after some calls.
struct Impatient(AtomicU64);

impl Watch for Impatient {
    fn progress(&self, progress: Progress) {
        assert!(progress.done <= progress.total);
    }
    fn stopped(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) == 0
    }
}

#[test]
fn a_stopped_run_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("world");
    for patience in [0, 1, 2, 20] {
        let watch = Impatient(AtomicU64::new(patience));
        let outcome = write_incident(&tiny(), &dir, Format::Parquet, &watch);
        assert!(matches!(outcome, Err(SimError::Stopped)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("precious.txt"), "x").unwrap();
    let outcome = write_incident(&tiny(), folder.path(), Format::Parquet, &());
    assert!(matches!(outcome, Err(SimError::NotEmpty(_))));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

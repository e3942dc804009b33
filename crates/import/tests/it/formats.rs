//! The same desk as CSV, JSON Lines and Parquet gives the same numbers.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, TimestampMillisecondArray,
};
use countersign_core::time::Second;
use countersign_import::{ImportError, Options};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::read::{log, read};

fn options() -> Options {
    Options::new(Second::from_unix(1_575_000_000).unwrap())
}

/// Rows of a log; every hundredth has no actor, every thirtieth no customer.
struct Rows {
    unix: Vec<i64>,
    actor: Vec<Option<i32>>,
    customer: Vec<Option<i64>>,
    ticket: Vec<i64>,
}

impl Rows {
    fn new(count: i64) -> Self {
        let mix = |n: i64, m: i64| (n * 7919 % 104_729) % m;
        Self {
            unix: (0..count).map(|n| 1_546_300_800 + n * 11).collect(),
            actor: (0..count)
                .map(|n| (n % 100 != 7).then(|| i32::try_from(mix(n, 61)).unwrap()))
                .collect(),
            customer: (0..count)
                .map(|n| (n % 30 != 0).then(|| mix(n, 5000)))
                .collect(),
            ticket: (0..count).map(|n| n / 3 - mix(n, 50).min(n / 3)).collect(),
        }
    }

    fn len(&self) -> usize {
        self.unix.len()
    }

    /// Time, actor, customer and ticket of a row as text.
    fn cells(&self, row: usize) -> [String; 4] {
        [
            jiff::Timestamp::from_second(self.unix[row])
                .unwrap()
                .to_string(),
            self.actor[row].map_or(String::new(), |n| n.to_string()),
            self.customer[row].map_or(String::new(), |n| n.to_string()),
            self.ticket[row].to_string(),
        ]
    }

    fn csv(&self) -> String {
        let mut text = "time,actor,customer,ticket\n".to_owned();
        for row in 0..self.len() {
            text += &self.cells(row).join(",");
            text += "\n";
        }
        text
    }

    fn jsonl(&self) -> String {
        let mut text = String::new();
        for row in 0..self.len() {
            let [time, actor, customer, ticket] = self.cells(row);
            let actor = if actor.is_empty() {
                "null".to_owned()
            } else {
                format!("\"{actor}\"")
            };
            // Numbers, strings and absent keys, in two orders.
            let customer = if customer.is_empty() {
                String::new()
            } else {
                format!("\"customer\": {customer}, ")
            };
            text += &if row % 2 == 0 {
                format!(
                    "{{\"time\":\"{time}\",\"actor\":{actor},{customer}\"x\":[1],\"ticket\":{ticket}}}\n"
                )
            } else {
                format!(
                    "{{\"ticket\":\"{ticket}\",{customer}\"actor\":{actor},\"time\":\"{time}\"}}\r\n"
                )
            };
        }
        text
    }

    fn texts(&self, column: usize) -> StringArray {
        (0..self.len())
            .map(|row| Some(self.cells(row)[column].clone()).filter(|text| !text.is_empty()))
            .collect()
    }

    fn integers(&self) -> [ArrayRef; 3] {
        [
            Arc::new(Int32Array::from(self.actor.clone())),
            Arc::new(Int64Array::from(self.customer.clone())),
            Arc::new(Int64Array::from(self.ticket.clone())),
        ]
    }

    fn strings(&self) -> [ArrayRef; 3] {
        let bytes: BinaryArray = self
            .texts(3)
            .iter()
            .map(|text| text.map(str::as_bytes))
            .collect();
        [
            Arc::new(self.texts(1)),
            Arc::new(self.texts(2)),
            Arc::new(bytes),
        ]
    }

    fn micros(&self) -> ArrayRef {
        let times: Vec<i64> = self
            .unix
            .iter()
            .map(|unix| unix * 1_000_000 + 999_999)
            .collect();
        Arc::new(TimestampMicrosecondArray::from(times).with_timezone("+00:00"))
    }
}

fn parquet(path: &Path, time: ArrayRef, ids: [ArrayRef; 3], group: usize, dictionary: bool) {
    let [actor, customer, ticket] = ids;
    let batch = RecordBatch::try_from_iter([
        ("time", time),
        ("actor", actor),
        ("customer", customer),
        ("ticket", ticket),
    ])
    .unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .set_dictionary_enabled(dictionary)
        .build();
    let mut writer = ArrowWriter::try_new(
        File::create(path).unwrap(),
        batch.schema(),
        Some(properties),
    )
    .unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn csv_json_lines_and_parquet_give_the_same_views() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let rows = Rows::new(200_000);
    fs::write(at("log.csv"), rows.csv()).unwrap();
    fs::write(at("log.jsonl"), rows.jsonl()).unwrap();
    parquet(
        &at("strings.parquet"),
        rows.micros(),
        rows.strings(),
        70_000,
        false,
    );
    parquet(
        &at("dictionary.parquet"),
        rows.micros(),
        rows.strings(),
        150_000,
        true,
    );
    parquet(
        &at("integers.parquet"),
        rows.micros(),
        rows.integers(),
        1_000_000,
        false,
    );
    let unix: ArrayRef = Arc::new(Int64Array::from(rows.unix.clone()));
    parquet(&at("unix.parquet"), unix, rows.integers(), 9_999, true);
    parquet(
        &at("text.parquet"),
        Arc::new(rows.texts(0)),
        rows.strings(),
        100_000,
        true,
    );
    let (expected, views) = read(&log(at("log.csv")), &options()).unwrap();
    assert_eq!(views.len(), 200_000);
    for name in [
        "log.jsonl",
        "strings.parquet",
        "dictionary.parquet",
        "integers.parquet",
        "unix.parquet",
        "text.parquet",
    ] {
        let (done, same) = read(&log(at(name)), &options()).unwrap();
        assert!(views == same, "{name}");
        assert_eq!(expected.desk, done.desk, "{name}");
        assert_eq!(expected.coverage, done.coverage, "{name}");
        assert_eq!(done.files[0].rows, 200_000, "{name}");
        assert_eq!(
            done.files[0].sha256,
            sha256(&fs::read(at(name)).unwrap()),
            "{name}"
        );
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn a_row_group_of_millions_of_rows_is_read_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let rows = Rows::new(2_500_000);
    parquet(
        &at("one.parquet"),
        rows.micros(),
        rows.integers(),
        10_000_000,
        true,
    );
    parquet(
        &at("many.parquet"),
        rows.micros(),
        rows.integers(),
        300_000,
        true,
    );
    let (one, views) = read(&log(at("one.parquet")), &options()).unwrap();
    let (many, same) = read(&log(at("many.parquet")), &options()).unwrap();
    assert_eq!(views.len(), 2_500_000);
    assert!(views == same);
    assert_eq!(one.desk, many.desk);
}

#[test]
fn parquet_times_without_a_zone_need_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.parquet");
    let rows = Rows::new(10);
    let local: Vec<i64> = rows.unix.iter().map(|unix| unix * 1000).collect();
    parquet(
        &path,
        Arc::new(TimestampMillisecondArray::from(local)),
        rows.integers(),
        100,
        true,
    );
    let log = log(path);
    assert!(matches!(
        read(&log, &options()),
        Err(ImportError::NoOffset { line: 1, .. })
    ));
    for (zone, first) in [
        ("UTC", "2019-01-01T00:00:00Z"),
        ("Europe/Vienna", "2018-12-31T23:00:00Z"),
    ] {
        let mut options = options();
        options.timezone = Some(zone.to_owned());
        let (_, views) = read(&log, &options).unwrap();
        assert_eq!(views[0].second.to_string(), first);
    }
}

#[test]
fn tables_from_parquet_and_json_lines_are_those_from_csv() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let names = ["0017", "c-2", "c-3"];
    let regions = [Some("EU"), None, Some("US")];
    let sizes = [3.0, 2.5, f64::NAN];
    let batch = RecordBatch::try_from_iter([
        (
            "customer",
            Arc::new(StringArray::from(names.to_vec())) as ArrayRef,
        ),
        (
            "region",
            Arc::new(StringArray::from(regions.to_vec())) as ArrayRef,
        ),
        (
            "size",
            Arc::new(arrow_array::Float64Array::from(sizes.to_vec())) as ArrayRef,
        ),
        (
            "since",
            Arc::new(arrow_array::Date32Array::from(vec![
                Some(17897),
                None,
                Some(1),
            ])) as ArrayRef,
        ),
        (
            "vip",
            Arc::new(arrow_array::BooleanArray::from(vec![true, false, true])) as ArrayRef,
        ),
    ])
    .unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(at("c.parquet")).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    fs::write(at("c.csv"), "customer,region,size,since,vip\n0017,EU,3,2019-01-01,true\nc-2,,2.5,,false\nc-3,US,,1970-01-02,true\n").unwrap();
    fs::write(
        at("c.jsonl"),
        "{\"customer\":\"0017\",\"region\":\"EU\",\"size\":3,\"since\":\"2019-01-01\",\"vip\":true}\n\
         {\"customer\":\"c-2\",\"region\":null,\"size\":2.5,\"since\":\"\",\"vip\":false}\n\
         {\"customer\":\"c-3\",\"vip\":true,\"region\":\"US\",\"since\":\"1970-01-02\"}\n",
    )
    .unwrap();
    fs::write(
        at("log.csv"),
        "time,actor,customer\n2019-08-05T09:30:00Z,a,c-3\n",
    )
    .unwrap();
    let desk = |name: &str| {
        let mut sources = log(at("log.csv"));
        sources.customers = Some(at(name));
        read(&sources, &options()).unwrap().0.desk
    };
    let expected = desk("c.csv");
    assert_eq!(expected.customers.columns.len(), 4);
    assert_eq!(
        expected.customers.columns[2].labels,
        ["missing", "1970-01-02", "2019-01-01"]
    );
    assert_eq!(desk("c.parquet"), expected);
    assert_eq!(desk("c.jsonl"), expected);
}

#[test]
fn a_damaged_parquet_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.parquet");
    let rows = Rows::new(5_000);
    parquet(&path, rows.micros(), rows.strings(), 2_000, true);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(
        read(&log(path.clone()), &options()),
        Err(ImportError::Parquet { .. })
    ));
    // Any eight bytes overwritten: an error or rows, never a panic that escapes.
    for place in (4..whole.len() - 8).step_by(whole.len() / 60) {
        let mut damaged = whole.clone();
        damaged[place..place + 8].fill(0xff);
        fs::write(&path, &damaged).unwrap();
        let _ = read(&log(path.clone()), &options());
    }
}

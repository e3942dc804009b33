//! Files as they come: damaged, misnamed, cut off. Each is an error that says where and what.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use countersign_core::desk::View;
use countersign_core::time::Second;
use countersign_import::{
    Changes, ImportError, Mapping, Options, Progress, Silent, Sources, Table, Unmarked, open,
};

use crate::read::{self, read, read_with};

const NOW: i64 = 1_575_000_000;

fn options() -> Options {
    Options::new(Second::from_unix(NOW).unwrap())
}

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn log(&self, name: &str, content: impl AsRef<[u8]>) -> Sources {
        read::log(self.put(name, content))
    }

    fn error(&self, name: &str, content: impl AsRef<[u8]>) -> ImportError {
        read(&self.log(name, content), &options()).expect_err("this log can't be read")
    }
}

const HEADER: &str = "time,actor,customer,ticket\n";

fn rows(count: usize) -> String {
    let mut text = HEADER.to_owned();
    for n in 0..count {
        text += &format!("2019-08-05T09:30:00Z,a{},c{n},t{n}\n", n % 7);
    }
    text
}

#[test]
fn a_missing_column_is_named_with_the_nearest_name() {
    let error = Files::new().error("log.csv", "time,actr,ticket\n2019-08-05T09:30:00Z,a,t\n");
    let text = error.to_string();
    assert!(
        text.contains("needs a column `actor`") && text.contains("is it `actr`?"),
        "{text}"
    );
    assert!(error.help().contains("--map"));
}

#[test]
fn a_log_without_customer_and_ticket_is_an_error() {
    let error = Files::new().error("log.csv", "time,actor\n2019-08-05T09:30:00Z,a\n");
    assert!(
        error.to_string().contains("`customer` or `ticket`"),
        "{error}"
    );
}

#[test]
fn a_time_without_an_offset_is_an_error_unless_the_zone_is_said() {
    let files = Files::new();
    let log = files.log("log.csv", format!("{HEADER}2019-08-05T09:30:00,a,c,t\n"));
    let mut options = options();
    assert!(matches!(
        read(&log, &options),
        Err(ImportError::NoOffset { line: 2, .. })
    ));
    options.timezone = Some("Europe/Vienna".to_owned());
    let (_, views) = read(&log, &options).unwrap();
    assert_eq!(views[0].second.to_string(), "2019-08-05T07:30:00Z");
    options.timezone = Some("Europe/Atlantis".to_owned());
    assert!(matches!(
        read(&log, &options),
        Err(ImportError::UnknownTimezone(_))
    ));
}

#[test]
fn mixed_zones_are_an_error_that_names_a_line_of_each() {
    let error = Files::new().error(
        "log.csv",
        format!("{HEADER}2019-08-05T09:30:00Z,a,c,t\n2019-08-05T09:30:00,a,c,t\n"),
    );
    assert!(
        matches!(
            error,
            ImportError::MixedZones {
                with: 2,
                without: 3,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_time_in_the_future_is_left_out_and_too_many_are_an_error() {
    let files = Files::new();
    let error = files.error("log.csv", format!("{HEADER}2031-08-05T09:30:00Z,a,c,t\n"));
    assert!(
        error
            .to_string()
            .contains("line 2: the time is in the future"),
        "{error}"
    );
    let log = files.log("many.csv", rows(200) + "2031-08-05T09:30:00Z,a,c,t\n");
    let (done, views) = read(&log, &options()).unwrap();
    assert_eq!(views.len(), 200);
    assert_eq!(done.rejected[0].line, 202);
    assert_eq!(&*done.rejected[0].raw, b"2031-08-05T09:30:00Z,a,c,t");
    assert_eq!((done.files[0].rows, done.files[0].rejected), (201, 1));
    let mut strict = options();
    strict.allow_rejects = 0.0;
    assert!(matches!(
        read(&log, &strict),
        Err(ImportError::TooManyRejected {
            rejected: 1,
            rows: 201,
            ..
        })
    ));
}

#[test]
fn a_clock_change_is_warned_of_and_the_earlier_reading_counts() {
    let files = Files::new();
    let log = files.log(
        "log.csv",
        format!("{HEADER}2019-10-27 02:30:00,a,c,t\n2019-10-27 12:00:00,a,c,t\n"),
    );
    let mut options = options();
    options.timezone = Some("Europe/Vienna".to_owned());
    let (done, views) = read(&log, &options).unwrap();
    assert_eq!(views[0].second.to_string(), "2019-10-27T00:30:00Z");
    assert_eq!(views[1].second.to_string(), "2019-10-27T11:00:00Z");
    assert!(
        done.warnings
            .iter()
            .any(|w| w.starts_with("times of the log that fall on a change of the clocks: 1;"))
    );
}

#[test]
fn duplicate_ids_are_errors_that_name_both_lines() {
    let files = Files::new();
    let log = files.log("log.csv", rows(3));
    let dup = |table: Table, content: &str| {
        let path = Some(files.put(&format!("{table}.csv"), content));
        let mut sources = log.clone();
        match table {
            Table::Accounts => sources.accounts = path,
            Table::Customers => sources.customers = path,
            Table::Tickets => sources.tickets = path,
            _ => sources.reports = path,
        }
        match read(&sources, &options()) {
            Err(ImportError::Duplicate {
                first,
                second,
                table: found,
                ..
            }) => {
                assert_eq!(found, table);
                (first, second)
            }
            other => panic!("{table}: {other:?}"),
        }
    };
    assert_eq!(dup(Table::Accounts, "account\na\nb\na\n"), (2, 4));
    assert_eq!(dup(Table::Customers, "customer\n\na\nb\nc\nb\n"), (4, 6));
    assert_eq!(dup(Table::Tickets, "ticket,customer\na,x\na,y\n"), (2, 3));
    assert_eq!(
        dup(
            Table::Reports,
            "report,received_at,customer\nr,2019-08-05T09:30:00Z,c1\nr,2019-08-05T09:30:00Z,c2\n"
        ),
        (2, 3)
    );
}

#[test]
fn nothing_and_a_header_alone_are_two_errors() {
    let files = Files::new();
    assert!(matches!(
        files.error("log.csv", ""),
        ImportError::Empty { .. }
    ));
    assert!(matches!(
        files.error("log.csv", "\n\n"),
        ImportError::Empty { .. }
    ));
    assert!(matches!(
        files.error("log.csv", HEADER),
        ImportError::HeaderOnly { .. }
    ));
    assert!(matches!(
        files.error("log.jsonl", ""),
        ImportError::Empty { .. }
    ));
    assert!(matches!(
        files.error("log.parquet", ""),
        ImportError::Empty { .. }
    ));
}

#[test]
fn a_log_whose_rows_are_all_left_out_is_an_error() {
    let files = Files::new();
    let log = files.log("log.csv", format!("{HEADER}nonsense,a,c,t\n"));
    let mut options = options();
    options.allow_rejects = 1.0;
    assert!(matches!(read(&log, &options), Err(ImportError::NoEvents)));
}

fn gz(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

#[test]
fn packed_files_are_read_and_their_digest_is_of_the_packed_bytes() {
    use sha2::Digest as _;
    let files = Files::new();
    let text = rows(20_000);
    let plain = read(&files.log("log.csv", &text), &options()).unwrap();
    let (first, rest) = text.split_at(100_000);
    // Two members, as `cat a.gz b.gz` makes them.
    let members = [gz(first.as_bytes()), gz(rest.as_bytes())].concat();
    let packed = [
        ("log.csv.gz", members),
        ("log.csv.zst", zstd::encode_all(text.as_bytes(), 1).unwrap()),
    ];
    for (name, bytes) in packed {
        let (done, views) = read(&files.log(name, &bytes), &options()).unwrap();
        assert_eq!(views, plain.1, "{name}");
        let digest: String = sha2::Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(done.files[0].sha256, digest, "{name}");
    }
}

#[test]
fn a_cut_off_gzip_or_zstd_file_is_an_error() {
    let files = Files::new();
    let text = rows(20_000);
    for (name, bytes) in [
        ("log.csv.gz", gz(text.as_bytes())),
        ("log.csv.zst", zstd::encode_all(text.as_bytes(), 1).unwrap()),
    ] {
        for part in [1, 2, 9] {
            let cut = &bytes[..bytes.len() * part / 10];
            let error = files.error(name, cut);
            assert!(
                matches!(error, ImportError::CutOff { .. }),
                "{name} {part}: {error}"
            );
        }
        let error = files.error(name, text.as_bytes());
        assert!(
            matches!(error, ImportError::Unpack { .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn files_that_are_no_text_are_named_for_what_they_are() {
    let files = Files::new();
    let zip = b"PK\x03\x04\x14\x00\x00\x00";
    for (content, what) in [
        (&zip[..], "zip archive"),
        (&gz(b"x")[..], "gzip"),
        (b"PAR1....", "Parquet"),
        (b"\xff\xfet\0i\0m\0e\0", "UTF-16"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "binary data"),
        (b"ti\xffme,actor,ticket\nx,y,z\n", "not valid UTF-8"),
    ] {
        let error = files.error("log.csv", content).to_string();
        assert!(error.contains(what), "{what}: {error}");
    }
    let error = files.error("log.jsonl", "[{\"time\":1}]").to_string();
    assert!(error.contains("JSON array"), "{error}");
    let error = files
        .error("log.parquet", "nothing of the kind")
        .to_string();
    assert!(error.contains("can't be read as Parquet"), "{error}");
}

#[test]
fn an_id_that_is_no_utf_8_leaves_its_row_out() {
    let files = Files::new();
    let mut text = rows(300).into_bytes();
    text.extend_from_slice(b"2019-08-05T09:30:00Z,a\xff,c,t\n");
    let (done, views) = read(&files.log("log.csv", text), &options()).unwrap();
    assert_eq!(views.len(), 300);
    assert_eq!(done.rejected[0].reason, "`actor` is not valid UTF-8");
    assert_eq!(
        done.desk.tickets.customer.len(),
        300,
        "nothing of the row is kept"
    );
}

#[test]
fn rows_of_the_wrong_width_and_stray_quotes_lose_only_their_own_line() {
    let files = Files::new();
    let text = rows(400)
        + "2019-08-05T09:30:00Z,a,c\n\
           2019-08-05T09:30:00Z,\"a,c,t\n\
           2019-08-05T09:30:00Z,a,\"c\"x,t\n\
           2019-08-05T09:30:00Z,a,last,t\n";
    let (done, views) = read(&files.log("log.csv", text), &options()).unwrap();
    assert_eq!(views.len(), 401);
    let reasons: Vec<_> = done
        .rejected
        .iter()
        .map(|r| (r.line, r.reason.as_str()))
        .collect();
    assert_eq!(
        reasons,
        [
            (402, "3 fields, the header has 4"),
            (403, "text follows a closing quote"),
            (404, "text follows a closing quote")
        ]
    );
}

#[test]
fn a_line_of_endless_length_is_an_error_and_is_not_read_to_its_end() {
    let files = Files::new();
    let path = files.0.path().join("log.csv");
    let file = fs::File::create(&path).unwrap();
    let mut out = std::io::BufWriter::new(&file);
    out.write_all(rows(10).as_bytes()).unwrap();
    out.write_all(&vec![b'x'; 20 << 20]).unwrap();
    drop(out);
    // The rest of the line, 10 GB that take no space.
    file.set_len(10_000_000_000).unwrap();
    let read_bytes = Counter::default();
    let sources = Sources {
        events: vec![path],
        ..Sources::default()
    };
    let error = read_with(&sources, &options(), &read_bytes, &AtomicBool::new(false)).unwrap_err();
    assert!(
        matches!(error, ImportError::LineTooLong { line: 12, .. }),
        "{error}"
    );
}

#[test]
fn a_quote_that_is_never_closed_is_an_error_with_its_line() {
    let text = rows(10) + "2019-08-05T09:30:00Z,\"open" + &"x\n".repeat(12 << 20);
    let error = Files::new().error("log.csv", text);
    assert!(
        matches!(error, ImportError::LineTooLong { line: 12, .. }),
        "{error}"
    );
    assert!(error.help().contains("quote"));
}

#[derive(Default)]
struct Counter {
    bytes: AtomicU64,
    rows: AtomicU64,
    files: AtomicU64,
}

impl Progress for Counter {
    fn started(&self, _: Table, _: &Path, _: Option<u64>) {}
    fn advanced(&self, bytes: u64, rows: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }
    fn finished(&self, _: Table, _: &Path) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn progress_adds_up_to_the_file() {
    let files = Files::new();
    let text = rows(100_000);
    let log = files.log("log.csv", &text);
    let counter = Counter::default();
    read_with(&log, &options(), &counter, &AtomicBool::new(false)).unwrap();
    assert_eq!(counter.rows.into_inner(), 100_000);
    assert_eq!(counter.bytes.into_inner(), text.len() as u64);
    assert_eq!(counter.files.into_inner(), 1);
}

/// Does something when the first rows were read.
struct Once<F>(F, AtomicBool);

impl<F: Fn() + Sync> Progress for Once<F> {
    fn started(&self, _: Table, _: &Path, _: Option<u64>) {}
    fn advanced(&self, _: u64, _: u64) {
        if !self.1.swap(true, Ordering::Relaxed) {
            (self.0)();
        }
    }
    fn finished(&self, _: Table, _: &Path) {}
}

/// Two threads, so that a machine with many does not read the whole file ahead.
fn with_two_threads<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
    pool.unwrap().install(run)
}

#[test]
fn a_file_that_changes_while_it_is_read_is_an_error() {
    let files = Files::new();
    // Far more than is read ahead.
    let text = rows(1_200_000);
    let replace = |path: &Path| {
        let other = path.with_extension("new");
        fs::copy(path, &other).unwrap();
        fs::rename(other, path).unwrap();
    };
    let append = |path: &Path| {
        let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(b"2019-08-05T09:30:00Z,a,c,t\n").unwrap();
    };
    let changes: [&(dyn Fn(&Path) + Sync); 2] = [&append, &replace];
    for change in changes {
        let log = files.log("log.csv", &text);
        let path = log.events[0].clone();
        let progress = Once(|| change(&path), AtomicBool::new(false));
        let cancel = AtomicBool::new(false);
        let error =
            with_two_threads(|| read_with(&log, &options(), &progress, &cancel)).unwrap_err();
        assert!(matches!(error, ImportError::Changed { .. }), "{error}");
    }
}

#[test]
fn a_request_to_stop_stops_within_a_batch() {
    let files = Files::new();
    let log = files.log("log.csv", rows(1_200_000));
    let cancel = AtomicBool::new(false);
    let counter = Counter::default();
    let mut options = options();
    options.allow_rejects = 0.0;
    let progress = Once(
        || cancel.store(true, Ordering::Relaxed),
        AtomicBool::new(false),
    );
    let error = with_two_threads(|| read_with(&log, &options, &progress, &cancel)).unwrap_err();
    assert!(matches!(error, ImportError::Cancelled), "{error}");
    cancel.store(true, Ordering::Relaxed);
    let error = read_with(&log, &options, &counter, &cancel).unwrap_err();
    assert!(matches!(error, ImportError::Cancelled), "{error}");
    assert_eq!(counter.rows.into_inner(), 0);
}

#[test]
fn a_receiver_that_fails_ends_the_import() {
    let files = Files::new();
    let log = files.log("log.csv", rows(10));
    let (options, cancel) = (options(), AtomicBool::new(false));
    let mut open = open(&log, &options, &Silent, &cancel).unwrap();
    let error = open
        .views(&mut |_: &[View]| Err(std::io::Error::other("disk full")))
        .unwrap_err();
    assert!(matches!(error, ImportError::Sink(_)), "{error}");
}

#[test]
fn a_log_of_changes_is_refused_unless_changes_are_accepted_as_views() {
    let files = Files::new();
    let changes = "time,actor,ticket,action\n2019-08-05T09:30:00Z,a,t,change\n2019-08-05T09:30:00Z,a,u,Change\n";
    let log = files.log("log.csv", changes);
    let error = read(&log, &options()).unwrap_err();
    assert!(matches!(error, ImportError::ChangesOnly), "{error}");
    assert!(error.help().contains("read events"));
    let mut accepting = options();
    accepting.changes = Changes::AcceptAsViews;
    let (done, views) = read(&log, &accepting).unwrap();
    assert!(done.changes_only);
    assert_eq!(views.len(), 2);
    let mixed = files.log(
        "mixed.csv",
        format!("{changes}2019-08-05T09:30:00Z,a,u,view\n"),
    );
    assert!(!read(&mixed, &options()).unwrap().0.changes_only);
    let mut told = options();
    told.unmarked = Unmarked::Changes;
    assert!(matches!(read(&mixed, &told), Err(ImportError::ChangesOnly)));
    let error = files.error(
        "odd.csv",
        "time,actor,ticket,action\n2019-08-05T09:30:00Z,a,t,lick\n",
    );
    assert!(error.to_string().contains("`action` has a word"), "{error}");
}

#[test]
fn odd_sources_and_options_are_errors() {
    let files = Files::new();
    let log = files.log("log.csv", rows(1));
    assert!(matches!(
        read(&Sources::default(), &options()),
        Err(ImportError::NoEventsFile)
    ));
    let twice = Sources {
        reports: Some("-".into()),
        events: vec!["-".into()],
        ..Sources::default()
    };
    assert!(matches!(
        read(&twice, &options()),
        Err(ImportError::StdinTwice)
    ));
    let absent = Sources {
        events: vec![files.0.path().join("absent.csv")],
        ..Sources::default()
    };
    assert!(matches!(
        read(&absent, &options()),
        Err(ImportError::Open { .. })
    ));
    let folder = Sources {
        events: vec![files.0.path().to_owned()],
        ..Sources::default()
    };
    assert!(matches!(
        read(&folder, &options()),
        Err(ImportError::Folder { .. })
    ));
    for format in ["%", "%H:%M", "%Q%Q"] {
        let mut wrong = options();
        wrong.time_format = Some(format.to_owned());
        assert!(
            matches!(read(&log, &wrong), Err(ImportError::TimeFormat { .. })),
            "{format}"
        );
    }
    let mut strata = options();
    strata.strata = Some(vec!["regoin".to_owned()]);
    assert!(matches!(
        read(&log, &strata),
        Err(ImportError::UnknownStratum { .. })
    ));
    let mut mapped = options();
    mapped.mapping = Mapping::parse("events.time=sys_updated_at").unwrap();
    let error = read(&log, &mapped).unwrap_err().to_string();
    assert!(error.contains("`sys_updated_at`"), "{error}");
}

//! A sample taken apart into records, so that files with some of them can be made.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use countersign_import::{Changes, ImportError, Imported, LogFile, Options, Sources};
use serde_json::value::RawValue;

use crate::read;
use crate::samples::{Ids, Sample, Told, told};

/// What stands before, between and after the records of a file, and the records.
pub(crate) struct Parts {
    pub(crate) begin: String,
    pub(crate) records: Vec<String>,
    between: &'static str,
    end: String,
}

impl Parts {
    /// A record is a line, a row, an object, or in a process log a trace.
    pub(crate) fn of(sample: &Sample) -> Self {
        let text = fs::read_to_string(sample.path()).unwrap();
        let (begin, records, end): (usize, Vec<&str>, &str) =
            match sample.file.rsplit_once('.').unwrap().1 {
                "json" => objects(&text),
                "xes" => traces(&text),
                "csv" => {
                    let mut rows = rows(&text);
                    let header = sample.source != "pgaudit";
                    let begin = if header { rows.remove(0).len() + 1 } else { 0 };
                    (begin, rows, "\n")
                }
                _ => (0, text.lines().collect(), "\n"),
            };
        let between = if end == "\n" { "\n" } else { ",\n" };
        let between = if sample.source == "xes" {
            "\n"
        } else {
            between
        };
        Self {
            begin: text[..begin].to_owned(),
            records: records.into_iter().map(str::to_owned).collect(),
            between,
            end: end.to_owned(),
        }
    }

    /// A file of these records.
    pub(crate) fn file<T: AsRef<[u8]>>(&self, records: &[T]) -> Vec<u8> {
        let mut file = self.before(records);
        file.extend_from_slice(self.end.as_bytes());
        file
    }

    /// The same without its end.
    pub(crate) fn before<T: AsRef<[u8]>>(&self, records: &[T]) -> Vec<u8> {
        let mut file = self.begin.clone().into_bytes();
        for (number, record) in records.iter().enumerate() {
            if number > 0 {
                file.extend_from_slice(self.between.as_bytes());
            }
            file.extend_from_slice(record.as_ref());
        }
        file
    }

    /// A file that stops after so many bytes of this record.
    pub(crate) fn cut(&self, record: usize, bytes: usize) -> Vec<u8> {
        let mut records: Vec<&[u8]> = self.records.iter().map(String::as_bytes).collect();
        records.truncate(record + 1);
        records[record] = &records[record][..bytes];
        self.before(&records)
    }
}

/// Reads files of a source. Its ids have numbers beforehand, whatever the order of the files.
pub(crate) fn read_files(
    sample: &Sample,
    files: &[&[u8]],
    options: &Options,
) -> Result<(Imported, Vec<Told>), ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: String, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let name = sample.path();
    let name = name.file_name().unwrap().to_str().unwrap().to_owned();
    let ids = Ids::of(&sample.golden());
    let table = |name: &str, header: &str, end: &str, ids: &[String]| {
        let rows = ids.iter().map(|id| format!("{id}{end}\n"));
        let text = format!("{header}\n{}", rows.collect::<String>());
        (!ids.is_empty()).then(|| put(name.to_owned(), text.as_bytes()))
    };
    let sources = Sources {
        events: (0..)
            .zip(files)
            .map(|(number, bytes)| put(format!("{number}-{name}"), bytes))
            .collect(),
        customers: table("customers.csv", "customer", "", &ids.customers),
        tickets: table("tickets.csv", "ticket,customer", ",", &ids.tickets),
        ..Sources::default()
    };
    let mut options = options.clone();
    options.from = Some(sample.source.to_owned());
    let (imported, views) = read::read(&sources, &options)?;
    let told = told(&imported, &views, &ids);
    Ok((imported, told))
}

/// Takes whatever can be taken.
pub(crate) fn lenient(sample: &Sample) -> Options {
    let mut options = sample.options();
    options.allow_rejects = 1.0;
    options.changes = Changes::AcceptAsViews;
    options
}

/// What the files of the log hold.
pub(crate) fn logs(imported: &Imported) -> Vec<&LogFile> {
    imported
        .files
        .iter()
        .filter_map(|file| file.log.as_ref())
        .collect()
}

/// What each record tells when it is the only one.
pub(crate) fn alone(sample: &Sample, parts: &Parts) -> Vec<Vec<Told>> {
    let one =
        |record: &String| match read_files(sample, &[&parts.file(&[record])], &lenient(sample)) {
            Ok((_, told)) => told,
            // One that is broken, or tells of nothing, is no file of its own.
            Err(
                ImportError::NoEvents
                | ImportError::HeaderOnly { .. }
                | ImportError::NotThatLog { .. },
            ) => Vec::new(),
            Err(error) => panic!("{}: {error}", sample.file),
        };
    parts.records.iter().map(one).collect()
}

/// Rows of CSV, whose fields may have line ends.
pub(crate) fn rows(text: &str) -> Vec<&str> {
    let (mut rows, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '\n' if !quoted => {
                rows.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    assert_eq!(start, text.len(), "a sample ends with its last row");
    rows
}

/// The fields of a row, as they are written.
pub(crate) fn fields(row: &str) -> Vec<&str> {
    let (mut fields, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, letter) in row.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                fields.push(&row[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.push(&row[start..]);
    fields
}

/// The objects of a document, which is an array or has one.
fn objects(text: &str) -> (usize, Vec<&str>, &str) {
    let array: Vec<&RawValue> = if text.starts_with('[') {
        serde_json::from_str(text).unwrap()
    } else {
        let fields: BTreeMap<&str, &RawValue> = serde_json::from_str(text).unwrap();
        let mut arrays = fields.values().filter(|value| value.get().starts_with('['));
        serde_json::from_str(arrays.next().unwrap().get()).unwrap()
    };
    let records: Vec<&str> = array.into_iter().map(RawValue::get).collect();
    between(text, records)
}

/// The traces of a process log, and the events outside of them.
fn traces(text: &str) -> (usize, Vec<&str>, &str) {
    let mut traces = Vec::new();
    let mut rest = &text[text.find("<trace>").unwrap()..];
    while let Some(end) = rest.find("</trace>") {
        let end = end + "</trace>".len();
        traces.push(rest[..end].trim());
        rest = &rest[end..];
    }
    traces.push(rest[..rest.find("</log>").unwrap()].trim());
    between(text, traces)
}

fn between<'a>(text: &'a str, records: Vec<&'a str>) -> (usize, Vec<&'a str>, &'a str) {
    let place = |record: &str| record.as_ptr() as usize - text.as_ptr() as usize;
    let last = records[records.len() - 1];
    (
        place(records[0]),
        records.clone(),
        &text[place(last) + last.len()..],
    )
}

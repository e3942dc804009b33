//! Made-up access logs in every format, the same bytes on every machine.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use arrow_array::builder::{Int64Builder, StringBuilder, TimestampMillisecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use countersign_core::time::Second;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

/// How ids are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ids {
    /// Numbers of eight digits.
    Integer,
    /// Text of 8 to 18 characters.
    Text,
}

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    JsonLines,
    Parquet,
}

impl Ids {
    pub(super) const ALL: [Self; 2] = [Self::Integer, Self::Text];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Text => "text",
        }
    }
}

impl Format {
    pub(super) const ALL: [Self; 3] = [Self::Csv, Self::JsonLines, Self::Parquet];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::JsonLines => "JSON Lines",
            Self::Parquet => "Parquet",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
        }
    }
}

/// Accounts in every log.
const ACTORS: u64 = 2_000;
/// Rows over which the views of one ticket are spread: a few days of a busy desk.
const SPREAD: u64 = 60_000;
/// 2019-01-01 00:00 UTC.
const START: i64 = 1_546_300_800;
const YEAR: u64 = 365 * 86_400;
/// Rows in a row group, as `simulate` writes them.
const GROUP: u64 = 1_000_000;

/// One row of the log, as numbers.
pub(super) struct Row {
    pub(super) unix: i64,
    pub(super) actor: u64,
    customer: u64,
    pub(super) ticket: u64,
}

/// Row `number` of `rows`: five views a ticket, some two tickets a customer, in order of time.
pub(super) fn row(number: u64, rows: u64) -> Row {
    let ticket = (number - mix(number) % SPREAD.min(number + 1)) / 5;
    Row {
        unix: START
            + i64::try_from(u128::from(number) * u128::from(YEAR) / u128::from(rows)).unwrap_or(0),
        actor: mix(number ^ 0x000A_11CE) % ACTORS,
        customer: mix(ticket ^ 0xC057) % (rows / 12).max(1),
        ticket,
    }
}

/// `SplitMix64`: a number that looks like chance.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A prefix, the number in base 36, and as many made-up characters as make 8 to 18 in all.
fn text_id(prefix: &str, number: u64, into: &mut String) {
    into.clear();
    into.push_str(prefix);
    let mut chance = mix(number ^ u64::from(prefix.as_bytes()[0]));
    let length = 8 + chance % 11;
    let mut rest = number;
    // Six digits of base 36 hold two billion; the made-up ones behind them make no id unequal.
    for _ in 0..6 {
        into.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    while (into.len() as u64) < length {
        chance = mix(chance);
        into.push(char::from(DIGITS[(chance % 36) as usize]));
    }
}

const PREFIXES: [&str; 3] = ["A", "C-", "T"];

fn integer_ids(row: &Row) -> [u64; 3] {
    [
        10_000_000 + row.actor,
        20_000_000 + row.customer,
        40_000_000 + row.ticket,
    ]
}

/// Writes one log, unless it is there already.
///
/// # Errors
/// The folder can't be written to.
pub(super) fn write(folder: &Path, rows: u64, format: Format, ids: Ids) -> Result<PathBuf> {
    let name = format!("log-{rows}-{}.{}", ids.name(), format.extension());
    let path = folder.join(&name);
    if path.exists() {
        return Ok(path);
    }
    let unfinished = folder.join(format!(".{name}"));
    let file =
        File::create(&unfinished).with_context(|| format!("writing `{}`", unfinished.display()))?;
    match format {
        Format::Parquet => parquet(file, rows, ids)?,
        Format::Csv | Format::JsonLines => text(file, rows, format, ids)?,
    }
    fs::rename(&unfinished, &path)?;
    Ok(path)
}

fn text(file: File, rows: u64, format: Format, ids: Ids) -> Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, file);
    if format == Format::Csv {
        writeln!(file, "time,actor,customer,ticket")?;
    }
    let mut cells = [const { String::new() }; 3];
    for number in 0..rows {
        let row = row(number, rows);
        let time = Second::from_unix(row.unix).unwrap_or_default();
        match ids {
            Ids::Integer => {
                for (cell, id) in cells.iter_mut().zip(integer_ids(&row)) {
                    *cell = id.to_string();
                }
            }
            Ids::Text => {
                let numbers = [row.actor, row.customer, row.ticket];
                for ((cell, id), prefix) in cells.iter_mut().zip(numbers).zip(PREFIXES) {
                    text_id(prefix, id, cell);
                }
            }
        }
        let [actor, customer, ticket] = &cells;
        match (format, ids) {
            (Format::Csv, _) => writeln!(file, "{time},{actor},{customer},{ticket}")?,
            (_, Ids::Integer) => writeln!(
                file,
                r#"{{"time":"{time}","actor":{actor},"customer":{customer},"ticket":{ticket}}}"#
            )?,
            (_, Ids::Text) => writeln!(
                file,
                r#"{{"time":"{time}","actor":"{actor}","customer":"{customer}","ticket":"{ticket}"}}"#
            )?,
        }
    }
    file.flush()?;
    Ok(())
}

fn parquet(file: File, rows: u64, ids: Ids) -> Result<()> {
    let of_ids = match ids {
        Ids::Integer => DataType::Int64,
        Ids::Text => DataType::Utf8,
    };
    let of_time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let schema = Arc::new(Schema::new(vec![
        Field::new("time", of_time, false),
        Field::new("actor", of_ids.clone(), false),
        Field::new("customer", of_ids.clone(), false),
        Field::new("ticket", of_ids, false),
    ]));
    let mut properties = WriterProperties::builder()
        .set_created_by("countersign bench".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(usize::try_from(GROUP)?));
    // Ids that hardly ever repeat within a row group gain nothing from a dictionary.
    for name in ["time", "customer", "ticket"] {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
    }
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties.build()))?;
    for from in (0..rows).step_by(usize::try_from(GROUP)?) {
        let group = from..(from + GROUP).min(rows);
        let mut times = TimestampMillisecondBuilder::new();
        for number in group.clone() {
            times.append_value(row(number, rows).unix * 1_000);
        }
        let mut columns: Vec<ArrayRef> = vec![Arc::new(times.finish().with_timezone("UTC"))];
        for column in 0..3 {
            columns.push(match ids {
                Ids::Integer => {
                    let mut cells = Int64Builder::new();
                    for number in group.clone() {
                        let id = integer_ids(&row(number, rows))[column];
                        cells.append_value(i64::try_from(id)?);
                    }
                    Arc::new(cells.finish())
                }
                Ids::Text => {
                    let mut cells = StringBuilder::new();
                    let mut cell = String::new();
                    for number in group.clone() {
                        let row = row(number, rows);
                        let id = [row.actor, row.customer, row.ticket][column];
                        text_id(PREFIXES[column], id, &mut cell);
                        cells.append_value(&cell);
                    }
                    Arc::new(cells.finish())
                }
            });
        }
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns)?)?;
    }
    writer.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn text_ids_are_unlike_for_unlike_numbers_and_of_8_to_18_characters() {
        let mut id = String::new();
        for prefix in PREFIXES {
            let mut met = HashSet::new();
            for number in (0..40_000).map(|number| number * 50_021) {
                text_id(prefix, number, &mut id);
                assert!((8..=18).contains(&id.len()), "{id}");
                assert!(met.insert(id.clone()), "{id} twice");
            }
        }
    }

    #[test]
    fn a_log_has_a_twelfth_as_many_customers_and_a_fifth_as_many_tickets_as_rows() {
        let rows = 300_000;
        let rows_of = || (0..rows).map(|number| row(number, rows));
        let customers: HashSet<u64> = rows_of().map(|row| row.customer).collect();
        let tickets: HashSet<u64> = rows_of().map(|row| row.ticket).collect();
        let owners: HashSet<(u64, u64)> = rows_of().map(|row| (row.ticket, row.customer)).collect();
        assert!(
            (20_000..=25_000).contains(&customers.len()),
            "{}",
            customers.len()
        );
        assert!(
            (50_000..=60_000).contains(&tickets.len()),
            "{}",
            tickets.len()
        );
        assert_eq!(owners.len(), tickets.len(), "a ticket has one customer");
        assert!(rows_of().is_sorted_by_key(|row| row.unix));
    }

    #[test]
    fn the_same_file_is_written_twice() {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        for format in Format::ALL {
            for ids in Ids::ALL {
                let files = folders.each_ref().map(|folder| {
                    fs::read(write(folder.path(), 2_000, format, ids).unwrap()).unwrap()
                });
                assert!(files[0] == files[1], "{format:?} {ids:?}");
                assert!(files[0].len() > 10_000, "{format:?} {ids:?}");
            }
        }
    }
}

//! Batches as CSV and as JSON Lines.

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, SchemaRef};

/// The header line.
pub(super) fn csv_head(schema: &SchemaRef) -> String {
    let names: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    format!("{}\n", names.join(","))
}

/// The rows by RFC 4180; an empty cell is a missing value.
pub(super) fn csv(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(batch.num_rows() * 16 * batch.num_columns());
    for row in 0..batch.num_rows() {
        for (index, column) in batch.columns().iter().enumerate() {
            if index > 0 {
                bytes.push(b',');
            }
            match cell(column.as_ref(), row) {
                Cell::Missing => {}
                Cell::Flag(flag) => bytes.extend_from_slice(if flag { b"true" } else { b"false" }),
                Cell::Time(millis) => time(millis, &mut bytes),
                Cell::Text(text) if text.contains(['"', ',', '\n', '\r']) => {
                    bytes
                        .extend_from_slice(format!("\"{}\"", text.replace('"', "\"\"")).as_bytes());
                }
                Cell::Text(text) => bytes.extend_from_slice(text.as_bytes()),
            }
        }
        bytes.push(b'\n');
    }
    bytes
}

/// The rows as JSON objects; missing values are left out.
pub(super) fn jsonl(batch: &RecordBatch) -> Vec<u8> {
    let schema = batch.schema_ref();
    let mut bytes = Vec::with_capacity(batch.num_rows() * 32 * batch.num_columns());
    for row in 0..batch.num_rows() {
        bytes.push(b'{');
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            let cell = cell(column.as_ref(), row);
            if matches!(cell, Cell::Missing) {
                continue;
            }
            if bytes.last() != Some(&b'{') {
                bytes.push(b',');
            }
            quoted(field.name(), &mut bytes);
            bytes.push(b':');
            match cell {
                Cell::Missing => {}
                Cell::Flag(flag) => bytes.extend_from_slice(if flag { b"true" } else { b"false" }),
                Cell::Time(millis) => {
                    bytes.push(b'"');
                    time(millis, &mut bytes);
                    bytes.push(b'"');
                }
                Cell::Text(text) => quoted(text, &mut bytes),
            }
        }
        bytes.extend_from_slice(b"}\n");
    }
    bytes
}

enum Cell<'a> {
    Missing,
    Flag(bool),
    Time(i64),
    Text(&'a str),
}

fn cell(column: &dyn Array, row: usize) -> Cell<'_> {
    if column.is_null(row) {
        return Cell::Missing;
    }
    match column.data_type() {
        DataType::Boolean => Cell::Flag(column.as_boolean().value(row)),
        DataType::Timestamp(..) => {
            Cell::Time(column.as_primitive::<TimestampMillisecondType>().value(row))
        }
        _ => Cell::Text(column.as_string::<i32>().value(row)),
    }
}

/// A JSON string.
fn quoted(text: &str, bytes: &mut Vec<u8>) {
    bytes.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => bytes.extend_from_slice(&[b'\\', byte]),
            0..32 => bytes.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => bytes.push(byte),
        }
    }
    bytes.push(b'"');
}

/// RFC 3339 in UTC, `2019-08-05T09:30:00Z`.
///
/// Written out because a log has 150 million of them. The calendar is Gregorian, by days since
/// 1 March of year 0, when leap days come last.
fn time(millis: i64, bytes: &mut Vec<u8>) {
    let seconds = millis.div_euclid(1_000);
    let (days, into) = (
        seconds.div_euclid(86_400) + 719_468,
        seconds.rem_euclid(86_400),
    );
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = match month {
        0..10 => (year + era * 400, month + 3),
        _ => (year + era * 400 + 1, month - 9),
    };
    for (number, digits, after) in [
        (year, 4, b'-'),
        (month, 2, b'-'),
        (day, 2, b'T'),
        (into / 3_600, 2, b':'),
        (into / 60 % 60, 2, b':'),
        (into % 60, 2, b'Z'),
    ] {
        for place in (0..digits).rev() {
            bytes.push(b'0' + (number / 10_i64.pow(place) % 10) as u8);
        }
        bytes.push(after);
    }
}

#[cfg(test)]
mod tests {
    use countersign_core::time::Second;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_time_is_written_as_core_writes_it(second: u32) {
            let mut bytes = Vec::new();
            time(Second(second).to_unix() * 1_000, &mut bytes);
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), Second(second).to_string());
        }

        #[test]
        fn a_quoted_text_reads_back_from_json(text: String) {
            let mut bytes = Vec::new();
            quoted(&text, &mut bytes);
            prop_assert_eq!(serde_json::from_slice::<String>(&bytes).unwrap(), text);
        }
    }
}

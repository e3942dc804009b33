//! The columns of a piece of a Parquet file, as the readers of tables see them.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, BinaryViewArray, DictionaryArray, Int64Array, StringViewArray};
use arrow_schema::{DataType, TimeUnit};

use countersign_core::desk::NONE;
use countersign_core::time::Second;

use crate::dictionary::Ids;
use crate::events::UNKNOWN;
use crate::moment::{Cache, Clock, Problem};
use crate::piece::{Digits, read_time};
use crate::reason::Reason;
use crate::rows::{Bad, Place, Rows, Span, raw, text};

/// Arrays of some rows, one for each slot of the layout.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) arrays: Vec<ArrayRef>,
    /// Number of the first row in its file, from 1.
    pub(crate) first_row: u64,
    pub(crate) rows: usize,
    /// Bytes on disk that the batch stands for.
    pub(crate) read: u64,
}

/// Columns of ids of a piece of a Parquet file.
#[derive(Debug)]
pub(crate) struct Cells {
    columns: Vec<IdColumn>,
    missing: Arc<[String]>,
    pub(crate) first_row: u64,
    pub(crate) read: u64,
}

/// A column of ids in the form in which it is quickest to look up.
#[derive(Debug)]
enum IdColumn {
    Strings(StringViewArray),
    Bytes(BinaryViewArray),
    /// Each different value once, and for each row which.
    Dictionary(DictionaryArray<Int32Type>),
    Integers(Int64Array),
    /// The times, which are no ids.
    Time(ArrayRef),
    /// What is neither text nor integer, written out.
    Texts {
        bytes: Vec<u8>,
        spans: Vec<Span>,
    },
}

impl Cells {
    /// Takes the columns of a batch.
    ///
    /// The error is a column's place and its type.
    pub(crate) fn new(
        batch: &Batch,
        time: usize,
        missing: Arc<[String]>,
    ) -> Result<Self, (usize, DataType)> {
        Ok(Self {
            columns: batch
                .arrays
                .iter()
                .enumerate()
                .map(|(place, array)| {
                    if place == time {
                        return Ok(IdColumn::Time(Arc::clone(array)));
                    }
                    id_column(array).map_err(|kind| (place, kind))
                })
                .collect::<Result<_, _>>()?,
            missing,
            first_row: batch.first_row,
            read: batch.read,
        })
    }

    pub(crate) fn line(&self, row: usize) -> u64 {
        self.first_row + row as u64
    }

    /// A row as something to leave out; its raw text is its cells with commas between.
    pub(crate) fn bad(&self, row: usize, reason: Reason) -> Bad {
        let mut line = Vec::new();
        for slot in 0..self.columns.len() {
            if slot > 0 {
                line.push(b',');
            }
            if let Some(IdColumn::Time(array)) = self.columns.get(slot) {
                // A type that can't be written was refused before.
                let _ = write_out(array.slice(row, 1).as_ref(), &mut line, &mut Vec::new());
            }
            line.extend_from_slice(self.cell(slot, row, &mut Digits::default()));
        }
        Bad {
            line: self.line(row),
            reason,
            raw: raw(&line),
        }
    }

    /// The text of a cell; empty = missing.
    pub(crate) fn cell<'a>(&'a self, slot: usize, row: usize, digits: &'a mut Digits) -> &'a [u8] {
        let value = match self.columns.get(slot) {
            None | Some(IdColumn::Time(_)) => &[],
            Some(IdColumn::Strings(array)) => in_strings(array, row),
            Some(IdColumn::Bytes(array)) => in_bytes(array, row),
            Some(IdColumn::Dictionary(array)) => array
                .key(row)
                .map_or(&[][..], |key| in_values(array.values().as_ref(), key)),
            Some(IdColumn::Integers(array)) => {
                if array.is_null(row) {
                    &[]
                } else {
                    digits.write(array.value(row))
                }
            }
            Some(IdColumn::Texts { bytes, spans }) => {
                spans.get(row).map_or(&[][..], |span| text(bytes, *span))
            }
        };
        self.kept(value)
    }

    /// The lengths of all cells of a column, and of integers their values, added up: work that
    /// looks at every cell and does little else.
    pub(crate) fn weight(&self, slot: usize, rows: usize) -> u64 {
        match self.columns.get(slot) {
            Some(IdColumn::Strings(array)) if array.null_count() == 0 => array
                .lengths()
                .fold(0, |sum: u64, length| sum.wrapping_add(u64::from(length))),
            Some(IdColumn::Dictionary(array)) => {
                let values = array.values().as_ref();
                let lengths: Vec<u64> = (0..values.len())
                    .map(|value| in_values(values, value).len() as u64)
                    .collect();
                (0..array.len())
                    .filter_map(|row| lengths.get(array.key(row)?))
                    .sum()
            }
            Some(IdColumn::Integers(array)) if array.null_count() == 0 => array
                .values()
                .iter()
                .fold(0, |sum: u64, value| sum.wrapping_add(value.unsigned_abs())),
            _ => (0..rows)
                .map(|row| self.cell(slot, row, &mut Digits::default()).len() as u64)
                .sum(),
        }
    }

    /// The column, if it is one of integers.
    pub(crate) fn integers(&self, slot: usize) -> Option<&Int64Array> {
        match self.columns.get(slot) {
            Some(IdColumn::Integers(array)) => Some(array),
            _ => None,
        }
    }

    /// Puts the number of each row's id in `numbers`.
    pub(crate) fn find_all(&self, slot: usize, ids: &Ids, numbers: &mut Vec<u32>) {
        match self.columns.get(slot) {
            None | Some(IdColumn::Time(_)) => {}
            Some(IdColumn::Strings(array)) => {
                let cells = (0..array.len()).map(|row| self.kept(in_strings(array, row)));
                ids.find_all(cells, NONE, UNKNOWN, numbers);
            }
            Some(IdColumn::Bytes(array)) => {
                let cells = (0..array.len()).map(|row| self.kept(in_bytes(array, row)));
                ids.find_all(cells, NONE, UNKNOWN, numbers);
            }
            Some(IdColumn::Dictionary(array)) => self.find_by_value(array, ids, numbers),
            Some(IdColumn::Integers(array)) => self.find_integers(array, ids, numbers),
            Some(IdColumn::Texts { bytes, spans }) => {
                let cells = spans.iter().map(|span| self.kept(text(bytes, *span)));
                ids.find_all(cells, NONE, UNKNOWN, numbers);
            }
        }
    }

    /// Looks each different value up once, if that is less work than each row.
    fn find_by_value(&self, array: &DictionaryArray<Int32Type>, ids: &Ids, numbers: &mut Vec<u32>) {
        let values = array.values().as_ref();
        if values.len() > array.len() {
            let cells = (0..array.len())
                .map(|row| self.kept(array.key(row).map_or(&[][..], |key| in_values(values, key))));
            ids.find_all(cells, NONE, UNKNOWN, numbers);
            return;
        }
        let mut of_value = Vec::with_capacity(values.len());
        let cells = (0..values.len()).map(|value| self.kept(in_values(values, value)));
        ids.find_all(cells, NONE, UNKNOWN, &mut of_value);
        numbers.extend((0..array.len()).map(|row| {
            array
                .key(row)
                .and_then(|key| of_value.get(key).copied())
                .unwrap_or(NONE)
        }));
    }

    /// Integers need no text: the dictionary watches them.
    fn find_integers(&self, array: &Int64Array, ids: &Ids, numbers: &mut Vec<u32>) {
        let missing: Vec<i64> = self
            .missing
            .iter()
            .filter_map(|word| word.parse().ok())
            .collect();
        let find = |value: i64| {
            if missing.contains(&value) {
                NONE
            } else {
                ids.find_integer(value).unwrap_or(UNKNOWN)
            }
        };
        if array.null_count() == 0 {
            numbers.extend(array.values().iter().map(|value| find(*value)));
        } else {
            numbers.extend(array.iter().map(|value| value.map_or(NONE, find)));
        }
    }

    /// Nothing, if the caller says that the value means nothing.
    fn kept<'a>(&self, value: &'a [u8]) -> &'a [u8] {
        if self.missing.iter().any(|word| word.as_bytes() == value) {
            &[]
        } else {
            value
        }
    }
}

fn in_strings(array: &StringViewArray, row: usize) -> &[u8] {
    if array.is_null(row) {
        &[]
    } else {
        array.value(row).as_bytes()
    }
}

fn in_bytes(array: &BinaryViewArray, row: usize) -> &[u8] {
    if array.is_null(row) {
        &[]
    } else {
        array.value(row)
    }
}

/// A value of a dictionary.
fn in_values(values: &dyn Array, at: usize) -> &[u8] {
    if at >= values.len() || values.is_null(at) {
        return &[];
    }
    if let Some(strings) = values.as_string_opt::<i32>() {
        strings.value(at).as_bytes()
    } else if let Some(bytes) = values.as_binary_opt::<i32>() {
        bytes.value(at)
    } else {
        &[]
    }
}

fn id_column(array: &ArrayRef) -> Result<IdColumn, DataType> {
    if let Some(strings) = array.as_string_view_opt() {
        return Ok(IdColumn::Strings(strings.clone()));
    }
    if let Some(bytes) = array.as_binary_view_opt() {
        return Ok(IdColumn::Bytes(bytes.clone()));
    }
    if let Some(dictionary) = array.as_dictionary_opt::<Int32Type>() {
        return Ok(IdColumn::Dictionary(dictionary.clone()));
    }
    if let Some(integers) = integers(array.as_ref()) {
        return Ok(IdColumn::Integers(integers));
    }
    let (mut bytes, mut spans) = (Vec::new(), Vec::new());
    write_out(array.as_ref(), &mut bytes, &mut spans)?;
    Ok(IdColumn::Texts { bytes, spans })
}

/// A column of integers of any width that fits into 64 bits with a sign.
fn integers(array: &dyn Array) -> Option<Int64Array> {
    Some(match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().clone(),
        DataType::Int32 => array.as_primitive::<Int32Type>().unary(i64::from),
        DataType::Int16 => array.as_primitive::<Int16Type>().unary(i64::from),
        DataType::Int8 => array.as_primitive::<Int8Type>().unary(i64::from),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().unary(i64::from),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().unary(i64::from),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().unary(i64::from),
        _ => return None,
    })
}

/// Writes the values of a column as text.
fn write_out(
    array: &dyn Array,
    bytes: &mut Vec<u8>,
    spans: &mut Vec<Span>,
) -> Result<(), DataType> {
    let mut add = |row: usize, write: &mut dyn FnMut(&mut Vec<u8>)| {
        let from = bytes.len();
        if !array.is_null(row) {
            write(bytes);
        }
        spans.push(Span::new(from, bytes.len()));
    };
    let rows = 0..array.len();
    if let Some(integers) = integers(array) {
        for row in rows {
            add(row, &mut |bytes| {
                bytes.extend_from_slice(Digits::default().write(integers.value(row)));
            });
        }
        return Ok(());
    }
    match array.data_type() {
        DataType::Utf8View => {
            let array = array.as_string_view();
            for row in rows {
                add(row, &mut |bytes| {
                    bytes.extend_from_slice(cut(array.value(row).as_bytes()))
                });
            }
        }
        DataType::BinaryView => {
            let array = array.as_binary_view();
            for row in rows {
                add(row, &mut |bytes| {
                    bytes.extend_from_slice(cut(array.value(row)))
                });
            }
        }
        DataType::Dictionary(_, _) => {
            let array = array
                .as_dictionary_opt::<Int32Type>()
                .ok_or_else(|| array.data_type().clone())?;
            for row in rows {
                add(row, &mut |bytes| {
                    let value = array
                        .key(row)
                        .map_or(&[][..], |key| in_values(array.values().as_ref(), key));
                    bytes.extend_from_slice(cut(value));
                });
            }
        }
        DataType::Boolean => {
            let array = array.as_boolean();
            for row in rows {
                let word: &[u8] = if array.value(row) { b"true" } else { b"false" };
                add(row, &mut |bytes| bytes.extend_from_slice(word));
            }
        }
        DataType::UInt64 => {
            let array = array.as_primitive::<UInt64Type>();
            for row in rows {
                add(row, &mut |bytes| {
                    bytes.extend_from_slice(array.value(row).to_string().as_bytes())
                });
            }
        }
        DataType::Float64 => {
            let array = array.as_primitive::<arrow_array::types::Float64Type>();
            for row in rows {
                add(row, &mut |bytes| {
                    bytes.extend_from_slice(float(array.value(row)).as_bytes())
                });
            }
        }
        DataType::Float32 => {
            let array = array.as_primitive::<arrow_array::types::Float32Type>();
            for row in rows {
                add(row, &mut |bytes| {
                    bytes.extend_from_slice(float(f64::from(array.value(row))).as_bytes());
                });
            }
        }
        DataType::Decimal128(_, _) => {
            let array = array.as_primitive::<arrow_array::types::Decimal128Type>();
            for row in rows {
                add(row, &mut |bytes| {
                    bytes.extend_from_slice(array.value_as_string(row).as_bytes())
                });
            }
        }
        DataType::Null => {
            for row in rows {
                add(row, &mut |_| {});
            }
        }
        kind => {
            let seconds = unix_seconds(array, 1).ok_or_else(|| kind.clone())?;
            let zone = if has_zone(kind) { "Z" } else { "" };
            let date = matches!(kind, DataType::Date32);
            for row in rows {
                add(row, &mut |bytes| {
                    if let Ok(time) = jiff::Timestamp::from_second(seconds.value(row)) {
                        let text = time.to_string();
                        let end = if date { 10 } else { 19 };
                        bytes.extend_from_slice(text.get(..end).unwrap_or(&text).as_bytes());
                        bytes.extend_from_slice(zone.as_bytes());
                    }
                });
            }
        }
    }
    Ok(())
}

/// A float as an id or a value: `17` rather than `17.0`, nothing for NaN.
fn float(value: f64) -> String {
    if value.is_finite() {
        value.to_string()
    } else {
        String::new()
    }
}

/// Values longer than any that is accepted need not be kept whole.
fn cut(value: &[u8]) -> &[u8] {
    value.get(..=crate::dictionary::LONGEST_ID).unwrap_or(value)
}

fn has_zone(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(_, Some(_)))
}

/// Whole seconds since 1970 of timestamps and dates; integers count `per_second` in a second.
fn unix_seconds(array: &dyn Array, per_second: i64) -> Option<Int64Array> {
    Some(match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => array
            .as_primitive::<TimestampSecondType>()
            .unary(|value| value),
        DataType::Timestamp(TimeUnit::Millisecond, _) => array
            .as_primitive::<TimestampMillisecondType>()
            .unary(|value| value.div_euclid(1_000)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => array
            .as_primitive::<TimestampMicrosecondType>()
            .unary(|value| value.div_euclid(1_000_000)),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => array
            .as_primitive::<TimestampNanosecondType>()
            .unary(|value| value.div_euclid(1_000_000_000)),
        DataType::Date32 => array
            .as_primitive::<Date32Type>()
            .unary(|day| i64::from(day) * 86_400),
        _ => {
            let integers = integers(array)?;
            if per_second == 1 {
                integers
            } else {
                integers.unary(|value| value.div_euclid(per_second))
            }
        }
    })
}

/// Times of a column.
#[derive(Debug, Default)]
pub(crate) struct ReadTimes {
    /// The second of each row; what it is where `problems` has the row does not matter.
    pub(crate) seconds: Vec<Second>,
    /// Rows whose time can't be used, in order.
    pub(crate) problems: Vec<(u32, Problem)>,
    /// The first row whose time has an offset.
    pub(crate) with: Option<u32>,
    /// Whether a time had none.
    pub(crate) without: bool,
    /// Times on a clock change.
    pub(crate) ambiguous: u64,
}

impl ReadTimes {
    /// Reads times one after the other.
    pub(crate) fn each(
        rows: usize,
        mut read: impl FnMut(usize, &mut Cache) -> Result<Second, Problem>,
    ) -> Self {
        let mut cache = Cache::default();
        let mut times = Self {
            seconds: Vec::with_capacity(rows),
            ..Self::default()
        };
        for (row, at) in (0_u32..).zip(0..rows) {
            match read(at, &mut cache) {
                Ok(second) => times.seconds.push(second),
                Err(problem) => {
                    times.seconds.push(Second(0));
                    times.problems.push((row, problem));
                }
            }
            if times.with.is_none() && cache.with {
                times.with = Some(row);
            }
        }
        times.without = cache.without;
        times.ambiguous = cache.ambiguous;
        times
    }

    /// Reads timestamps that have a zone and none of which is missing: the usual case.
    fn instants<T: ArrowPrimitiveType<Native = i64>, const A_SECOND: i64>(
        array: &ArrayRef,
        clock: &Clock,
    ) -> Option<Self> {
        let array = array.as_primitive_opt::<T>()?;
        if array.null_count() > 0 {
            return None;
        }
        let values = array.values();
        Some(Self::each(values.len(), |row, cache| {
            cache.with = true;
            clock.within(values[row].div_euclid(A_SECOND))
        }))
    }

    /// Reads a column of timestamps, dates, integers or text.
    pub(crate) fn of_array(array: &ArrayRef, clock: &Clock) -> Result<Self, DataType> {
        let kind = array.data_type();
        let instants = match kind {
            DataType::Timestamp(TimeUnit::Second, Some(_)) => {
                Self::instants::<TimestampSecondType, 1>(array, clock)
            }
            DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => {
                Self::instants::<TimestampMillisecondType, 1_000>(array, clock)
            }
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
                Self::instants::<TimestampMicrosecondType, 1_000_000>(array, clock)
            }
            DataType::Timestamp(TimeUnit::Nanosecond, Some(_)) => {
                Self::instants::<TimestampNanosecondType, 1_000_000_000>(array, clock)
            }
            _ => None,
        };
        if let Some(times) = instants {
            return Ok(times);
        }
        if let Some(unix) = unix_seconds(array.as_ref(), clock.per_second()) {
            let local = matches!(kind, DataType::Timestamp(_, None) | DataType::Date32);
            return Ok(Self::each(array.len(), |row, cache| {
                if unix.is_null(row) {
                    Err(Problem::Bad(Reason::Missing("time")))
                } else if local {
                    clock.wall(unix.value(row), cache)
                } else {
                    cache.with = true;
                    clock.within(unix.value(row))
                }
            }));
        }
        let (mut bytes, mut spans) = (Vec::new(), Vec::new());
        write_out(array.as_ref(), &mut bytes, &mut spans)?;
        Ok(Self::each(spans.len(), |row, cache| {
            read_time(text(&bytes, spans[row]), clock, cache)
        }))
    }
}

/// A batch as rows of text, for the small tables.
///
/// The error is a column's place and its type.
pub(crate) fn rows(batch: &Batch, missing: &[String]) -> Result<Rows, (usize, DataType)> {
    let mut rows = Rows {
        first_line: batch.first_row,
        read: batch.read,
        ..Rows::default()
    };
    for (place, array) in batch.arrays.iter().enumerate() {
        let mut spans = Vec::with_capacity(batch.rows);
        write_out(array.as_ref(), &mut rows.bytes, &mut spans).map_err(|kind| (place, kind))?;
        for span in &mut spans {
            let value = text(&rows.bytes, *span);
            if missing.iter().any(|word| word.as_bytes() == value) {
                span.len = 0;
            }
        }
        rows.cells.push(spans);
    }
    rows.places = (0_u32..)
        .take(batch.rows)
        .map(|line| Place {
            line,
            text: Span::default(),
        })
        .collect();
    Ok(rows)
}

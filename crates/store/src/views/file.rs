//! Views as a Parquet file: numbers only, what they stand for is sealed elsewhere.
//!
//! | column | |
//! |---|---|
//! | `source` | place in the list of sources |
//! | `second` | since 2000-01-01 UTC |
//! | `account`, `customer`, `ticket` | numbers; null: not said |
//! | `did` | 0 view, 1 search, 2 export, 3 change |
//! | `key` | under what the view is known when it comes again; null: under all that it says |
//!
//! The metadata `countersign` says which entries of the ledger it was made from, the root of the
//! tree there, and of each source how far its file was read.

use std::sync::Arc;

use arrow_array::builder::{PrimitiveBuilder, UInt8Builder, UInt16Builder, UInt64Builder};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array as _, ArrayRef, PrimitiveArray, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use countersign_core::desk::NONE;
use countersign_core::record::{Did, Seen, Source, Through, Views};
use countersign_core::time::Second;
use countersign_ledger::encoding::{from_hex, hex};
use countersign_ledger::hash::Hash;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use serde::{Deserialize, Serialize};

/// From which entries a file was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The first.
    pub(super) from: u64,
    /// The one behind the last.
    pub(super) through: u64,
    /// Root of the tree of all before that.
    pub(super) root: Hash,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    from: u64,
    through: u64,
    root: String,
    sources: Vec<SourceSaid>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceSaid {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    /// Offset, number, length of the beginning, its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    through: Option<(u64, u64, u32, u64)>,
}

/// The bytes of a file.
pub(super) fn write(span: &Span, batches: &[Views]) -> Result<Vec<u8>> {
    let mut sources: Vec<(Source, Option<Through>)> = Vec::new();
    let mut columns = Columns::default();
    for batch in batches {
        let known = sources
            .iter()
            .position(|(source, _)| *source == batch.source);
        let place = known.unwrap_or_else(|| {
            sources.push((batch.source.clone(), None));
            sources.len() - 1
        });
        sources[place].1 = batch.through.or(sources[place].1);
        let place = u16::try_from(place);
        let place = place.map_err(|_error| wrong("more sources than a file has room for"))?;
        batch.rows.iter().for_each(|row| columns.push(place, row));
    }
    let said = Said {
        from: span.from,
        through: span.through,
        root: span.root.to_hex(),
        sources: sources.iter().map(SourceSaid::of).collect(),
    };
    let said =
        serde_json::to_string(&said).map_err(|error| ParquetError::External(error.into()))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata(Some(vec![KeyValue::new(SAID.to_owned(), said)]))
        .build();
    let schema = schema();
    let mut writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties))?;
    writer.write(&columns.batch(schema)?)?;
    writer.into_inner()
}

/// What a file says: from which entries it is, and their views in order. Rows of one source that
/// stand together are one batch; how far a source's file was read stands behind all of them.
pub(super) fn read(bytes: Bytes) -> Result<(Span, Vec<Views>)> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let metadata = builder.metadata().file_metadata();
    let said = metadata.key_value_metadata().into_iter().flatten();
    let mut said = said.filter(|pair| pair.key == SAID);
    let said = said.next().and_then(|pair| pair.value.as_deref());
    let said: Said = serde_json::from_str(said.ok_or(wrong("no metadata of ours"))?)
        .map_err(|error| ParquetError::External(error.into()))?;
    let root = from_hex(&said.root).and_then(|root| root.try_into().ok());
    let span = Span {
        from: said.from,
        through: said.through,
        root: Hash(root.ok_or(wrong("no root"))?),
    };
    let sources = said.sources.iter().map(SourceSaid::read);
    let sources = sources.collect::<Option<Vec<_>>>();
    let sources = sources.ok_or(wrong("a source that is none"))?;
    let mut batches: Vec<Views> = Vec::new();
    let mut last = None;
    for batch in builder.build()? {
        let batch = batch.map_err(|error| ParquetError::ArrowError(error.to_string()))?;
        if batch.schema_ref().fields() != schema().fields() {
            return Err(wrong("other columns"));
        }
        for row in 0..batch.num_rows() {
            let place = batch.column(0).as_primitive::<UInt16Type>().value(row);
            if last != Some(place) {
                let source = sources.get(usize::from(place));
                let (source, _) = source.ok_or(wrong("a source that is not listed"))?;
                batches.push(Views {
                    source: source.clone(),
                    ..Views::default()
                });
                last = Some(place);
            }
            let seen = seen(&batch, row).ok_or(wrong("a row that is none"))?;
            if let Some(batch) = batches.last_mut() {
                batch.rows.push(seen);
            }
        }
    }
    batches.extend(sources.into_iter().filter_map(|(source, through)| {
        Some(Views {
            source,
            through: Some(through?),
            rows: Vec::new(),
        })
    }));
    Ok((span, batches))
}

impl SourceSaid {
    fn of((source, through): &(Source, Option<Through>)) -> Self {
        let (file, program) = match source {
            Source::File(path) => (Some(path.clone()), None),
            Source::Program(token) => (None, Some(hex(token))),
        };
        let through = through.map(|at| (at.offset, at.number, at.head, at.digest));
        Self {
            file,
            program,
            through,
        }
    }

    fn read(&self) -> Option<(Source, Option<Through>)> {
        let source = match (&self.file, &self.program) {
            (Some(path), None) => Source::File(path.clone()),
            (None, Some(token)) => Source::Program(from_hex(token)?.try_into().ok()?),
            _ => return None,
        };
        let through = self.through.map(|(offset, number, head, digest)| Through {
            offset,
            number,
            head,
            digest,
        });
        Some((source, through))
    }
}

#[derive(Default)]
struct Columns {
    source: UInt16Builder,
    second: PrimitiveBuilder<UInt32Type>,
    /// Account, customer, ticket.
    numbers: [PrimitiveBuilder<UInt32Type>; 3],
    did: UInt8Builder,
    key: UInt64Builder,
}

impl Columns {
    fn push(&mut self, source: u16, row: &Seen) {
        self.source.append_value(source);
        self.second.append_value(row.second.0);
        let numbers = [row.account, row.customer, row.ticket];
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column.append_option((number != NONE).then_some(number));
        }
        self.did.append_value(row.did.code());
        self.key.append_option(row.key);
    }

    fn batch(mut self, schema: SchemaRef) -> Result<RecordBatch> {
        let [account, customer, ticket] = &mut self.numbers;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.source.finish()),
            Arc::new(self.second.finish()),
            Arc::new(account.finish()),
            Arc::new(customer.finish()),
            Arc::new(ticket.finish()),
            Arc::new(self.did.finish()),
            Arc::new(self.key.finish()),
        ];
        RecordBatch::try_new(schema, columns)
            .map_err(|error| ParquetError::ArrowError(error.to_string()))
    }
}

fn seen(batch: &RecordBatch, row: usize) -> Option<Seen> {
    let numbers = |column: usize| batch.column(column).as_primitive::<UInt32Type>();
    let number = |column: usize| {
        let column: &PrimitiveArray<UInt32Type> = numbers(column);
        if column.is_valid(row) {
            column.value(row)
        } else {
            NONE
        }
    };
    let key = batch.column(6).as_primitive::<UInt64Type>();
    Some(Seen {
        second: Second(numbers(1).value(row)),
        account: number(2),
        customer: number(3),
        ticket: number(4),
        did: Did::of(batch.column(5).as_primitive::<UInt8Type>().value(row))?,
        key: key.is_valid(row).then(|| key.value(row)),
    })
}

fn schema() -> SchemaRef {
    let field = |name, kind, nullable| Field::new(name, kind, nullable);
    Arc::new(Schema::new(vec![
        field("source", DataType::UInt16, false),
        field("second", DataType::UInt32, false),
        field("account", DataType::UInt32, true),
        field("customer", DataType::UInt32, true),
        field("ticket", DataType::UInt32, true),
        field("did", DataType::UInt8, false),
        field("key", DataType::UInt64, true),
    ]))
}

fn wrong(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}

const SAID: &str = "countersign";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_as_it_was_written() {
        let file = Source::File("logs/access.log".to_owned());
        let program = Source::Program([7; 16]);
        let row = |second: u32, key| Seen {
            second: Second(second),
            account: second,
            customer: 3,
            key,
            ..Seen::default()
        };
        let through = |offset| {
            Some(Through {
                offset,
                number: u64::MAX,
                head: 256,
                digest: 9,
            })
        };
        let batch = |source: &Source, through, rows: &[Seen]| Views {
            source: source.clone(),
            through,
            rows: rows.to_vec(),
        };
        let (one, two) = (row(4, Some(u64::MAX)), row(3, None));
        let batches = [
            batch(&file, through(9), &[one, two]),
            batch(&file, through(7), &[two]),
            batch(&program, None, &[one]),
            batch(&file, None, &[one]),
        ];
        let span = Span {
            from: 3,
            through: 77,
            root: Hash([9; 32]),
        };
        let bytes = write(&span, &batches).unwrap();
        let (again, read) = read(bytes.clone().into()).unwrap();
        assert_eq!(again, span);
        let wanted = [
            batch(&file, None, &[one, two, two]),
            batch(&program, None, &[one]),
            batch(&file, None, &[one]),
            batch(&file, through(7), &[]),
        ];
        assert_eq!(read, wanted);
        // The same views give the same bytes.
        assert_eq!(write(&span, &batches).unwrap(), bytes);
        for end in 0..bytes.len() {
            let cut = bytes[..end].to_vec();
            assert!(super::read(cut.into()).is_err(), "{end}");
        }
    }
}

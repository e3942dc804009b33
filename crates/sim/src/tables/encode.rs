//! A batch of rows as bytes of a file, so that batches can be encoded on all cores.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::Format;
use super::text;

/// A file in one of the formats, to which encoded pieces are added in order.
pub(super) enum Output<W: Write + Send> {
    Parquet(Box<SerializedFileWriter<W>>),
    Text(W),
}

/// Turns batches into pieces; shared by all cores.
pub(super) enum Encoder {
    Parquet(ArrowRowGroupWriterFactory),
    Csv,
    Jsonl,
}

/// Rows as they will stand in the file.
pub(super) enum Piece {
    RowGroup(Vec<ArrowColumnChunk>),
    Text(Vec<u8>),
}

/// Starts a file.
pub(super) fn start<W: Write + Send>(
    format: Format,
    schema: &SchemaRef,
    mut file: W,
) -> Result<(Encoder, Output<W>)> {
    Ok(match format {
        Format::Parquet => {
            let options = ArrowWriterOptions::new().with_properties(properties(schema));
            let writer = ArrowWriter::try_new_with_options(file, Arc::clone(schema), options)?;
            let (writer, factory) = writer.into_serialized_writer()?;
            (Encoder::Parquet(factory), Output::Parquet(Box::new(writer)))
        }
        Format::Csv => {
            file.write_all(text::csv_head(schema).as_bytes())
                .map_err(external)?;
            (Encoder::Csv, Output::Text(file))
        }
        Format::Jsonl => (Encoder::Jsonl, Output::Text(file)),
    })
}

impl Encoder {
    pub(super) fn encode(&self, batch: &RecordBatch) -> Result<Piece> {
        match self {
            Self::Parquet(factory) => {
                let mut writers = factory.create_column_writers(0)?;
                let columns = batch.schema_ref().fields().iter().zip(batch.columns());
                for (writer, (field, column)) in writers.iter_mut().zip(columns) {
                    for leaf in compute_leaves(field, column)? {
                        writer.write(&leaf)?;
                    }
                }
                let chunks = writers.into_iter().map(|writer| writer.close());
                Ok(Piece::RowGroup(chunks.collect::<Result<_>>()?))
            }
            Self::Csv => Ok(Piece::Text(text::csv(batch))),
            Self::Jsonl => Ok(Piece::Text(text::jsonl(batch))),
        }
    }
}

impl<W: Write + Send> Output<W> {
    pub(super) fn add(&mut self, piece: Piece) -> Result<()> {
        match self {
            Self::Parquet(writer) => {
                let mut group = writer.next_row_group()?;
                for chunk in piece.row_group()? {
                    chunk.append_to_row_group(&mut group)?;
                }
                group.close().map(|_| ())
            }
            Self::Text(file) => file.write_all(&piece.text()?).map_err(external),
        }
    }

    /// Ends the file and gives it back.
    pub(super) fn end(self) -> Result<W> {
        match self {
            Self::Parquet(writer) => writer.into_inner(),
            Self::Text(file) => Ok(file),
        }
    }
}

impl Piece {
    fn row_group(self) -> Result<Vec<ArrowColumnChunk>> {
        match self {
            Self::RowGroup(chunks) => Ok(chunks),
            Self::Text(_) => Err(ParquetError::General("text in a Parquet file".to_owned())),
        }
    }

    fn text(self) -> Result<Vec<u8>> {
        match self {
            Self::Text(bytes) => Ok(bytes),
            Self::RowGroup(_) => Err(ParquetError::General("Parquet in a text file".to_owned())),
        }
    }
}

/// Zstd at its fastest; dictionaries but for ids that hardly ever repeat within a row group.
fn properties(schema: &SchemaRef) -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    let mut properties = WriterProperties::builder()
        .set_created_by("countersign simulate".to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    for name in ["customer", "ticket"] {
        if schema.field_with_name(name).is_ok() {
            properties = properties
                .set_column_dictionary_enabled(ColumnPath::from(name), false)
                .set_column_statistics_enabled(ColumnPath::from(name), EnabledStatistics::None);
        }
    }
    for name in ["time", "opened_at", "closed_at"] {
        if schema.field_with_name(name).is_ok() {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
        }
    }
    properties.build()
}

fn external(error: io::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

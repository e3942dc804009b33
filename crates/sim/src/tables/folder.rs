//! The one module that writes files: a folder that appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::errors::ParquetError;
use rayon::prelude::*;

use super::Format;
use super::encode::{Encoder, Output, Piece, start};
use crate::error::SimError;

/// A folder in the making, beside the place where it will stand.
///
/// Dropped before [`Folder::keep`] it removes what it holds.
#[derive(Debug)]
pub(super) struct Folder {
    target: PathBuf,
    partial: PathBuf,
    pub(super) format: Format,
    pub(super) files: Vec<String>,
}

impl Folder {
    /// Begins a folder; `target` must not exist or be empty.
    pub(super) fn begin(target: &Path, format: Format) -> Result<Self, SimError> {
        let name = target
            .file_name()
            .ok_or_else(|| SimError::NoName(target.to_owned()))?;
        let mut partial = std::ffi::OsString::from(".");
        partial.push(name);
        partial.push(".partial");
        let partial = target.with_file_name(partial);
        match fs::read_dir(target) {
            Ok(entries) => {
                if entries.count() > 0 {
                    return Err(SimError::NotEmpty(target.to_owned()));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(target)(error)),
        }
        // What a killed run left behind.
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(failed(&partial))?;
        }
        fs::create_dir_all(&partial).map_err(failed(&partial))?;
        Ok(Self {
            target: target.to_owned(),
            partial,
            format,
            files: Vec::new(),
        })
    }

    /// Begins a table's file.
    pub(super) fn table(&mut self, name: &str, schema: &SchemaRef) -> Result<Table, SimError> {
        let file_name = format!("{name}.{}", self.format.extension());
        let path = self.partial.join(&file_name);
        let file = File::create(&path).map_err(failed(&path))?;
        let (encoder, output) = start(self.format, schema, BufWriter::with_capacity(1 << 20, file))
            .map_err(|source| encoding(&path, source))?;
        self.files.push(file_name);
        Ok(Table {
            path,
            encoder,
            output,
            rows: 0,
        })
    }

    /// Writes a small file as it is.
    pub(super) fn text(&mut self, name: &str, text: &str) -> Result<(), SimError> {
        let path = self.partial.join(name);
        fs::write(&path, text).map_err(failed(&path))?;
        self.files.push(name.to_owned());
        Ok(())
    }

    /// Puts the folder where it was asked for, and lists its files.
    pub(super) fn keep(mut self) -> Result<Vec<String>, SimError> {
        if self.target.exists() {
            fs::remove_dir(&self.target).map_err(failed(&self.target))?;
        }
        fs::rename(&self.partial, &self.target).map_err(failed(&self.target))?;
        Ok(std::mem::take(&mut self.files))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // After `keep` there is nothing here; a failure to tidy up is no failure of the run.
        let _ = fs::remove_dir_all(&self.partial);
    }
}

/// A table's file in the making.
pub(super) struct Table {
    path: PathBuf,
    encoder: Encoder,
    output: Output<BufWriter<File>>,
    pub(super) rows: u64,
}

impl Table {
    /// Adds batches in order; they are made and encoded on all cores, a few at a time.
    ///
    /// `after` is called with the rows so far whenever some were written.
    pub(super) fn add<P, M>(
        &mut self,
        parts: &[P],
        make: M,
        mut after: impl FnMut(u64) -> Result<(), SimError>,
    ) -> Result<(), SimError>
    where
        P: Sync,
        M: Fn(&P) -> Result<RecordBatch, ParquetError> + Sync,
    {
        // A few batches for each core: enough to keep them busy, few enough for the memory.
        for some in parts.chunks(AT_ONCE) {
            let pieces: Vec<(u64, Piece)> = some
                .par_iter()
                .with_max_len(1)
                .map(|part| {
                    let batch = make(part)?;
                    Ok((batch.num_rows() as u64, self.encoder.encode(&batch)?))
                })
                .collect::<Result<_, ParquetError>>()
                .map_err(|source| encoding(&self.path, source))?;
            for (rows, piece) in pieces {
                self.output
                    .add(piece)
                    .map_err(|source| encoding(&self.path, source))?;
                self.rows += rows;
            }
            after(self.rows)?;
        }
        Ok(())
    }

    /// Ends the file and returns its number of rows.
    pub(super) fn end(self) -> Result<u64, SimError> {
        let path = self.path;
        let mut file = self
            .output
            .end()
            .map_err(|source| encoding(&path, source))?;
        file.flush().map_err(failed(&path))?;
        Ok(self.rows)
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> SimError {
    let path = path.to_owned();
    move |source| SimError::Write { path, source }
}

/// An encoder's error, or the disk's when it is that.
fn encoding(path: &Path, source: ParquetError) -> SimError {
    let path = path.to_owned();
    match source {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(source) => SimError::Write {
                path,
                source: *source,
            },
            Err(inner) => SimError::Encode {
                path,
                source: ParquetError::External(inner),
            },
        },
        source => SimError::Encode { path, source },
    }
}

const AT_ONCE: usize = 4;

//! Reads the wanted columns of a Parquet file, several row groups or columns at once.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use arrow_array::ArrayRef;
use arrow_schema::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::reader::{ChunkReader, Length};
use rayon::prelude::*;

use crate::columnar::Batch;
use crate::drive::Pieces;
use crate::error::ImportError;
use crate::file::{self, Digests, Tally, Watch, go_on};
use crate::header::Layout;

/// A Parquet file whose columns are known.
#[derive(Debug)]
pub(crate) struct ParquetFile {
    path: PathBuf,
    file: Arc<File>,
    /// Text columns as views, and as dictionaries.
    views: ArrowReaderMetadata,
    dictionaries: ArrowReaderMetadata,
    pub(crate) watch: Watch,
    pub(crate) tally: Tally,
    digests: Digests,
    digest: Option<JoinHandle<io::Result<()>>>,
    stop: Arc<AtomicBool>,
}

impl Drop for ParquetFile {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl ParquetFile {
    /// Reads the footer.
    pub(crate) fn open(path: &Path, digests: Digests) -> Result<Self, ImportError> {
        let shown = file::shown(path);
        let open_error = |source| ImportError::Open {
            file: shown.clone(),
            source,
        };
        let file = File::open(path).map_err(open_error)?;
        let metadata = file.metadata().map_err(open_error)?;
        if metadata.len() == 0 {
            return Err(ImportError::Empty { file: shown });
        }
        let watch = Watch::new(path, &metadata);
        let options = || {
            ArrowReaderOptions::new()
                .with_skip_arrow_metadata(true)
                .with_encoding_stats_as_mask(false)
        };
        let plain = caught(&shown, || ArrowReaderMetadata::load(&file, options()))?;
        let schema = plain.schema();
        let with_text_as = |text: &dyn Fn(&DataType) -> DataType| {
            let fields: Vec<Field> = schema
                .fields()
                .iter()
                .map(|field| {
                    let kind = text(field.data_type());
                    field.as_ref().clone().with_data_type(kind)
                })
                .collect();
            let schema = Arc::new(Schema::new(fields));
            caught(&shown, || {
                ArrowReaderMetadata::try_new(
                    Arc::clone(plain.metadata()),
                    options().with_schema(schema),
                )
            })
        };
        let views = with_text_as(&|kind| match kind {
            DataType::Utf8 => DataType::Utf8View,
            DataType::Binary => DataType::BinaryView,
            kind => kind.clone(),
        })?;
        let dictionaries = with_text_as(&|kind| match kind {
            DataType::Utf8 | DataType::Binary => {
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(kind.clone()))
            }
            kind => kind.clone(),
        })?;
        Ok(Self {
            path: path.to_owned(),
            file: Arc::new(file),
            views,
            dictionaries,
            watch,
            tally: Tally::new(digests),
            digests,
            digest: None,
            stop: Arc::default(),
        })
    }

    /// Names of the columns; columns that are no single values have none.
    pub(crate) fn headings(&self) -> Vec<String> {
        self.views
            .schema()
            .fields()
            .iter()
            .map(|field| {
                if field.data_type().is_nested() && !is_dictionary(field.data_type()) {
                    String::new()
                } else {
                    field.name().clone()
                }
            })
            .collect()
    }

    /// Whether a column holds integers.
    pub(crate) fn is_integer(&self, column: usize) -> bool {
        self.views
            .schema()
            .fields()
            .get(column)
            .is_some_and(|field| field.data_type().is_integer())
    }

    /// Takes the digest in a thread of its own, while the columns are read.
    fn start_digest(&mut self) -> Result<(), ImportError> {
        if self.digests == Digests::Left {
            return Ok(());
        }
        let source = |source| ImportError::Open {
            file: file::shown(&self.path),
            source,
        };
        let file = File::open(&self.path).map_err(source)?;
        let (tally, stop) = (self.tally.clone(), Arc::clone(&self.stop));
        self.digest = Some(std::thread::spawn(move || {
            let mut tap = file::Tap { inner: file, tally };
            let mut block = vec![0; DIGEST_BLOCK];
            while !stop.load(Ordering::Relaxed) && tap.read(&mut block)? > 0 {}
            Ok(())
        }));
        Ok(())
    }

    /// Waits for the digest and sees whether the file is still the same.
    fn finish(&mut self) -> Result<(), ImportError> {
        let read = match self.digest.take().map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(source))) => Err(source),
            Some(Err(_panic)) => Err(io::Error::other("the thread that reads it stopped")),
        };
        read.map_err(|source| ImportError::Read {
            file: file::shown(&self.path),
            source,
        })?;
        self.watch.check()
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.views.metadata()
    }

    fn rows(&self, group: usize) -> u64 {
        u64::try_from(self.metadata().row_group(group).num_rows()).unwrap_or(0)
    }

    /// A reader of one column of one row group.
    fn column(
        &self,
        group: usize,
        column: usize,
        at_once: usize,
    ) -> Result<ParquetRecordBatchReader, ParquetError> {
        let metadata = self.metadata();
        let leaves = metadata.file_metadata().schema_descr();
        let leaf = (0..leaves.num_columns())
            .find(|leaf| leaves.get_column_root_idx(*leaf) == column)
            .ok_or_else(|| ParquetError::General("a column is missing".to_owned()))?;
        let chunk = metadata.row_group(group).column(leaf);
        let form = if is_whole_dictionary(chunk) {
            &self.dictionaries
        } else {
            &self.views
        };
        let reader = ColumnBytes::new(Arc::clone(&self.file), chunk, self.watch.length())?;
        ParquetRecordBatchReaderBuilder::new_with_metadata(reader, form.clone())
            .with_row_groups(vec![group])
            .with_projection(ProjectionMask::roots(leaves, [column]))
            .with_batch_size(at_once)
            .build()
    }
}

/// Whether every page of a column chunk refers to its dictionary.
fn is_whole_dictionary(chunk: &ColumnChunkMetaData) -> bool {
    let by_pages = chunk.page_encoding_stats().map(|stats| {
        stats
            .iter()
            .filter(|stat| {
                matches!(
                    stat.page_type,
                    parquet::basic::PageType::DATA_PAGE | parquet::basic::PageType::DATA_PAGE_V2
                )
            })
            .all(|stat| {
                matches!(
                    stat.encoding,
                    Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY
                )
            })
    });
    chunk.dictionary_page_offset().is_some() && by_pages == Some(true)
}

fn is_dictionary(kind: &DataType) -> bool {
    matches!(kind, DataType::Dictionary(_, _))
}

/// The bytes of one column chunk: read at once if they are few, else as they are asked for.
#[derive(Clone, Debug)]
struct ColumnBytes {
    file: Arc<File>,
    length: u64,
    start: u64,
    loaded: Option<Bytes>,
}

impl ColumnBytes {
    fn new(
        file: Arc<File>,
        chunk: &ColumnChunkMetaData,
        length: Option<u64>,
    ) -> Result<Self, ParquetError> {
        let broken = || ParquetError::EOF("a column lies outside of the file".to_owned());
        let begins = [
            Some(chunk.data_page_offset()),
            chunk.dictionary_page_offset(),
        ];
        let start = begins.into_iter().flatten().min().unwrap_or_default();
        let start = u64::try_from(start).map_err(|_negative| broken())?;
        let size = u64::try_from(chunk.compressed_size()).map_err(|_negative| broken())?;
        let length = length.unwrap_or_default();
        if start.checked_add(size).is_none_or(|end| end > length) {
            return Err(broken());
        }
        let mut bytes = Self {
            file,
            length,
            start,
            loaded: None,
        };
        if size <= LOADED_AT_ONCE {
            let size = usize::try_from(size).map_err(|_large| broken())?;
            bytes.loaded = Some(bytes.get_bytes(start, size)?);
        }
        Ok(bytes)
    }

    fn slice(&self, start: u64, length: Option<usize>) -> Option<Bytes> {
        let loaded = self.loaded.as_ref()?;
        let from = usize::try_from(start.checked_sub(self.start)?).ok()?;
        let to = match length {
            Some(length) => from.checked_add(length)?,
            None => loaded.len(),
        };
        (from <= to && to <= loaded.len()).then(|| loaded.slice(from..to))
    }
}

impl Length for ColumnBytes {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for ColumnBytes {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(match self.slice(start, None) {
            Some(bytes) => Box::new(io::Cursor::new(bytes)),
            None => Box::new(io::BufReader::new(FileAt {
                file: Arc::clone(&self.file),
                at: start,
            })),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        if let Some(bytes) = self.slice(start, Some(length)) {
            return Ok(bytes);
        }
        if start
            .checked_add(length as u64)
            .is_none_or(|end| end > self.length)
        {
            return Err(ParquetError::EOF(
                "a page lies outside of the file".to_owned(),
            ));
        }
        let mut bytes = Vec::with_capacity(length);
        FileAt {
            file: Arc::clone(&self.file),
            at: start,
        }
        .take(length as u64)
        .read_to_end(&mut bytes)?;
        if bytes.len() != length {
            return Err(ParquetError::EOF(
                "the file is shorter than it was".to_owned(),
            ));
        }
        Ok(bytes.into())
    }
}

/// Reads a file from a place on, without moving anybody else's place.
struct FileAt {
    file: Arc<File>,
    at: u64,
}

impl Read for FileAt {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(self.file.as_ref(), buffer, self.at)?;
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(self.file.as_ref(), buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Runs a decoder; one that gives up on damaged bytes must not take the program with it.
fn caught<T>(
    file: &str,
    decode: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, ImportError> {
    let refused = |reason: String| ImportError::Parquet {
        file: file.to_owned(),
        reason,
    };
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(refused(error.to_string())),
        Err(_panic) => Err(refused("its bytes are damaged".to_owned())),
    }
}

/// The pieces of a Parquet file.
pub(crate) struct ParquetPieces<'a, P, F> {
    file: ParquetFile,
    columns: Vec<usize>,
    convert: F,
    cancel: &'a AtomicBool,
    next_group: usize,
    next_row: u64,
    rows_at_once: usize,
    /// A row group that is too large to be read in one go.
    large: Option<Large>,
    done: bool,
    mark: core::marker::PhantomData<fn() -> P>,
}

struct Large {
    readers: Vec<ParquetRecordBatchReader>,
    left: u64,
    bytes_a_row: u64,
}

impl<'a, P, F> ParquetPieces<'a, P, F> {
    pub(crate) fn new(
        mut file: ParquetFile,
        layout: &Layout,
        rows_at_once: usize,
        convert: F,
        cancel: &'a AtomicBool,
    ) -> Result<Self, ImportError> {
        file.start_digest()?;
        Ok(Self {
            file,
            columns: layout.slots.iter().map(|slot| slot.column).collect(),
            convert,
            cancel,
            next_group: 0,
            next_row: 1,
            rows_at_once,
            large: None,
            done: false,
            mark: core::marker::PhantomData,
        })
    }

    /// The next batches, each with its number of bytes on disk.
    fn batches(&mut self) -> Result<Vec<Batch>, ImportError> {
        if let Some(large) = self.large.take() {
            return self.some_of(large);
        }
        let groups = self.file.metadata().num_row_groups();
        let mut chosen: Vec<usize> = Vec::new();
        let mut rows = 0;
        let wave = rows_of_a_wave();
        while self.next_group < groups && rows < wave {
            let more = self.file.rows(self.next_group);
            if !chosen.is_empty() && rows + more > wave {
                break;
            }
            chosen.push(self.next_group);
            rows += more;
            self.next_group += 1;
        }
        let shown = file::shown(&self.file.path);
        if let [group] = chosen.as_slice()
            && rows > 2 * wave
        {
            let group = *group;
            let readers = self
                .columns
                .iter()
                .map(|column| {
                    caught(&shown, || {
                        self.file.column(group, *column, self.rows_at_once)
                    })
                })
                .collect::<Result<_, _>>()?;
            return self.some_of(Large {
                readers,
                left: rows,
                bytes_a_row: self.bytes(group) / rows,
            });
        }
        let tasks: Vec<(usize, usize)> = chosen
            .iter()
            .flat_map(|group| self.columns.iter().map(|column| (*group, *column)))
            .collect();
        let arrays: Vec<Vec<ArrayRef>> = tasks
            .par_iter()
            .map(|(group, column)| {
                caught(&shown, || {
                    let reader = self.file.column(*group, *column, self.rows_at_once)?;
                    take(reader)
                })
            })
            .collect::<Result<_, _>>()?;
        let mut batches = Vec::new();
        for (group, columns) in chosen.iter().zip(arrays.chunks(self.columns.len().max(1))) {
            let rows = self.file.rows(*group);
            let a_row = self.bytes(*group) / rows.max(1);
            self.lay(columns, a_row, rows, &mut batches)?;
        }
        Ok(batches)
    }

    /// The next part of a large row group, its columns in parallel.
    fn some_of(&mut self, mut large: Large) -> Result<Vec<Batch>, ImportError> {
        let shown = file::shown(&self.file.path);
        let most = usize::try_from(rows_of_a_wave()).unwrap_or(usize::MAX) / self.rows_at_once;
        let columns: Vec<Vec<ArrayRef>> = large
            .readers
            .par_iter_mut()
            .map(|reader| caught(&shown, || take(reader.by_ref().take(most.max(1)))))
            .collect::<Result<_, _>>()?;
        let rows: u64 = columns.first().map_or(0, |arrays| {
            arrays.iter().map(|array| array.len() as u64).sum()
        });
        let mut batches = Vec::new();
        self.lay(&columns, large.bytes_a_row, rows, &mut batches)?;
        large.left = large.left.saturating_sub(rows);
        if large.left > 0 && rows > 0 {
            self.large = Some(large);
        }
        Ok(batches)
    }

    /// Puts the arrays of the columns side by side.
    fn lay(
        &mut self,
        columns: &[Vec<ArrayRef>],
        bytes_a_row: u64,
        rows: u64,
        batches: &mut Vec<Batch>,
    ) -> Result<(), ImportError> {
        let uneven = || ImportError::Parquet {
            file: file::shown(&self.file.path),
            reason: "its columns have different numbers of rows".to_owned(),
        };
        let Some(first) = columns.first() else {
            return Ok(());
        };
        if first.iter().map(|array| array.len() as u64).sum::<u64>() != rows
            || columns.iter().any(|column| column.len() != first.len())
        {
            return Err(uneven());
        }
        for (place, leading) in first.iter().enumerate() {
            let arrays: Vec<ArrayRef> = columns
                .iter()
                .filter_map(|column| column.get(place).cloned())
                .collect();
            if arrays.iter().any(|array| array.len() != leading.len()) {
                return Err(uneven());
            }
            batches.push(Batch {
                arrays,
                first_row: self.next_row,
                rows: leading.len(),
                read: bytes_a_row * leading.len() as u64,
            });
            self.next_row += leading.len() as u64;
        }
        Ok(())
    }

    /// Bytes on disk of a row group.
    fn bytes(&self, group: usize) -> u64 {
        u64::try_from(self.file.metadata().row_group(group).compressed_size()).unwrap_or(0)
    }
}

fn take(
    batches: impl Iterator<Item = Result<arrow_array::RecordBatch, arrow_schema::ArrowError>>,
) -> Result<Vec<ArrayRef>, ParquetError> {
    batches
        .map(|batch| {
            let batch = batch.map_err(|error| ParquetError::ArrowError(error.to_string()))?;
            batch
                .columns()
                .first()
                .cloned()
                .ok_or_else(|| ParquetError::General("a column is missing".to_owned()))
        })
        .collect()
}

impl<P, F> Pieces for ParquetPieces<'_, P, F>
where
    P: Send + Sync,
    F: Fn(Batch) -> Result<P, ImportError> + Sync + Send,
{
    type Piece = P;

    fn next(&mut self) -> Result<Vec<P>, ImportError> {
        let groups = self.file.metadata().num_row_groups();
        while !self.done {
            go_on(self.cancel)?;
            // A file that changes often looks damaged first.
            let batches = self
                .batches()
                .map_err(|error| self.file.watch.check().err().unwrap_or(error))?;
            if batches.is_empty() && self.next_group >= groups && self.large.is_none() {
                self.done = true;
                self.file.finish()?;
                break;
            }
            if !batches.is_empty() {
                return batches.into_par_iter().map(&self.convert).collect();
            }
        }
        Ok(Vec::new())
    }
}

/// Rows that are decoded together: enough for all threads, and few enough that ids first met
/// are soon known.
fn rows_of_a_wave() -> u64 {
    (rayon::current_num_threads() as u64 * (1 << 17)).min(1 << 21)
}

/// A column chunk up to this size is read in one go.
const LOADED_AT_ONCE: u64 = 64 << 20;
/// Bytes of the file that are hashed at once.
const DIGEST_BLOCK: usize = 1 << 20;

//! What the readers of all tables share: opening, counting, cancelling, checking.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use arrow_schema::DataType;
use rayon::prelude::*;

use countersign_core::time::Second;

use crate::adapters::{self, Adapter, Beside};
use crate::block::{Block, Records, Text};
use crate::columnar::{self, Batch};
use crate::coverage::LogFile;
use crate::csv;
use crate::drive::{Pieces, Taker, drive};
use crate::error::ImportError;
use crate::file::{self, Digests, Packing, Tally, go_on};
use crate::forms::{self, Form};
use crate::header::{Layout, Request, resolve};
use crate::imported::FileRead;
use crate::jsonl;
use crate::matched::Matched;
use crate::moment::{Cache, Clock, Problem};
use crate::options::Options;
use crate::parquet_file::{ParquetFile, ParquetPieces};
use crate::progress::Progress;
use crate::reason::Reason;
use crate::rejected::{Rejected, Rejects};
use crate::rows::{Bad, Rows};
use crate::table::Table;

/// What every reader is given.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) options: &'a Options,
    pub(crate) clock: &'a Clock,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) cancel: &'a AtomicBool,
    pub(crate) digests: Digests,
    pub(crate) beside: &'a Beside,
}

impl core::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// What comes of reading tables, beside the tables.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) files: Vec<FileRead>,
    pub(crate) rejected: Vec<Rejected>,
    pub(crate) ignored: Vec<(Table, String, Vec<String>)>,
    pub(crate) warnings: Vec<String>,
    pub(crate) matched: Matched,
}

/// Who takes the rows of a table; see [`Taker`].
pub(crate) trait RowTaker: Sync {
    type Prepared: Send;
    fn prepare(&self, rows: &Rows) -> Self::Prepared;
    /// Takes the rows in order and adds those that it leaves out to `bad`.
    fn take(
        &mut self,
        rows: &Rows,
        prepared: Self::Prepared,
        bad: &mut Vec<Bad>,
    ) -> Result<(), ImportError>;
}

/// Reads a whole table of rows.
pub(crate) fn read_table<T: RowTaker>(
    context: Context<'_>,
    path: &Path,
    request: Request<'_>,
    findings: &mut Findings,
    make: impl FnOnce(&Layout) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    let missing: Vec<String> = context.options.missing.clone();
    let mut begun = begin(context, path, request, TABLE_ROWS, |_| Convert {
        text: |rows| rows,
        columns: move |batch: &Batch| columnar::rows(batch, &missing),
    })?;
    findings.note_columns(request.table, path, &begun.layout);
    let inner = make(&begun.layout)?;
    let mut taker = Counted {
        inner,
        others: 0,
        unread: 0,
        rejects: Rejects::new(
            request.table,
            file::shown(path),
            context.options.allow_rejects,
            &mut findings.rejected,
        ),
        context,
    };
    drive(begun.pieces.as_mut(), &mut taker)?;
    taker.rejects.check()?;
    let (rows, rejected) = (taker.rejects.rows(), taker.rejects.rejected());
    let others = taker.others;
    let unread = taker.unread;
    let inner = taker.inner;
    if let Some(form) = begun.form {
        let file = file::shown(path);
        let beside = if others > 0 {
            format!("; {others} rows are no {}", request.table)
        } else {
            String::new()
        };
        findings.warnings.push(format!(
            "{file} is {}: read as {}{beside}",
            form.title, request.table
        ));
        if unread > 0 {
            findings.warnings.push(format!(
                "{file}: {unread} rows have fields of the desk's own that the first rows don't have, or more than are read; they are no attributes"
            ));
        }
    }
    if rows == 0 && !matches!(request.table, Table::Reports | Table::Exports) {
        return Err(ImportError::HeaderOnly {
            file: file::shown(path),
        });
    }
    findings.files.push(FileRead {
        others,
        ..FileRead::new(request.table, path, begun.tally.digest(), rows, rejected)
    });
    context.progress.finished(request.table, path);
    Ok(inner)
}

impl Findings {
    /// Notes the columns of a file, and those that nobody reads.
    pub(crate) fn note_columns(&mut self, table: Table, path: &Path, layout: &Layout) {
        self.matched
            .file(table, file::shown(path), layout.headings.clone());
        if !layout.ignored.is_empty() {
            self.ignored
                .push((table, file::shown(path), layout.ignored.clone()));
        }
    }
}

impl Findings {
    /// Says if an earlier file of the log tells the same in other bytes: one that was packed or
    /// copied. No two servers see the same number of records, views and accounts in one span.
    pub(crate) fn note_twin(&mut self, file: &str, log: &LogFile) {
        let told = |log: &LogFile| {
            let counts = [
                log.records,
                log.views,
                log.changes,
                log.unresolved,
                log.accounts,
            ];
            (log.source, counts, log.first, log.last)
        };
        let twin = self.files.iter().find(|earlier| {
            let earlier = earlier.log.as_ref();
            earlier.is_some_and(|earlier| told(earlier) == told(log))
        });
        if let Some(twin) = twin {
            self.warnings.push(format!(
                "{file}: tells as much as {}, of the same time; if it is the same log, packed or copied, leave one out: its views count twice",
                file::shown(&twin.path)
            ));
        }
    }
}

struct Counted<'a, T> {
    inner: T,
    /// Rows of the file that belong to another table.
    others: u64,
    /// Rows with attributes that no column is for.
    unread: u64,
    rejects: Rejects<'a>,
    context: Context<'a>,
}

impl<T: RowTaker> Taker<Rows> for Counted<'_, T> {
    type Shared = T;
    type Prepared = T::Prepared;

    fn shared(&self) -> &T {
        &self.inner
    }

    fn prepare(shared: &T, piece: &Rows) -> Self::Prepared {
        shared.prepare(piece)
    }

    fn take(&mut self, piece: &Rows, prepared: Self::Prepared) -> Result<(), ImportError> {
        go_on(self.context.cancel)?;
        let mut bad = piece.bad.clone();
        let all = (piece.len() + bad.len()) as u64;
        self.others += piece.no_views.all();
        self.unread += piece.unread;
        self.inner.take(piece, prepared, &mut bad)?;
        bad.sort_by_key(|bad| bad.line);
        self.rejects.add(all, bad)?;
        self.context.progress.advanced(piece.read, all);
        Ok(())
    }
}

/// A file whose columns are known and whose pieces can be taken.
pub(crate) struct Begun<'a, P> {
    pub(crate) layout: Layout,
    pub(crate) pieces: Box<dyn Pieces<Piece = P> + 'a>,
    pub(crate) tally: Tally,
    /// Slots that hold integers in a binary form.
    pub(crate) integers: Vec<usize>,
    /// The product's log that the file is.
    pub(crate) adapter: Option<&'static Adapter>,
    /// The product's own table that the file is.
    pub(crate) form: Option<&'static Form>,
}

/// How pieces are made of rows of text and of columns; runs on many pieces at once.
pub(crate) struct Convert<T, C> {
    pub(crate) text: T,
    pub(crate) columns: C,
}

/// Opens a file, finds its columns, and starts to read it in a thread of its own.
///
/// `convert` is made once the columns are known.
pub(crate) fn begin<'a, P, T, C>(
    context: Context<'a>,
    path: &Path,
    request: Request<'_>,
    rows_at_once: usize,
    convert: impl FnOnce(&Layout) -> Convert<T, C>,
) -> Result<Begun<'a, P>, ImportError>
where
    P: Send + Sync + 'a,
    T: Fn(Rows) -> P + Sync + Send + 'a,
    C: Fn(&Batch) -> Result<P, (usize, DataType)> + Sync + Send + 'a,
{
    go_on(context.cancel)?;
    let shown = file::shown(path);
    let mapping = &context.options.mapping;
    let (form, packing) = file::form(path);
    let start = |length| context.progress.started(request.table, path, length);
    if form == file::Form::Parquet && packing == Packing::None && !file::is_stdin(path) {
        if request.table == Table::Events {
            adapters::refuse_columns(context.options, &shown)?;
        }
        let parquet = ParquetFile::open(path, context.digests)?;
        start(parquet.watch.length());
        let layout = resolve(&shown, &parquet.headings(), mapping, request)?;
        let tally = parquet.tally.clone();
        let columns = convert(&layout).columns;
        let integers = (0..layout.slots.len())
            .filter(|slot| {
                let column = layout.slots.get(*slot).map(|slot| slot.column);
                column.is_some_and(|column| parquet.is_integer(column))
            })
            .collect();
        let slots = layout.slots.clone();
        let convert = move |batch: Batch| {
            columns(&batch).map_err(|(place, found)| ImportError::ColumnType {
                file: shown.clone(),
                column: slots
                    .get(place)
                    .map_or_else(String::new, |slot| slot.heading.clone()),
                found: found.to_string(),
            })
        };
        let pieces = ParquetPieces::new(parquet, &layout, rows_at_once, convert, context.cancel)?;
        return Ok(Begun {
            layout,
            pieces: Box::new(pieces),
            tally,
            integers,
            adapter: None,
            form: None,
        });
    }
    let opened = file::open(path, context.digests)?;
    start(opened.watch.length());
    let mut text = Text::start(path, opened)?;
    let (mut adapter, mut form) = (None, None);
    if matches!(request.table, Table::Events | Table::Changes) {
        adapter = text.adapt(context.options, request.table)?;
    } else if mapping.leaves(request.table) {
        form = text.form(request.table)?;
    }
    let mut raw = None;
    let layout = match (adapter, form) {
        (Some(adapter), _) => {
            raw = match adapter.shape {
                adapters::Shape::Csv(wanted) => Some(adapters::raw_layout(wanted, &text.header()?)),
                adapters::Shape::Bare(columns) => {
                    Some(adapters::bare_layout(columns, text.width()?))
                }
                adapters::Shape::Lines | adapters::Shape::Json(_) | adapters::Shape::Xes => None,
            };
            adapters::layout()
        }
        (None, Some(form)) => {
            let headings = match form.shape {
                forms::Shape::Csv => text.header()?,
                forms::Shape::Json(_) => Vec::new(),
            };
            form.layout(&headings, text.first(), request.strata)
        }
        (None, None) => {
            let headings = match text.records {
                Records::Csv { .. } => text.header()?,
                Records::JsonLines => text.names()?,
            };
            resolve(&shown, &headings, mapping, request)?
        }
    };
    let tally = text.tally.clone();
    let records = text.records;
    let pieces = TextPieces {
        blocks: read_ahead(text),
        shape: Shape {
            layout: layout.clone(),
            records,
            missing: context.options.missing.clone(),
            file: shown,
            adapted: adapter.map(|adapter| Adapted {
                adapter,
                raw,
                beside: context.beside,
            }),
            form,
        },
        convert: convert(&layout).text,
        cancel: context.cancel,
        done: false,
        mark: core::marker::PhantomData,
    };
    Ok(Begun {
        pieces: Box::new(pieces),
        layout,
        tally,
        integers: Vec::new(),
        adapter,
        form,
    })
}

/// A product's log, and what is needed to read it.
#[derive(Debug)]
pub(crate) struct Adapted<'a> {
    adapter: &'static Adapter,
    /// Where the columns of a CSV file stand.
    raw: Option<Layout>,
    beside: &'a Beside,
}

/// How to find the cells of a block.
#[derive(Debug)]
pub(crate) struct Shape<'a> {
    pub(crate) layout: Layout,
    pub(crate) records: Records,
    pub(crate) missing: Vec<String>,
    pub(crate) file: String,
    pub(crate) adapted: Option<Adapted<'a>>,
    pub(crate) form: Option<&'static Form>,
}

impl Shape<'_> {
    /// Finds the cells of a block.
    pub(crate) fn parse(&self, block: Block) -> Rows {
        let read = block.read;
        let mut rows = match (&self.adapted, self.form, self.records) {
            (Some(adapted), _, records) => adapters::read(
                adapted.adapter,
                adapted.beside,
                adapted.raw.as_ref(),
                records,
                block,
            ),
            (None, Some(form), Records::JsonLines) => form.objects(&self.layout, block),
            (None, form, Records::Csv { delimiter }) => {
                let mut rows = csv::parse(block.bytes, block.first_line, &self.layout, delimiter);
                if let Some(form) = form {
                    form.rewrite_ids(&self.layout, &mut rows);
                }
                rows
            }
            (None, None, Records::JsonLines) => {
                jsonl::parse(block.bytes, block.first_line, &self.layout)
            }
        };
        rows.read = read;
        if !self.missing.is_empty() {
            let Rows { bytes, cells, .. } = &mut rows;
            for span in cells.iter_mut().flatten() {
                let text = crate::rows::text(bytes, *span);
                if self.missing.iter().any(|word| word.as_bytes() == text) {
                    span.len = 0;
                }
            }
        }
        rows
    }
}

/// The pieces of a file of text.
pub(crate) struct TextPieces<'a, P, F> {
    blocks: Receiver<Result<Option<Block>, ImportError>>,
    shape: Shape<'a>,
    convert: F,
    cancel: &'a AtomicBool,
    done: bool,
    mark: core::marker::PhantomData<fn() -> P>,
}

impl<P, F> Pieces for TextPieces<'_, P, F>
where
    P: Send + Sync,
    F: Fn(Rows) -> P + Sync + Send,
{
    type Piece = P;

    fn next(&mut self) -> Result<Vec<P>, ImportError> {
        let mut blocks = Vec::new();
        let most = at_once();
        while !self.done && blocks.len() < most {
            go_on(self.cancel)?;
            let block = if blocks.is_empty() {
                match self.blocks.recv_timeout(PATIENCE) {
                    Ok(block) => block,
                    // Nothing comes, from a pipe for example: see whether to go on waiting.
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => Err(ImportError::Read {
                        file: self.shape.file.clone(),
                        source: std::io::Error::other("the thread that reads it stopped"),
                    }),
                }
            } else {
                match self.blocks.try_recv() {
                    Ok(block) => block,
                    Err(_nothing_yet) => break,
                }
            };
            match block? {
                Some(block) => blocks.push(block),
                None => self.done = true,
            }
        }
        blocks
            .into_par_iter()
            .map(|block| {
                let rows = self.shape.parse(block);
                match rows.second_header {
                    Some(line) => Err(ImportError::SecondHeader {
                        file: self.shape.file.clone(),
                        line,
                    }),
                    None => Ok((self.convert)(rows)),
                }
            })
            .collect()
    }
}

/// Reads blocks in a thread of its own, a few ahead of who parses them.
fn read_ahead(mut text: Text) -> Receiver<Result<Option<Block>, ImportError>> {
    let (sender, receiver) = sync_channel(at_once());
    std::thread::spawn(move || {
        loop {
            let block = text.next();
            let last = !matches!(block, Ok(Some(_)));
            // Nobody listens any more: the import stopped.
            if sender.send(block).is_err() || last {
                return;
            }
        }
    });
    receiver
}

/// Pieces that are parsed together.
pub(crate) fn at_once() -> usize {
    (4 * rayon::current_num_threads()).min(64)
}

/// Reads the times of one table and sees whether their zones agree.
#[derive(Debug)]
pub(crate) struct Times<'a> {
    clock: &'a Clock,
    cache: Cache,
    file: String,
    with: Option<u64>,
}

impl<'a> Times<'a> {
    pub(crate) fn new(clock: &'a Clock, file: String) -> Self {
        Self {
            clock,
            cache: Cache::default(),
            file,
            with: None,
        }
    }

    /// Reads a time; the inner error leaves the row out, the outer one ends the import.
    pub(crate) fn read(
        &mut self,
        text: &[u8],
        line: u64,
    ) -> Result<Result<Second, Reason>, ImportError> {
        let read = self.clock.read(text, &mut self.cache);
        if self.with.is_none() && self.cache.with {
            self.with = Some(line);
        }
        match read {
            Ok(second) => Ok(Ok(second)),
            Err(Problem::Bad(reason)) => Ok(Err(reason)),
            Err(Problem::NoOffset) => Err(no_offset(&self.file, self.with, line)),
        }
    }
}

/// The error for a time without an offset.
pub(crate) fn no_offset(file: &str, with: Option<u64>, without: u64) -> ImportError {
    let file = file.to_owned();
    match with {
        Some(with) => ImportError::MixedZones {
            file,
            with,
            without,
        },
        None => ImportError::NoOffset {
            file,
            line: without,
        },
    }
}

/// Checks a value that is kept: UTF-8, and not too long.
pub(crate) fn checked<'a>(
    value: &'a [u8],
    column: &'static str,
) -> Result<Option<&'a str>, Reason> {
    if value.is_empty() {
        return Ok(None);
    }
    if value.len() > crate::dictionary::LONGEST_ID {
        return Err(Reason::TooLong(column));
    }
    core::str::from_utf8(value)
        .map(Some)
        .map_err(|_error| Reason::NotUtf8(column))
}

/// How long a request to stop may go unseen while nothing comes.
const PATIENCE: Duration = Duration::from_millis(100);
/// Rows of a Parquet table that become text together.
const TABLE_ROWS: usize = 1 << 14;
/// Rows of a Parquet log that make a piece.
pub(crate) const LOG_ROWS: usize = 1 << 15;

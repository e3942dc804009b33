//! Reads text in large blocks that end with a whole record.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use memchr::{memchr, memchr_iter, memrchr};

use crate::adapters::{self, Adapter, Events, Items, SignInLog};
use crate::csv;
use crate::error::ImportError;
use crate::file::{self, Opened, Packing, Tally, Watch};
use crate::forms::{self, Form};
use crate::jsonl;
use crate::options::Options;
use crate::table::Table;

/// A piece of a file: whole records.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) bytes: Vec<u8>,
    /// The line of its first byte, from 1.
    pub(crate) first_line: u64,
    /// Bytes on disk that were read for it.
    pub(crate) read: u64,
}

/// How records are written, once the first bytes are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Records {
    Csv { delimiter: u8 },
    JsonLines,
}

/// A file of text, from which blocks are taken.
pub(crate) struct Text {
    reader: Box<dyn Read + Send>,
    path: PathBuf,
    packing: Packing,
    pub(crate) records: Records,
    pub(crate) watch: Watch,
    pub(crate) tally: Tally,
    carry: Vec<u8>,
    line: u64,
    told: u64,
    done: bool,
    block: usize,
}

impl core::fmt::Debug for Text {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Text")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Text {
    /// Looks at the first bytes of a file.
    pub(crate) fn start(path: &Path, opened: Opened) -> Result<Self, ImportError> {
        let mut text = Self {
            reader: opened.reader,
            path: path.to_owned(),
            packing: opened.packing,
            records: Records::JsonLines,
            watch: opened.watch,
            tally: opened.tally,
            carry: Vec::new(),
            line: 1,
            told: 0,
            done: false,
            block: BLOCK,
        };
        text.fill(FIRST)?;
        if text.carry.starts_with(&[0xef, 0xbb, 0xbf]) {
            text.carry.drain(..3);
        }
        if let Some(what) = no_text(&text.carry) {
            return Err(ImportError::NotText {
                file: file::shown(path),
                what,
            });
        }
        let first = text.carry.iter().find(|byte| !byte.is_ascii_whitespace());
        if first.is_none() && text.done {
            return Err(ImportError::Empty {
                file: file::shown(path),
            });
        }
        text.records = match opened.form {
            file::Form::JsonLines => Records::JsonLines,
            file::Form::Csv | file::Form::Parquet => Records::Csv { delimiter: b',' },
            file::Form::Unknown if first == Some(&b'{') => Records::JsonLines,
            file::Form::Unknown => Records::Csv { delimiter: b',' },
        };
        Ok(text)
    }

    /// Sees which product's log this is, if any, and makes its records lines.
    pub(crate) fn adapt(
        &mut self,
        options: &Options,
        table: Table,
    ) -> Result<Option<&'static Adapter>, ImportError> {
        let chosen = match table {
            // `--from` and columns by other names are about the log of views.
            Table::Changes if options.mapping.is_for(table) => None,
            Table::Changes => adapters::detect(&self.carry),
            _ => adapters::choose(options, &self.carry, &self.path)?,
        };
        let Some(adapter) = chosen else {
            return Ok(None);
        };
        self.records = Records::JsonLines;
        match adapter.shape {
            adapters::Shape::Json(names) => self.through(|all| Box::new(Items::new(all, names)))?,
            adapters::Shape::Xes => self.through(|all| Box::new(Events::new(all)))?,
            adapters::Shape::Lines | adapters::Shape::Csv(_) | adapters::Shape::Bare(_) => {}
        }
        Ok(chosen)
    }

    /// Sees whether this is one of our tables in a product's own form, and makes its objects lines.
    pub(crate) fn form(&mut self, table: Table) -> Result<Option<&'static Form>, ImportError> {
        let chosen = forms::choose(table, &self.carry);
        if let Some(forms::Shape::Json(names)) = chosen.map(|form| form.shape) {
            self.records = Records::JsonLines;
            self.items(names)?;
        }
        Ok(chosen)
    }

    /// What was read so far.
    pub(crate) fn first(&self) -> &[u8] {
        &self.carry
    }

    /// Makes a line of each object.
    pub(crate) fn items(&mut self, names: &'static [&'static str]) -> Result<(), ImportError> {
        self.through(|all| Box::new(Items::new(all, names)))
    }

    /// Sees which log of sign-ins this is, and makes its records lines.
    pub(crate) fn sign_ins(&mut self) -> Result<&'static SignInLog, ImportError> {
        let log = adapters::sign_in_log(&self.carry);
        self.by_line();
        if let adapters::Shape::Json(names) = log.shape {
            self.through(|all| Box::new(Items::new(all, names)))?;
        }
        Ok(log)
    }

    /// Begins again, with what another reader makes of the whole text.
    fn through(
        &mut self,
        make: impl FnOnce(Box<dyn Read + Send>) -> Box<dyn Read + Send>,
    ) -> Result<(), ImportError> {
        let begun = io::Cursor::new(core::mem::take(&mut self.carry));
        let rest = core::mem::replace(&mut self.reader, Box::new(io::empty()));
        self.reader = make(Box::new(begun.chain(rest)));
        self.done = false;
        self.fill(FIRST)
    }

    /// Cuts by line from here on, whatever the name of the file says.
    pub(crate) fn by_line(&mut self) {
        self.records = Records::JsonLines;
    }

    /// How many fields the first record of a CSV file without a header has.
    pub(crate) fn width(&mut self) -> Result<usize, ImportError> {
        self.records = Records::Csv { delimiter: b',' };
        loop {
            let end = match csv::first_record_end(&self.carry, b',') {
                Some(end) => end,
                None if self.done => self.carry.len(),
                None => {
                    self.more()?;
                    continue;
                }
            };
            return Ok(csv::width(&self.carry[..end], b','));
        }
    }

    /// Takes the header of a CSV file.
    pub(crate) fn header(&mut self) -> Result<Vec<String>, ImportError> {
        loop {
            // Blank lines before the header are nothing.
            let blank = self
                .carry
                .iter()
                .position(|byte| !matches!(byte, b'\n' | b'\r'))
                .unwrap_or(self.carry.len());
            self.skip(blank);
            let line = memchr(b'\n', &self.carry).unwrap_or(self.carry.len());
            let delimiter = csv::delimiter(&self.carry[..line]);
            let end = match csv::first_record_end(&self.carry, delimiter) {
                Some(end) => end,
                None if self.done => self.carry.len(),
                None => {
                    self.more()?;
                    continue;
                }
            };
            self.records = Records::Csv { delimiter };
            let header =
                csv::header(&self.carry[..end], delimiter).ok_or_else(|| ImportError::NotText {
                    file: file::shown(&self.path),
                    what: "binary data: its first line is not valid UTF-8",
                })?;
            self.skip(end);
            return Ok(header);
        }
    }

    /// The names in the first objects of a file of JSON Lines.
    pub(crate) fn names(&mut self) -> Result<Vec<String>, ImportError> {
        while !self.done && memchr(b'\n', &self.carry).is_none() {
            self.more()?;
        }
        let names = jsonl::names(&self.carry);
        if names.is_empty() {
            let begin = self.carry.iter().find(|byte| !byte.is_ascii_whitespace());
            return Err(ImportError::NotText {
                file: file::shown(&self.path),
                what: if begin == Some(&b'[') {
                    "one JSON array: write one object a line instead"
                } else {
                    "no JSON objects, one a line"
                },
            });
        }
        Ok(names)
    }

    /// The next block; `None` = the file is at its end, and nothing changed it meanwhile.
    pub(crate) fn next(&mut self) -> Result<Option<Block>, ImportError> {
        if self.carry.len() < self.block {
            self.fill(self.block)?;
        }
        let end = loop {
            if self.done {
                break self.carry.len();
            }
            let end = match self.records {
                Records::Csv { delimiter } => csv::last_record_end(&self.carry, delimiter),
                Records::JsonLines => memrchr(b'\n', &self.carry).map(|at| at + 1),
            };
            match end {
                Some(end) => break end,
                None => self.more()?,
            }
        };
        if end == 0 {
            self.watch.check()?;
            return Ok(None);
        }
        self.lines_fit(end)?;
        let rest = self.carry.split_off(end);
        let bytes = core::mem::replace(&mut self.carry, rest);
        let read = self.tally.bytes();
        let block = Block {
            first_line: self.line,
            read: read - self.told,
            bytes,
        };
        self.told = read;
        self.line += memchr_iter(b'\n', &block.bytes).count() as u64;
        Ok(Some(block))
    }

    /// A last record without an end may be too long as well.
    fn lines_fit(&self, end: usize) -> Result<(), ImportError> {
        if end <= LONGEST_LINE {
            return Ok(());
        }
        let mut start = 0;
        let ends = memchr_iter(b'\n', &self.carry[..end]).chain([end]);
        for (line, at) in (self.line..).zip(ends) {
            if at.saturating_sub(start) > LONGEST_LINE {
                return Err(self.too_long(line));
            }
            start = at + 1;
        }
        Ok(())
    }

    fn too_long(&self, line: u64) -> ImportError {
        ImportError::LineTooLong {
            file: file::shown(&self.path),
            line,
        }
    }

    /// Reads on because no record has ended yet.
    fn more(&mut self) -> Result<(), ImportError> {
        if self.carry.len() > LONGEST_LINE {
            return Err(self.too_long(self.line));
        }
        self.fill(self.carry.len() * 2 + FIRST)
    }

    fn skip(&mut self, count: usize) {
        self.line += memchr_iter(b'\n', &self.carry[..count]).count() as u64;
        self.carry.drain(..count);
    }

    /// Reads until `want` bytes wait or the file ends.
    fn fill(&mut self, want: usize) -> Result<(), ImportError> {
        let missing = want.saturating_sub(self.carry.len());
        self.carry.reserve(missing + 64);
        let count = self
            .reader
            .by_ref()
            .take(missing as u64)
            .read_to_end(&mut self.carry)
            .map_err(|source| {
                // A file that changes often looks damaged first.
                let changed = self.watch.check().err();
                changed.unwrap_or_else(|| file::read_error(&self.path, self.packing, source))
            })?;
        self.done = count < missing;
        Ok(())
    }
}

/// What the first bytes look like, if they are no text.
fn no_text(first: &[u8]) -> Option<&'static str> {
    Some(match first {
        [0x1f, 0x8b, ..] => "gzip: name it .gz",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd: name it .zst",
        [b'P', b'A', b'R', b'1', ..] => "Parquet: name it .parquet, not packed, and give its path",
        [b'P', b'K', 3, 4, ..] => {
            "a zip archive or an Excel workbook: unpack it, or save it as CSV"
        }
        [0xd0, 0xcf, 0x11, 0xe0, ..] => "an old Excel workbook: save it as CSV",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16: save it as UTF-8",
        _ if memchr(0, first.get(..4096).unwrap_or(first)).is_some() => "binary data",
        _ => return None,
    })
}

/// Bytes of a block; small enough to stay in the cache, large enough to be worth a task.
pub(crate) const BLOCK: usize = 1 << 20;
/// Bytes that are read to see what a file is.
const FIRST: usize = 1 << 16;
/// No line may be longer, so that a broken file can't fill the memory.
pub const LONGEST_LINE: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A file whose second line never ends.
    struct Endless(Arc<AtomicUsize>);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(b'x');
            if self.0.fetch_add(buffer.len(), Ordering::Relaxed) == 0
                && let Some(first) = buffer.first_mut()
            {
                *first = b'\n';
            }
            Ok(buffer.len())
        }
    }

    #[test]
    fn an_endless_line_is_given_up_after_a_few_megabytes() {
        for form in [file::Form::Csv, file::Form::JsonLines] {
            let count = Arc::new(AtomicUsize::new(0));
            let path = Path::new("endless");
            let opened = Opened {
                reader: Box::new(Endless(Arc::clone(&count))),
                form,
                packing: Packing::None,
                watch: Watch::nothing(path),
                tally: Tally::default(),
            };
            let mut text = Text::start(path, opened).unwrap();
            let mut next = || loop {
                text.next()?;
            };
            let error: ImportError = Result::<(), _>::unwrap_err(next());
            assert!(
                matches!(error, ImportError::LineTooLong { line: 2, .. }),
                "{error}"
            );
            assert!(count.load(Ordering::Relaxed) < 3 * LONGEST_LINE);
        }
    }
}

//! Opens a file of a desk: unpacks it, takes its digest, and sees when it changes meanwhile.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::adapters::Broken;
use crate::error::ImportError;

/// How the bytes on disk are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Gzip,
    Zstd,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Csv,
    JsonLines,
    Parquet,
    /// The extension does not say: the first bytes do.
    Unknown,
}

/// What the name says about the content.
pub(crate) fn form(path: &Path) -> (Form, Packing) {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let (stem, packing) = if let Some(stem) = name.strip_suffix(".gz") {
        (stem, Packing::Gzip)
    } else if let Some(stem) = name.strip_suffix(".zst") {
        (stem, Packing::Zstd)
    } else {
        (name.as_str(), Packing::None)
    };
    let form = match stem.rsplit_once('.').map(|(_, extension)| extension) {
        Some("csv" | "tsv") => Form::Csv,
        Some("jsonl" | "ndjson" | "json") => Form::JsonLines,
        Some("parquet" | "pq") => Form::Parquet,
        _ => Form::Unknown,
    };
    (form, packing)
}

/// Whether the path means standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The name of a file in messages.
pub(crate) fn shown(path: &Path) -> String {
    if is_stdin(path) {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Length, time of change and inode of a file when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Print {
    length: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Print {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            inode,
        }
    }
}

/// Sees whether a file is still the one that was opened.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    path: PathBuf,
    print: Option<Print>,
}

impl Watch {
    pub(crate) fn new(path: &Path, metadata: &Metadata) -> Self {
        Self {
            path: path.to_owned(),
            print: metadata.is_file().then(|| Print::of(metadata)),
        }
    }

    /// Watches nothing: standard input, or a pipe.
    pub(crate) fn nothing(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            print: None,
        }
    }

    /// Fails if the file is no longer the one that was opened.
    pub(crate) fn check(&self) -> Result<(), ImportError> {
        let Some(print) = &self.print else {
            return Ok(());
        };
        match std::fs::metadata(&self.path) {
            Ok(now) if Print::of(&now) == *print => Ok(()),
            _ => Err(ImportError::Changed {
                file: shown(&self.path),
            }),
        }
    }

    /// Length on disk, where there is one.
    pub(crate) fn length(&self) -> Option<u64> {
        self.print.as_ref().map(|print| print.length)
    }
}

/// Whether the digest of a file is taken while it is read: always, but where parsing alone is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digests {
    Taken,
    Left,
}

/// What was read of a file so far: shared by the thread that reads and the one that asks.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    inner: Arc<Mutex<(Option<Sha256>, u64)>>,
}

impl Default for Tally {
    fn default() -> Self {
        Self::new(Digests::Taken)
    }
}

impl Tally {
    /// Nothing read yet.
    pub(crate) fn new(digests: Digests) -> Self {
        let sum = (digests == Digests::Taken).then(Sha256::new);
        Self {
            inner: Arc::new(Mutex::new((sum, 0))),
        }
    }

    fn add(&self, bytes: &[u8]) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sum) = &mut inner.0 {
            sum.update(bytes);
        }
        inner.1 += bytes.len() as u64;
    }

    /// Bytes on disk that were read.
    pub(crate) fn bytes(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    /// SHA-256 of the bytes on disk, as 64 hexadecimal digits; empty where it was left.
    pub(crate) fn digest(&self) -> String {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = inner.0.clone();
        sum.map_or_else(String::new, |sum| hex(&sum.finalize()))
    }
}

/// Digits of a digest.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads, counts, takes the digest, and stops on request.
pub(crate) struct Tap<R> {
    pub(crate) inner: R,
    pub(crate) tally: Tally,
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.tally.add(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// An opened file whose text can be read.
pub(crate) struct Opened {
    pub(crate) reader: Box<dyn Read + Send>,
    pub(crate) form: Form,
    pub(crate) packing: Packing,
    pub(crate) watch: Watch,
    pub(crate) tally: Tally,
}

impl core::fmt::Debug for Opened {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Opened").field("form", &self.form).finish()
    }
}

/// Opens a file to read its text.
pub(crate) fn open(path: &Path, digests: Digests) -> Result<Opened, ImportError> {
    let (mut form, mut packing) = form(path);
    let open_error = |source| ImportError::Open {
        file: shown(path),
        source,
    };
    let tally = Tally::new(digests);
    if is_stdin(path) {
        let mut tap = Tap {
            inner: io::stdin(),
            tally: tally.clone(),
        };
        let first = peek(&mut tap).map_err(|source| ImportError::Read {
            file: shown(path),
            source,
        })?;
        packing = match first.as_slice() {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
            _ => Packing::None,
        };
        if first.starts_with(b"PAR1") {
            form = Form::Parquet;
        }
        let reader = unpack(io::Cursor::new(first).chain(tap), packing).map_err(open_error)?;
        return Ok(Opened {
            reader,
            form,
            packing,
            watch: Watch::nothing(path),
            tally,
        });
    }
    let file = File::open(path).map_err(open_error)?;
    let metadata = file.metadata().map_err(open_error)?;
    if metadata.is_dir() {
        return Err(ImportError::Folder { file: shown(path) });
    }
    let tap = Tap {
        inner: file,
        tally: tally.clone(),
    };
    Ok(Opened {
        reader: unpack(tap, packing).map_err(open_error)?,
        form,
        packing,
        watch: Watch::new(path, &metadata),
        tally,
    })
}

fn unpack<R: Read + Send + 'static>(
    reader: R,
    packing: Packing,
) -> io::Result<Box<dyn Read + Send>> {
    Ok(match packing {
        Packing::None => Box::new(reader),
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(
            BufReader::with_capacity(PACKED_BLOCK, reader),
        )),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(
            BufReader::with_capacity(PACKED_BLOCK, reader),
        )?),
    })
}

fn peek(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut first = Vec::new();
    reader.by_ref().take(4).read_to_end(&mut first)?;
    Ok(first)
}

/// The first two files with the same bytes; only files of one length can be, and are read for it.
///
/// What can't be read here is an error when its turn comes.
pub(crate) fn twins<'a>(
    paths: &'a [PathBuf],
    cancel: &AtomicBool,
) -> Result<Option<(&'a Path, &'a Path)>, ImportError> {
    let mut lengths: Vec<(u64, usize)> = Vec::new();
    for (place, path) in paths.iter().enumerate() {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() && metadata.len() > 0 && !is_stdin(path) => {
                lengths.push((metadata.len(), place));
            }
            _ => {}
        }
    }
    lengths.sort_unstable();
    let mut found: Option<(usize, usize)> = None;
    for same in lengths.chunk_by(|one, next| one.0 == next.0) {
        if same.len() < 2 {
            continue;
        }
        let mut digests: Vec<(String, usize)> = Vec::new();
        for path in same.iter().map(|(_, place)| *place) {
            let Some(digest) = digest(&paths[path], cancel)? else {
                continue;
            };
            match digests.iter().find(|(known, _)| *known == digest) {
                Some((_, other)) => found = found.into_iter().chain([(path, *other)]).min(),
                None => digests.push((digest, path)),
            }
        }
    }
    Ok(found.map(|(file, other)| (paths[file].as_path(), paths[other].as_path())))
}

/// SHA-256 of a file, if it can be read.
fn digest(path: &Path, cancel: &AtomicBool) -> Result<Option<String>, ImportError> {
    let Ok(mut file) = File::open(path) else {
        return Ok(None);
    };
    let mut sum = Sha256::new();
    let mut buffer = vec![0; PACKED_BLOCK];
    loop {
        go_on(cancel)?;
        match file.read(&mut buffer) {
            Ok(0) => return Ok(Some(hex(&sum.finalize()))),
            Ok(count) => sum.update(buffer.get(..count).unwrap_or_default()),
            Err(_) => return Ok(None),
        }
    }
}

/// What is wrong when the reader of a file fails.
pub(crate) fn read_error(path: &Path, packing: Packing, source: io::Error) -> ImportError {
    let file = shown(path);
    let inner = source.get_ref().and_then(|inner| inner.downcast_ref());
    if let Some(Broken { line, what }) = inner {
        return ImportError::Xml {
            file,
            line: *line,
            reason: what,
        };
    }
    let kind = match packing {
        Packing::None => return ImportError::Read { file, source },
        Packing::Gzip => "gzip",
        Packing::Zstd => "zstd",
    };
    if source.kind() == io::ErrorKind::UnexpectedEof {
        ImportError::CutOff { file, kind }
    } else {
        ImportError::Unpack { file, kind, source }
    }
}

/// Fails when the caller wants to stop.
pub(crate) fn go_on(cancel: &AtomicBool) -> Result<(), ImportError> {
    if cancel.load(Ordering::Relaxed) {
        Err(ImportError::Cancelled)
    } else {
        Ok(())
    }
}

/// Compressed bytes that are read at once.
const PACKED_BLOCK: usize = 256 * 1024;

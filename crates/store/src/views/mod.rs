//! Views that came while a server ran: in the ledger, and what is older also as Parquet files, so
//! that a start reads numbers instead of opening every entry.
//!
//! `views/<through>.parquet` has what the entries before `through` say that no file before it has,
//! `views/<through>.mac` a digest of it under the folder's key. A file that does not fit the
//! ledger, and all behind it, are passed over and made anew: the ledger is the truth.

mod file;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use countersign_core::ledger::Kind;
use countersign_core::record::Views;
use countersign_ledger::disk::Disk;
use countersign_ledger::encoding::hex;
use countersign_ledger::journal::{Batch, Tail};
use countersign_ledger::leaf::Leaf;
use countersign_ledger::seal::SubjectKey;
use countersign_ledger::served::Served;
use countersign_ledger::tree;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use self::file::Span;
use crate::error::{StoreError, at};
use crate::keys::{Secret, make_folder, write_new};
use crate::open::blocking;
use crate::store::Store;

/// How far views are in files, and what is behind that; nothing until somebody looked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pending {
    /// Entries that files were made from.
    through: Option<u64>,
    /// Rows that are in no file.
    rows: u64,
    /// When the first of them was put on record, in milliseconds since 1970.
    first: Option<u64>,
}

impl Pending {
    /// Rows were put on record.
    pub(crate) fn add(&mut self, rows: u64, now: u64) {
        self.rows += rows;
        self.first = self.first.or((rows > 0).then_some(now));
    }

    /// Takes what was found `left` in place of what was known before; what came meanwhile is counted
    /// on, some of it twice, so that a file is made a little early.
    fn go_on(&mut self, known: Self, left: Self) {
        let came = self.rows.saturating_sub(known.rows);
        *self = Self {
            rows: left.rows + came,
            first: left.first.or(self.first.filter(|_| came > 0)),
            ..left
        };
    }

    fn is_due(&self, now: u64) -> bool {
        let is_old = self
            .first
            .is_some_and(|first| now.saturating_sub(first) >= DAY);
        self.through.is_none() || self.rows >= MANY || is_old
    }
}

/// What reads and makes files of views.
struct Files {
    folder: PathBuf,
    secret: Secret,
    disk: Arc<dyn Disk>,
    /// Entries of the ledger that count.
    size: u64,
}

/// What files were read.
struct Told {
    /// How far they go.
    through: u64,
    /// Whether there is none that does not fit.
    fits: bool,
}

impl Store {
    /// All batches of views, in their order.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn views(
        &self,
        mut tell: impl FnMut(Views) + Send + 'static,
    ) -> Result<(), StoreError> {
        let Some((files, key)) = self.files_of_views().await? else {
            return Ok(());
        };
        let pending = Arc::clone(&self.pending);
        let known = *pending.lock().unwrap_or_else(PoisonError::into_inner);
        blocking(move || {
            let read = files.read(&mut tell)?;
            let mut left = Pending::default();
            let mut tail = Tail::open(Arc::clone(&files.disk), read.through)?;
            while let Some(batch) = tail.next(files.size)? {
                views_in(&batch, &key, |at, views| {
                    left.add(views.rows.len() as u64, at);
                    tell(views);
                })?;
            }
            // Where a file does not fit, the first sealing looks for itself.
            if read.fits && known.through.is_none() {
                left.through = Some(read.through);
                let mut pending = pending.lock().unwrap_or_else(PoisonError::into_inner);
                pending.go_on(known, left);
            }
            Ok(())
        })
        .await
    }

    /// Makes Parquet files of views that are in none: as soon as there are many, or a day after the
    /// first of them. Gives how many rows they have.
    ///
    /// # Errors
    /// What the disk says; the files that are there hold.
    pub async fn seal_views(&self) -> Result<u64, StoreError> {
        let now = (self.settings.clock)();
        let pending = Arc::clone(&self.pending);
        // Before it is asked how far the ledger goes: what comes between is counted twice, not never.
        let known = *pending.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.is_due(now) {
            return Ok(0);
        }
        let Some((files, key)) = self.files_of_views().await? else {
            return Ok(0);
        };
        blocking(move || {
            let (sealed, left) = files.seal(&key, now, known.through)?;
            let mut pending = pending.lock().unwrap_or_else(PoisonError::into_inner);
            pending.go_on(known, left);
            Ok(sealed)
        })
        .await
    }

    /// The files, and the key that the entries are sealed with; none: there is no entry yet.
    async fn files_of_views(&self) -> Result<Option<(Files, SubjectKey)>, StoreError> {
        let keys = self.vault.keys_of([self.server()]).await?;
        let files = Files {
            folder: self.settings.folder.join("views"),
            secret: self.secret("files of views"),
            disk: Arc::clone(&self.disk),
            size: self.size(),
        };
        Ok(keys.into_values().next().map(|key| (files, key)))
    }
}

impl Files {
    /// Tells what all files say that fit the ledger; how far they go, and whether all fit.
    fn read(&self, tell: &mut impl FnMut(Views)) -> Result<Told, StoreError> {
        let mut from = 0;
        for path in self.listed()? {
            let Some((span, batches)) = self.file(&path, from)? else {
                return Ok(Told {
                    through: from,
                    fits: false,
                });
            };
            batches.into_iter().for_each(&mut *tell);
            from = span.through;
        }
        Ok(Told {
            through: from,
            fits: true,
        })
    }

    /// Makes the files that are due, behind those that are known to go `through` an entry; gives
    /// their rows, and what is left.
    fn seal(
        &self,
        key: &SubjectKey,
        now: u64,
        through: Option<u64>,
    ) -> Result<(u64, Pending), StoreError> {
        let mut from = match through {
            Some(through) => through,
            None => self.sound()?,
        };
        let behind = |through| Pending {
            through: Some(through),
            ..Pending::default()
        };
        let (mut sealed, mut left, mut batches) = (0, behind(from), Vec::new());
        let mut tail = Tail::open(Arc::clone(&self.disk), from)?;
        loop {
            let next = tail.next(self.size)?;
            let is_last = next.is_none();
            if let Some(batch) = next {
                views_in(&batch, key, |at, views| {
                    left.add(views.rows.len() as u64, at);
                    batches.push(views);
                })?;
            }
            if left.rows >= MOST || is_last && left.rows > 0 && left.is_due(now) {
                let through = tail.position().seq;
                self.write(from, through, &batches)?;
                sealed += left.rows;
                (from, left) = (through, behind(through));
                batches.clear();
            }
            if is_last {
                break;
            }
        }
        Ok((sealed, left))
    }

    /// How far the files go that fit the ledger; those that don't are removed, to be made anew.
    fn sound(&self) -> Result<u64, StoreError> {
        let mut from = 0;
        for path in self.listed()? {
            match self.file(&path, from)? {
                Some((span, _)) => from = span.through,
                None => remove(&path)?,
            }
        }
        Ok(from)
    }

    /// What a file says, if it is as it was made, begins where the one before ended, and is of this
    /// ledger.
    fn file(&self, path: &Path, from: u64) -> Result<Option<(Span, Vec<Views>)>, StoreError> {
        // What can't be read is passed over: the ledger says the same.
        let (Ok(bytes), Ok(mac)) = (fs::read(path), fs::read(mac_of(path))) else {
            return Ok(None);
        };
        if mac != self.mac(&bytes).as_bytes() {
            return Ok(None);
        }
        let Ok((span, batches)) = file::read(Bytes::from(bytes)) else {
            return Ok(None);
        };
        let fits = span.from == from
            && span.through <= self.size
            && self.root(span.through)? == Some(span.root);
        Ok(fits.then_some((span, batches)))
    }

    fn write(&self, from: u64, through: u64, batches: &[Views]) -> Result<(), StoreError> {
        let root = self.root(through)?;
        let root = root.ok_or(StoreError::Unreadable("the tree of the ledger"))?;
        let span = Span {
            from,
            through,
            root,
        };
        let bytes = file::write(&span, batches);
        let bytes = bytes.map_err(|_error| StoreError::Unreadable("views as Parquet"))?;
        make_folder(&self.folder)?;
        let path = self.folder.join(format!("{through:012}.{EXTENSION}"));
        write_new(&mac_of(&path), self.mac(&bytes).as_bytes())?;
        write_new(&path, &bytes)
    }

    /// Files in the order of the entries that they were made from.
    fn listed(&self) -> Result<Vec<PathBuf>, StoreError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(at(&self.folder))?,
        };
        let paths = entries.map(|entry| Ok(entry?.path()));
        let paths = paths.collect::<io::Result<Vec<_>>>();
        let mut paths = paths.map_err(at(&self.folder))?;
        paths.retain(|path| path.extension().is_some_and(|word| word == EXTENSION));
        paths.sort();
        Ok(paths)
    }

    /// Root of the tree of the first entries.
    fn root(&self, size: u64) -> Result<Option<countersign_ledger::hash::Hash>, StoreError> {
        let root =
            Served::open(&self.disk, self.size).and_then(|served| tree::root_of(&served, 0, size));
        match root {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            root => root.map(Some).map_err(at("ledger")),
        }
    }

    fn mac(&self, bytes: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&*self.secret) else {
            return String::new();
        };
        mac.update(bytes);
        hex(&mac.finalize().into_bytes()) + "\n"
    }
}

fn mac_of(path: &Path) -> PathBuf {
    path.with_extension("mac")
}

/// Removes a file of views; the ledger has what it said.
fn remove(path: &Path) -> Result<(), StoreError> {
    for path in [path.to_owned(), mac_of(path)] {
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed.map_err(at(path))?,
        }
    }
    Ok(())
}

/// Tells the views of a batch of the journal, each with the time at which it was put on record.
fn views_in(
    batch: &Batch,
    key: &SubjectKey,
    mut tell: impl FnMut(u64, Views),
) -> Result<(), StoreError> {
    for entry in &batch.entries {
        let leaf = Leaf::decode(&entry.leaf).ok();
        let leaf = leaf.filter(|leaf| leaf.kind == Kind::Views.code());
        let Some((leaf, part)) = leaf.zip(entry.parts.first()) else {
            continue;
        };
        let commitment = leaf.parts.first();
        let opened = commitment.and_then(|said| key.open(&entry.id, 0, said, part).ok());
        let read = opened.and_then(|shown| Views::read(&shown.payload));
        let unreadable = StoreError::Unreadable("an entry of views");
        tell(leaf.time(), read.ok_or(unreadable)?);
    }
    Ok(())
}

const EXTENSION: &str = "parquet";
/// Rows of a file at most, but for those of the last batch.
const MOST: u64 = 2_000_000;
/// Rows of which a file is made before a day is over.
const MANY: u64 = 250_000;
/// Milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;

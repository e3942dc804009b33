//! How a folder is opened: each part in its order, and nothing goes on where two of them disagree.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_ledger::disk::{Disk, Folder};
use countersign_ledger::journal::FOLDER;
use countersign_ledger::log::{Log, Settings as LogSettings};
use countersign_ledger::tree;

use crate::db::{Db, Val};
use crate::error::{StoreError, at};
use crate::files;
use crate::keys::{Chance, Keys, make_folder};
use crate::migrations;
use crate::project::{self, Cursor, Projector, erased_in};
use crate::purpose::Purpose;
use crate::vault::Vault;

/// Tells milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What a store is opened with.
#[derive(Clone)]
pub struct Settings {
    /// The folder of ledger and keys, and of the database where it is SQLite. It is made.
    pub folder: PathBuf,
    /// `postgres://…`; none: a database of SQLite in the folder.
    pub database: Option<String>,
    /// Name and version of the program, which go on record at each start.
    pub program: String,
    /// What the folder is for.
    pub purpose: Purpose,
    /// The clock.
    pub clock: Clock,
    /// Where random bytes come from.
    pub chance: Chance,
}

impl core::fmt::Debug for Settings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The address of a database may have a password in it.
        let folder = &self.folder;
        f.debug_struct("Settings")
            .field("folder", folder)
            .finish_non_exhaustive()
    }
}

/// A folder whose parts agree, before anything runs on it.
pub(crate) struct Opened {
    pub(crate) folder: PathBuf,
    pub(crate) lock: File,
    pub(crate) keys: Arc<Keys>,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) log: Log,
    pub(crate) db: Db,
    pub(crate) vault: Arc<Vault>,
}

impl Opened {
    /// Opens lock, keys, log, database and vault, in this order.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, StoreError> {
        let folder = settings.folder.as_path();
        make_folder(folder)?;
        let lock = lock(folder)?;
        let ledger = folder.join("ledger");
        let begun = ledger.join(FOLDER).exists();
        settings.purpose.mark(folder, begun)?;
        let keys = Keys::open(folder, begun, &settings.chance)?;
        let (disk, log, keys) = blocking(move || {
            let disk = Folder::open(&ledger, &[FOLDER]).map_err(|error| match error.kind() {
                io::ErrorKind::WouldBlock => StoreError::Locked(ledger.clone()),
                _ => at(&ledger)(error),
            })?;
            let disk: Arc<dyn Disk> = Arc::new(disk);
            let log = Log::open(Arc::clone(&disk), keys.signer()?, LOG)?;
            Ok((disk, log, keys))
        })
        .await?;
        let keys = Arc::new(keys);
        let db = match &settings.database {
            Some(url) => Db::pg(url).await?,
            None => Db::lite(&folder.join("store.db")).await?,
        };
        migrations::run(&db, migrations::MAIN).await?;
        let now = (settings.clock)();
        let chance = Arc::clone(&settings.chance);
        let vault = Vault::open(folder, Arc::clone(&keys), now, chance).await?;
        Ok(Self {
            folder: folder.to_owned(),
            lock,
            keys,
            disk,
            log,
            db,
            vault: Arc::new(vault),
        })
    }

    /// Brings keys and rows up to the log, and gives what makes the rows from here on.
    pub(crate) async fn catch_up(&self, settings: &Settings) -> Result<Projector, StoreError> {
        let cursor = self.cursor().await?;
        // A backup of the keys that was put back brings keys back: before anything is read with
        // them, each erasure is done again, those of the rows and those still to become rows.
        let (disk, size) = (Arc::clone(&self.disk), self.log.size());
        let found = blocking(move || Ok(erased_in(disk, cursor.seq, size)?)).await?;
        let mut erased: Vec<_> = found.into_iter().collect();
        for row in self.db.all(ERASED, &[]).await? {
            erased.push(row.array("subject")?);
        }
        self.vault.forget(&erased).await?;
        files::remove(&self.folder, &erased)?;
        let (db, vault) = (self.db.clone(), Arc::clone(&self.vault));
        let mut projector = Projector::open(db, vault, Arc::clone(&self.disk), cursor.seq)?;
        projector.through(size, |_| {}).await?;
        let purpose = settings.purpose;
        let others = [Val::I(Some(i64::from(purpose != Purpose::Demo)))];
        if self.db.one(OTHER_STARTS, &others).await?.is_some() {
            return Err(purpose.refusal(&settings.folder));
        }
        Ok(projector)
    }

    /// Where the rows stand, if the log has been there.
    async fn cursor(&self) -> Result<Cursor, StoreError> {
        let cursor = Cursor::read(&self.db).await?;
        let (followed, size) = (cursor.seq, self.log.size());
        if followed > size {
            return Err(StoreError::Ahead { followed, size });
        }
        let root = tree::root_of(self.log.served(), 0, followed).map_err(at("ledger"))?;
        if root != cursor.root {
            return Err(StoreError::OtherRoot(followed));
        }
        Ok(cursor)
    }

    /// Closes what is open, and unlocks the folder.
    pub(crate) async fn close(self) {
        self.db.close().await;
        self.vault.close().await;
    }
}

impl core::fmt::Debug for Opened {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Opened")
    }
}

/// Makes all rows that follow from the ledger anew, and gives the number of its entries. The folder
/// must not be in use.
///
/// # Errors
/// What [`crate::Store::open`] refuses, but for a database that does not fit the ledger: its rows
/// are those that are made anew.
pub async fn rebuild(settings: &Settings) -> Result<u64, StoreError> {
    let opened = Opened::open(settings).await?;
    let entries = opened.log.size();
    let done = async {
        project::empty(&opened.db).await?;
        opened.catch_up(settings).await.map(drop)
    };
    let done = done.await;
    opened.close().await;
    done.map(|()| entries)
}

/// Does what waits for the disk on a thread where that holds up nobody.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let lost = |_error| StoreError::Unreadable("a thread was lost");
    tokio::task::spawn_blocking(work).await.map_err(lost)?
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("lock");
    let mut options = File::options();
    let file = options.create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Locked(folder.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(at(&path)(error)),
    }
}

const ERASED: &str = "SELECT subject FROM erasure";
const OTHER_STARTS: &str = "SELECT seq FROM start WHERE demo = $1 LIMIT 1";
/// Thousands of reports a segment; a start reads no more than 100,000 entries of the journal.
const LOG: LogSettings = LogSettings {
    segment_length: 8 << 20,
    remembered: 48 * 60 * 60 * 1000,
    marks: Some(100_000),
};

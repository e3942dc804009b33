//! A folder and a database of one test, and ways to look at them from outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use countersign_core::record::{Record, Report, Way};
use countersign_core::reference::Reference;
use countersign_core::report::Channel;
use countersign_core::respond::statement::{Pretext, Statement};
use countersign_core::time::Second;
use countersign_ledger::encoding::hex;
use countersign_ledger::leaf::Token;
use countersign_store::{Event, Purpose, Settings, Store, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _};
use tempfile::TempDir;

use crate::postgres::Server;

pub(crate) const NOW: u64 = 1_800_000_000_000;
pub(crate) const DAY: u64 = 24 * 60 * 60 * 1000;
/// Nobody writes it by chance.
pub(crate) const WORDS: &str = "they said my server was infected, zwetschgenkuchen";
pub(crate) const DERIVED: [&str; 13] = [
    "cursor",
    "entry",
    "start",
    "erasure",
    "report",
    "person",
    "role",
    "cases",
    "run",
    "program",
    "told",
    "handed_table",
    "met",
];

/// A folder and a database.
#[derive(Debug)]
pub(crate) struct Fixture {
    folder: TempDir,
    /// The database of PostgreSQL.
    database: Option<String>,
    now: Arc<AtomicU64>,
    /// All random bytes that were handed out.
    chance: Arc<Mutex<Vec<Vec<u8>>>>,
}

static SEED: AtomicU64 = AtomicU64::new(1);

impl Fixture {
    pub(crate) fn lite() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: None,
            now: Arc::new(AtomicU64::new(NOW)),
            chance: Arc::default(),
        }
    }

    pub(crate) async fn pg(server: &Server) -> Self {
        Self {
            database: Some(server.make().await),
            ..Self::lite()
        }
    }

    /// Another folder, with a database of the same kind.
    pub(crate) async fn another(&self) -> Self {
        match &self.database {
            Some(_) => Self::pg(Server::get().unwrap()).await,
            None => Self::lite(),
        }
    }

    /// The name of the database of PostgreSQL.
    pub(crate) fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn settings(&self) -> Settings {
        let (now, drawn) = (Arc::clone(&self.now), Arc::clone(&self.chance));
        Settings {
            folder: self.path().join("folder"),
            database: self
                .database
                .as_ref()
                .map(|name| Server::get().unwrap().address(name)),
            program: "countersign test".to_owned(),
            purpose: Purpose::Work,
            clock: Arc::new(move || now.load(Ordering::SeqCst)),
            chance: Arc::new(move |bytes| {
                for chunk in bytes.chunks_mut(8) {
                    // SplitMix64: different each time, and the same in each run of one thread.
                    let mut z = SEED
                        .fetch_add(1, Ordering::SeqCst)
                        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                    chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
                }
                drawn.lock().unwrap().push(bytes.to_vec());
                Ok(())
            }),
        }
    }

    pub(crate) async fn open(&self) -> Store {
        self.try_open().await.unwrap()
    }

    pub(crate) async fn try_open(&self) -> Result<Store, StoreError> {
        Store::open(self.settings()).await
    }

    /// What an opening is refused with.
    pub(crate) async fn refusal(&self) -> StoreError {
        match self.try_open().await {
            Err(error) => error,
            Ok(_) => panic!("it opened"),
        }
    }

    pub(crate) fn pass(&self, milliseconds: u64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Random bytes of a length that were handed out so far.
    pub(crate) fn drawn(&self, length: usize) -> Vec<Vec<u8>> {
        let drawn = self.chance.lock().unwrap();
        drawn
            .iter()
            .filter(|bytes| bytes.len() == length)
            .cloned()
            .collect()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join("folder").join(name)
    }

    /// Runs a statement on the database while no store has it, or beside one.
    pub(crate) async fn sql(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        if let Some(mut pg) = self.pg_connection().await {
            sqlx::query(sql).execute(&mut pg).await.unwrap();
            pg.close().await.unwrap();
        } else {
            let mut lite = lite_connection(&self.file("store.db")).await;
            sqlx::query(sql).execute(&mut lite).await.unwrap();
            lite.close().await.unwrap();
        }
    }

    pub(crate) async fn pg_connection(&self) -> Option<PgConnection> {
        let address = Server::get().unwrap().address(self.database.as_ref()?);
        Some(PgConnection::connect(&address).await.unwrap())
    }

    /// The rows of these tables as texts, in an order that only they decide.
    pub(crate) async fn dump(&self, tables: &[&str]) -> Vec<String> {
        let mut rows = Vec::new();
        if let Some(mut pg) = self.pg_connection().await {
            for table in tables {
                let sql = format!("SELECT '{table}: ' || t::text AS row FROM {table} t");
                let found = sqlx::query(AssertSqlSafe(sql))
                    .fetch_all(&mut pg)
                    .await
                    .unwrap();
                rows.extend(found.iter().map(|row| row.get::<String, _>("row")));
            }
            pg.close().await.unwrap();
        } else {
            let mut lite = lite_connection(&self.file("store.db")).await;
            for table in tables {
                rows.extend(dump_lite(&mut lite, table).await);
            }
            lite.close().await.unwrap();
        }
        rows.sort();
        rows
    }

    /// All tables of the database.
    pub(crate) async fn tables(&self) -> Vec<String> {
        let names = if let Some(mut pg) = self.pg_connection().await {
            let sql = "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'";
            let names = sqlx::query(sql).fetch_all(&mut pg).await.unwrap();
            names
                .iter()
                .map(|row| row.get("name"))
                .collect::<Vec<String>>()
        } else {
            let mut lite = lite_connection(&self.file("store.db")).await;
            let sql = "SELECT name FROM sqlite_master WHERE type = 'table'";
            let names = sqlx::query(sql).fetch_all(&mut lite).await.unwrap();
            names.iter().map(|row| row.get("name")).collect()
        };
        assert!(names.len() > 10, "{names:?}");
        names
    }

    /// Whether these bytes stand anywhere in the folder, or in the database, as they are or as
    /// hexadecimal digits.
    pub(crate) async fn finds(&self, bytes: &[u8]) -> Vec<String> {
        let digits = hex(bytes);
        let has = |all: &[u8]| {
            let at = |needle: &[u8]| all.windows(needle.len()).any(|window| window == needle);
            at(bytes) || at(digits.as_bytes()) || at(digits.to_uppercase().as_bytes())
        };
        let mut found = Vec::new();
        let mut folders = vec![self.path().join("folder")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                match fs::read(&path) {
                    Ok(all) if has(&all) => found.push(path.display().to_string()),
                    Ok(_) => {}
                    // A database beside it takes its journal away when it is done.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => panic!("{}: {error}", path.display()),
                }
            }
        }
        let tables = self.tables().await;
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        let rows = self.dump(&tables).await;
        found.extend(rows.into_iter().filter(|row| has(row.as_bytes())));
        found
    }

    /// The wrapped key of a subject, as the vault has it.
    pub(crate) async fn wrapped(&self, subject: &Token) -> Option<Vec<u8>> {
        let mut vault = lite_connection(&self.file("vault/keys.db")).await;
        let sql = "SELECT wrapped FROM subject_key WHERE subject = $1";
        let row = sqlx::query(sql).bind(subject.as_slice());
        let row = row.fetch_optional(&mut vault).await.unwrap();
        vault.close().await.unwrap();
        row.map(|row| row.get("wrapped"))
    }

    /// Keeps a copy of the database as it is, while no store has it.
    pub(crate) async fn keep_copy(&self) {
        match &self.database {
            Some(name) => {
                Server::get()
                    .unwrap()
                    .copy(name, &format!("{name}_copy"))
                    .await
            }
            None => self.keep("store.db"),
        }
    }

    /// Puts that copy back.
    pub(crate) async fn put_back_copy(&self) {
        match &self.database {
            Some(name) => {
                Server::get()
                    .unwrap()
                    .copy(&format!("{name}_copy"), name)
                    .await
            }
            None => self.put_back("store.db"),
        }
    }

    /// Has this folder's ledger meet the database of another.
    pub(crate) async fn take_database_of(&self, other: &Self) {
        match (&self.database, &other.database) {
            (Some(own), Some(other)) => Server::get().unwrap().copy(other, own).await,
            _ => {
                let from = other.file("store.db");
                assert!(!other.file("store.db-wal").exists(), "it is open");
                fs::copy(from, self.file("store.db")).unwrap();
            }
        }
    }

    /// Keeps a copy of a file of the folder.
    pub(crate) fn keep(&self, name: &str) {
        assert!(!self.file(&format!("{name}-wal")).exists(), "it is open");
        let copy = self.path().join(name.replace('/', "_"));
        fs::copy(self.file(name), copy).unwrap();
    }

    /// Puts that copy back.
    pub(crate) fn put_back(&self, name: &str) {
        let copy = self.path().join(name.replace('/', "_"));
        fs::copy(copy, self.file(name)).unwrap();
    }
}

pub(crate) async fn lite_connection(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.connect().await.unwrap()
}

async fn dump_lite(lite: &mut SqliteConnection, table: &str) -> Vec<String> {
    let sql = format!("SELECT name FROM pragma_table_info('{table}')");
    let columns = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(&mut *lite)
        .await
        .unwrap();
    let quoted: Vec<String> = columns
        .iter()
        .map(|row| format!("quote(\"{}\")", row.get::<String, _>("name")))
        .collect();
    assert!(!quoted.is_empty(), "no table {table}");
    let quoted = quoted.join(" || ',' || ");
    let sql = format!("SELECT '{table}: ' || {quoted} AS row FROM {table}");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(&mut *lite)
        .await
        .unwrap();
    rows.iter().map(|row| row.get("row")).collect()
}

/// Somebody's report; a number makes it another one.
pub(crate) fn report(number: u64) -> Report {
    Report {
        reference: Reference::new(number),
        received: Second(800_000_000 + u32::try_from(number).unwrap()),
        way: Way::Form,
        statement: Statement {
            email: Some("ann@example.org".to_owned()),
            called: Some(Second(799_000_000)),
            channel: Channel::Robocall,
            pretext: Some(Pretext::InfectedServers),
            words: Some(WORDS.to_owned()),
            ..Statement::default()
        },
    }
}

pub(crate) fn event(subject: Token, record: Record) -> Event {
    Event {
        record,
        subject,
        by: None,
        rules: Vec::new(),
    }
}

/// Puts one event on record.
pub(crate) async fn put(store: &Store, subject: Token, record: Record) -> u64 {
    let places = store.append(vec![event(subject, record)]).await.unwrap();
    places[0]
}

/// Runs a test's future.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.unwrap().block_on(test);
}

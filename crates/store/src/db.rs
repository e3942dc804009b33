//! One SQL text on two databases.
//!
//! An enum of two native drivers, and not a layer over them: what only one of them can do (an
//! immediate transaction, a pragma) stays in reach, and a statement can bind nothing but whole
//! numbers, texts and bytes, which both have. What differs between them beyond that is written down
//! in `docs/spec/store.md`.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgArguments, PgConnectOptions};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode};
use sqlx::sqlite::{SqlitePool, SqliteSynchronous};
use sqlx::{PgPool, Postgres, Sqlite, Transaction};
use thiserror::Error;

pub(crate) use crate::value::{Row, Val, int};

/// An open database.
#[derive(Clone, Debug)]
pub(crate) enum Db {
    Lite {
        /// One connection: SQLite has one writer at a time, and who waits for it waits here.
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Pg(PgPool),
}

/// A transaction that writes; it is rolled back when it is dropped.
#[derive(Debug)]
pub(crate) enum Tx {
    Lite(Transaction<'static, Sqlite>),
    Pg(Transaction<'static, Postgres>),
}

/// What a database refuses.
#[derive(Debug, Error)]
pub(crate) enum DbError {
    /// What its driver says.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// PostgreSQL can't keep the character, and SQLite cuts texts there in some functions.
    #[error("a text with a NUL character can't be kept")]
    Nul,
    /// A number that a database has no room for.
    #[error("a number beyond 63 bits can't be kept")]
    Large,
    /// A row that this version did not write.
    #[error("column `{0}` of the database does not hold what it should")]
    Column(&'static str),
    /// Another program writes the rows that follow the ledger.
    #[error("another program writes to this database: the rows that follow the ledger moved")]
    Moved,
}

impl DbError {
    /// Whether the same unit of work may succeed when it is done anew, since two of them met.
    ///
    /// The driver has no kind for these two states, so it is the one place where codes are read.
    fn met_another(&self) -> bool {
        let Self::Sql(sqlx::Error::Database(error)) = self else {
            return false;
        };
        matches!(error.code().as_deref(), Some("40001" | "40P01"))
    }

    /// Whether the database can't be reached, and may be later.
    pub(crate) fn is_away(&self) -> bool {
        matches!(
            self,
            Self::Sql(
                sqlx::Error::Io(_)
                    | sqlx::Error::Tls(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::Protocol(_)
            )
        ) || match self {
            // A server that is starting or stopping says so in its own words.
            Self::Sql(sqlx::Error::Database(error)) => error
                .code()
                .is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
            _ => false,
        }
    }
}

impl Db {
    /// Opens a database of SQLite in a file, or makes it.
    pub(crate) async fn lite(path: &Path) -> Result<Self, DbError> {
        let options = lite_options(path);
        let writer = lite_pool(1).connect_with(options.clone()).await?;
        let readers =
            lite_pool(READERS).connect_with(options.create_if_missing(false).read_only(true));
        Ok(Self::Lite {
            writer,
            readers: readers.await?,
        })
    }

    /// Opens the file of the keys: what is deleted in it is overwritten, and one connection does
    /// all, so that none holds back the truncation of its journal.
    pub(crate) async fn vault(path: &Path) -> Result<Self, DbError> {
        let options = lite_options(path).pragma("secure_delete", "ON");
        let writer = lite_pool(1).connect_with(options).await?;
        Ok(Self::Lite {
            readers: writer.clone(),
            writer,
        })
    }

    /// Opens a database of PostgreSQL.
    pub(crate) async fn pg(url: &str) -> Result<Self, DbError> {
        let options = PgConnectOptions::from_str(url)?.application_name("countersign");
        let pool = PoolOptions::<Postgres>::new()
            .max_connections(CONNECTIONS)
            // A ping before each statement doubles its time; a connection that was lost is noticed
            // by the statement itself.
            .test_before_acquire(false)
            .acquire_timeout(PATIENCE);
        Ok(Self::Pg(pool.connect_with(options).await?))
    }

    /// Closes all connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::Lite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Pg(pool) => pool.close().await,
        }
    }

    /// Begins a transaction that writes. On SQLite it is the writer from its beginning: one that
    /// read before it wrote could find that another had written, and would fail at once.
    pub(crate) async fn begin(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Lite { writer, .. } => Tx::Lite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Pg(pool) => Tx::Pg(pool.begin().await?),
        })
    }

    /// Does a unit of work in one transaction; where it met another one, from its beginning again.
    pub(crate) async fn unit<T>(
        &self,
        work: impl for<'a> Fn(&'a mut Tx) -> Unit<'a, T>,
    ) -> Result<T, DbError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut tx = self.begin().await?;
            let done = match work(&mut tx).await {
                Ok(done) => tx.commit().await.map(|()| done),
                Err(error) => {
                    // What goes wrong here too is not what the caller has to know.
                    let _ = tx.rollback().await;
                    Err(error)
                }
            };
            match done {
                Err(error) if error.met_another() && attempts < ATTEMPTS => {}
                other => return other,
            }
        }
    }

    /// Does one statement that changes rows, and gives how many.
    pub(crate) async fn exec(&self, sql: &'static str, values: &[Val]) -> Result<u64, DbError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let done = match self {
                Self::Lite { writer, .. } => {
                    let done = lite(sql, values)?.execute(writer).await;
                    done.map(|done| done.rows_affected())
                }
                Self::Pg(pool) => {
                    let done = pg(sql, values)?.execute(pool).await;
                    done.map(|done| done.rows_affected())
                }
            };
            match done.map_err(DbError::from) {
                Err(error) if error.met_another() && attempts < ATTEMPTS => {}
                other => return other,
            }
        }
    }

    /// The row that a question finds, if any.
    pub(crate) async fn one(
        &self,
        sql: &'static str,
        values: &[Val],
    ) -> Result<Option<Row>, DbError> {
        Ok(match self {
            Self::Lite { readers, .. } => {
                let row = lite(sql, values)?.fetch_optional(readers).await?;
                row.map(Row::Lite)
            }
            Self::Pg(pool) => pg(sql, values)?.fetch_optional(pool).await?.map(Row::Pg),
        })
    }

    /// All rows that a question finds.
    pub(crate) async fn all(&self, sql: &'static str, values: &[Val]) -> Result<Vec<Row>, DbError> {
        Ok(match self {
            Self::Lite { readers, .. } => {
                let rows = lite(sql, values)?.fetch_all(readers).await?;
                rows.into_iter().map(Row::Lite).collect()
            }
            Self::Pg(pool) => {
                let rows = pg(sql, values)?.fetch_all(pool).await?;
                rows.into_iter().map(Row::Pg).collect()
            }
        })
    }
}

impl Tx {
    /// See [`Db::exec`].
    pub(crate) async fn exec(&mut self, sql: &'static str, values: &[Val]) -> Result<u64, DbError> {
        Ok(match self {
            Self::Lite(tx) => lite(sql, values)?.execute(&mut **tx).await?.rows_affected(),
            Self::Pg(tx) => pg(sql, values)?.execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// See [`Db::one`]; here it may also change rows and return one.
    pub(crate) async fn one(
        &mut self,
        sql: &'static str,
        values: &[Val],
    ) -> Result<Option<Row>, DbError> {
        Ok(match self {
            Self::Lite(tx) => {
                let row = lite(sql, values)?.fetch_optional(&mut **tx).await?;
                row.map(Row::Lite)
            }
            Self::Pg(tx) => pg(sql, values)?
                .fetch_optional(&mut **tx)
                .await?
                .map(Row::Pg),
        })
    }

    /// See [`Db::all`].
    pub(crate) async fn all(
        &mut self,
        sql: &'static str,
        values: &[Val],
    ) -> Result<Vec<Row>, DbError> {
        Ok(match self {
            Self::Lite(tx) => {
                let rows = lite(sql, values)?.fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Lite).collect()
            }
            Self::Pg(tx) => {
                let rows = pg(sql, values)?.fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Pg).collect()
            }
        })
    }

    /// Ends it, and keeps what it did.
    pub(crate) async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Lite(tx) => tx.commit().await?,
            Self::Pg(tx) => tx.commit().await?,
        }
        Ok(())
    }

    async fn rollback(self) -> Result<(), DbError> {
        match self {
            Self::Lite(tx) => tx.rollback().await?,
            Self::Pg(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

/// A unit of work that is being done.
pub(crate) type Unit<'a, T> =
    core::pin::Pin<Box<dyn Future<Output = Result<T, DbError>> + Send + 'a>>;

/// How each connection to a file is opened. `FULL`: what was committed is on the disk.
fn lite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
}

fn lite_pool(most: u32) -> PoolOptions<Sqlite> {
    PoolOptions::new()
        .min_connections(1)
        .max_connections(most)
        .test_before_acquire(false)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
}

type LiteQuery<'q> = Query<'q, Sqlite, SqliteArguments>;
type PgQuery<'q> = Query<'q, Postgres, PgArguments>;

fn lite(sql: &'static str, values: &[Val]) -> Result<LiteQuery<'static>, DbError> {
    let query = sqlx::query(sql);
    values.iter().try_fold(query, |query, value| {
        Ok(match value.check()?.clone() {
            Val::I(number) => query.bind(number),
            Val::T(text) => query.bind(text),
            Val::B(bytes) => query.bind(bytes),
        })
    })
}

fn pg(sql: &'static str, values: &[Val]) -> Result<PgQuery<'static>, DbError> {
    let query = sqlx::query(sql);
    values.iter().try_fold(query, |query, value| {
        Ok(match value.check()?.clone() {
            Val::I(number) => query.bind(number),
            Val::T(text) => query.bind(text),
            Val::B(bytes) => query.bind(bytes),
        })
    })
}

/// Connections that read a file beside its writer.
const READERS: u32 = 4;
/// Connections to PostgreSQL.
const CONNECTIONS: u32 = 24;
/// How long a statement waits for another's lock, or for a connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// Times that a unit of work is begun: one of those that meet goes through, so as many as there are
/// connections would do.
const ATTEMPTS: u32 = 32;

#[cfg(test)]
mod tests {
    use sqlx::{ConnectOptions as _, Connection as _};

    use super::*;

    #[test]
    fn a_transaction_is_the_writer_from_its_beginning() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("one.db");
            let db = Db::lite(&path).await.unwrap();
            let tx = db.begin().await.unwrap();
            let other = lite_options(&path).busy_timeout(Duration::ZERO);
            let mut other = other.connect().await.unwrap();
            other.begin_with("BEGIN IMMEDIATE").await.unwrap_err();
            tx.commit().await.unwrap();
            let there = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
            there.rollback().await.unwrap();
            db.close().await;
        });
    }

    #[test]
    fn a_connection_that_reads_can_not_write() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let db = Db::lite(&folder.path().join("one.db")).await.unwrap();
            let made = db.exec("CREATE TABLE some (one BIGINT)", &[]).await;
            made.unwrap();
            let insert = "INSERT INTO some (one) VALUES ($1) RETURNING one";
            let one = [Val::I(Some(7))];
            db.one(insert, &one).await.unwrap_err();
            let mut tx = db.begin().await.unwrap();
            let row = tx.one(insert, &one).await.unwrap().unwrap();
            assert_eq!(row.i("one").unwrap(), Some(7));
            // What is not committed is not there.
            drop(tx);
            assert!(
                db.all("SELECT one FROM some", &[])
                    .await
                    .unwrap()
                    .is_empty()
            );
            db.close().await;
        });
    }
}

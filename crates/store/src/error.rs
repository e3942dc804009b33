//! What the store refuses.

use std::io;
use std::path::PathBuf;

use countersign_ledger::log::{OpenError, Refused};
use thiserror::Error;

use crate::db::DbError;

/// Why something was not kept, or not found out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another program has the folder.
    #[error("another program runs on the folder `{}`", .0.display())]
    Locked(PathBuf),
    /// A file of the folder can't be read or written.
    #[error("`{}`: {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A key is not there, and what it opens is.
    #[error("the key `{}` is missing, and what it belongs to is there", .0.display())]
    KeyMissing(PathBuf),
    /// A file is no key that this program wrote.
    #[error("`{}` is not a key that this program wrote", .0.display())]
    NoKey(PathBuf),
    /// There was no chance to be had.
    #[error("the system gives no random bytes: {0}")]
    Chance(io::Error),
    /// What is made up is no evidence.
    #[error("`{}` is the folder of a demo: everything in it is made up", .0.display())]
    OfDemo(PathBuf),
    /// What is real is not shown to everybody.
    #[error("`{}` is not the folder of a demo", .0.display())]
    NoDemo(PathBuf),
    /// The ledger is not opened.
    #[error("the ledger is refused: {0}")]
    Ledger(#[from] OpenError),
    /// The journal does not read.
    #[error("the ledger's journal: {0}")]
    Journal(#[from] countersign_ledger::journal::JournalError),
    /// A newer program has changed the tables.
    #[error("the database was made by a newer version of this program (migration {0})")]
    Newer(i64),
    /// A migration that was applied is not the one that this program has.
    #[error("migration {0} of the database is not the one of this program, or broke off")]
    Migration(i64),
    /// The database follows more entries than the ledger has.
    #[error(
        "the database follows {followed} entries of the ledger, which has {size}: the ledger was \
         cut or put back from a copy, or the database is of another"
    )]
    Ahead {
        /// Entries that the database follows.
        followed: u64,
        /// Entries of the ledger.
        size: u64,
    },
    /// The database follows another ledger.
    #[error("the database follows another ledger: its first {0} entries have another root")]
    OtherRoot(u64),
    /// The database.
    #[error("the database: {0}")]
    Database(Box<dyn core::error::Error + Send + Sync>),
    /// A text that can't be kept.
    #[error("a text with a NUL character can't be kept")]
    Nul,
    /// The ledger did not take the events.
    #[error("the ledger did not take it: {0}")]
    Refused(#[from] Refused),
    /// What the subject's entries say was made unreadable, and nothing is added.
    #[error("the subject was erased")]
    Erased,
    /// A reference or a token that another entry has.
    #[error("a report or a case has this name already")]
    Taken,
    /// It is durable; the rows that follow from it are being written.
    #[error("entry {0} is in the ledger and is being written to the database")]
    BeingWritten(u64),
    /// The rows no longer follow the ledger.
    #[error("the database no longer follows the ledger: {0}")]
    Stopped(String),
    /// What was kept does not read.
    #[error("what was kept does not read: {0}")]
    Unreadable(&'static str),
}

impl StoreError {
    /// What the person who runs the server can do about it.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::Locked(_) => "stop the other program, or give this one another folder",
            Self::OfDemo(_) => {
                "give `serve` a folder of its own: real reports begin in an empty one"
            }
            Self::NoDemo(_) => "give the demo another folder with `--dir`",
            Self::KeyMissing(_) => "put the key back from its backup; nothing can stand in for it",
            Self::Newer(_) => "run the newer version, or restore the backup made before it ran",
            Self::Migration(_) => {
                "restore the database's backup; or put the database away and start: rows are made from the ledger, passkeys have to be made anew"
            }
            Self::Ahead { .. } | Self::OtherRoot(_) | Self::Ledger(_) => {
                "keep the folder and the database as they are, and compare them with a copy"
            }
            Self::BeingWritten(_) => "ask again in a moment; don't send it a second time",
            Self::Stopped(_) => "stop the other program that writes to the database, and restart",
            Self::File { .. }
            | Self::NoKey(_)
            | Self::Chance(_)
            | Self::Journal(_)
            | Self::Database(_)
            | Self::Nul
            | Self::Refused(_)
            | Self::Erased
            | Self::Taken
            | Self::Unreadable(_) => return None,
        })
    }
}

impl From<DbError> for StoreError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Nul => Self::Nul,
            other => Self::Database(Box::new(other)),
        }
    }
}

/// A file's error with its path.
pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.into();
    move |error| StoreError::File { path, error }
}

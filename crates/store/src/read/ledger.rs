//! The ledger as it is read: entries without what they say, and the files that strangers check.

use std::io;
use std::sync::Arc;

use countersign_core::ledger::Kind;
use countersign_ledger::leaf::Token;
use countersign_ledger::served::Served;
use countersign_ledger::tile::Resource;

use crate::db::{DbError, Row, Val, int};
use crate::error::StoreError;
use crate::store::Store;

/// An entry of the ledger, without what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Its place.
    pub seq: u64,
    /// What happened; none for a kind of a later version.
    pub kind: Option<Kind>,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Whom it is about.
    pub subject: Option<Token>,
    /// Who did it.
    pub by: Option<Token>,
}

impl Store {
    /// Entries of the ledger from the one behind `after` on, so many at most.
    ///
    /// # Errors
    /// What the database says.
    pub async fn entries(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<EntryRow>, StoreError> {
        let read = |row: &Row| -> Result<EntryRow, DbError> {
            let code = u16::try_from(row.count("kind")?);
            Ok(EntryRow {
                seq: row.count("seq")?,
                kind: Kind::of(code.map_err(|_error| DbError::Column("kind"))?),
                at: row.count("at")?,
                subject: row.maybe_array("subject")?,
                by: row.maybe_array("actor")?,
            })
        };
        let after = after.map_or(Ok(Val::I(None)), int)?;
        let rows = self.db.all(ENTRIES, &[after, Val::from(limit)]).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Entries under the signed checkpoint.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.signed.borrow().size
    }

    /// The signed checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> Arc<str> {
        Arc::clone(&self.signed.borrow().checkpoint)
    }

    /// The bytes of a resource of the log (C2SP tlog-tiles); none if there is no such. It waits for
    /// the disk.
    ///
    /// # Errors
    /// What the disk says.
    pub fn resource(&self, what: &Resource) -> io::Result<Option<Vec<u8>>> {
        match what {
            Resource::Checkpoint => Ok(Some(self.checkpoint().as_bytes().to_vec())),
            Resource::Tile { .. } | Resource::Entries { .. } => {
                // What was signed is not written to again, so it is read beside the sequencer.
                let size = self.size();
                Served::open(&self.disk, size)?.resource(what, size, 0)
            }
        }
    }
}

const ENTRIES: &str = "SELECT seq, kind, at, subject, actor FROM entry \
    WHERE ($1 IS NULL OR seq > $1) ORDER BY seq LIMIT $2";

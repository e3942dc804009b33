//! Tables that were handed in, as they are read.

use countersign_core::ledger::Kind;
use countersign_core::record::{HandedTable, Record};
use countersign_ledger::leaf::{EventId, Token};

use super::Sealed;
use crate::db::{DbError, Row, Val};
use crate::error::StoreError;
use crate::store::Store;

/// A table of reports that somebody handed in.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// Whom its entries name.
    pub token: Token,
    /// Place of the entry that handed it in.
    pub seq: u64,
    /// Name of that entry: who takes the table must be somebody else than who made it.
    pub event: EventId,
    /// Who handed it in.
    pub by: Option<Token>,
    /// What was said of it; none if it was erased.
    pub said: Option<HandedTable>,
    /// What became of it, and where that is on record.
    pub ended: Option<TableEnd>,
}

/// What became of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableEnd {
    /// Place of the entry.
    pub seq: u64,
    /// Whose doing it is.
    pub by: Option<Token>,
    /// [`Kind::TableTaken`] or [`Kind::TableRefused`].
    pub how: Kind,
}

impl Store {
    /// All tables that were handed in, in the order of the ledger.
    ///
    /// # Errors
    /// What the database says.
    pub async fn tables(&self) -> Result<Vec<TableRow>, StoreError> {
        let rows = self.db.all(TABLES, &[]).await?;
        self.handed(&rows).await
    }

    /// The table of this token.
    ///
    /// # Errors
    /// What the database says.
    pub async fn table(&self, token: &Token) -> Result<Option<TableRow>, StoreError> {
        let row = self.db.one(TABLE, &[Val::from(token)]).await?;
        Ok(self.handed(row.as_slice()).await?.pop())
    }

    async fn handed(&self, rows: &[Row]) -> Result<Vec<TableRow>, StoreError> {
        let mut tables = Vec::new();
        for row in rows {
            let token = row.array("token")?;
            let sealed = Sealed::of(row, Kind::Table, token)?;
            let said = self.opened_one(sealed.as_ref()).await?;
            let ended = match row.maybe_count("ended_seq")? {
                Some(seq) => Some(TableEnd {
                    seq,
                    by: row.maybe_array("ended_by")?,
                    how: kind_of(row, "outcome")?,
                }),
                None => None,
            };
            tables.push(TableRow {
                token,
                seq: row.count("seq")?,
                event: row.array("event")?,
                by: row.maybe_array("handed_by")?,
                said: match said {
                    Some(Record::Table(said)) => Some(said),
                    _ => None,
                },
                ended,
            });
        }
        Ok(tables)
    }
}

fn kind_of(row: &Row, column: &'static str) -> Result<Kind, DbError> {
    let code = u16::try_from(row.count(column)?);
    let kind = code.ok().and_then(Kind::of);
    kind.ok_or(DbError::Column(column))
}

macro_rules! tables {
    ($rest:literal) => {
        concat!(
            "SELECT token, seq, event, handed_by, nonce, sealed, commitment, ended_seq, ended_by, \
             outcome FROM handed_table ",
            $rest
        )
    };
}

const TABLES: &str = tables!("ORDER BY seq");
const TABLE: &str = tables!("WHERE token = $1");

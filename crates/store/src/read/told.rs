//! Entries about one subject that are read by opening them, in the order of the ledger.

use countersign_core::ledger::Kind;
use countersign_core::record::Record;
use countersign_ledger::leaf::{EventId, Token};

use super::Sealed;
use crate::db::{DbError, Row, Val};
use crate::error::StoreError;
use crate::store::Store;

/// An entry with what it says.
#[derive(Clone, Debug)]
pub struct ToldRow {
    /// Its place in the ledger.
    pub seq: u64,
    /// Its name, which later entries speak of it by.
    pub event: EventId,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// What kind of entry it is.
    pub kind: Kind,
    /// Who did it.
    pub by: Option<Token>,
    /// What it says; none if its subject was erased.
    pub record: Option<Record>,
}

impl Store {
    /// What was asked, answered, noted and put in about a subject, the first first. The opening and
    /// the runs of a case have rows of their own: see [`Store::case`] and [`Store::runs`].
    ///
    /// # Errors
    /// What the database says.
    pub async fn told(&self, subject: &Token) -> Result<Vec<ToldRow>, StoreError> {
        let rows = self.db.all(TOLD, &[Val::from(subject)]).await?;
        let read = |row: &Row| -> Result<_, DbError> {
            let code = u16::try_from(row.count("kind")?).ok();
            let kind = code.and_then(Kind::of).ok_or(DbError::Column("kind"))?;
            Ok((kind, Sealed::of(row, kind, *subject)?))
        };
        let read = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let sealed: Vec<Sealed> = read.iter().filter_map(|(_, part)| part.clone()).collect();
        let mut records = self.opened(&sealed).await?.into_iter();
        let mut told = Vec::new();
        for (row, (kind, sealed)) in rows.iter().zip(&read) {
            told.push(ToldRow {
                seq: row.count("seq")?,
                event: row.array("event")?,
                at: row.count("at")?,
                kind: *kind,
                by: row.maybe_array("actor")?,
                record: sealed.as_ref().and_then(|_| records.next().flatten()),
            });
        }
        Ok(told)
    }

    /// What the server says about itself: how the key that opens names was dealt.
    ///
    /// # Errors
    /// What the database says.
    pub async fn told_of_server(&self) -> Result<Vec<ToldRow>, StoreError> {
        self.told(&self.keys.server).await
    }

    /// Whom the server's own entries are about.
    #[must_use]
    pub fn server(&self) -> Token {
        self.keys.server
    }
}

const TOLD: &str = "SELECT seq, event, kind, actor, at, nonce, sealed, commitment FROM told \
    WHERE subject = $1 ORDER BY seq";

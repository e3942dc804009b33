//! Entries about one subject that are read by opening them, in the order of the ledger.

use countersign_core::ledger::Kind;
use countersign_core::record::Record;
use countersign_ledger::leaf::{EventId, Token};

use super::Sealed;
use crate::db::{DbError, Val};
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
    /// Who did it.
    pub by: Option<Token>,
    /// What it says; none if its subject was erased.
    pub record: Option<Record>,
}

impl Store {
    /// What was asked, answered, opened and replied about a subject, the first first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn told(&self, subject: &Token) -> Result<Vec<ToldRow>, StoreError> {
        let rows = self.db.all(TOLD, &[Val::from(subject)]).await?;
        let mut sealed = Vec::new();
        let mut places = Vec::new();
        for row in &rows {
            let code = u16::try_from(row.count("kind")?);
            let kind = Kind::of(code.map_err(|_error| DbError::Column("kind"))?);
            let part = match kind {
                Some(kind) => Sealed::of(row, kind, *subject)?,
                None => None,
            };
            places.push(part.is_some());
            sealed.extend(part);
        }
        let mut records = self.opened(&sealed).await?.into_iter();
        let mut told = Vec::new();
        for (row, is_sealed) in rows.iter().zip(places) {
            told.push(ToldRow {
                seq: row.count("seq")?,
                event: row.array("event")?,
                at: row.count("at")?,
                by: row.maybe_array("actor")?,
                record: if is_sealed {
                    records.next().flatten()
                } else {
                    None
                },
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

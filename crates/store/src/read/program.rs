//! Programs that speak to the server, as they are read.

use countersign_core::ledger::Kind;
use countersign_core::program::May;
use countersign_core::record::Record;
use countersign_ledger::leaf::Token;

use super::Sealed;
use crate::db::{DbError, Row, Val};
use crate::error::StoreError;
use crate::store::Store;

/// A program that may speak to the server, or once might.
#[derive(Clone, Debug)]
pub struct ProgramRow {
    /// Whom entries name.
    pub token: Token,
    /// Place of the entry that let it speak.
    pub seq: u64,
    /// Who let it.
    pub by: Option<Token>,
    /// What it is called; none if it was erased.
    pub name: Option<String>,
    /// What it may do.
    pub may: Vec<May>,
    /// Place of the entry since which it may no longer.
    pub ended: Option<u64>,
    /// When its token was used last, in milliseconds since 1970.
    pub used: Option<u64>,
}

impl ProgramRow {
    /// Whether it may still speak.
    #[must_use]
    pub fn speaks(&self) -> bool {
        self.ended.is_none() && self.name.is_some()
    }
}

impl Store {
    /// All programs, in the order of the ledger.
    ///
    /// # Errors
    /// What the database says.
    pub async fn programs(&self) -> Result<Vec<ProgramRow>, StoreError> {
        let rows = self.db.all(ALL, &[]).await?;
        self.called(&rows).await
    }

    /// The program of this token.
    ///
    /// # Errors
    /// What the database says.
    pub async fn program(&self, token: &Token) -> Result<Option<ProgramRow>, StoreError> {
        let row = self.db.one(ONE, &[Val::from(token)]).await?;
        Ok(self.called(row.as_slice()).await?.pop())
    }

    /// The program that shows this secret, and may still speak.
    ///
    /// # Errors
    /// What the database says.
    pub async fn program_of(&self, secret: &[u8; 32]) -> Result<Option<ProgramRow>, StoreError> {
        let hash = [crate::kept::hash_of(secret)];
        let row = self.db.one(OF, &hash).await?;
        let program = self.called(row.as_slice()).await?.pop();
        Ok(program.filter(ProgramRow::speaks))
    }

    async fn called(&self, rows: &[Row]) -> Result<Vec<ProgramRow>, StoreError> {
        let sealed = rows.iter().map(|row| -> Result<_, DbError> {
            Sealed::of(row, Kind::Program, row.array("token")?)
        });
        let sealed = sealed.collect::<Result<Vec<_>, _>>()?;
        let mut programs = Vec::new();
        for (row, sealed) in rows.iter().zip(&sealed) {
            let said = self.opened_one(sealed.as_ref()).await?;
            let may = row.read("may", |text| serde_json::from_str(text).ok())?;
            programs.push(ProgramRow {
                token: row.array("token")?,
                seq: row.count("seq")?,
                by: row.maybe_array("made_by")?,
                name: match said {
                    Some(Record::Program(said)) => Some(said.name),
                    _ => None,
                },
                may: may.unwrap_or_default(),
                ended: row.maybe_count("ended_seq")?,
                used: row.maybe_count("used")?,
            });
        }
        Ok(programs)
    }
}

macro_rules! programs {
    ($rest:literal) => {
        concat!(
            "SELECT p.token, p.seq, p.event, p.made_by, p.may, p.ended_seq, p.nonce, p.sealed, \
             p.commitment, u.used FROM program p LEFT JOIN token_use u ON u.program = p.token ",
            $rest
        )
    };
}

const ALL: &str = programs!("ORDER BY p.seq");
const ONE: &str = programs!("WHERE p.token = $1");
const OF: &str = programs!("JOIN token t ON t.program = p.token WHERE t.hash = $1");

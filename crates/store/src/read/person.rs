//! Those who work here, as they are read.

use countersign_core::ledger::Kind;
use countersign_core::record::Record;
use countersign_core::staff::Role;
use countersign_ledger::leaf::Token;

use super::Sealed;
use crate::db::{DbError, Row, Val};
use crate::error::StoreError;
use crate::store::Store;

/// Somebody who works here.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// Whom entries name.
    pub token: Token,
    /// Place of the entry that says their name.
    pub seq: u64,
    /// As colleagues know them; none if they were erased.
    pub name: Option<String>,
    /// Whether they were erased.
    pub erased: bool,
}

/// A role that somebody has or had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleRow {
    /// Which.
    pub role: Role,
    /// Place of the entry that gave it.
    pub given: u64,
    /// Place of the entry that ended it.
    pub ended: Option<u64>,
}

impl Store {
    /// All who work here or did, in the order of the ledger.
    ///
    /// # Errors
    /// What the database says.
    pub async fn people(&self) -> Result<Vec<PersonRow>, StoreError> {
        let rows = self.db.all(ALL, &[]).await?;
        self.named(&rows).await
    }

    /// Who has this token.
    ///
    /// # Errors
    /// What the database says.
    pub async fn person(&self, token: &Token) -> Result<Option<PersonRow>, StoreError> {
        let row = self.db.one(ONE, &[Val::from(token)]).await?;
        Ok(self.named(row.as_slice()).await?.pop())
    }

    /// The roles that somebody has or had, in the order of the ledger.
    ///
    /// # Errors
    /// What the database says.
    pub async fn roles(&self, person: &Token) -> Result<Vec<RoleRow>, StoreError> {
        let read = |row: &Row| -> Result<RoleRow, DbError> {
            let role = row.read("role", Role::of)?;
            Ok(RoleRow {
                role: role.ok_or(DbError::Column("role"))?,
                given: row.count("given_seq")?,
                ended: row.maybe_count("ended_seq")?,
            })
        };
        let rows = self.db.all(ROLES, &[Val::from(person)]).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    async fn named(&self, rows: &[Row]) -> Result<Vec<PersonRow>, StoreError> {
        let mut people = Vec::new();
        for row in rows {
            let token = row.array("token")?;
            let sealed = Sealed::of(row, Kind::Person, token)?;
            let said = self.opened_one(sealed.as_ref()).await?;
            people.push(PersonRow {
                token,
                seq: row.count("seq")?,
                name: match said {
                    Some(Record::Person(said)) => Some(said.name),
                    _ => None,
                },
                erased: row.count("erased")? != 0,
            });
        }
        Ok(people)
    }
}

const ALL: &str =
    "SELECT token, seq, event, nonce, sealed, commitment, erased FROM person ORDER BY seq";
const ONE: &str =
    "SELECT token, seq, event, nonce, sealed, commitment, erased FROM person WHERE token = $1";
const ROLES: &str =
    "SELECT given_seq, role, ended_seq FROM role WHERE person = $1 ORDER BY given_seq";

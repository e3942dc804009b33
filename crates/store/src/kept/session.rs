//! Sessions of those who work here.

use countersign_ledger::leaf::Token;

use super::hash_of;
use crate::db::{DbError, Row, Val};
use crate::error::StoreError;
use crate::store::Store;

/// Somebody who has signed in. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub person: Token,
    /// On what, in words.
    pub device: String,
    /// Since when.
    pub begun: u64,
    /// When it was used last.
    pub seen: u64,
    /// Until when.
    pub expires: u64,
}

impl Store {
    /// Begins a session that lasts so many milliseconds, and gives its cookie.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin_session(
        &self,
        person: &Token,
        device: &str,
        lasts: u64,
    ) -> Result<[u8; 32], StoreError> {
        let secret = self.chance()?;
        let values = [
            hash_of(&secret),
            Val::from(person),
            Val::from(device),
            self.now()?,
            self.after(lasts)?,
        ];
        self.db.exec(BEGIN, &values).await?;
        Ok(secret)
    }

    /// The session of a cookie, if it is not over.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session(&self, cookie: &[u8; 32]) -> Result<Option<Session>, StoreError> {
        let row = self.db.one(ONE, &[hash_of(cookie), self.now()?]).await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    /// Notes that a session was used, and has it last so many milliseconds from now on.
    ///
    /// # Errors
    /// What the database says.
    pub async fn see_session(&self, cookie: &[u8; 32], lasts: u64) -> Result<(), StoreError> {
        let values = [hash_of(cookie), self.now()?, self.after(lasts)?];
        self.db.exec(SEEN, &values).await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What the database says.
    pub async fn end_session(&self, cookie: &[u8; 32]) -> Result<(), StoreError> {
        self.db.exec(END, &[hash_of(cookie)]).await?;
        Ok(())
    }

    /// Ends all sessions of a person.
    ///
    /// # Errors
    /// What the database says.
    pub async fn end_sessions_of(&self, person: &Token) -> Result<(), StoreError> {
        self.db.exec(END_OF, &[Val::from(person)]).await?;
        Ok(())
    }

    /// The sessions of a person that are not over, the last begun first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sessions_of(&self, person: &Token) -> Result<Vec<Session>, StoreError> {
        let rows = self.db.all(OF, &[Val::from(person), self.now()?]).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }
}

fn read(row: &Row) -> Result<Session, DbError> {
    Ok(Session {
        person: row.array("person")?,
        device: row.text("device")?,
        begun: row.count("begun")?,
        seen: row.count("seen")?,
        expires: row.count("expires")?,
    })
}

const BEGIN: &str = "INSERT INTO session (hash, person, device, begun, seen, expires) \
    VALUES ($1, $2, $3, $4, $4, $5)";
const ONE: &str = "SELECT person, device, begun, seen, expires FROM session \
    WHERE hash = $1 AND expires > $2";
const SEEN: &str = "UPDATE session SET seen = $2, expires = $3 WHERE hash = $1 AND expires > $2";
const END: &str = "DELETE FROM session WHERE hash = $1";
const END_OF: &str = "DELETE FROM session WHERE person = $1";
const OF: &str = "SELECT person, device, begun, seen, expires FROM session \
    WHERE person = $1 AND expires > $2 ORDER BY begun DESC, hash";

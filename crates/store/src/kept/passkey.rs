//! The public keys of people's devices.

use countersign_ledger::leaf::Token;

use crate::db::{DbError, Row, Val};
use crate::error::StoreError;
use crate::store::Store;

/// A device that somebody signs in with. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The credential's id.
    pub id: Vec<u8>,
    /// Whose it is.
    pub person: Token,
    /// Its public key and counter, in the words of who checks it.
    pub data: Vec<u8>,
    /// When it was added.
    pub added: u64,
    /// When it was used last.
    pub used: Option<u64>,
}

impl Store {
    /// Adds a passkey.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if the credential is somebody's; or what the database says.
    pub async fn add_passkey(
        &self,
        id: &[u8],
        person: &Token,
        data: &[u8],
    ) -> Result<(), StoreError> {
        let values = [
            Val::from(id),
            Val::from(person),
            Val::from(data),
            self.now()?,
        ];
        match self.db.exec(ADD, &values).await? {
            0 => Err(StoreError::Taken),
            _ => Ok(()),
        }
    }

    /// The passkey with this id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkey(&self, id: &[u8]) -> Result<Option<Passkey>, StoreError> {
        let row = self.db.one(ONE, &[Val::from(id)]).await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    /// The passkeys of a person, the first added first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn passkeys_of(&self, person: &Token) -> Result<Vec<Passkey>, StoreError> {
        let rows = self.db.all(OF, &[Val::from(person)]).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Notes that a passkey was used, with what its counter is now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn use_passkey(&self, id: &[u8], data: &[u8]) -> Result<(), StoreError> {
        let values = [Val::from(id), Val::from(data), self.now()?];
        self.db.exec(USE, &values).await?;
        Ok(())
    }

    /// Takes a passkey away.
    ///
    /// # Errors
    /// What the database says.
    pub async fn remove_passkey(&self, id: &[u8]) -> Result<(), StoreError> {
        self.db.exec(REMOVE, &[Val::from(id)]).await?;
        Ok(())
    }
}

fn read(row: &Row) -> Result<Passkey, DbError> {
    Ok(Passkey {
        id: row.bytes("id")?,
        person: row.array("person")?,
        data: row.bytes("data")?,
        added: row.count("added")?,
        used: row.maybe_count("used")?,
    })
}

const ADD: &str = "INSERT INTO passkey (id, person, data, added) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (id) DO NOTHING";
const ONE: &str = "SELECT id, person, data, added, used FROM passkey WHERE id = $1";
const OF: &str = "SELECT id, person, data, added, used FROM passkey WHERE person = $1 \
    ORDER BY added, id";
const USE: &str = "UPDATE passkey SET data = $2, used = $3 WHERE id = $1";
const REMOVE: &str = "DELETE FROM passkey WHERE id = $1";

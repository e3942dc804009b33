//! Links that work once: invitations, sign-ins, confirmations.

use super::hash_of;
use crate::db::Val;
use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// Makes a link for a purpose, which is JSON with tokens only; it lasts so many milliseconds.
    ///
    /// # Errors
    /// What the database says.
    pub async fn make_link(&self, purpose: &str, lasts: u64) -> Result<[u8; 32], StoreError> {
        let secret = self.chance()?;
        let values = [hash_of(&secret), Val::from(purpose), self.after(lasts)?];
        self.db.exec(MAKE, &values).await?;
        Ok(secret)
    }

    /// What a link is for, without taking it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn link(&self, secret: &[u8; 32]) -> Result<Option<String>, StoreError> {
        let row = self.db.one(ONE, &[hash_of(secret), self.now()?]).await?;
        Ok(row.map(|row| row.text("purpose")).transpose()?)
    }

    /// Takes a link: of all who try, one learns what it is for.
    ///
    /// # Errors
    /// What the database says.
    pub async fn take_link(&self, secret: &[u8; 32]) -> Result<Option<String>, StoreError> {
        let values = [hash_of(secret), self.now()?];
        Ok(self
            .db
            .unit(|tx| {
                let values = values.clone();
                Box::pin(async move {
                    let row = tx.one(TAKE, &values).await?;
                    row.map(|row| row.text("purpose")).transpose()
                })
            })
            .await?)
    }
}

const MAKE: &str = "INSERT INTO link (hash, purpose, expires) VALUES ($1, $2, $3)";
const ONE: &str = "SELECT purpose FROM link WHERE hash = $1 AND expires > $2";
const TAKE: &str = "DELETE FROM link WHERE hash = $1 AND expires > $2 RETURNING purpose";

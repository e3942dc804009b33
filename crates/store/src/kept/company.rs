//! Whose an account at the company's own sign-in is.

use countersign_ledger::leaf::Token;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::db::Val;
use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// Binds an account to a person: whoever signs in with it is them.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if it is somebody's; or what the database says.
    pub async fn add_company_account(
        &self,
        issuer: &str,
        subject: &str,
        person: &Token,
    ) -> Result<(), StoreError> {
        let hash = self.account_hash(issuer, subject)?;
        let values = [hash, Val::from(person), self.now()?];
        match self.db.exec(ADD, &values).await? {
            0 => Err(StoreError::Taken),
            _ => Ok(()),
        }
    }

    /// Whose an account is, if it is somebody's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn company_account(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Token>, StoreError> {
        let hash = self.account_hash(issuer, subject)?;
        let row = self.db.one(ONE, &[hash]).await?;
        Ok(row.map(|row| row.array("person")).transpose()?)
    }

    /// Notes that an account was used.
    ///
    /// # Errors
    /// What the database says.
    pub async fn use_company_account(&self, issuer: &str, subject: &str) -> Result<(), StoreError> {
        let hash = self.account_hash(issuer, subject)?;
        self.db.exec(USE, &[hash, self.now()?]).await?;
        Ok(())
    }

    /// Subjects can be e-mail addresses, which are few: the hash has the folder's key.
    fn account_hash(&self, issuer: &str, subject: &str) -> Result<Val, StoreError> {
        let key = self.secret("company sign-in");
        let mac = Hmac::<Sha256>::new_from_slice(&*key);
        let mac = mac.map_err(|_error| StoreError::Unreadable("a key of no length"))?;
        let length = (issuer.len() as u64).to_be_bytes();
        let mac = mac.chain_update(length).chain_update(issuer);
        let hash = mac.chain_update(subject).finalize();
        Ok(Val::from(hash.into_bytes().as_slice()))
    }
}

const ADD: &str = "INSERT INTO company_account (hash, person, added) VALUES ($1, $2, $3) \
    ON CONFLICT (hash) DO NOTHING";
const ONE: &str = "SELECT person FROM company_account WHERE hash = $1";
const USE: &str = "UPDATE company_account SET used = $2 WHERE hash = $1";

//! What is kept and is no evidence: a request that changes it commits one transaction and puts
//! nothing on record.
//!
//! Whoever holds a secret of 32 random bytes (a cookie, a link) finds the row under its hash: who
//! reads the database can use none of them.

mod code;
mod company;
mod draft;
mod link;
mod passkey;
mod session;
mod token;

use sha2::{Digest as _, Sha256};

pub use self::code::Tried;
pub use self::passkey::Passkey;
pub use self::session::Session;
use crate::db::{Val, int};
use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// Takes away sessions, links, drafts and codes that are over.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        let now = self.now()?;
        for table in OVER {
            self.db.exec(table, std::slice::from_ref(&now)).await?;
        }
        Ok(())
    }

    fn now(&self) -> Result<Val, StoreError> {
        Ok(int((self.settings.clock)())?)
    }

    fn after(&self, milliseconds: u64) -> Result<Val, StoreError> {
        Ok(int((self.settings.clock)().saturating_add(milliseconds))?)
    }
}

/// What a row is found under.
pub(crate) fn hash_of(secret: &[u8; 32]) -> Val {
    let hash: [u8; 32] = Sha256::digest(secret).into();
    Val::from(&hash)
}

const OVER: [&str; 4] = [
    "DELETE FROM session WHERE expires <= $1",
    "DELETE FROM link WHERE expires <= $1",
    "DELETE FROM draft WHERE expires <= $1",
    "DELETE FROM code WHERE expires <= $1",
];

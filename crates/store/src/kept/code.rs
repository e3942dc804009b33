//! Codes that are mailed to an address on file, with few tries.

use countersign_ledger::leaf::Token;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::db::Val;
use crate::error::StoreError;
use crate::store::Store;

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It was right, and the code is used up.
    Right,
    /// It was wrong; so many tries are left.
    Wrong {
        /// Tries.
        left: u32,
    },
    /// There is no code, it is late, or no try is left.
    Over,
}

impl Store {
    /// Sets the code of a report, in the place of one that there was; it lasts so many milliseconds.
    ///
    /// # Errors
    /// What the database says.
    pub async fn set_code(
        &self,
        report: &Token,
        code: &str,
        tries: u32,
        lasts: u64,
    ) -> Result<(), StoreError> {
        let values = [
            Val::from(report),
            self.code_hash(report, code)?,
            Val::from(tries),
            self.after(lasts)?,
        ];
        self.db.exec(SET, &values).await?;
        Ok(())
    }

    /// Tries a code. Each try counts before it is compared, so that tries at once are no more.
    ///
    /// # Errors
    /// What the database says.
    pub async fn try_code(&self, report: &Token, code: &str) -> Result<Tried, StoreError> {
        let values = [Val::from(report), self.now()?];
        let right = [Val::from(report), self.code_hash(report, code)?];
        Ok(self
            .db
            .unit(|tx| {
                let (values, right) = (values.clone(), right.clone());
                Box::pin(async move {
                    let Some(row) = tx.one(COUNT, &values).await? else {
                        return Ok(Tried::Over);
                    };
                    if tx.exec(RIGHT, &right).await? > 0 {
                        return Ok(Tried::Right);
                    }
                    let left = u32::try_from(row.count("tries")?).unwrap_or(0);
                    Ok(Tried::Wrong { left })
                })
            })
            .await?)
    }

    /// A code has few digits: without the folder's key nobody can try them out on its hash.
    fn code_hash(&self, report: &Token, code: &str) -> Result<Val, StoreError> {
        let key = self.secret("code");
        let mac = Hmac::<Sha256>::new_from_slice(&*key);
        let mac = mac.map_err(|_error| StoreError::Unreadable("a key of no length"))?;
        let hash = mac.chain_update(report).chain_update(code).finalize();
        Ok(Val::from(hash.into_bytes().as_slice()))
    }
}

const SET: &str = "INSERT INTO code (report, hash, tries, expires) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (report) DO UPDATE SET hash = EXCLUDED.hash, tries = EXCLUDED.tries, \
    expires = EXCLUDED.expires";
const COUNT: &str = "UPDATE code SET tries = tries - 1 \
    WHERE report = $1 AND tries > 0 AND expires > $2 RETURNING tries";
const RIGHT: &str = "DELETE FROM code WHERE report = $1 AND hash = $2";

//! What somebody has not yet handed in, sealed with a key that only their cookie gives.

use aes_gcm_siv::aead::Aead as _;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _, Nonce};
use zeroize::Zeroizing;

use super::hash_of;
use crate::db::Val;
use crate::error::StoreError;
use crate::keys::derive;
use crate::store::Store;

impl Store {
    /// Keeps a draft for so many milliseconds, and gives the secret that finds and opens it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin_draft(&self, said: &[u8], lasts: u64) -> Result<[u8; 32], StoreError> {
        let secret = self.chance()?;
        self.keep_draft(&secret, said, lasts).await?;
        Ok(secret)
    }

    /// Keeps a draft under a secret, in the place of what was there.
    ///
    /// # Errors
    /// What the database says.
    pub async fn keep_draft(
        &self,
        secret: &[u8; 32],
        said: &[u8],
        lasts: u64,
    ) -> Result<(), StoreError> {
        let nonce: [u8; NONCE] = self.chance()?;
        let sealed = cipher(secret).encrypt(&Nonce::from(nonce), said);
        let sealed = sealed.map_err(|_error| StoreError::Unreadable("a draft can't be sealed"))?;
        let sealed = [nonce.as_slice(), &sealed].concat();
        let values = [
            hash_of(secret),
            Val::from(sealed.as_slice()),
            self.after(lasts)?,
        ];
        self.db.exec(KEEP, &values).await?;
        Ok(())
    }

    /// The draft of a secret, if it is not late.
    ///
    /// # Errors
    /// A draft that does not open, or what the database says.
    pub async fn draft(&self, secret: &[u8; 32]) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        const WRONG: StoreError = StoreError::Unreadable("a draft does not open");
        let Some(row) = self.db.one(ONE, &[hash_of(secret), self.now()?]).await? else {
            return Ok(None);
        };
        let sealed = row.bytes("sealed")?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(WRONG)?;
        let said = cipher(secret).decrypt(&Nonce::from(*nonce), sealed);
        Ok(Some(Zeroizing::new(said.map_err(|_error| WRONG)?)))
    }

    /// Takes a draft away.
    ///
    /// # Errors
    /// What the database says.
    pub async fn drop_draft(&self, secret: &[u8; 32]) -> Result<(), StoreError> {
        self.db.exec(DROP, &[hash_of(secret)]).await?;
        Ok(())
    }
}

fn cipher(secret: &[u8; 32]) -> Aes256GcmSiv {
    Aes256GcmSiv::new(&(*derive(secret, &[], &["countersign/draft/1"])).into())
}

const NONCE: usize = 12;
const KEEP: &str = "INSERT INTO draft (id, sealed, expires) VALUES ($1, $2, $3) \
    ON CONFLICT (id) DO UPDATE SET sealed = EXCLUDED.sealed, expires = EXCLUDED.expires";
const ONE: &str = "SELECT sealed FROM draft WHERE id = $1 AND expires > $2";
const DROP: &str = "DELETE FROM draft WHERE id = $1";

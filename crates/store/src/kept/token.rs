//! What programs show to say who they are: 32 random bytes, kept as their SHA-256.

use countersign_ledger::leaf::Token;

use super::hash_of;
use crate::db::Val;
use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// Makes the secret of a program. It works once the ledger says what the program may, and no
    /// longer when it says that the program was ended.
    ///
    /// # Errors
    /// What the database says.
    pub async fn make_token(&self, program: &Token) -> Result<[u8; 32], StoreError> {
        let secret = self.chance()?;
        let values = [hash_of(&secret), Val::from(program)];
        self.db.exec(MAKE, &values).await?;
        Ok(secret)
    }

    /// Takes the secrets of a program away.
    ///
    /// # Errors
    /// What the database says.
    pub async fn end_tokens_of(&self, program: &Token) -> Result<(), StoreError> {
        self.db.exec(END, &[Val::from(program)]).await?;
        Ok(())
    }

    /// Notes that a program has shown its secret.
    ///
    /// # Errors
    /// What the database says.
    pub async fn see_token(&self, program: &Token) -> Result<(), StoreError> {
        let values = [Val::from(program), self.now()?];
        self.db.exec(SEEN, &values).await?;
        Ok(())
    }
}

const MAKE: &str = "INSERT INTO token (hash, program) VALUES ($1, $2)";
const END: &str = "DELETE FROM token WHERE program = $1";
const SEEN: &str = "INSERT INTO token_use (program, used) VALUES ($1, $2) \
    ON CONFLICT (program) DO UPDATE SET used = EXCLUDED.used";

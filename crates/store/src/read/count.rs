//! How many reports there are.

use super::{Between, Which};
use crate::db::Val;
use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// Counts reports: all or some, of contacts and of receipts within these times.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(
        &self,
        which: Which,
        called: Between,
        received: Between,
    ) -> Result<u64, StoreError> {
        let second =
            |second: Option<countersign_core::time::Second>| Val::from(second.map(|it| it.0));
        let values = [
            Val::from(u32::from(which == Which::Verified)),
            second(called.from),
            second(called.until),
            second(received.from),
            second(received.until),
        ];
        let row = self.db.one(COUNT, &values).await?;
        Ok(row
            .map(|row| row.count("reports"))
            .transpose()?
            .unwrap_or_default())
    }
}

const COUNT: &str = "SELECT COUNT(*) AS reports FROM report \
    WHERE ($1 = 0 OR verified_seq IS NOT NULL) \
    AND ($2 IS NULL OR COALESCE(called, received) >= $2) \
    AND ($3 IS NULL OR COALESCE(called, received) < $3) \
    AND ($4 IS NULL OR received >= $4) AND ($5 IS NULL OR received < $5)";

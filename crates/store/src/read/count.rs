//! How many reports there are.

use super::Between;
use crate::db::Val;
use crate::error::StoreError;
use crate::store::Store;

/// Numbers of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// All.
    pub all: u64,
    /// Those of customers who have shown control of a channel on file.
    pub verified: u64,
}

impl Store {
    /// Counts reports of contacts and of receipts within these times.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(&self, called: Between, received: Between) -> Result<Counted, StoreError> {
        let second =
            |second: Option<countersign_core::time::Second>| Val::from(second.map(|it| it.0));
        let values = [
            second(called.from),
            second(called.until),
            second(received.from),
            second(received.until),
        ];
        let Some(row) = self.db.one(COUNT, &values).await? else {
            return Ok(Counted::default());
        };
        Ok(Counted {
            all: row.count("reports")?,
            verified: row.count("verified")?,
        })
    }
}

const COUNT: &str = "SELECT COUNT(*) AS reports, COUNT(verified_seq) AS verified FROM report \
    WHERE ($1 IS NULL OR COALESCE(called, received) >= $1) \
    AND ($2 IS NULL OR COALESCE(called, received) < $2) \
    AND ($3 IS NULL OR received >= $3) AND ($4 IS NULL OR received < $4)";

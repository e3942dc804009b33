//! The names in views that came while the server ran: read once, at a start.

use countersign_core::ledger::Kind;
use countersign_core::record::{Met, Record};
use countersign_ledger::leaf::Token;

use super::Sealed;
use crate::db::{DbError, Row, Val, int};
use crate::error::StoreError;
use crate::store::Store;

/// Names that views were the first to bring up.
#[derive(Clone, Debug)]
pub struct MetRow {
    /// Whose key seals them.
    pub subject: Token,
    /// The names and their numbers.
    pub met: Met,
}

impl Store {
    /// All names that views brought up, in their order; those of the erased are gone.
    ///
    /// # Errors
    /// What the database says.
    pub async fn met(&self) -> Result<Vec<MetRow>, StoreError> {
        let mut all = Vec::new();
        let mut after = None;
        // Of many, all keys are read at once.
        let mut keys = None;
        loop {
            let from = after.map_or(Ok(Val::I(None)), int)?;
            let rows = self.db.all(MET, &[from, Val::from(AT_ONCE)]).await?;
            let Some(last) = rows.last() else {
                return Ok(all);
            };
            after = Some(last.count("seq")?);
            let read = |row: &Row| -> Result<(Token, Option<Sealed>), DbError> {
                let subject = row.array("subject")?;
                Ok((subject, Sealed::of(row, Kind::Met, subject)?))
            };
            let rows: Vec<_> = rows.iter().map(read).collect::<Result<_, _>>()?;
            if keys.is_none() {
                let few = rows.len() < AT_ONCE as usize;
                let subjects = rows.iter().map(|(subject, _)| *subject);
                keys = Some(match few {
                    true => self.vault.keys_of(subjects).await?,
                    false => self.vault.all_keys().await?,
                });
            }
            for (subject, sealed) in rows {
                let key = keys.as_ref().and_then(|keys| keys.get(&subject));
                let record = key.zip(sealed).and_then(|(key, sealed)| sealed.open(key));
                if let Some(Record::Met(met)) = record {
                    all.push(MetRow { subject, met });
                }
            }
        }
    }
}

const MET: &str = "SELECT seq, subject, event, nonce, sealed, commitment FROM met \
    WHERE ($1 IS NULL OR seq > $1) ORDER BY seq LIMIT $2";
/// Rows that are opened at once.
const AT_ONCE: u32 = 10_000;

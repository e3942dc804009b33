//! Rows of tables that were handed in.

use super::{Change, Told, sealed};
use crate::db::{DbError, Val, int};

/// A table was handed in. Its token has one: a second under the same changes nothing.
pub(super) fn table(told: &Told<'_>) -> Result<Change, DbError> {
    let mut values = vec![
        Val::from(&told.leaf.subject),
        int(told.leaf.seq)?,
        Val::from(&told.leaf.id),
        Val::B(told.actor.map(|token| token.to_vec())),
    ];
    values.extend(sealed(told));
    Ok(Change::new(TABLE, values))
}

/// A table was taken or refused; the first time counts.
pub(super) fn ended(told: &Told<'_>) -> Result<Change, DbError> {
    let values = vec![
        Val::from(&told.leaf.subject),
        int(told.leaf.seq)?,
        Val::B(told.actor.map(|token| token.to_vec())),
        Val::from(u32::from(told.leaf.kind)),
    ];
    Ok(Change::new(ENDED, values))
}

const TABLE: &str = "INSERT INTO handed_table (token, seq, event, handed_by, nonce, sealed, \
    commitment, erased) VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (token) DO NOTHING";
const ENDED: &str = "UPDATE handed_table SET ended_seq = $2, ended_by = $3, outcome = $4 \
    WHERE token = $1 AND ended_seq IS NULL";

//! Rows of programs that speak to the server.

use countersign_core::record::Record;

use super::{Change, Told, sealed};
use crate::db::{DbError, Val, int};

/// A program may speak from now on. Its token has one: a second under the same changes nothing.
pub(super) fn program(told: &Told<'_>) -> Result<Change, DbError> {
    let said = match &told.record {
        Some(Record::Program(said)) => Some(said),
        _ => None,
    };
    let mut values = vec![
        Val::from(&told.leaf.subject),
        int(told.leaf.seq)?,
        Val::from(&told.leaf.id),
        Val::B(told.actor.map(|token| token.to_vec())),
        Val::T(said.and_then(|said| serde_json::to_string(&said.may).ok())),
    ];
    values.extend(sealed(told));
    Ok(Change::new(PROGRAM, values))
}

/// A program may no longer; the first time counts.
pub(super) fn ended(told: &Told<'_>) -> Result<Change, DbError> {
    let values = vec![Val::from(&told.leaf.subject), int(told.leaf.seq)?];
    Ok(Change::new(ENDED, values))
}

const PROGRAM: &str = "INSERT INTO program (token, seq, event, made_by, may, nonce, sealed, \
    commitment, erased) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0) ON CONFLICT (token) DO NOTHING";
const ENDED: &str = "UPDATE program SET ended_seq = $2 WHERE token = $1 AND ended_seq IS NULL";

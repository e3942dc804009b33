//! Rows of entries that are read by opening them.

use super::{Change, Told, sealed};
use crate::db::{DbError, Val, int};

/// What was said, as it is sealed.
pub(super) fn told(told: &Told<'_>) -> Result<Change, DbError> {
    let leaf = told.leaf;
    let mut values = vec![
        int(leaf.seq)?,
        Val::from(&leaf.id),
        Val::from(u32::from(leaf.kind)),
        Val::from(&leaf.subject),
        Val::B(told.actor.map(|token| token.to_vec())),
        int(leaf.time())?,
    ];
    values.extend(sealed(told));
    Ok(Change::new(TOLD, values))
}

const TOLD: &str = "INSERT INTO told (seq, event, kind, subject, actor, at, nonce, sealed, \
    commitment) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

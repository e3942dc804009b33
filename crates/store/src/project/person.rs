//! Rows of those who work here, and of their roles.

use countersign_core::record::Record;

use super::{Change, Told, sealed};
use crate::db::{DbError, Val, int};

/// Somebody works here, under this name from now on.
pub(super) fn person(told: &Told<'_>) -> Result<Change, DbError> {
    let mut values = vec![
        Val::from(&told.leaf.subject),
        int(told.leaf.seq)?,
        Val::from(&told.leaf.id),
    ];
    values.extend(sealed(told));
    Ok(Change::new(PERSON, values))
}

/// A person has a role from now on, or no longer.
pub(super) fn grant(told: &Told<'_>) -> Result<Option<Change>, DbError> {
    let Some(Record::Grant(said)) = &told.record else {
        return Ok(None);
    };
    let values = vec![
        int(told.leaf.seq)?,
        Val::from(&told.leaf.subject),
        Val::from(said.role.word()),
    ];
    let sql = if said.held { GIVEN } else { ENDED };
    Ok(Some(Change::new(sql, values)))
}

const PERSON: &str = "INSERT INTO person (token, seq, event, nonce, sealed, commitment, erased) \
    VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (token) DO UPDATE SET seq = EXCLUDED.seq, \
    event = EXCLUDED.event, nonce = EXCLUDED.nonce, sealed = EXCLUDED.sealed, \
    commitment = EXCLUDED.commitment";
const GIVEN: &str = "INSERT INTO role (given_seq, person, role) SELECT $1, $2, $3 \
    WHERE NOT EXISTS (SELECT 1 FROM role WHERE person = $2 AND role = $3 AND ended_seq IS NULL)";
const ENDED: &str = "UPDATE role SET ended_seq = $1 \
    WHERE person = $2 AND role = $3 AND ended_seq IS NULL";

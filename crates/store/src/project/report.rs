//! Rows of reports: what is counted stands in clear, what was said stays sealed.

use countersign_core::record::Record;

use super::{Change, Told, sealed};
use crate::db::{DbError, Val, int};
use crate::words::word;

/// A report came in. Who reports has one: a second under the same token changes nothing.
pub(super) fn report(told: &Told<'_>) -> Result<Change, DbError> {
    let said = match &told.record {
        Some(Record::Report(said)) => Some(said),
        _ => None,
    };
    let statement = said.map(|said| &said.statement);
    let mut values = vec![
        Val::from(&told.leaf.subject),
        int(told.leaf.seq)?,
        Val::from(&told.leaf.id),
        Val::T(said.map(|said| said.reference.plain())),
        Val::from(said.map(|said| said.received.0)),
        Val::from(statement.and_then(|said| Some(said.called?.0))),
        Val::T(statement.and_then(|said| word(&said.channel))),
        Val::T(statement.and_then(|said| word(&said.pretext?))),
        Val::T(said.and_then(|said| word(&said.way))),
    ];
    values.extend(sealed(told));
    Ok(Change::new(REPORT, values))
}

/// Who reported has shown control of a channel on file; the first time counts.
pub(super) fn verified(told: &Told<'_>) -> Result<Change, DbError> {
    let proof = match &told.record {
        Some(Record::Verified(said)) => word(&said.how),
        _ => None,
    };
    let subject = Val::from(&told.leaf.subject);
    let values = vec![subject, int(told.leaf.seq)?, Val::T(proof)];
    Ok(Change::new(VERIFIED, values))
}

/// A reference that another report has is left out: the row is there all the same.
const REPORT: &str = "INSERT INTO report (token, seq, event, reference, received, called, channel, \
    pretext, way, nonce, sealed, commitment, erased) VALUES ($1, $2, $3, \
    CASE WHEN EXISTS (SELECT 1 FROM report WHERE reference = $4) THEN NULL ELSE $4 END, \
    $5, $6, $7, $8, $9, $10, $11, $12, 0) ON CONFLICT (token) DO NOTHING";
const VERIFIED: &str = "UPDATE report SET verified_seq = $2, proof = $3 \
    WHERE token = $1 AND verified_seq IS NULL";

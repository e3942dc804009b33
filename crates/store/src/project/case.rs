//! Rows of cases, and of what was shown in them.

use countersign_core::record::Record;
use countersign_ledger::encoding::from_hex;

use super::{Change, Told, sealed};
use crate::db::{DbError, Val, int};
use crate::words::word;

/// A case was opened. Its token has one: a second under the same token changes nothing.
pub(super) fn case(told: &Told<'_>) -> Result<Change, DbError> {
    let said = match &told.record {
        Some(Record::Case(said)) => Some(said),
        _ => None,
    };
    let count = |number: Option<u64>| number.map_or(Ok(Val::I(None)), int);
    // Text keeps every digit: the shortest that reads as the same number.
    let exact = |number: Option<f64>| Val::T(number.map(|number| number.to_string()));
    let mut values = vec![
        Val::from(&told.leaf.subject),
        int(told.leaf.seq)?,
        Val::from(&told.leaf.id),
        Val::T(said.map(|said| said.reference.plain())),
        Val::B(told.actor.map(|token| token.to_vec())),
    ];
    values.extend(sealed(told));
    values.extend([
        Val::from(said.map(|said| said.from.0)),
        Val::from(said.and_then(|said| Some(said.until?.0))),
        exact(said.map(|said| said.alpha)),
        Val::from(said.map(|said| u32::from(said.colluders))),
        exact(said.map(|said| said.gamma)),
        Val::from(said.map(|said| said.strike)),
        Val::from(said.map(|said| said.freeze_days)),
        count(said.map(|said| said.persons))?,
        count(said.map(|said| said.reserve))?,
    ]);
    Ok(Change::new(CASE, values))
}

/// The reports of a case were judged, and this was shown.
pub(super) fn run(told: &Told<'_>) -> Result<Change, DbError> {
    let said = match &told.record {
        Some(Record::Run(said)) => Some(said),
        _ => None,
    };
    let named = said.and_then(|said| serde_json::to_string(&said.named).ok());
    let values = vec![
        int(told.leaf.seq)?,
        Val::from(&told.leaf.subject),
        Val::from(said.map(|said| said.run)),
        Val::from(said.map(|said| said.version)),
        said.map_or(Ok(Val::I(None)), |said| int(said.reports))?,
        Val::T(said.map(|said| said.digest.clone())),
        Val::T(said.and_then(|said| word(&said.state))),
        Val::T(said.and_then(|said| said.lead.clone())),
        Val::T(named),
        Val::T(said.map(|said| said.verdict.clone())),
    ];
    Ok(Change::new(RUN, values))
}

/// A case was given to somebody; the last one counts.
pub(super) fn assigned(told: &Told<'_>) -> Change {
    let person = match &told.record {
        Some(Record::Assigned(said)) => from_hex(&said.person),
        _ => None,
    };
    let values = vec![Val::from(&told.leaf.subject), Val::B(person)];
    Change::new(ASSIGNED, values)
}

/// A reference that another case has is left out: the row is there all the same.
const CASE: &str = "INSERT INTO cases (token, opened_seq, event, reference, opened_by, nonce, \
    sealed, commitment, from_second, until_second, alpha, colluders, gamma, strike, freeze_days, \
    persons, reserve, erased) VALUES ($1, $2, $3, \
    CASE WHEN EXISTS (SELECT 1 FROM cases WHERE reference = $4) THEN NULL ELSE $4 END, \
    $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0) ON CONFLICT (token) DO NOTHING";
const ASSIGNED: &str = "UPDATE cases SET assigned = $2 WHERE token = $1";
const RUN: &str = "INSERT INTO run (seq, case_token, run, version, reports, digest, state, lead, \
    named, verdict) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

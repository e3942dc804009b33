//! Rows of the server's own starts.

use countersign_core::record::Record;

use super::{Change, Told};
use crate::db::{DbError, Val, int};

/// The server began to run.
pub(super) fn start(told: &Told<'_>) -> Result<Change, DbError> {
    let said = match &told.record {
        Some(Record::Start(said)) => Some(said),
        _ => None,
    };
    let values = vec![
        int(told.leaf.seq)?,
        Val::T(said.map(|said| said.nonce.clone())),
        Val::T(said.map(|said| said.program.clone())),
        Val::I(Some(i64::from(said.is_some_and(|said| said.demo)))),
    ];
    Ok(Change::new(START, values))
}

const START: &str = "INSERT INTO start (seq, nonce, program, demo) VALUES ($1, $2, $3, $4)";

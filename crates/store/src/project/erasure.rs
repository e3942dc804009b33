//! What an erasure takes from the rows.
//!
//! It leaves exactly what the same entries give when their key was never there, so that rows that
//! are made again are the same rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_core::ledger::Kind;
use countersign_ledger::disk::Disk;
use countersign_ledger::journal::{JournalError, Tail};
use countersign_ledger::leaf::{Leaf, Token};

use super::{Change, Told};
use crate::db::{DbError, Val, int};

/// What the entries about a subject say was made unreadable.
pub(super) fn erasure(told: &Told<'_>) -> Result<Vec<Change>, DbError> {
    let subject = || Val::from(&told.leaf.subject);
    let mut changes = vec![Change::new(ERASURE, vec![subject(), int(told.leaf.seq)?])];
    changes.extend(EMPTIED.iter().map(|sql| Change::new(sql, vec![subject()])));
    Ok(changes)
}

/// The subjects of all erasures of the journal between two places.
pub(crate) fn erased_in(
    disk: Arc<dyn Disk>,
    from: u64,
    through: u64,
) -> Result<BTreeSet<Token>, JournalError> {
    let mut erased = BTreeSet::new();
    let mut tail = Tail::open(disk, from)?;
    while let Some(batch) = tail.next(through)? {
        for entry in &batch.entries {
            if let Ok(leaf) = Leaf::decode(&entry.leaf)
                && Kind::of(leaf.kind) == Some(Kind::Erasure)
            {
                erased.insert(leaf.subject);
            }
        }
    }
    Ok(erased)
}

const ERASURE: &str = "INSERT INTO erasure (subject, seq) VALUES ($1, $2) \
    ON CONFLICT (subject) DO NOTHING";
const EMPTIED: &[&str] = &[
    "UPDATE report SET reference = NULL, received = NULL, called = NULL, channel = NULL, \
     pretext = NULL, way = NULL, proof = NULL, nonce = NULL, sealed = NULL, erased = 1 \
     WHERE token = $1",
    "UPDATE person SET nonce = NULL, sealed = NULL, erased = 1 WHERE token = $1",
    "DELETE FROM role WHERE person = $1",
    "UPDATE cases SET reference = NULL, nonce = NULL, sealed = NULL, from_second = NULL, \
     until_second = NULL, alpha = NULL, colluders = NULL, gamma = NULL, strike = NULL, \
     freeze_days = NULL, persons = NULL, reserve = NULL, assigned = NULL, erased = 1 \
     WHERE token = $1",
    "UPDATE run SET run = NULL, version = NULL, reports = NULL, digest = NULL, state = NULL, \
     lead = NULL, named = NULL, verdict = NULL WHERE case_token = $1",
    "UPDATE told SET nonce = NULL, sealed = NULL WHERE subject = $1",
    "UPDATE program SET may = NULL, nonce = NULL, sealed = NULL, erased = 1 WHERE token = $1",
    "DELETE FROM met WHERE subject = $1",
    "UPDATE handed_table SET nonce = NULL, sealed = NULL, erased = 1 WHERE token = $1",
];

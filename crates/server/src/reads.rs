//! Those who look are on record, too: before a page shows what somebody said or did.
//!
//! One entry an hour for each person, page and subject: a page that follows its case by itself asks
//! every few seconds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use countersign_core::record::{Read, ReadPage, Record};
use countersign_ledger::leaf::Token;
use countersign_store::{Event, StoreError};

use crate::access::Staff;
use crate::app::App;
use crate::error::PageError;

/// What was put on record within the last hour.
#[derive(Debug, Default)]
pub(crate) struct Reads(Mutex<HashMap<(Token, Token, ReadPage), u64>>);

impl Reads {
    /// Whether it is to be put on record.
    fn is_new(&self, person: Token, subject: Token, page: ReadPage, now: u64) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = known.get(&(person, subject, page));
        last.is_none_or(|at| now.saturating_sub(*at) >= HOUR)
    }

    fn note(&self, person: Token, subject: Token, page: ReadPage, now: u64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, at| now.saturating_sub(*at) < HOUR);
        }
        known.insert((person, subject, page), now);
    }
}

/// Puts on record that somebody reads something; what can't be put on record is not shown.
pub(crate) async fn read(
    app: &App,
    staff: &Staff,
    page: ReadPage,
    subject: Token,
) -> Result<(), PageError> {
    let now = app.now();
    if !app.reads().is_new(staff.person, subject, page, now) {
        return Ok(());
    }
    let record = Record::Read(Read { page });
    let event = Event::new(record, subject, Some(staff.person));
    match app.store().append(vec![event]).await {
        // Of what was erased nothing is left to be read.
        Ok(_) | Err(StoreError::BeingWritten(_) | StoreError::Erased) => {}
        Err(error) => return Err(error.into()),
    }
    app.reads().note(staff.person, subject, page, now);
    Ok(())
}

/// Milliseconds.
const HOUR: u64 = 60 * 60 * 1000;
const MOST: usize = 100_000;

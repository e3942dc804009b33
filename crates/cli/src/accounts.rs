//! The persons of a desk, read again to open one pseudonym or to list all.

use std::sync::atomic::AtomicBool;

use anyhow::Result;
use countersign_core::holder::Holders;
use countersign_import::{Options, Silent, Sources, UnmatchedRules};

use crate::args::Log;
use crate::commands::trace::options;

/// Ids of all persons, in the order in which a run numbers them.
pub(crate) fn persons(log: &Log, cancel: &AtomicBool) -> Result<Vec<String>> {
    let sources = Sources {
        events: log.events.clone(),
        accounts: log.accounts.clone(),
        sign_ins: log.reading.sign_ins.clone(),
        ..Sources::default()
    };
    let mut options = options(&log.reading)?;
    // The run's mapping may hold rules of tables that are not needed here.
    options.unmatched_rules = UnmatchedRules::Allow;
    persons_of(&sources, &options, cancel)
}

/// Ids of all persons in these files, in the order in which a run numbers them.
pub(crate) fn persons_of(
    sources: &Sources,
    options: &Options,
    cancel: &AtomicBool,
) -> Result<Vec<String>> {
    let mut open = countersign_import::open(sources, options, &Silent, cancel)?;
    open.views(&mut |_| Ok(()))?;
    let imported = open.finish()?;
    Ok(Holders::of(&imported.desk)
        .persons
        .into_iter()
        .map(|person| person.id)
        .collect())
}

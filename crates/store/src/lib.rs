//! What is kept: the exposure index of a log of views, and what a server stands on.
//!
//! [`Store`] has the ledger, the keys that seal what it says, and a database of rows that follow
//! from it. A server puts events on record and reads rows; it can't write a row that is evidence.
//! What is no evidence (sessions, links, drafts) is kept in the same database. Formats:
//! `docs/spec/store.md`.
//!
//! It does not read exports, judge reports, draw pages or speak HTTP. `cli` builds the index from
//! what `import` reads, and asks it through `core`; it builds this crate without `sql`, which is
//! the index alone.

pub mod index;

#[cfg(feature = "sql")]
mod db;
#[cfg(feature = "sql")]
mod error;
#[cfg(feature = "sql")]
mod files;
#[cfg(feature = "sql")]
mod kept;
#[cfg(feature = "sql")]
mod keys;
#[cfg(feature = "sql")]
mod many;
#[cfg(feature = "sql")]
mod migrations;
#[cfg(feature = "sql")]
mod open;
#[cfg(feature = "sql")]
mod project;
#[cfg(feature = "sql")]
mod purpose;
#[cfg(feature = "sql")]
mod read;
#[cfg(feature = "sql")]
mod store;
#[cfg(feature = "sql")]
mod value;
#[cfg(feature = "sql")]
mod vault;
#[cfg(feature = "sql")]
mod views;
#[cfg(feature = "sql")]
mod words;

#[cfg(feature = "sql")]
pub use self::{
    error::StoreError,
    kept::{Passkey, Session, Tried},
    keys::Chance,
    open::{Clock, Settings, rebuild},
    purpose::Purpose,
    read::{
        Between, CaseRow, Counted, EntryRow, MetRow, Order, PersonRow, ProgramRow, Proved,
        ReportPage, ReportRow, RoleRow, RunRow, Sealed, TableEnd, TableRow, ToldRow, Which,
    },
    store::{Event, Store},
};

//! What is read: rows with their types, and what is sealed opened with its subject's key.

mod case;
mod count;
mod kept;
mod ledger;
mod person;
mod program;
mod proved;
mod report;
mod told;
mod views;

use core::fmt;

use countersign_core::ledger::Kind;
use countersign_core::record::Record;
use countersign_ledger::hash::Hash;
use countersign_ledger::leaf::{EventId, Token};
use countersign_ledger::seal::{Part, SubjectKey};

pub use self::case::{CaseRow, RunRow};
pub use self::count::Counted;
pub use self::kept::{TableEnd, TableRow};
pub use self::ledger::EntryRow;
pub use self::person::{PersonRow, RoleRow};
pub use self::program::ProgramRow;
pub use self::proved::Proved;
pub use self::report::{Between, Order, ReportPage, ReportRow, Which};
pub use self::told::ToldRow;
pub use self::views::MetRow;
use crate::db::{DbError, Row};
use crate::error::StoreError;
use crate::store::Store;

/// What an entry says, as long as it is sealed.
#[derive(Clone)]
pub struct Sealed {
    kind: Kind,
    event: EventId,
    commitment: Hash,
    part: Part,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

impl Sealed {
    /// The sealed columns of a row; none where the subject was erased.
    fn of(row: &Row, kind: Kind, subject: Token) -> Result<Option<Self>, DbError> {
        let Some(sealed) = row.b("sealed")? else {
            return Ok(None);
        };
        Ok(Some(Self {
            kind,
            event: row.array("event")?,
            commitment: Hash(row.array("commitment")?),
            part: Part {
                subject,
                nonce: row.array("nonce")?,
                sealed,
            },
        }))
    }

    fn open(&self, key: &SubjectKey) -> Option<Record> {
        let shown = key.open(&self.event, 0, &self.commitment, &self.part);
        Record::read(self.kind, &shown.ok()?.payload).ok()?
    }
}

impl Store {
    /// What sealed parts say, in their order; none for those whose subjects were erased, whose key
    /// was lost, or which a later version wrote: one of them hides no other.
    ///
    /// # Errors
    /// What the database says.
    pub async fn opened(&self, sealed: &[Sealed]) -> Result<Vec<Option<Record>>, StoreError> {
        let subjects = sealed.iter().map(|sealed| sealed.part.subject);
        let keys = self.vault.keys_of(subjects).await?;
        let open = |sealed: &Sealed| sealed.open(keys.get(&sealed.part.subject)?);
        Ok(sealed.iter().map(open).collect())
    }

    /// What one sealed part says, if there is one and its subject was not erased.
    async fn opened_one(&self, sealed: Option<&Sealed>) -> Result<Option<Record>, StoreError> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let opened = self.opened(std::slice::from_ref(sealed)).await?;
        Ok(opened.into_iter().next().flatten())
    }
}

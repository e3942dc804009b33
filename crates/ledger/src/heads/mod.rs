//! The last leaf of each subject: in memory what changed of late, the rest in a table on disk.
//! The root over all of them, logged, shows a subject that nothing about it was left out.
//!
//! The table is a hash table of slots of 64 bytes, none of which crosses a sector, ordered by the
//! first bytes of the token (which is chance) as far as its collisions allow. A mark writes into it
//! what changed since the mark before. A crash may leave some of that written: reading the journal
//! behind the mark again brings the rest, so a table may be ahead of its mark and never behind.

mod proof;
mod table;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

pub use self::proof::{HeadsRoot, Place, absent, present};
pub(crate) use self::proof::{hash, places};
pub(crate) use self::table::{Table, sweep};
use crate::hash::Hash;
use crate::leaf::Token;

/// Number and hash of the last leaf about a subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Leaves about the subject; zero before its first.
    pub number: u32,
    /// Hash of the last.
    pub hash: Hash,
}

/// Heads by subject.
pub(crate) type Changed = HashMap<Token, Head>;

/// The last leaf of each subject.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    /// Changed since the last mark.
    fresh: Changed,
    /// What a mark is writing into the table.
    leaving: Arc<Changed>,
    table: Option<Arc<Table>>,
}

impl Heads {
    /// Heads that are all in a table.
    pub(crate) fn of(table: Option<Arc<Table>>) -> Self {
        Self {
            table,
            ..Self::default()
        }
    }

    pub(crate) fn get(&self, subject: &Token) -> io::Result<Head> {
        let changed = self.fresh.get(subject);
        if let Some(head) = changed.or_else(|| self.leaving.get(subject)) {
            return Ok(*head);
        }
        let Some(table) = &self.table else {
            return Ok(Head::default());
        };
        Ok(table.find(subject)?.1.unwrap_or_default())
    }

    /// Whether nothing about this subject changed since the last mark.
    pub(crate) fn is_of_table(&self, subject: &Token) -> bool {
        !self.fresh.contains_key(subject) && !self.leaving.contains_key(subject)
    }

    pub(crate) fn set(&mut self, subject: Token, head: Head) {
        self.fresh.insert(subject, head);
    }

    pub(crate) fn extend(&mut self, changed: Changed) {
        self.fresh.extend(changed);
    }

    /// Begins to write what changed into the table.
    pub(crate) fn leave(&mut self) -> (Option<Arc<Table>>, Arc<Changed>) {
        self.leaving = Arc::new(std::mem::take(&mut self.fresh));
        (self.table.clone(), Arc::clone(&self.leaving))
    }

    /// What changed is in this table now.
    pub(crate) fn left(&mut self, table: Arc<Table>) {
        self.leaving = Arc::default();
        self.table = Some(table);
    }

    /// The table could not be written: what changed stays in memory.
    pub(crate) fn stay(&mut self) {
        let leaving = std::mem::take(&mut self.leaving);
        for (subject, head) in leaving.iter() {
            self.fresh.entry(*subject).or_insert(*head);
        }
    }

    /// Shows each subject's head, in the order of the subjects.
    pub(crate) fn each(
        &self,
        mut show: impl FnMut(&Token, &Head) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut changed: Vec<(Token, Head)> = Vec::new();
        for (subject, head) in self.leaving.iter().chain(&self.fresh) {
            changed.push((*subject, self.fresh.get(subject).copied().unwrap_or(*head)));
        }
        changed.sort_by_key(|(subject, _)| *subject);
        changed.dedup();
        let mut changed = changed.into_iter().peekable();
        if let Some(table) = &self.table {
            table.each(|subject, head| {
                while let Some((first, head)) = changed.next_if(|(first, _)| first < subject) {
                    show(&first, &head)?;
                }
                let newer = changed.next_if(|(first, _)| first == subject);
                show(subject, &newer.map_or(*head, |(_, head)| head))
            })?;
        }
        changed.try_for_each(|(subject, head)| show(&subject, &head))
    }
}

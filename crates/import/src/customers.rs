//! The customers table: ids, attributes, and keys to match reporters and households.

use std::path::Path;

use countersign_core::desk::Customers as Columns;

use crate::attribute::{Attribute, Looked};
use crate::contact::{Contact, Hashing};
use crate::dictionary::Ids;
use crate::error::ImportError;
use crate::file;
use crate::header::{Layout, Request};
use crate::household::{Households, Keys};
use crate::lines::Lines;
use crate::reading::{Context, Findings, RowTaker, checked, read_table};
use crate::reason::Reason;
use crate::reports::Wanted;
use crate::rows::{Bad, Rows};
use crate::table::Table;

/// Customers by number.
#[derive(Debug, Default)]
pub(crate) struct Customers {
    pub(crate) ids: Ids,
    /// Customers of the table; those that only other tables name follow.
    pub(crate) listed: u32,
    pub(crate) columns: Columns,
    pub(crate) households: Households,
}

impl Customers {
    /// Reads the table and finds the customers that reports describe.
    pub(crate) fn read(
        context: Context<'_>,
        path: &Path,
        hashing: &Hashing,
        wanted: &mut Wanted,
        findings: &mut Findings,
    ) -> Result<Self, ImportError> {
        let request = Request {
            table: Table::Customers,
            reads: Table::Customers.columns(),
            needs: &[&["customer"]],
            strata: context.options.strata.as_deref(),
        };
        let reader = read_table(context, path, request, findings, |layout| {
            Ok(Reader::new(path, layout, hashing, wanted))
        })?;
        Ok(reader.finish(path, findings))
    }
}

/// A kind of key, its column, and the hash of each customer.
struct Key {
    contact: Contact,
    slot: usize,
    hashes: Vec<u64>,
}

struct Reader<'a> {
    ids: Ids,
    lines: Lines,
    slot: usize,
    attributes: Vec<(usize, Attribute)>,
    /// Keys that make households.
    keys: Vec<Key>,
    /// Keys that reports name.
    contacts: Vec<(Contact, usize)>,
    hashing: &'a Hashing,
    wanted: &'a mut Wanted,
    file: String,
    /// Whether an id may repeat, and how many rows did.
    repeats: bool,
    repeated: u64,
}

/// What is looked up of a piece beforehand.
struct Prepared {
    known: Vec<u32>,
    attributes: Vec<Looked>,
    keys: Vec<Vec<u64>>,
    /// (contact, hash, row) of customers that a report describes.
    matches: Vec<(Contact, u64, usize)>,
}

impl<'a> Reader<'a> {
    fn new(path: &Path, layout: &Layout, hashing: &'a Hashing, wanted: &'a mut Wanted) -> Self {
        let known = Table::Customers.columns();
        let attributes = layout
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| !known.contains(&slot.name.as_str()))
            .map(|(place, slot)| (place, Attribute::new(slot.name.clone())))
            .collect();
        let organisation = ["organisation", "organization", "company"]
            .into_iter()
            .find_map(|name| layout.slot(name));
        // Without reports nobody asks for households.
        let keys = [
            (Contact::Phone, layout.slot("phone")),
            (Contact::Domain, layout.slot("email")),
            (Contact::Organisation, organisation),
        ]
        .into_iter()
        .filter(|_| wanted.is_for_reports)
        .filter_map(|(contact, slot)| {
            Some(Key {
                contact,
                slot: slot?,
                hashes: Vec::new(),
            })
        })
        .collect();
        let contacts = [
            (Contact::Email, "email"),
            (Contact::Phone, "phone"),
            (Contact::ExternalId, "external_id"),
        ]
        .into_iter()
        .filter_map(|(contact, name)| Some((contact, layout.slot(name)?)))
        .filter(|(contact, _)| wanted.asks(*contact))
        .collect();
        Self {
            ids: Ids::default(),
            lines: Lines::default(),
            slot: layout.slot("customer").unwrap_or_default(),
            attributes,
            keys,
            contacts,
            hashing,
            wanted,
            file: file::shown(path),
            repeats: layout.repeats,
            repeated: 0,
        }
    }

    fn finish(self, path: &Path, findings: &mut Findings) -> Customers {
        let count = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        let mut households = Households::new(if self.wanted.is_for_reports { count } else { 0 });
        for key in self.keys {
            households.join(&Keys {
                hashes: &key.hashes,
            });
        }
        if households.too_large > 0 {
            findings.warnings.push(format!(
                "{}: {} phones, domains or organisations are shared by over 200 customers; they make no household",
                file::shown(path),
                households.too_large
            ));
        }
        if self.repeated > 0 {
            findings.warnings.push(format!(
                "{}: {} rows repeat a customer; its first row counts",
                file::shown(path),
                self.repeated
            ));
        }
        let mut columns = Columns {
            count,
            ..Columns::default()
        };
        for (_, attribute) in self.attributes {
            match attribute.finish(count as usize) {
                Ok(column) => columns.columns.push(column),
                Err(refused) => columns.refused.push(refused),
            }
        }
        Customers {
            ids: self.ids,
            listed: count,
            columns,
            households,
        }
    }
}

impl RowTaker for Reader<'_> {
    type Prepared = Prepared;

    fn prepare(&self, rows: &Rows) -> Prepared {
        let mut known = Vec::with_capacity(rows.len());
        let ids = (0..rows.len()).map(|row| rows.cell(self.slot, row));
        self.ids.find_all(ids, MISSING, UNKNOWN, &mut known);
        let mut matches = Vec::new();
        for (contact, slot) in &self.contacts {
            for row in 0..rows.len() {
                let hash = self.hashing.of(*contact, rows.cell(*slot, row));
                if hash != 0 && self.wanted.has(*contact, hash) {
                    matches.push((*contact, hash, row));
                }
            }
        }
        Prepared {
            known,
            attributes: self
                .attributes
                .iter()
                .map(|(slot, attribute)| attribute.prepare(rows, *slot))
                .collect(),
            keys: self
                .keys
                .iter()
                .map(|key| {
                    (0..rows.len())
                        .map(|row| self.hashing.of(key.contact, rows.cell(key.slot, row)))
                        .collect()
                })
                .collect(),
            matches,
        }
    }

    fn take(
        &mut self,
        rows: &Rows,
        prepared: Prepared,
        bad: &mut Vec<Bad>,
    ) -> Result<(), ImportError> {
        if self.ids.len() == 0 {
            let ids = (0..rows.len()).map(|row| rows.cell(self.slot, row));
            self.ids.watch_if_integers(ids);
        }
        let mut waiting: Vec<usize> = Vec::with_capacity(rows.len());
        let mut ids: Vec<&[u8]> = Vec::with_capacity(rows.len());
        for row in 0..rows.len() {
            let id = rows.cell(self.slot, row);
            match prepared.known.get(row) {
                Some(&UNKNOWN) | None => {}
                Some(&MISSING) => {
                    bad.push(rows.bad(row, Reason::Missing("customer")));
                    continue;
                }
                Some(&first) => {
                    self.repeated(first, rows.line(row))?;
                    continue;
                }
            }
            if let Err(reason) = checked(id, "customer") {
                bad.push(rows.bad(row, reason));
                continue;
            }
            waiting.push(row);
            ids.push(id);
        }
        let mut expected = self.ids.len();
        let mut new = vec![0; ids.len()];
        self.ids
            .intern_all(&ids, &mut new)
            .map_err(|_full| ImportError::TooManyIds(Table::Customers))?;
        let mut numbers = vec![u32::MAX; rows.len()];
        for (row, number) in waiting.into_iter().zip(new) {
            if number as usize != expected {
                self.repeated(number, rows.line(row))?;
                continue;
            }
            expected += 1;
            self.lines.push(rows.line(row));
            numbers[row] = number;
            for (key, hashes) in self.keys.iter_mut().zip(&prepared.keys) {
                key.hashes.push(hashes[row]);
            }
        }
        for ((slot, attribute), looked) in self.attributes.iter_mut().zip(&prepared.attributes) {
            for (row, number) in numbers.iter().enumerate() {
                if *number != u32::MAX {
                    attribute.set(*number, rows, *slot, row, looked);
                }
            }
        }
        for (contact, hash, row) in prepared.matches {
            if numbers[row] != u32::MAX {
                self.wanted.found(contact, hash, numbers[row]);
            }
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// A row whose customer stood before.
    fn repeated(&mut self, first: u32, second: u64) -> Result<(), ImportError> {
        if self.repeats {
            self.repeated += 1;
            return Ok(());
        }
        Err(ImportError::Duplicate {
            file: self.file.clone(),
            table: Table::Customers,
            first: self.lines.of(first),
            second,
        })
    }
}

const MISSING: u32 = u32::MAX;
const UNKNOWN: u32 = u32::MAX - 1;

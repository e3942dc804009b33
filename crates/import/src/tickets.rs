//! The tickets table: whose ticket it is, and its attributes.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use countersign_core::desk::{NONE, RefusedColumn, Tickets as Columns};

use crate::attribute::{Attribute, Looked};
use crate::customers::Customers;
use crate::dictionary::Ids;
use crate::error::ImportError;
use crate::file;
use crate::header::{Layout, Request};
use crate::lines::Lines;
use crate::options::RepeatedTickets;
use crate::reading::{Context, Findings, RowTaker, checked, read_table};
use crate::reason::Reason;
use crate::rows::{Bad, Rows};
use crate::table::Table;

/// Tickets by number.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    pub(crate) ids: Ids,
    /// The customer of each ticket.
    pub(crate) customer: Vec<u32>,
    pub(crate) columns: Columns,
    /// Attributes that the log gives.
    pub(crate) from_log: Vec<Attribute>,
    /// Tickets by the number that customers know, where it is another than the id: those that
    /// reports name, or may.
    by_number: Numbered,
}

/// Tickets by the number that customers know.
type Numbered = HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>;

/// Numbers by which tickets will be asked for.
#[derive(Debug)]
pub(crate) enum Called {
    /// These.
    These(BTreeSet<Box<[u8]>>),
    /// Any, by a report that comes later.
    All,
}

impl Called {
    fn has(&self, number: &[u8]) -> bool {
        match self {
            Self::These(these) => these.contains(number),
            Self::All => !number.is_empty(),
        }
    }
}

impl Tickets {
    /// Reads the table.
    pub(crate) fn read(
        context: Context<'_>,
        path: &Path,
        customers: &mut Customers,
        wanted: &Called,
        findings: &mut Findings,
    ) -> Result<Self, ImportError> {
        let request = Request {
            table: Table::Tickets,
            reads: Table::Tickets.columns(),
            needs: &[&["ticket"], &["customer"]],
            strata: context.options.strata.as_deref(),
        };
        let reader = read_table(context, path, request, findings, |layout| {
            Ok(Reader::new(context, path, layout, customers, wanted))
        })?;
        if reader.without_customer > 0 {
            findings.warnings.push(format!(
                "{}: {} tickets have no customer",
                file::shown(path),
                reader.without_customer
            ));
        }
        if reader.repeated > 0 {
            findings.warnings.push(format!(
                "{}: {} rows repeat a ticket; its first row counts",
                file::shown(path),
                reader.repeated
            ));
        }
        let mut columns = Columns::default();
        let count = reader.ids.len();
        for (_, attribute) in reader.attributes {
            match attribute.finish(count) {
                Ok(column) => columns.columns.push(column),
                Err(refused) => columns.refused.push(refused),
            }
        }
        Ok(Self {
            ids: reader.ids,
            customer: reader.customer,
            columns,
            from_log: Vec::new(),
            by_number: reader.by_number,
        })
    }

    /// The ticket that a report means: by the number that customers know, else by the id.
    pub(crate) fn meant(&self, text: &[u8]) -> Option<u32> {
        let by_number = self.by_number.get(text).copied();
        by_number.or_else(|| self.ids.find(text))
    }

    /// The table, complete.
    pub(crate) fn finish(&mut self) -> Columns {
        let mut columns = core::mem::take(&mut self.columns);
        let count = self.ids.len();
        columns.customer = core::mem::take(&mut self.customer);
        columns.customer.resize(count, NONE);
        for attribute in core::mem::take(&mut self.from_log) {
            if columns
                .columns
                .iter()
                .any(|old| old.name == attribute.name())
            {
                columns.refused.push(RefusedColumn {
                    name: attribute.name().to_owned(),
                    reason: "the tickets table has it; the log's is not used".to_owned(),
                });
                continue;
            }
            match attribute.finish(count) {
                Ok(column) => columns.columns.push(column),
                Err(refused) => columns.refused.push(refused),
            }
        }
        columns
    }
}

struct Reader<'a> {
    ids: Ids,
    lines: Lines,
    customer: Vec<u32>,
    ticket_slot: usize,
    customer_slot: usize,
    attributes: Vec<(usize, Attribute)>,
    customers: &'a mut Customers,
    number_slot: Option<usize>,
    wanted: &'a Called,
    by_number: Numbered,
    repeat: RepeatedTickets,
    repeated: u64,
    without_customer: u64,
    file: String,
}

struct Prepared {
    tickets: Vec<u32>,
    customers: Vec<u32>,
    attributes: Vec<Looked>,
}

impl<'a> Reader<'a> {
    fn new(
        context: Context<'_>,
        path: &Path,
        layout: &Layout,
        customers: &'a mut Customers,
        wanted: &'a Called,
    ) -> Self {
        let known = Table::Tickets.columns();
        Self {
            ids: Ids::default(),
            lines: Lines::default(),
            customer: Vec::new(),
            ticket_slot: layout.slot("ticket").unwrap_or_default(),
            customer_slot: layout.slot("customer").unwrap_or_default(),
            attributes: layout
                .slots
                .iter()
                .enumerate()
                .filter(|(_, slot)| !known.contains(&slot.name.as_str()))
                .map(|(place, slot)| (place, Attribute::new(slot.name.clone())))
                .collect(),
            customers,
            number_slot: layout.slot("number"),
            wanted,
            by_number: Numbered::default(),
            repeat: if layout.repeats {
                RepeatedTickets::FirstWins
            } else {
                context.options.repeated_tickets
            },
            repeated: 0,
            without_customer: 0,
            file: file::shown(path),
        }
    }

    /// A row whose ticket stood before.
    fn repeated(&mut self, first: u32, second: u64) -> Result<(), ImportError> {
        match self.repeat {
            RepeatedTickets::FirstWins => {
                self.repeated += 1;
                Ok(())
            }
            RepeatedTickets::Refuse => Err(ImportError::Duplicate {
                file: self.file.clone(),
                table: Table::Tickets,
                first: self.lines.of(first),
                second,
            }),
        }
    }
}

impl RowTaker for Reader<'_> {
    type Prepared = Prepared;

    fn prepare(&self, rows: &Rows) -> Prepared {
        let find = |ids: &Ids, slot: usize| {
            let mut found = Vec::with_capacity(rows.len());
            let cells = (0..rows.len()).map(|row| rows.cell(slot, row));
            ids.find_all(cells, MISSING, UNKNOWN, &mut found);
            found
        };
        Prepared {
            tickets: find(&self.ids, self.ticket_slot),
            customers: find(&self.customers.ids, self.customer_slot),
            attributes: self
                .attributes
                .iter()
                .map(|(slot, attribute)| attribute.prepare(rows, *slot))
                .collect(),
        }
    }

    fn take(
        &mut self,
        rows: &Rows,
        prepared: Prepared,
        bad: &mut Vec<Bad>,
    ) -> Result<(), ImportError> {
        if self.ids.len() == 0 {
            let ids = (0..rows.len()).map(|row| rows.cell(self.ticket_slot, row));
            self.ids.watch_if_integers(ids);
        }
        let full = |_full| ImportError::TooManyIds(Table::Tickets);
        let mut waiting: Vec<usize> = Vec::with_capacity(rows.len());
        let mut ids: Vec<&[u8]> = Vec::with_capacity(rows.len());
        for row in 0..rows.len() {
            match prepared.tickets[row] {
                UNKNOWN => {}
                MISSING => {
                    bad.push(rows.bad(row, Reason::Missing("ticket")));
                    continue;
                }
                first => {
                    self.repeated(first, rows.line(row))?;
                    continue;
                }
            }
            let id = rows.cell(self.ticket_slot, row);
            let owner = rows.cell(self.customer_slot, row);
            if let Err(reason) = checked(id, "ticket").and_then(|_fine| checked(owner, "customer"))
            {
                bad.push(rows.bad(row, reason));
                continue;
            }
            waiting.push(row);
            ids.push(id);
        }
        let mut expected = self.ids.len();
        let mut new = vec![0; ids.len()];
        self.ids.intern_all(&ids, &mut new).map_err(full)?;
        let mut numbers = vec![u32::MAX; rows.len()];
        let mut strangers: Vec<usize> = Vec::new();
        for (row, number) in waiting.into_iter().zip(new) {
            if number as usize != expected {
                self.repeated(number, rows.line(row))?;
                continue;
            }
            expected += 1;
            self.lines.push(rows.line(row));
            self.customer.push(match prepared.customers[row] {
                MISSING => {
                    self.without_customer += 1;
                    NONE
                }
                UNKNOWN => {
                    strangers.push(row);
                    NONE
                }
                known => known,
            });
            numbers[row] = number;
            let called = rows.cell_of(self.number_slot, row);
            if self.wanted.has(called) {
                self.by_number.entry(called.into()).or_insert(number);
            }
        }
        let owners: Vec<&[u8]> = strangers
            .iter()
            .map(|row| rows.cell(self.customer_slot, *row))
            .collect();
        let mut found = vec![0; owners.len()];
        self.customers
            .ids
            .intern_all(&owners, &mut found)
            .map_err(full)?;
        for (row, customer) in strangers.into_iter().zip(found) {
            if let Some(place) = self.customer.get_mut(numbers[row] as usize) {
                *place = customer;
            }
        }
        for ((slot, attribute), looked) in self.attributes.iter_mut().zip(&prepared.attributes) {
            for (row, number) in numbers.iter().enumerate() {
                if *number != u32::MAX {
                    attribute.set(*number, rows, *slot, row, looked);
                }
            }
        }
        Ok(())
    }
}

const MISSING: u32 = u32::MAX;
const UNKNOWN: u32 = u32::MAX - 1;

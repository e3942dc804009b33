//! The incident as tables, written while the year is made.

use std::ops::Range;
use std::path::Path;

use arrow_array::RecordBatch;
use countersign_core::desk::{Export, View};
use parquet::errors::ParquetError;

use super::Format;
use super::batch::{self, Cells, Columns, batch, schema};
use super::folder::{Folder, Table};
use super::truth::TruthFile;
use crate::error::SimError;
use crate::incident::{
    CATEGORIES, Company, Incident, PLANS, PRODUCTS, Progress, REGIONS, Sink, Summary, Watch, Year,
    exports,
};
use crate::names::{customer_id, ticket_id};

/// Writes the incident into a new folder `out`: tables, and `truth.json` beside them.
///
/// The folder appears when it is complete. The same settings give the same bytes on any number
/// of threads. About 1 GB of memory at 12 million customers.
///
/// # Errors
/// [`SimError`]: a setting out of range, a folder that is not empty, a disk that fails or is
/// full, or `watch` asked to stop. Nothing is left behind then.
pub fn write_incident(
    settings: &Incident,
    out: &Path,
    format: Format,
    watch: &dyn Watch,
) -> Result<Summary, SimError> {
    settings.check()?;
    let company = Company::found(settings);
    let mut folder = Folder::begin(out, format)?;
    let staff = company.staff.accounts();
    let mut summary = Summary {
        accounts: whole(&mut folder, "accounts", || batch::accounts(staff))?,
        ..Summary::default()
    };
    summary.customers = streamed(
        &mut folder,
        "customers",
        settings.customers,
        watch,
        |rows| batch(customers(&company, rows)),
    )?;
    summary.tickets = streamed(
        &mut folder,
        "tickets",
        company.calendar.tickets(),
        watch,
        |rows| batch(tickets(&company, rows)),
    )?;

    let mut events = Events {
        company: &company,
        folder: &mut folder,
        open: None,
    };
    let year = Year::run(&company, &mut events, watch)?;
    summary.views = year.views;
    events.end()?;

    let copies: Vec<Export> = exports(&year.story).into_iter().collect();
    if !copies.is_empty() {
        summary.exports = whole(&mut folder, "exports", || {
            batch::exports(&copies, staff, &[])
        })?;
    }
    let issued = company.calendar.tickets();
    summary.reports = whole(&mut folder, "reports", || {
        batch::reports(&year.reports, issued)
    })?;
    let truth = TruthFile::of_incident(&company, &year);
    folder.text("truth.json", &truth.to_json())?;
    summary.files = folder.keep()?;
    Ok(summary)
}

/// Writes a table of one batch.
pub(super) fn whole<'a>(
    folder: &mut Folder,
    name: &str,
    columns: impl Fn() -> Columns<'a> + Sync,
) -> Result<u64, SimError> {
    let mut table = folder.table(name, &schema(&columns()))?;
    table.add(&[()], |()| batch(columns()), |_| Ok(()))?;
    table.end()
}

/// Writes a table of `count` rows, made some rows at a time.
pub(super) fn streamed(
    folder: &mut Folder,
    name: &'static str,
    count: u32,
    watch: &dyn Watch,
    make: impl Fn(Range<u32>) -> Result<RecordBatch, ParquetError> + Sync,
) -> Result<u64, SimError> {
    let step = folder.format.rows_at_once();
    let parts: Vec<Range<u32>> = (0..count)
        .step_by(step)
        .map(|first| first..count.min(first + step as u32))
        .collect();
    let mut table = folder.table(name, &empty(&make)?)?;
    table.add(
        &parts,
        |rows| make(rows.clone()),
        |done| {
            watch.progress(Progress {
                stage: name,
                done,
                total: count.into(),
            });
            if watch.stopped() {
                Err(SimError::Stopped)
            } else {
                Ok(())
            }
        },
    )?;
    table.end()
}

/// The schema that `make` makes.
fn empty(
    make: &impl Fn(Range<u32>) -> Result<RecordBatch, ParquetError>,
) -> Result<arrow_schema::SchemaRef, SimError> {
    let none = make(0..0);
    none.map(|batch| batch.schema())
        .map_err(|source| SimError::Encode {
            path: "schema".into(),
            source,
        })
}

/// The events files: one a month.
struct Events<'a> {
    company: &'a Company,
    folder: &'a mut Folder,
    open: Option<(String, Table)>,
}

impl Sink for Events<'_> {
    fn views(&mut self, month: &str, days: &[Vec<View>]) -> Result<(), SimError> {
        let accounts = self.company.staff.accounts();
        let mut table = match self.open.take() {
            Some((open, table)) if open == month => table,
            other => {
                if let Some((_, table)) = other {
                    table.end()?;
                }
                let schema = schema(&batch::views(accounts, &[]));
                self.folder.table(&format!("events-{month}"), &schema)?
            }
        };
        let parts = row_groups(days, self.folder.format.rows_at_once());
        table.add(
            &parts,
            |days| batch(batch::views(accounts, days)),
            |_| Ok(()),
        )?;
        self.open = Some((month.to_owned(), table));
        Ok(())
    }
}

impl Events<'_> {
    fn end(self) -> Result<(), SimError> {
        match self.open {
            Some((_, table)) => table.end().map(|_| ()),
            None => Ok(()),
        }
    }
}

/// Cuts days into parts of `rows` rows, the last one shorter.
pub(super) fn row_groups(days: &[Vec<View>], rows: usize) -> Vec<Vec<&[View]>> {
    let mut parts: Vec<Vec<&[View]>> = Vec::new();
    let mut room = 0;
    for day in days {
        let mut rest = day.as_slice();
        while !rest.is_empty() {
            if room == 0 {
                parts.push(Vec::new());
                room = rows;
            }
            let (now, later) = rest.split_at(rest.len().min(room));
            if let Some(part) = parts.last_mut() {
                part.push(now);
            }
            room -= now.len();
            rest = later;
        }
    }
    parts
}

fn customers(company: &Company, rows: Range<u32>) -> Columns<'static> {
    let [mut name, mut region, mut product, mut plan] =
        std::array::from_fn(|_| Cells::text(rows.len()));
    let mut id = Vec::new();
    for row in rows {
        let profile = company.profile(row);
        name.push_id(row, customer_id, &mut id);
        region.push(REGIONS.get(profile.region as usize).copied());
        product.push(PRODUCTS.get(profile.product as usize).copied());
        plan.push(PLANS.get(profile.plan as usize).copied());
    }
    vec![
        ("customer", name),
        ("region", region),
        ("product", product),
        ("plan", plan),
    ]
}

fn tickets(company: &Company, rows: Range<u32>) -> Columns<'static> {
    let [mut name, mut customer, mut queue, mut category] =
        std::array::from_fn(|_| Cells::text(rows.len()));
    let [mut opened, mut closed] = std::array::from_fn(|_| Cells::time(rows.len()));
    let queues = company.queues();
    let mut id = Vec::new();
    for row in rows {
        let ticket = company.ticket_row(row);
        name.push_id(row, ticket_id, &mut id);
        customer.push_id(ticket.customer, customer_id, &mut id);
        opened.push_time(Some(ticket.opened));
        closed.push_time(ticket.closed);
        queue.push(queues.get(ticket.queue as usize).map(String::as_str));
        category.push(CATEGORIES.get(ticket.category as usize).copied());
    }
    vec![
        ("ticket", name),
        ("customer", customer),
        ("opened_at", opened),
        ("closed_at", closed),
        ("queue", queue),
        ("category", category),
    ]
}

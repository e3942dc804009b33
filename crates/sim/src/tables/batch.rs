//! Rows of the tables as Arrow batches, the same for all formats.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, StringBuilder, TimestampMillisecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use countersign_core::desk::{Account, AccountKind, Column, Export, ExportRows, NONE, View};
use countersign_core::report::{Channel, Quoted, Report};
use countersign_core::time::Second;
use parquet::errors::ParquetError;

use crate::names::{customer_id, ticket_id};

/// A column being filled.
#[derive(Debug)]
pub(super) enum Cells {
    Text(StringBuilder),
    Time(TimestampMillisecondBuilder),
    Flag(BooleanBuilder),
}

impl Cells {
    pub(super) fn text(rows: usize) -> Self {
        Self::Text(StringBuilder::with_capacity(rows, rows * 12))
    }

    pub(super) fn time(rows: usize) -> Self {
        Self::Time(TimestampMillisecondBuilder::with_capacity(rows))
    }

    /// Adds a text; an empty cell for `None`.
    pub(super) fn push(&mut self, cell: Option<&str>) {
        if let Self::Text(cells) = self {
            cells.append_option(cell);
        }
    }

    /// Adds an id that `write` makes of a row; an empty cell for [`NONE`].
    pub(super) fn push_id(&mut self, row: u32, write: fn(u32, &mut Vec<u8>), id: &mut Vec<u8>) {
        id.clear();
        if row != NONE {
            write(row, id);
        }
        // Ids are ASCII.
        self.push(std::str::from_utf8(id).ok().filter(|id| !id.is_empty()));
    }

    pub(super) fn push_time(&mut self, second: Option<Second>) {
        if let Self::Time(cells) = self {
            cells.append_option(second.map(|second| second.to_unix() * 1_000));
        }
    }

    fn push_flag(&mut self, flag: bool) {
        if let Self::Flag(cells) = self {
            cells.append_value(flag);
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            Self::Text(_) => DataType::Utf8,
            Self::Time(_) => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Self::Flag(_) => DataType::Boolean,
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut cells) => Arc::new(cells.finish()),
            Self::Time(mut cells) => Arc::new(cells.finish().with_timezone("UTC")),
            Self::Flag(mut cells) => Arc::new(cells.finish()),
        }
    }
}

/// Columns by name, in order.
pub(super) type Columns<'a> = Vec<(&'a str, Cells)>;

/// The schema of these columns; all may be empty.
pub(super) fn schema(columns: &Columns<'_>) -> SchemaRef {
    let field = |(name, cells): &(&str, Cells)| Field::new(*name, cells.data_type(), true);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// The columns as a batch.
pub(super) fn batch(columns: Columns<'_>) -> Result<RecordBatch, ParquetError> {
    let schema = schema(&columns);
    let arrays = columns
        .into_iter()
        .map(|(_, cells)| cells.finish())
        .collect();
    RecordBatch::try_new(schema, arrays)
        .map_err(|error| ParquetError::ArrowError(error.to_string()))
}

pub(super) fn views(accounts: &[Account], days: &[&[View]]) -> Columns<'static> {
    let rows = days.iter().map(|day| day.len()).sum();
    let mut time = Cells::time(rows);
    let mut actor = Cells::text(rows);
    let mut customer = Cells::text(rows);
    let mut ticket = Cells::text(rows);
    let mut id = Vec::new();
    for view in days.iter().copied().flatten() {
        time.push_time(Some(view.second));
        actor.push(
            accounts
                .get(view.account as usize)
                .map(|account| account.id.as_str()),
        );
        customer.push_id(view.customer, customer_id, &mut id);
        ticket.push_id(view.ticket, ticket_id, &mut id);
    }
    vec![
        ("time", time),
        ("actor", actor),
        ("customer", customer),
        ("ticket", ticket),
    ]
}

pub(super) fn accounts(accounts: &[Account]) -> Columns<'static> {
    let rows = accounts.len();
    let [mut id, mut person, mut kind, mut team, mut site, mut vendor] =
        std::array::from_fn(|_| Cells::text(rows));
    let [mut from, mut until] = std::array::from_fn(|_| Cells::time(rows));
    for account in accounts {
        id.push(Some(&account.id));
        person.push(account.person.as_deref());
        kind.push(Some(match account.kind {
            AccountKind::Human => "human",
            AccountKind::Service => "service",
            AccountKind::Shared => "shared",
        }));
        team.push(account.team.as_deref());
        site.push(account.site.as_deref());
        vendor.push(account.vendor.as_deref());
        from.push_time(account.from);
        until.push_time(account.until);
    }
    vec![
        ("account", id),
        ("person", person),
        ("kind", kind),
        ("team", team),
        ("site", site),
        ("vendor", vendor),
        ("from", from),
        ("until", until),
    ]
}

/// One row a customer or ticket of each export; an export by rule is one row that says the rule
/// (`all`, or an attribute of customers as in `region=Europe`).
pub(super) fn exports(
    exports: &[Export],
    accounts: &[Account],
    attributes: &[Column],
) -> Columns<'static> {
    let mut time = Cells::time(0);
    let [mut holder, mut actor, mut customer, mut ticket, mut rule] =
        std::array::from_fn(|_| Cells::text(0));
    let mut id = Vec::new();
    for export in exports {
        let (customers, tickets, rows) = match &export.rows {
            ExportRows::All => (&[][..], &[][..], Some("all".to_owned())),
            ExportRows::Where { column, code } => {
                let value = attributes.get(*column).and_then(|column| {
                    let label = column.labels.get(*code as usize)?;
                    Some(format!("{}={label}", column.name))
                });
                (&[][..], &[][..], value)
            }
            ExportRows::Listed { customers, tickets } => (&customers[..], &tickets[..], None),
        };
        let by = export.account.and_then(|row| accounts.get(row as usize));
        let cells = customers
            .iter()
            .map(|row| (*row, NONE))
            .chain(tickets.iter().map(|row| (NONE, *row)))
            .chain(rows.iter().map(|_| (NONE, NONE)));
        for (of_customer, of_ticket) in cells {
            time.push_time(Some(export.second));
            holder.push(Some(&export.name));
            actor.push(by.map(|account| account.id.as_str()));
            customer.push_id(of_customer, customer_id, &mut id);
            ticket.push_id(of_ticket, ticket_id, &mut id);
            rule.push(rows.as_deref());
        }
    }
    let mut columns = vec![
        ("time", time),
        ("holder", holder),
        ("actor", actor),
        ("customer", customer),
        ("ticket", ticket),
    ];
    let listed = |export: &Export| matches!(export.rows, ExportRows::Listed { .. });
    if !exports.iter().all(listed) {
        columns.push(("rows", rule));
    }
    columns
}

/// The reports; `solicited` and `household` are columns only where a report needs them.
///
/// A number that the desk never issued is one beyond its `issued` tickets.
pub(super) fn reports(reports: &[Report], issued: u32) -> Columns<'static> {
    let rows = reports.len();
    let [
        mut name,
        mut customer,
        mut quoted,
        mut channel,
        mut pretext,
        mut household,
    ] = std::array::from_fn(|_| Cells::text(rows));
    let [mut received, mut called] = std::array::from_fn(|_| Cells::time(rows));
    let [mut verified, mut solicited] =
        std::array::from_fn(|_| Cells::Flag(BooleanBuilder::with_capacity(rows)));
    let mut id = Vec::new();
    for (place, report) in (0_u32..).zip(reports) {
        name.push(Some(&report.id));
        received.push_time(Some(report.received));
        called.push_time(report.called);
        customer.push_id(report.customer.unwrap_or(NONE), customer_id, &mut id);
        let ticket = match report.quoted {
            Quoted::Nothing => NONE,
            Quoted::Ticket(row) => row,
            Quoted::NeverIssued => issued + place,
        };
        quoted.push_id(ticket, ticket_id, &mut id);
        channel.push(Some(match report.channel {
            Channel::Phone => "phone",
            Channel::Robocall => "robocall",
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Portal => "portal",
            Channel::Forum => "forum",
            Channel::Decoy => "decoy",
        }));
        pretext.push(report.pretext.as_deref());
        verified.push_flag(report.verified);
        solicited.push_flag(report.solicited);
        household.push(
            report
                .household
                .map(|group| format!("H-{group:06}"))
                .as_deref(),
        );
    }
    let mut columns = vec![
        ("report", name),
        ("received_at", received),
        ("called_at", called),
        ("customer", customer),
        ("quoted_ticket", quoted),
        ("channel", channel),
        ("pretext", pretext),
        ("verified", verified),
    ];
    if reports.iter().any(|report| report.solicited) {
        columns.push(("solicited", solicited));
    }
    if reports.iter().any(|report| report.household.is_some()) {
        columns.push(("household", household));
    }
    columns
}

//! The exports table: copies of data that left, row by row or as a rule.

use std::path::Path;

use countersign_core::desk::{Export, ExportRows};
use countersign_core::time::Second;

use crate::accounts::Accounts;
use crate::customers::Customers;
use crate::error::ImportError;
use crate::file;
use crate::header::{Layout, Request};
use crate::reading::{Context, Findings, RowTaker, Times, checked, read_table};
use crate::reason::Reason;
use crate::rows::{Bad, Rows};
use crate::table::Table;
use crate::tickets::Tickets;

/// What exports refer to.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) accounts: &'a mut Accounts,
    pub(crate) customers: &'a mut Customers,
    pub(crate) tickets: &'a mut Tickets,
    /// Whether a customer must stand in the customers table.
    pub(crate) customers_listed: bool,
    /// Whether a ticket must stand in the tickets table.
    pub(crate) tickets_listed: bool,
}

/// Reads the table.
pub(crate) fn read(
    context: Context<'_>,
    path: &Path,
    known: Known<'_>,
    findings: &mut Findings,
) -> Result<Vec<Export>, ImportError> {
    let request = Request {
        table: Table::Exports,
        reads: Table::Exports.columns(),
        needs: &[&["time"], &["holder"], &["customer", "ticket", "rows"]],
        strata: None,
    };
    let reader = read_table(context, path, request, findings, |layout| {
        Ok(Reader {
            layout: layout.clone(),
            times: Times::new(context.clock, file::shown(path)),
            file: file::shown(path),
            known,
            exports: Vec::new(),
        })
    })?;
    let mut exports = reader.exports;
    for export in &mut exports {
        if let ExportRows::Listed { customers, tickets } = &mut export.rows {
            customers.sort_unstable();
            customers.dedup();
            tickets.sort_unstable();
            tickets.dedup();
        }
    }
    Ok(exports)
}

/// A rule, or a customer and a ticket.
type Content = (Option<ExportRows>, [Option<u32>; 2]);

struct Reader<'a> {
    layout: Layout,
    times: Times<'a>,
    file: String,
    known: Known<'a>,
    exports: Vec<Export>,
}

impl Reader<'_> {
    fn row(&mut self, rows: &Rows, row: usize) -> Result<Result<(), Reason>, ImportError> {
        let line = rows.line(row);
        let time = rows.cell_of(self.layout.slot("time"), row);
        if time.is_empty() {
            return Ok(Err(Reason::Missing("time")));
        }
        let second = match self.times.read(time, line)? {
            Ok(second) => second,
            Err(reason) => return Ok(Err(reason)),
        };
        let text = |name: &'static str| checked(rows.cell_of(self.layout.slot(name), row), name);
        let cells = (|| {
            Ok((
                text("holder")?.ok_or(Reason::Missing("holder"))?,
                text("actor")?,
                text("customer")?,
                text("ticket")?,
                text("rows")?,
            ))
        })();
        let (holder, actor, customer, ticket, rule) = match cells {
            Ok(cells) => cells,
            Err(reason) => return Ok(Err(reason)),
        };
        let (place, listed) = match self.content(customer, ticket, rule, line)? {
            Ok(content) => content,
            Err(reason) => return Ok(Err(reason)),
        };
        let account = match actor {
            Some(id) => Some(
                self.known
                    .accounts
                    .ids
                    .intern(id.as_bytes())
                    .map_err(|_full| ImportError::TooManyIds(Table::Accounts))?,
            ),
            None => None,
        };
        Ok(self.add(holder, second, account, place, listed))
    }

    /// The rows that a row names: a rule, or a customer and a ticket.
    fn content(
        &mut self,
        customer: Option<&str>,
        ticket: Option<&str>,
        rule: Option<&str>,
        line: u64,
    ) -> Result<Result<Content, Reason>, ImportError> {
        if let Some(rule) = rule {
            return Ok(Ok((Some(self.rule(rule, line)?), [None, None])));
        }
        let full = |_full| ImportError::TooManyIds(Table::Exports);
        let mut found = [None, None];
        if let Some(id) = customer {
            let number = match self.known.customers.ids.find(id.as_bytes()) {
                None if self.known.customers_listed => {
                    return Ok(Err(Reason::UnknownId("customer")));
                }
                _ => self
                    .known
                    .customers
                    .ids
                    .intern(id.as_bytes())
                    .map_err(full)?,
            };
            found[0] = Some(number);
        }
        if let Some(id) = ticket {
            let number = match self.known.tickets.ids.find(id.as_bytes()) {
                None if self.known.tickets_listed => return Ok(Err(Reason::UnknownId("ticket"))),
                _ => self.known.tickets.ids.intern(id.as_bytes()).map_err(full)?,
            };
            found[1] = Some(number);
        }
        if found == [None, None] {
            return Ok(Err(Reason::NoItem));
        }
        Ok(Ok((None, found)))
    }

    /// `all`, or `region=EU`.
    fn rule(&self, rule: &str, line: u64) -> Result<ExportRows, ImportError> {
        let refused = |reason: &str| ImportError::Export {
            file: self.file.clone(),
            line,
            reason: reason.to_owned(),
        };
        if rule.trim().eq_ignore_ascii_case("all") {
            return Ok(ExportRows::All);
        }
        let (name, value) = rule
            .split_once('=')
            .ok_or_else(|| refused("`rows` is neither `all` nor COLUMN=VALUE"))?;
        let columns = &self.known.customers.columns.columns;
        let column = columns
            .iter()
            .position(|column| column.name == name.trim())
            .ok_or_else(|| {
                refused("`rows` names an attribute that the customers table does not have")
            })?;
        let code = columns
            .get(column)
            .and_then(|column| column.labels.iter().position(|label| label == value.trim()))
            .and_then(|code| u16::try_from(code).ok())
            .filter(|code| *code > 0)
            .ok_or_else(|| refused("`rows` names a value that no customer has"))?;
        Ok(ExportRows::Where { column, code })
    }

    fn add(
        &mut self,
        holder: &str,
        second: Second,
        account: Option<u32>,
        rule: Option<ExportRows>,
        [customer, ticket]: [Option<u32>; 2],
    ) -> Result<(), Reason> {
        let old = self
            .exports
            .iter_mut()
            .rfind(|export| export.name == holder);
        let Some(export) = old else {
            self.exports.push(Export {
                name: holder.to_owned(),
                second,
                account,
                rows: rule.unwrap_or_else(|| ExportRows::Listed {
                    customers: customer.into_iter().collect(),
                    tickets: ticket.into_iter().collect(),
                }),
            });
            return Ok(());
        };
        match &mut export.rows {
            ExportRows::Listed { customers, tickets }
                if rule.is_none() && (export.second, export.account) == (second, account) =>
            {
                customers.extend(customer);
                tickets.extend(ticket);
                Ok(())
            }
            _ => Err(Reason::ExportDisagrees),
        }
    }
}

impl RowTaker for Reader<'_> {
    type Prepared = ();

    fn prepare(&self, _: &Rows) {}

    fn take(&mut self, rows: &Rows, (): (), bad: &mut Vec<Bad>) -> Result<(), ImportError> {
        for row in 0..rows.len() {
            if let Err(reason) = self.row(rows, row)? {
                bad.push(rows.bad(row, reason));
            }
        }
        Ok(())
    }
}

//! What to read and what the caller says about it.

use std::path::PathBuf;

use countersign_core::time::Second;

use crate::mapping::Mapping;
use crate::table::Table;

/// The files of a desk; `-` is standard input.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The access log, in one or more files that are read in this order.
    pub events: Vec<PathBuf>,
    /// Logins.
    pub accounts: Option<PathBuf>,
    /// Customers.
    pub customers: Option<PathBuf>,
    /// Tickets.
    pub tickets: Option<PathBuf>,
    /// Copies of data that left.
    pub exports: Option<PathBuf>,
    /// Reports of scam calls.
    pub reports: Option<PathBuf>,
    /// Logs of sign-ins, for an access log that knows sessions or addresses and no accounts.
    pub sign_ins: Vec<PathBuf>,
    /// Logs of changes, which explain who worked on what and are never views.
    pub changes: Vec<PathBuf>,
}

impl Sources {
    /// Whether there is a file of this table.
    pub(crate) fn has(&self, table: Table) -> bool {
        match table {
            Table::Events => !self.events.is_empty(),
            Table::Accounts => self.accounts.is_some(),
            Table::Customers => self.customers.is_some(),
            Table::Tickets => self.tickets.is_some(),
            Table::Exports => self.exports.is_some(),
            Table::Reports => self.reports.is_some(),
            Table::Changes => !self.changes.is_empty(),
        }
    }
}

/// What to do with a rule of the mapping that finds no column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnmatchedRules {
    /// An error that says which rule, and where its column was looked for.
    #[default]
    Refuse,
    /// Nothing: only some of the files for which the mapping was written are read.
    Allow,
}

/// What to do with a log that records changes only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Changes {
    /// Refuse it with the reason and what to export instead.
    #[default]
    Refuse,
    /// Take each change as a view; [`crate::Imported::changes_only`] then says so.
    AcceptAsViews,
}

/// What the rows of a log without an `action` column are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unmarked {
    /// Views, unless changes are accepted as views.
    #[default]
    Views,
    /// Changes: the caller knows that the desk logs nothing else.
    Changes,
}

/// What to do with a ticket that stands twice in the tickets table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedTickets {
    /// An error that names both lines.
    #[default]
    Refuse,
    /// The first row counts: the table is a log.
    FirstWins,
}

/// What is kept of the ids and contacts once everything is resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: all reports are in the files.
    #[default]
    Nothing,
    /// What later reports are matched with, as [`crate::Imported::directory`].
    Directory,
}

/// What the caller says about the files.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names of the columns.
    pub mapping: Mapping,
    /// Whether each of these names must find its column.
    pub unmatched_rules: UnmatchedRules,
    /// How times are written (strftime); also `unix`, `unix-ms`, `unix-us`, `unix-ns`.
    ///
    /// RFC 3339 is read as well, where this form does not fit.
    pub time_format: Option<String>,
    /// The zone of times without an offset: an IANA name or `+02:00`.
    pub timezone: Option<String>,
    /// Which product's log the events are, by name; `None` = their first lines decide.
    pub from: Option<String>,
    /// More patterns of addresses, and what messages call them.
    pub url_patterns: Option<(String, String)>,
    /// Whether a log of changes is taken.
    pub changes: Changes,
    /// What rows are when no column says.
    pub unmarked: Unmarked,
    /// Whether a ticket may repeat in the tickets table.
    pub repeated_tickets: RepeatedTickets,
    /// Attributes to keep, of customers and tickets; `None` = all that can be strata.
    pub strata: Option<Vec<String>>,
    /// Share of bad rows a file may have.
    pub allow_rejects: f64,
    /// Values that mean "nothing", beside the empty one.
    pub missing: Vec<String>,
    /// What is kept for reports that come later.
    pub keep: Keep,
    /// The present; a time more than a day later is a mistake.
    pub now: Second,
}

impl Options {
    /// Everything as the formats say, at this time.
    #[must_use]
    pub fn new(now: Second) -> Self {
        Self {
            mapping: Mapping::default(),
            unmatched_rules: UnmatchedRules::Refuse,
            time_format: None,
            timezone: None,
            from: None,
            url_patterns: None,
            changes: Changes::Refuse,
            unmarked: Unmarked::Views,
            repeated_tickets: RepeatedTickets::Refuse,
            strata: None,
            allow_rejects: 0.01,
            missing: Vec::new(),
            keep: Keep::Nothing,
            now,
        }
    }
}

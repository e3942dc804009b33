//! The help desk's tables as dense columns: what `import` and `sim` hand to the trace.
//!
//! Inside a case customers, tickets and accounts are row numbers of their tables, so that 200
//! million views fit in memory. Ids and matching keys stay behind in `import`.

use serde::{Deserialize, Serialize};

use crate::report::Report;
use crate::time::Second;

/// "No such row": an unresolved actor, a view without a customer, a ticket without one.
pub const NONE: u32 = u32::MAX;

/// One row of the events table: this account saw this customer's record or this ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// When, in whole seconds.
    pub second: Second,
    /// Row of [`Desk::accounts`]; [`NONE`] = the actor can't be resolved: anyone may have seen it.
    pub account: u32,
    /// Row of [`Desk::customers`]; [`NONE`] = only the ticket is known.
    pub customer: u32,
    /// Row of [`Desk::tickets`]; [`NONE`] = the customer's record was opened, no ticket.
    pub ticket: u32,
}

/// What a login stands for; service and shared accounts are listed before any ranking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// One person's login.
    #[default]
    Human,
    /// A program: auto-close, a bot, an integration.
    Service,
    /// A login that several people use.
    Shared,
}

/// One row of the accounts table, or an account first met in the log (then only `id` is known).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The desk's own id; personal data: shown only on `--reveal-ids` and after unsealing.
    pub id: String,
    /// Accounts of one person are one holder; `None` = this account is a person of its own.
    pub person: Option<String>,
    /// Person, program, or shared login.
    pub kind: AccountKind,
    /// Team, for the team level.
    pub team: Option<String>,
    /// Site, for the site level.
    pub site: Option<String>,
    /// Vendor, for the vendor level.
    pub vendor: Option<String>,
    /// When the account was made and closed, where the table says so.
    pub from: Option<Second>,
    /// See `from`.
    pub until: Option<Second>,
}

/// One attribute of all customers or all tickets, as a code a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// The column's name in the file.
    pub name: String,
    /// What each code means; code 0 is "missing". Numbers and dates are up to 8 quantile ranges.
    pub labels: Vec<String>,
    /// A code for each row of the table.
    pub codes: Vec<u16>,
}

/// An attribute that can't be a stratum, and why (said in the verdict, never dropped silently).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedColumn {
    /// The column's name in the file.
    pub name: String,
    /// Why, in plain words: "over 200 values".
    pub reason: String,
}

/// The customers table, or the customers first met in the log (then there are no columns).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customers {
    /// How many there are; rows past the end of a column have code 0.
    pub count: u32,
    /// Attributes.
    pub columns: Vec<Column>,
    /// Attributes that were refused.
    pub refused: Vec<RefusedColumn>,
}

/// The tickets table, or the tickets first met in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tickets {
    /// Customer of each ticket; [`NONE`] where nothing says.
    pub customer: Vec<u32>,
    /// Attributes.
    pub columns: Vec<Column>,
    /// Attributes that were refused.
    pub refused: Vec<RefusedColumn>,
}

/// Which rows an export holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportRows {
    /// The whole customer base and all tickets.
    All,
    /// Customers whose attribute has this value.
    Where {
        /// Index into [`Customers::columns`].
        column: usize,
        /// The value's code.
        code: u16,
    },
    /// These rows, sorted.
    Listed {
        /// Rows of [`Desk::customers`].
        customers: Vec<u32>,
        /// Rows of [`Desk::tickets`].
        tickets: Vec<u32>,
    },
}

/// A copy of data that left the desk: an export, a backup, a vendor's extract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The copy's name.
    pub name: String,
    /// When it was made.
    pub second: Second,
    /// Who made it, row of [`Desk::accounts`].
    pub account: Option<u32>,
    /// What is in it.
    pub rows: ExportRows,
}

/// Everything known of a help desk but the views themselves, which stream past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    /// Logins.
    pub accounts: Vec<Account>,
    /// Customers.
    pub customers: Customers,
    /// Tickets.
    pub tickets: Tickets,
    /// Copies that left.
    pub exports: Vec<Export>,
    /// Customers' words about scam calls, in the order (`received`, `id`).
    pub reports: Vec<Report>,
}

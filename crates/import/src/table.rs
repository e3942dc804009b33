//! The tables of a desk and the names of their columns.

use core::fmt;

/// One of the tables that a desk can hand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// One row a view.
    Events,
    /// One row a customer.
    Customers,
    /// One row a ticket.
    Tickets,
    /// One row an account.
    Accounts,
    /// Copies of data that left.
    Exports,
    /// Customers' words about scam calls.
    Reports,
    /// One row a change; explains who worked on what, and is no view.
    Changes,
}

impl Table {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Events,
        Self::Customers,
        Self::Tickets,
        Self::Accounts,
        Self::Exports,
        Self::Reports,
        Self::Changes,
    ];

    /// The name in mappings and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Customers => "customers",
            Self::Tickets => "tickets",
            Self::Accounts => "accounts",
            Self::Exports => "exports",
            Self::Reports => "reports",
            Self::Changes => "changes",
        }
    }

    /// The table of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Columns with a meaning; what is required among them is decided by the reader of the table.
    pub(crate) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Events | Self::Changes => {
                &["time", "actor", "customer", "ticket", "action", "source"]
            }
            Self::Customers => &[
                "customer",
                "email",
                "phone",
                "external_id",
                "organisation",
                "organization",
                "company",
            ],
            Self::Tickets => &["ticket", "customer", "number", "opened_at", "closed_at"],
            Self::Accounts => &[
                "account", "person", "kind", "team", "site", "vendor", "from", "until",
            ],
            Self::Exports => &["time", "holder", "actor", "customer", "ticket", "rows"],
            Self::Reports => &[
                "report",
                "received_at",
                "customer",
                "email",
                "phone",
                "external_id",
                "ticket",
                "called_at",
                "quoted_ticket",
                "channel",
                "pretext",
                "caller_number",
                "verified",
                "solicited",
                "excluded",
                "confirmed",
                "note",
            ],
        }
    }

    /// Whether other columns are attributes (strata) or ignored.
    pub(crate) fn takes_attributes(self) -> bool {
        matches!(self, Self::Customers | Self::Tickets)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

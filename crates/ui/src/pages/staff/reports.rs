//! What customers reported: the inbox, and one report.

use askama::Template;
use countersign_core::record::Way;
use countersign_core::reference::Reference;
use countersign_core::report::Channel;
use countersign_core::respond::statement::{Pretext, Statement};
use countersign_core::time::Second;

use super::{Cursors, Shell};
use crate::pages::public::Standing;
use crate::pages::show::{filters, stamp};

/// `GET /reports?channel=&pretext=&standing=&before=|after=`.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "pages/staff/inbox.html")]
pub struct Inbox {
    /// Around the page.
    pub shell: Shell,
    /// Reports, newest first.
    pub rows: Vec<ReportRow>,
    /// What was asked for.
    pub filter: Filter,
    /// Where the list goes on.
    pub cursors: Cursors,
}

/// A report as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// What its customer asks with.
    pub reference: Reference,
    /// When it came in.
    pub received: Second,
    /// How they reached the customer.
    pub channel: Channel,
    /// What they told.
    pub pretext: Option<Pretext>,
    /// Where it stands.
    pub standing: Standing,
}

/// What of the inbox is shown; empty means all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this channel.
    pub channel: Option<Channel>,
    /// Only this story.
    pub pretext: Option<Pretext>,
    /// Only these.
    pub standing: Option<Standing>,
}

/// `GET /reports/<reference>`.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "pages/staff/one_report.html")]
pub struct OneReport {
    /// Around the page.
    pub shell: Shell,
    /// What its customer asks with.
    pub reference: Reference,
    /// When it came in.
    pub received: Second,
    /// Which way it came.
    pub way: Way,
    /// Where it stands.
    pub standing: Standing,
    /// What was said; `None`: it was erased.
    pub statement: Option<Statement>,
    /// Number of its entry in the ledger.
    pub entry: u64,
}

pages!(Inbox, OneReport);

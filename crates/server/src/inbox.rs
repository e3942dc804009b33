//! Reports with what they say, opened a page at a time.

use countersign_core::record::{Record, Report, Way};
use countersign_store::{Between, Order, ReportPage, ReportRow, Sealed, Which};
use countersign_ui::pages::public::Standing;

use crate::app::App;
use crate::error::PageError;

/// A report with what it says; nothing if it was erased.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) row: ReportRow,
    pub(crate) said: Option<Report>,
}

impl Opened {
    /// Where it stands.
    pub(crate) fn standing(&self) -> Standing {
        let has_address = |said: &Report| said.statement.email.is_some();
        if self.row.erased {
            Standing::Closed
        } else if self.row.verified.is_some() {
            Standing::Counts
        } else if self.row.way != Some(Way::Table) && self.said.as_ref().is_some_and(has_address) {
            // Nobody in a table is mailed a code.
            Standing::Waiting
        } else {
            Standing::Received
        }
    }
}

/// One report.
pub(crate) async fn one(app: &App, row: ReportRow) -> Result<Opened, PageError> {
    let said = app.store().said(&row).await?;
    Ok(Opened { row, said })
}

/// A page of reports.
pub(crate) async fn page(app: &App, page: &ReportPage) -> Result<Vec<Opened>, PageError> {
    let rows = app.store().reports(page).await?;
    let sealed: Vec<Sealed> = rows.iter().filter_map(|row| row.sealed.clone()).collect();
    let mut opened = app.store().opened(&sealed).await?.into_iter();
    let with = |row: ReportRow| {
        let record = row.sealed.as_ref().and_then(|_| opened.next().flatten());
        let said = match record {
            Some(Record::Report(said)) => Some(said),
            _ => None,
        };
        Opened { row, said }
    };
    Ok(rows.into_iter().map(with).collect())
}

/// The first so many reports that fit, from a place on.
pub(crate) async fn those(
    app: &App,
    mut ask: ReportPage,
    most: usize,
    fits: impl Fn(&Opened) -> bool,
) -> Result<Vec<Opened>, PageError> {
    let mut all = Vec::new();
    ask.limit = AT_ONCE;
    loop {
        let some = page(app, &ask).await?;
        let Some(last) = some.last() else {
            return Ok(all);
        };
        ask.after = Some(last.row.seq);
        all.extend(some.into_iter().filter(&fits));
        if all.len() >= most {
            all.truncate(most);
            return Ok(all);
        }
    }
}

/// All verified reports of calls within a time, in the order in which they were verified.
pub(crate) async fn verified(app: &App, called: Between) -> Result<Vec<Opened>, PageError> {
    let ask = ReportPage {
        which: Which::Verified,
        called,
        order: Order::Oldest,
        ..ReportPage::default()
    };
    let mut all = those(app, ask, usize::MAX, |_| true).await?;
    all.sort_by_key(|opened| opened.row.verified);
    Ok(all)
}

/// Reports that are read at once.
const AT_ONCE: u32 = 200;

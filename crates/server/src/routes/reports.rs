//! The inbox of reports.

use axum::extract::{Path, RawQuery, State};
use axum::response::Html;
use countersign_core::record::ReadPage;
use countersign_core::reference::Reference;
use countersign_store::{Order, ReportPage};
use countersign_ui::pages::staff::{Cursors, Filter, Inbox, OneReport, ReportRow as Row, Room};

use crate::access::Staff;
use crate::app::App;
use crate::error::PageError;
use crate::form::Fields;
use crate::inbox::{self, Opened};
use crate::reads;

/// `GET /reports`
pub(super) async fn list(
    State(app): State<App>,
    staff: Staff,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, PageError> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut filter = Filter::default();
    for (name, value) in asked.pairs() {
        filter.take(name, value);
    }
    let (before, after) = (asked.number("before"), asked.number("after"));
    let forward = after.is_some() && before.is_none();
    let ask = ReportPage {
        after: if forward { after } else { before },
        order: if forward {
            Order::Oldest
        } else {
            Order::Newest
        },
        ..ReportPage::default()
    };
    // One more than is shown says whether the list goes on there.
    let mut rows = inbox::those(&app, ask, PAGE + 1, |report| fits(&filter, report)).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    if forward {
        rows.reverse();
    }
    let older = rows.last().map(|report| report.row.seq.to_string());
    let newer = rows.first().map(|report| report.row.seq.to_string());
    let page = Inbox {
        shell: staff.shell(Room::Reports),
        filter,
        cursors: Cursors {
            older: older.filter(|_| more || forward),
            newer: newer.filter(|_| if forward { more } else { before.is_some() }),
        },
        rows: rows
            .into_iter()
            .filter_map(|report| {
                Some(Row {
                    reference: report.row.reference?,
                    received: report.row.received?,
                    channel: report.row.channel?,
                    pretext: report.row.pretext,
                    standing: report.standing(),
                })
            })
            .collect(),
    };
    Ok(Html(page.render()?))
}

/// `GET /reports/{reference}`
pub(super) async fn one(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
) -> Result<Html<String>, PageError> {
    let reference: Reference = reference.parse().map_err(|_error| PageError::NotFound)?;
    let row = app
        .store()
        .report(&reference)
        .await?
        .ok_or(PageError::NotFound)?;
    if !row.erased {
        reads::read(&app, &staff, ReadPage::Report, row.token).await?;
    }
    let report = inbox::one(&app, row).await?;
    let (Some(received), Some(way)) = (report.row.received, report.row.way) else {
        return Err(PageError::NotFound);
    };
    let page = OneReport {
        shell: staff.shell(Room::Reports),
        reference,
        received,
        way,
        standing: report.standing(),
        proof: report.row.proof,
        entry: report.row.seq,
        statement: report.said.map(|said| said.statement),
    };
    Ok(Html(page.render()?))
}

/// Whether a report is one of those that were asked for.
fn fits(filter: &Filter, report: &Opened) -> bool {
    let channel = filter.channel.is_none() || filter.channel == report.row.channel;
    let pretext = filter.pretext.is_none() || filter.pretext == report.row.pretext;
    let standing = |standing| standing == report.standing();
    channel && pretext && filter.standing.is_none_or(standing)
}

/// Reports of a page.
const PAGE: usize = 50;

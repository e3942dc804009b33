//! The inbox of reports.

use axum::extract::{Path, Query, State};
use axum::response::Html;
use countersign_core::reference::Reference;
use countersign_store::{Order, ReportPage};
use countersign_ui::pages::staff::{Cursors, Filter, Inbox, OneReport, ReportRow as Row, Room};
use serde::Deserialize;

use crate::access::Staff;
use crate::app::App;
use crate::error::PageError;
use crate::inbox;

/// Where the list goes on.
#[derive(Deserialize)]
pub(super) struct Place {
    before: Option<u64>,
    after: Option<u64>,
}

/// `GET /reports`
pub(super) async fn list(
    State(app): State<App>,
    staff: Staff,
    Query(place): Query<Place>,
) -> Result<Html<String>, PageError> {
    let forward = place.after.is_some() && place.before.is_none();
    let ask = ReportPage {
        after: if forward { place.after } else { place.before },
        limit: PAGE + 1,
        order: if forward {
            Order::Oldest
        } else {
            Order::Newest
        },
        ..ReportPage::default()
    };
    let mut rows = inbox::page(&app, &ask).await?;
    // One more than is shown says whether the list goes on there.
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    if forward {
        rows.reverse();
    }
    let older = rows.last().map(|report| report.row.seq.to_string());
    let newer = rows.first().map(|report| report.row.seq.to_string());
    let page = Inbox {
        shell: staff.shell(Room::Reports),
        filter: Filter::default(),
        cursors: Cursors {
            older: older.filter(|_| more || forward),
            newer: newer.filter(|_| {
                if forward {
                    more
                } else {
                    place.before.is_some()
                }
            }),
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
        entry: report.row.seq,
        statement: report.said.map(|said| said.statement),
    };
    Ok(Html(page.render()?))
}

/// Reports of a page.
const PAGE: u32 = 50;

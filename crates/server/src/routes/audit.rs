//! The ledger's entries, for auditors.

use axum::extract::{Query, State};
use axum::response::Html;
use countersign_ledger::encoding::hex;
use countersign_ui::pages::staff::{Audit, Cursors, Entry, Room};
use serde::Deserialize;

use crate::access::Staff;
use crate::app::{App, second_of};
use crate::error::PageError;
use crate::timeline::Names;

/// Where the list goes on.
#[derive(Deserialize)]
pub(super) struct Place {
    before: Option<u64>,
    after: Option<u64>,
}

/// `GET /audit`
pub(super) async fn list(
    State(app): State<App>,
    staff: Staff,
    Query(place): Query<Place>,
) -> Result<Html<String>, PageError> {
    let size = app.store().size();
    let end = match (place.before, place.after) {
        (Some(before), _) => before.min(size),
        (None, Some(after)) => after.saturating_add(PAGE + 1).min(size),
        (None, None) => size,
    };
    let begin = end.saturating_sub(PAGE);
    let count = u32::try_from(end - begin).unwrap_or_default();
    let entries = app.store().entries(begin.checked_sub(1), count).await?;
    let mut names = Names::default();
    let mut rows = Vec::new();
    for entry in entries.into_iter().rev() {
        let Some(kind) = entry.kind else {
            continue;
        };
        rows.push(Entry {
            seq: entry.seq,
            at: second_of(entry.at),
            kind,
            by: names.of(&app, entry.by).await?,
            subject: entry
                .subject
                .map_or_else(String::new, |subject| hex(&subject)),
        });
    }
    let page = Audit {
        shell: staff.shell(Room::Audit),
        rows,
        cursors: Cursors {
            older: (begin > 0).then(|| begin.to_string()),
            newer: (end < size).then(|| (end - 1).to_string()),
        },
    };
    Ok(Html(page.render()?))
}

/// Entries of a page.
const PAGE: u64 = 50;

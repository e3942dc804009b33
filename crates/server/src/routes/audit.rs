//! The ledger's entries, for auditors.

use axum::extract::{Query, State};
use axum::response::Html;
use countersign_core::time::Second;
use countersign_ledger::encoding::hex;
use countersign_ui::pages::staff::{Audit, Cursors, Entry, Room};
use serde::Deserialize;

use crate::access::Staff;
use crate::app::App;
use crate::error::PageError;

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
    let page = Audit {
        shell: staff.shell(Room::Audit),
        rows: entries
            .into_iter()
            .rev()
            .filter_map(|entry| {
                let unix = i64::try_from(entry.at / 1000).ok()?;
                Some(Entry {
                    seq: entry.seq,
                    at: Second::from_unix(unix)?,
                    kind: entry.kind?,
                    subject: entry
                        .subject
                        .map_or_else(String::new, |subject| hex(&subject)),
                })
            })
            .collect(),
        cursors: Cursors {
            older: (begin > 0).then(|| begin.to_string()),
            newer: (end < size).then(|| (end - 1).to_string()),
        },
    };
    Ok(Html(page.render()?))
}

/// Entries of a page.
const PAGE: u64 = 50;

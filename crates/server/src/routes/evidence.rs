//! The evidence of a case, for others.

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse as _, Response};
use countersign_ui::pages::staff::{Also, CaseEvidence, Room};

use super::cases::find;
use crate::access::{self, Staff};
use crate::app::App;
use crate::error::PageError;
use crate::form::Fields;
use crate::{evidence, upload};

/// `GET /cases/{reference}/evidence`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
) -> Result<Html<String>, PageError> {
    let case = find(&app, &staff, &reference).await?;
    let content = case.case.as_ref().ok_or(PageError::NotFound)?;
    let page = CaseEvidence {
        shell: staff.shell(Room::Cases),
        reference: content.reference,
        title: content.title.clone(),
        key: app.store().log_key()?.to_string(),
        run: evidence::ready(&app, &case).await?,
        packed: evidence::packed(&app, &case).await?,
    };
    Ok(Html(page.render()?))
}

/// `POST /cases/{reference}/evidence`
pub(super) async fn pack(
    State(app): State<App>,
    staff: Staff,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    let case = find(&app, &staff, &reference).await?;
    let reference = case.reference.ok_or(PageError::NotFound)?;
    let asked = |also: &Also| fields.all("also").any(|word| word == also.word());
    let also: Vec<Also> = Also::ALL.into_iter().filter(asked).collect();
    let bytes = evidence::pack(&app, &staff, &case, &also).await?;
    let name = format!("evidence-{}.zip", reference.plain());
    let headers = [
        (CONTENT_TYPE, "application/zip".to_owned()),
        (CONTENT_DISPOSITION, upload::attachment(&name)),
    ];
    Ok((headers, bytes).into_response())
}

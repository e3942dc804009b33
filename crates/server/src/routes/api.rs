//! What programs ask: hand in a report, ask where one stands, and the description of both.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use countersign_core::record::Way;
use countersign_core::reference::Reference;
use countersign_ui::Language;
use countersign_ui::pages::public::Standing;
use serde::Serialize;

use crate::app::App;
use crate::error::PageError;
use crate::inbox;
use crate::intake::{self, Code, Coming, Once};
use crate::openapi;
use crate::program::Program;
use crate::said;

/// Where a report stands; nothing of what it says.
#[derive(Debug, Serialize)]
pub(super) struct Stands {
    /// What the customer asks after it with.
    reference: String,
    state: &'static str,
}

/// `POST /api/v1/reports`
pub(super) async fn hand_in(
    State(app): State<App>,
    program: Program,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, PageError> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    if !kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        return Err(PageError::Bad(
            "it is not said to be JSON: send `Content-Type: application/json`",
        ));
    }
    let name = key(&headers)?;
    app.takes_from(&program.token)?;
    let statement = said::read(&body, app.second()).map_err(PageError::Fields)?;
    let language = Language::of(&statement.language).unwrap_or_default();
    let has_address = statement.email.is_some();
    let coming = Coming {
        statement,
        way: Way::Api,
        by: Some(program.token),
        code: Code::Mailed(language),
    };
    let waits = if has_address {
        Standing::Waiting
    } else {
        Standing::Received
    };
    let (reference, known) = match intake::once(&app, name, coming).await? {
        Once::Taken(reference) => (reference, None),
        Once::Again(reference) => (reference, stands(&app, &reference).await?),
        Once::Another => {
            return Err(PageError::Used(
                "another report was handed in under this Idempotency-Key: choose a new one for \
                 each report, and the same only to send the same again",
            ));
        }
        Once::Erased => {
            return Err(PageError::Conflict(
                "what was handed in under this Idempotency-Key was erased since".to_owned(),
            ));
        }
    };
    // One that is new waits; so does one whose row is still to come.
    let stands = known.unwrap_or_else(|| Stands::new(&reference, waits));
    let place = format!("/api/v1/reports/{}", reference.plain());
    Ok((StatusCode::CREATED, [(LOCATION, place)], Json(stands)).into_response())
}

/// `GET /api/v1/reports/{reference}`
pub(super) async fn state(
    State(app): State<App>,
    _program: Program,
    Path(reference): Path<String>,
) -> Result<Json<Stands>, PageError> {
    let reference: Reference = reference.parse().map_err(|_error| PageError::NotFound)?;
    let stands = stands(&app, &reference).await?;
    stands.map(Json).ok_or(PageError::NotFound)
}

/// `GET /api/v1/openapi.json`
pub(super) async fn description(State(app): State<App>) -> Json<serde_json::Value> {
    Json(openapi::document(&app.config().address))
}

impl Stands {
    fn new(reference: &Reference, standing: Standing) -> Self {
        Self {
            reference: reference.to_string(),
            state: word(standing),
        }
    }
}

async fn stands(app: &App, reference: &Reference) -> Result<Option<Stands>, PageError> {
    let Some(row) = app.store().report(reference).await? else {
        return Ok(None);
    };
    let report = inbox::one(app, row).await?;
    Ok(Some(Stands::new(reference, report.standing())))
}

/// The word of where a report stands.
pub(crate) fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Received => "received",
        Standing::Waiting => "waiting",
        Standing::Counts => "counts",
        Standing::Closed => "closed",
    }
}

/// The name that the program gives the report.
fn key(headers: &HeaderMap) -> Result<&[u8], PageError> {
    let key = headers.get("idempotency-key").map(|key| key.as_bytes());
    let missing = PageError::Bad(
        "there is no Idempotency-Key: give each report a name of 1 to 255 letters of its own, such \
         as a UUID, and send it again under the same name if no answer comes",
    );
    key.filter(|key| (1..=255).contains(&key.len()))
        .ok_or(missing)
}

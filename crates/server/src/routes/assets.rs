//! Style and scripts.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use countersign_ui::pages::ASSETS;

use crate::error::PageError;

/// `GET /assets/{name}`
pub(super) async fn file(Path(name): Path<String>) -> Result<Response, PageError> {
    let path = format!("/assets/{name}");
    let asset = ASSETS.iter().find(|asset| asset.path == path);
    let asset = asset.ok_or(PageError::NotFound)?;
    Ok(([(CONTENT_TYPE, asset.media)], asset.body).into_response())
}

/// `GET /favicon.ico`: there is none, and browsers ask for it on every page.
pub(super) async fn icon() -> StatusCode {
    StatusCode::NO_CONTENT
}

//! Whether the server lives, and whether it can take what is sent to it.

use axum::extract::State;
use axum::http::StatusCode;

use countersign_core::reference::Reference;

use crate::app::App;

/// `GET /healthz`
pub(super) async fn lives() -> &'static str {
    "ok\n"
}

/// `GET /readyz`
pub(super) async fn is_ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.store().report(&Reference::new(0)).await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn core::error::Error,
                "the database does not answer"
            );
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
        }
    }
}

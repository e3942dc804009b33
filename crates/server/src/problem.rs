//! What a program is told when something is wrong: a problem document (RFC 9457), in words that
//! say what to do, and never with a value that was sent.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::error::PageError;

/// A problem document.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Problem {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FieldProblem {
    /// Its name; empty: the whole.
    pub(crate) field: String,
    /// What is wrong.
    pub(crate) detail: String,
    /// What to do.
    pub(crate) help: String,
}

/// The answer to a program whose request failed.
pub(crate) fn response(error: &PageError, status: StatusCode) -> Response {
    let (detail, errors) = said(error);
    let problem = Problem {
        kind: "about:blank",
        title: status.canonical_reason().unwrap_or("Unknown"),
        status: status.as_u16(),
        detail,
        errors,
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/problem+json");
    headers.insert(CONTENT_TYPE, kind);
    let challenge = match error {
        PageError::NoToken => Some("Bearer realm=\"countersign\"".to_owned()),
        PageError::WrongToken => {
            Some("Bearer realm=\"countersign\", error=\"invalid_token\"".to_owned())
        }
        PageError::MayNot(may) => Some(format!(
            "Bearer realm=\"countersign\", error=\"insufficient_scope\", scope=\"{}\"",
            may.word()
        )),
        _ => None,
    };
    if let Some(value) = challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(WWW_AUTHENTICATE, value);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("3600"));
    }
    response
}

fn said(error: &PageError) -> (String, Vec<FieldProblem>) {
    let detail = match error {
        PageError::NotFound => {
            "there is nothing here: the paths stand in /api/v1/openapi.json".to_owned()
        }
        PageError::Bad(what) | PageError::Used(what) | PageError::Unsupported(what) => {
            (*what).to_owned()
        }
        PageError::TooLong => "it is too long: send it in several parts".to_owned(),
        PageError::Busy => {
            "more comes in than can be put on record: send the same again in some seconds"
                .to_owned()
        }
        PageError::Fields(errors) => {
            let detail = "it was not taken: see `errors` for each field and what to do";
            return (detail.to_owned(), errors.clone());
        }
        PageError::NoToken => "show a token: `Authorization: Bearer countersign_…`; whoever looks \
             after sources makes one under Programs"
            .to_owned(),
        PageError::WrongToken => {
            "the token is not known, or was ended: ask whoever gave it for another".to_owned()
        }
        PageError::MayNot(may) => {
            format!(
                "this token does not allow `{}`: use one that does",
                may.word()
            )
        }
        PageError::Forbidden(_) | PageError::SignIn => {
            "this is for people, not programs".to_owned()
        }
        PageError::Conflict(what) => what.clone(),
        PageError::TooMany => "too many in this hour: send the rest in the next".to_owned(),
        PageError::Internal(_) => {
            "it failed on our side: send it again with the same Idempotency-Key; the server’s log \
             says more"
                .to_owned()
        }
    };
    (detail, Vec::new())
}

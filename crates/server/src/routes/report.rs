//! The report form, one question a page. What was typed waits sealed under a cookie's secret.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use countersign_core::record::Way;
use countersign_ui::pages::public::{Next, Sent};
use countersign_ui::pages::report::{Step, StepName};
use serde::Deserialize;

use crate::access::{self, cookie, secret};
use crate::app::App;
use crate::draft::{self, Draft};
use crate::error::PageError;
use crate::form::Fields;
use crate::intake::{self, Code, Coming};
use crate::visitor::Visitor;

/// The cookie of what is typed.
const DRAFT: &str = "draft";

/// Where Continue leads.
#[derive(Deserialize)]
pub(super) struct After {
    after: Option<String>,
}

/// `GET /report`
pub(super) async fn begin() -> Redirect {
    Redirect::to(&StepName::ALL[0].address())
}

/// `GET /report/{step}`
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(step): Path<String>,
    Query(after): Query<After>,
) -> Result<Response, PageError> {
    let name = StepName::of(&step).ok_or(PageError::NotFound)?;
    let (secret, is_new) = match cookie(&headers, DRAFT).and_then(secret) {
        Some(secret) => (secret, false),
        None => (app.chance().map_err(PageError::internal)?, true),
    };
    let answers = draft::read(&app, &secret).await?.answers;
    let mut page = Step::new(visitor.language, name, answers, access::token(&secret));
    if let Some(after) = after.after.as_deref().and_then(StepName::of) {
        page.after = after;
    }
    let body = Html(page.render()?);
    if is_new {
        return Ok(([(SET_COOKIE, set(&app, &secret))], body).into_response());
    }
    Ok(body.into_response())
}

/// `POST /report/{step}`
pub(super) async fn take(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(step): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let name = StepName::of(&step).ok_or(PageError::NotFound)?;
    app.takes_step(visitor.from)?;
    let Some(secret) = cookie(&headers, DRAFT).and_then(secret) else {
        // Without the cookie nothing that was typed before is known: begin again.
        return Ok(Redirect::to(&StepName::ALL[0].address()).into_response());
    };
    let csrf = access::token(&secret);
    access::check(&csrf, fields.one("csrf"))?;
    let mut answers = draft::read(&app, &secret).await?.answers;
    answers.take(name, fields.pairs());
    let after = StepName::of(fields.one("after")).unwrap_or_else(|| name.next());
    let mut errors = answers.check(name, app.second());
    if name != StepName::Check {
        let draft = Draft {
            answers: answers.clone(),
            sent: None,
        };
        draft::write(&app, &secret, &draft).await?;
    } else if errors.is_empty() {
        match answers.statement(app.second(), visitor.language) {
            Ok(statement) => {
                app.takes_report(visitor.from)?;
                let given = statement.given.clone();
                let has_address = statement.email.is_some();
                let coming = Coming {
                    statement,
                    way: Way::Form,
                    by: None,
                    code: Code::Mailed(visitor.language),
                };
                let (reference, code) = intake::report(&app, coming).await?;
                let sent = draft::Sent::new(reference, given, has_address, code);
                let sent = Some(sent);
                let draft = Draft {
                    sent,
                    ..Draft::default()
                };
                draft::write(&app, &secret, &draft).await?;
                return Ok(Redirect::to("/report/sent").into_response());
            }
            Err(wrong) => errors = wrong,
        }
    }
    if errors.is_empty() {
        return Ok(Redirect::to(&after.address()).into_response());
    }
    let page = Step {
        language: visitor.language,
        name,
        answers,
        errors,
        after,
        csrf,
    };
    Ok(Html(page.render()?).into_response())
}

/// `GET /report/sent`
pub(super) async fn sent(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let sent = match cookie(&headers, DRAFT).and_then(secret) {
        Some(secret) => draft::read(&app, &secret).await?.sent,
        None => None,
    };
    let Some(sent) = sent else {
        return Ok(Redirect::to(&StepName::ALL[0].address()).into_response());
    };
    let page = Sent {
        language: visitor.language,
        reference: sent.reference,
        next: if sent.has_address {
            Next::Code
        } else {
            Next::NoAddress
        },
        code: sent.code(),
        given: sent.given,
    };
    Ok(Html(page.render()?).into_response())
}

/// The cookie of a draft: gone with the browser's window.
fn set(app: &App, secret: &[u8; 32]) -> String {
    access::set_cookie(app, DRAFT, secret, "/report")
}

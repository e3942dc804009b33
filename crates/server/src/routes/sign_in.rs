//! Signing in with a passkey, and out.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use countersign_ledger::leaf::Token;
use countersign_ui::pages::staff::{SignIn, SignInNotice};
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{Passkey, PublicKeyCredential};

use crate::access::{self, SESSION, Staff, cookie, secret};
use crate::app::App;
use crate::demo;
use crate::error::PageError;
use crate::form::Fields;
use crate::visitor::Visitor;

/// Why somebody is here.
#[derive(Deserialize)]
pub(super) struct Why {
    #[serde(default)]
    why: String,
}

/// `GET /sign-in`
pub(super) async fn show(
    State(app): State<App>,
    Query(why): Query<Why>,
) -> Result<Html<String>, PageError> {
    let made_up = match app.story() {
        Some(_) => demo::made_up(&app).await?,
        None => Vec::new(),
    };
    let page = SignIn {
        notice: match why.why.as_str() {
            "out" => SignInNotice::SignedOut,
            "expired" => SignInNotice::Expired,
            "refused" => SignInNotice::Refused,
            "unknown" => SignInNotice::Unknown,
            "device" => SignInNotice::Device,
            _ => SignInNotice::None,
        },
        company: app.company().map(|company| company.name.clone()),
        made_up,
        csrf: String::new(),
    };
    Ok(Html(page.render()?))
}

/// `POST /sign-in/begin`
pub(super) async fn begin(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    app.takes_question(visitor.from)?;
    let id = app.chance().map_err(PageError::internal)?;
    let options = app.passkeys().begin_sign_in(id, app.now());
    Ok(begun(&app, &id, &options.map_err(PageError::internal)?))
}

/// What ends a sign-in.
#[derive(Deserialize)]
pub(super) struct Answer {
    credential: PublicKeyCredential,
}

/// `POST /sign-in/finish`
pub(super) async fn finish(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Result<Response, PageError> {
    app.takes_question(visitor.from)?;
    let refused = || StatusCode::FORBIDDEN.into_response();
    let Some(id) = ceremony(&headers) else {
        return Ok(refused());
    };
    let Ok((person, key)) = app.passkeys().whose(&answer.credential) else {
        return Ok(refused());
    };
    let kept = app.store().passkey(&key).await?;
    let Some(kept) = kept.filter(|kept| kept.person == person) else {
        return Ok(refused());
    };
    let mut passkey: Passkey = serde_json::from_slice(&kept.data).map_err(PageError::internal)?;
    let done = app
        .passkeys()
        .finish_sign_in(&id, &answer.credential, &mut passkey, app.now());
    if done.is_err() {
        return Ok(refused());
    }
    let data = serde_json::to_vec(&passkey).map_err(PageError::internal)?;
    app.store().use_passkey(&key, &data).await?;
    signed_in(&app, person).await
}

/// Begins a session: the answer has its cookie and where to go.
pub(super) async fn signed_in(app: &App, person: Token) -> Result<Response, PageError> {
    let secret = app.store().begin_session(&person, "", access::IDLE).await?;
    let cookie = access::set_cookie(app, SESSION, &secret, "/");
    let to = Json(serde_json::json!({ "to": "/overview" }));
    Ok(([(SET_COOKIE, cookie)], to).into_response())
}

/// `POST /sign-out`
pub(super) async fn out(
    State(app): State<App>,
    staff: Staff,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, PageError> {
    access::check(&staff.csrf, fields.one("csrf"))?;
    if let Some(secret) = cookie(&headers, SESSION).and_then(secret) {
        app.store().end_session(&secret).await?;
    }
    let cookie = access::end_cookie(SESSION, "/");
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/sign-in?why=out")).into_response())
}

/// The name of the ceremony that a browser has begun.
pub(super) fn ceremony(headers: &HeaderMap) -> Option<[u8; 32]> {
    cookie(headers, CEREMONY).and_then(secret)
}

/// The beginning of a ceremony: what the device is asked, and a cookie that its end brings back.
pub(super) fn begun(app: &App, id: &[u8; 32], options: &impl Serialize) -> Response {
    let cookie = access::set_cookie(app, CEREMONY, id, "/");
    ([(SET_COOKIE, cookie)], Json(options)).into_response()
}

const CEREMONY: &str = "ceremony";

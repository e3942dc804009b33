//! What only a demo has: signing in as a made-up person, and the story's clock. Elsewhere these are
//! pages that there are not.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};
use countersign_ledger::encoding::from_hex;
use countersign_ui::pages::staff::Turn;

use crate::access::{self, SESSION, Staff};
use crate::app::App;
use crate::demo;
use crate::error::PageError;
use crate::form::Fields;

/// `POST /demo/sign-in`
pub(super) async fn sign_in(State(app): State<App>, fields: Fields) -> Result<Response, PageError> {
    let story = app.story().ok_or(PageError::NotFound)?;
    let asked = fields.one("person");
    let mut people = demo::made_up(&app).await?.into_iter();
    let known = people.find(|person| person.token == asked);
    let person = known.and_then(|person| from_hex(&person.token)?.try_into().ok());
    let person = person.ok_or(PageError::NotFound)?;
    story.begin(app.now());
    let secret = app.store().begin_session(&person, "", access::IDLE).await?;
    let cookie = access::set_cookie(&app, SESSION, &secret, "/");
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/overview")).into_response())
}

/// `POST /demo/clock`
pub(super) async fn clock(
    State(app): State<App>,
    staff: Staff,
    fields: Fields,
) -> Result<Redirect, PageError> {
    let story = app.story().ok_or(PageError::NotFound)?;
    access::check(&staff.csrf, fields.one("csrf"))?;
    let turn = Turn::of(fields.one("do"));
    let turn = turn.ok_or_else(|| PageError::bad("the clock of the story has no such button"))?;
    story.turn(turn, app.now());
    let back = fields.one("back");
    // A page of this server and of no other: two slashes, or one and a backslash, begin a host.
    let is_own = back.starts_with('/') && !back[1..].starts_with(['/', '\\']);
    Ok(Redirect::to(if is_own { back } else { "/overview" }))
}

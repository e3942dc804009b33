//! A one-time link: whoever has it makes a passkey on an own device, or binds the company's account,
//! and works here from then on.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use countersign_core::record::{Grant, Person, Record};
use countersign_ledger::encoding::from_hex;
use countersign_ledger::leaf::Token;
use countersign_store::Event;
use countersign_ui::pages::staff::Join;
use serde::Deserialize;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

use super::sign_in::{begun, ceremony, signed_in};
use crate::access;
use crate::app::App;
use crate::error::PageError;
use crate::people::{self, Invited};
use crate::visitor::Visitor;

/// `GET /join/{token}`
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Html<String>, PageError> {
    app.takes_question(visitor.from)?;
    let invited = invited(&app, &token).await?;
    let inviter = match invited.by()? {
        Some(by) => app
            .store()
            .person(&by)
            .await?
            .and_then(|person| person.name),
        None => None,
    };
    let csrf = access::token(&link(&token)?);
    let page = Join {
        token,
        inviter,
        company: app.company().map(|company| company.name.clone()),
        roles: invited.roles,
        csrf,
    };
    Ok(Html(page.render()?))
}

/// What begins it.
#[derive(Deserialize)]
pub(super) struct Wish {
    token: String,
    name: String,
}

/// `POST /join/begin`
pub(super) async fn begin(
    State(app): State<App>,
    visitor: Visitor,
    Json(wish): Json<Wish>,
) -> Result<Response, PageError> {
    app.takes_question(visitor.from)?;
    invited(&app, &wish.token).await?;
    let name = name(&wish.name)?;
    let id = app.chance().map_err(PageError::internal)?;
    let person = app.chance().map_err(PageError::internal)?;
    let options = app.passkeys().begin_join(person, name, id, app.now());
    Ok(begun(&app, &id, &options.map_err(PageError::internal)?))
}

/// What ends it.
#[derive(Deserialize)]
pub(super) struct Answer {
    token: String,
    credential: RegisterPublicKeyCredential,
}

/// `POST /join/finish`
pub(super) async fn finish(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Result<Response, PageError> {
    app.takes_question(visitor.from)?;
    invited(&app, &answer.token).await?;
    let made = ceremony(&headers).and_then(|id| {
        app.passkeys()
            .finish_join(&id, &answer.credential, app.now())
            .ok()
    });
    let Some(made) = made else {
        return Ok(StatusCode::FORBIDDEN.into_response());
    };
    let data = serde_json::to_vec(&made.passkey).map_err(PageError::internal)?;
    // Taken now and not before: a ceremony that fails leaves the link as it was.
    let invited = take(&app, &answer.token).await?;
    // The passkey first: without it nobody could use what the ledger says.
    let id = made.passkey.cred_id().as_ref();
    app.store().add_passkey(id, &made.person, &data).await?;
    enrol(&app, &invited, made.person, made.name).await?;
    signed_in(&app, made.person).await
}

/// Puts on record that somebody works here, with what the link gives.
pub(super) async fn enrol(
    app: &App,
    invited: &Invited,
    person: Token,
    name: String,
) -> Result<(), PageError> {
    let by = invited.by()?;
    let event = |record| Event::new(record, person, by);
    let mut events = vec![event(Record::Person(Person { name }))];
    let grants = invited.roles.iter().map(|role| {
        Record::Grant(Grant {
            role: *role,
            held: true,
        })
    });
    events.extend(grants.map(event));
    app.append(events).await
}

/// A name as somebody gives it.
pub(super) fn name(typed: &str) -> Result<&str, PageError> {
    let name = typed.trim();
    let is_name = (1..=80).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !is_name {
        return Err(PageError::bad("a name has 1 to 80 letters"));
    }
    Ok(name)
}

/// Takes a link: of all who try, one gets what it gives.
pub(super) async fn take(app: &App, token: &str) -> Result<Invited, PageError> {
    let taken = app.store().take_link(&link(token)?).await?;
    Invited::read(&taken.ok_or(PageError::NotFound)?)
}

/// What a link gives.
pub(super) async fn invited(app: &App, token: &str) -> Result<Invited, PageError> {
    let found = app.store().link(&link(token)?).await?;
    let invited = Invited::read(&found.ok_or(PageError::NotFound)?)?;
    people::check(app, &invited.roles).await?;
    Ok(invited)
}

/// The secret of a link.
pub(super) fn link(token: &str) -> Result<[u8; 32], PageError> {
    let token = from_hex(token).and_then(|token| token.try_into().ok());
    token.ok_or(PageError::NotFound)
}

//! Signing in with the company's own sign-in, and binding an account there to who was invited.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use countersign_core::staff::Role;
use countersign_store::StoreError;
use countersign_ui::pages::staff::Onward;

use super::join;
use crate::access::{self, SESSION, cookie, secret};
use crate::app::App;
use crate::company::{Back, Chance, Company, CompanyError, Purpose};
use crate::error::PageError;
use crate::form::Fields;
use crate::people;
use crate::visitor::Visitor;

/// The cookie of a sign-in that has begun.
const COOKIE: &str = "company";
/// Where it is sent.
const PLACE: &str = "/sign-in/company";

/// `GET /sign-in/company`
pub(super) async fn begin(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    app.takes_question(visitor.from)?;
    let (cookie, to) = begun(&app, Purpose::SignIn).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to(&to)).into_response())
}

/// `POST /join/company`
pub(super) async fn join(
    State(app): State<App>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, PageError> {
    app.takes_question(visitor.from)?;
    let link = fields.one("token");
    let invited = join::invited(&app, link).await?;
    access::check(&access::token(&join::link(link)?), fields.one("csrf"))?;
    may_join(&invited.roles)?;
    let purpose = Purpose::Join {
        link: link.to_owned(),
        name: join::name(fields.one("name"))?.to_owned(),
    };
    let (cookie, to) = begun(&app, purpose).await?;
    let page = Onward {
        company: company(&app)?.name.clone(),
        to,
    };
    // A page between: the policy lets no form lead to another place, nor be led there.
    Ok(([(SET_COOKIE, cookie)], Html(page.render()?)).into_response())
}

/// `GET /sign-in/company/back`
pub(super) async fn back(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Result<Response, PageError> {
    app.takes_question(visitor.from)?;
    let company = company(&app)?;
    let ended = match cookie(&headers, COOKIE).and_then(secret) {
        Some(id) => company.end(&id, &back, app.now()).await,
        None => Err(CompanyError::Late),
    };
    let why = match ended {
        Ok((purpose, subject)) => match signed_in(&app, company, purpose, &subject).await? {
            Ok(response) => return Ok(response),
            Err(why) => why,
        },
        Err(error @ CompanyError::Provider(_)) => return Err(PageError::internal(error)),
        Err(error) => {
            tracing::warn!(%error, "a sign-in with the company's account was refused");
            "refused"
        }
    };
    let cookie = access::end_cookie(COOKIE, PLACE);
    let to = Redirect::to(&format!("/sign-in?why={why}"));
    Ok(([(SET_COOKIE, cookie)], to).into_response())
}

/// A session for whose account it is, or why there is none.
async fn signed_in(
    app: &App,
    company: &Company,
    purpose: Purpose,
    subject: &str,
) -> Result<Result<Response, &'static str>, PageError> {
    let issuer = company.issuer();
    let known = app.store().company_account(issuer, subject).await?;
    let person = match (purpose, known) {
        (Purpose::SignIn, None) => return Ok(Err("unknown")),
        (Purpose::SignIn, Some(person)) => {
            // Whoever opens names has a device for it, whatever they were before.
            if needs_device(&people::roles(app, &person).await?) {
                return Ok(Err("device"));
            }
            app.store().use_company_account(issuer, subject).await?;
            person
        }
        (Purpose::Join { .. }, Some(_)) => return Err(taken()),
        (Purpose::Join { link, name }, None) => {
            let invited = join::invited(app, &link).await?;
            may_join(&invited.roles)?;
            let invited = join::take(app, &link).await?;
            let person = app.chance().map_err(PageError::internal)?;
            // The account first: without it nobody could use what the ledger says.
            match app
                .store()
                .add_company_account(issuer, subject, &person)
                .await
            {
                Err(StoreError::Taken) => return Err(taken()),
                other => other?,
            }
            join::enrol(app, &invited, person, name).await?;
            person
        }
    };
    // A new one each time, whatever the browser had.
    let secret = app.store().begin_session(&person, "", access::IDLE).await?;
    let session = access::set_cookie(app, SESSION, &secret, "/");
    let mut response = Redirect::to("/overview").into_response();
    for cookie in [session, access::end_cookie(COOKIE, PLACE)] {
        let cookie = cookie.parse().map_err(PageError::internal)?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(Ok(response))
}

/// The cookie of a sign-in that begins, and the provider's page.
async fn begun(app: &App, purpose: Purpose) -> Result<(String, String), PageError> {
    let chance = || app.chance().map_err(PageError::internal);
    let id = chance()?;
    let chance = Chance {
        state: chance()?,
        nonce: chance()?,
        verifier: chance()?,
    };
    let to = company(app)?.begin(purpose, id, chance, app.now()).await;
    let to = to.map_err(PageError::internal)?;
    Ok((access::set_cookie(app, COOKIE, &id, PLACE), to.into()))
}

fn company(app: &App) -> Result<&Company, PageError> {
    app.company().ok_or(PageError::NotFound)
}

/// Whether somebody signs in with a passkey alone: who looks after the company's accounts can be
/// anybody there, and must not be able to open a name.
fn needs_device(roles: &[Role]) -> bool {
    roles.contains(&Role::KeyHolder)
}

fn may_join(roles: &[Role]) -> Result<(), PageError> {
    if needs_device(roles) {
        let why = "a key holder joins with a passkey on an own device and in no other way";
        return Err(PageError::Conflict(why.to_owned()));
    }
    Ok(())
}

fn taken() -> PageError {
    PageError::Conflict("this account belongs to somebody who works here already".to_owned())
}

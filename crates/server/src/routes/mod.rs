//! All routes: what each is, who may use it, and what handles it.
//!
//! `docs/spec/routes.md` has the same table; a test holds one against the other, and asks every
//! route as every role.

mod api;
mod assets;
mod audit;
mod cases;
mod health;
mod join;
mod overview;
mod people;
mod programs;
mod public;
mod report;
mod reports;
mod sign_in;
mod sources;
mod views;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, Method};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use countersign_core::program::May;
use countersign_core::staff::Role;
use countersign_ui::pages::staff::Room;

pub(crate) use self::api::word as standing_word;
use crate::access::{self, Who};
use crate::app::App;
use crate::{form, visitor};

/// A way to ask the server.
#[derive(Clone, Debug)]
pub struct Route {
    /// GET or POST.
    pub method: Method,
    /// With what changes in braces.
    pub path: &'static str,
    /// Who may.
    pub who: Who,
    handler: MethodRouter<App>,
}

const CASES: &[Role] = &[Role::Investigator, Role::Supervisor];
const REPORTS: Who = Who::Program(May::Reports);
const INVESTIGATES: Who = Who::Roles(&[Role::Investigator]);

fn room(room: Room) -> Who {
    Who::Roles(room.roles())
}

fn shows(path: &'static str, who: Who, handler: MethodRouter<App>) -> Route {
    Route {
        method: Method::GET,
        path,
        who,
        handler,
    }
}

fn takes(path: &'static str, who: Who, handler: MethodRouter<App>) -> Route {
    Route {
        method: Method::POST,
        path,
        who,
        handler,
    }
}

/// All routes.
#[must_use]
pub fn all() -> Vec<Route> {
    let cases = Who::Roles(CASES);
    vec![
        shows("/", Who::Anyone, get(public::front)),
        shows("/help", Who::Anyone, get(public::help)),
        shows("/assets/{name}", Who::Anyone, get(assets::file)),
        shows("/favicon.ico", Who::Anyone, get(assets::icon)),
        shows("/healthz", Who::Anyone, get(health::lives)),
        shows("/readyz", Who::Anyone, get(health::is_ready)),
        shows("/report", Who::Anyone, get(report::begin)),
        shows("/report/{step}", Who::Anyone, get(report::show)),
        takes("/report/{step}", Who::Anyone, post(report::take)),
        shows("/report/sent", Who::Anyone, get(report::sent)),
        shows("/report/state", Who::Anyone, get(public::ask_state)),
        takes("/report/state", Who::Anyone, post(public::state)),
        shows("/report/code", Who::Anyone, get(public::ask_code)),
        takes("/report/code", Who::Anyone, post(public::code)),
        shows("/sign-in", Who::Anyone, get(sign_in::show)),
        takes("/sign-in/begin", Who::Anyone, post(sign_in::begin)),
        takes("/sign-in/finish", Who::Anyone, post(sign_in::finish)),
        takes("/sign-out", Who::SignedIn, post(sign_in::out)),
        shows("/join/{token}", Who::Anyone, get(join::show)),
        takes("/join/begin", Who::Anyone, post(join::begin)),
        takes("/join/finish", Who::Anyone, post(join::finish)),
        shows("/overview", Who::SignedIn, get(overview::show)),
        shows("/reports", room(Room::Reports), get(reports::list)),
        shows(
            "/reports/{reference}",
            room(Room::Reports),
            get(reports::one),
        ),
        shows("/cases", cases, get(cases::list)),
        shows("/cases/open", INVESTIGATES, get(cases::form)),
        takes("/cases/open", INVESTIGATES, post(cases::check)),
        takes("/cases/open/sure", INVESTIGATES, post(cases::open)),
        shows("/cases/{reference}", cases, get(cases::one)),
        shows("/cases/{reference}/events", cases, get(cases::events)),
        shows("/people", room(Room::People), get(people::list)),
        takes("/people", room(Room::People), post(people::invite)),
        shows("/audit", room(Room::Audit), get(audit::list)),
        shows("/sources", room(Room::Sources), get(sources::list)),
        shows("/programs", room(Room::Programs), get(programs::list)),
        takes("/programs", room(Room::Programs), post(programs::make)),
        takes("/programs/end", room(Room::Programs), post(programs::end)),
        takes(
            "/api/v1/views",
            Who::Program(May::Views),
            post(views::take).layer(DefaultBodyLimit::max(views::LONGEST)),
        ),
        takes("/api/v1/reports", REPORTS, post(api::hand_in)),
        shows("/api/v1/reports/{reference}", REPORTS, get(api::state)),
        shows("/api/v1/openapi.json", Who::Anyone, get(api::description)),
    ]
}

/// The server's answer to everything.
pub(crate) fn router(app: App) -> Router {
    let mut router = Router::new();
    for route in all() {
        let guard = middleware::from_fn_with_state((app.clone(), route.who), access::guard);
        router = router.route(route.path, route.handler.layer(guard));
    }
    router
        .layer(middleware::from_fn_with_state(
            app.clone(),
            access::same_place,
        ))
        .layer(middleware::from_fn_with_state(app.clone(), visitor::drawn))
        .layer(middleware::from_fn(headers))
        .layer(DefaultBodyLimit::max(form::LONGEST))
        .with_state(app)
}

/// What every answer says to the browser.
async fn headers(request: Request, next: Next) -> Response {
    let is_asset = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut put = |name, value| _ = headers.insert(name, HeaderValue::from_static(value));
    put("content-security-policy", POLICY);
    put("x-content-type-options", "nosniff");
    put("referrer-policy", "no-referrer");
    put("cross-origin-opener-policy", "same-origin");
    put("cross-origin-resource-policy", "same-origin");
    put(
        "cache-control",
        if is_asset {
            "public, max-age=3600"
        } else {
            "no-store"
        },
    );
    response
}

/// Nothing but the server's own style and scripts.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

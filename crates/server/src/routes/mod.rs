//! All routes: what each is, who may use it, and what handles it.
//!
//! `docs/spec/routes.md` has the same table; a test holds one against the other, and asks every
//! route as every role.

mod api;
mod asks;
mod assets;
mod audit;
mod cases;
mod company;
mod demo;
mod enter;
mod evidence;
mod health;
mod join;
mod keeps;
mod overview;
mod people;
mod programs;
mod public;
mod quorum;
mod report;
mod reports;
mod settings;
mod sign_in;
mod sources;
mod tables;
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
use crate::keeps::LARGEST_FILE;
use crate::tables::LARGEST;
use crate::{form, upload, visitor};

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
const HANDS_IN: Who = Who::Roles(&[Role::Investigator, Role::Agent]);
/// The second person.
const TAKES: Who = Who::Roles(&[Role::Supervisor]);
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
        shows("/sign-in/company", Who::Anyone, get(company::begin)),
        shows("/sign-in/company/back", Who::Anyone, get(company::back)),
        takes("/sign-out", Who::SignedIn, post(sign_in::out)),
        takes("/demo/sign-in", Who::Anyone, post(demo::sign_in)),
        takes("/demo/clock", Who::SignedIn, post(demo::clock)),
        shows("/join/{token}", Who::Anyone, get(join::show)),
        takes("/join/begin", Who::Anyone, post(join::begin)),
        takes("/join/finish", Who::Anyone, post(join::finish)),
        takes("/join/company", Who::Anyone, post(company::join)),
        shows("/overview", Who::SignedIn, get(overview::show)),
        shows("/reports", room(Room::Reports), get(reports::list)),
        shows("/reports/enter", room(Room::Enter), get(enter::form)),
        takes("/reports/enter", room(Room::Enter), post(enter::take)),
        shows("/reports/table", room(Room::Tables), get(tables::list)),
        takes(
            "/reports/table",
            HANDS_IN,
            post(tables::hand_in).layer(upload::limit(LARGEST)),
        ),
        shows(
            "/reports/table/{table}",
            room(Room::Tables),
            get(tables::one),
        ),
        takes("/reports/table/{table}/take", TAKES, post(tables::take)),
        takes(
            "/reports/table/{table}/refuse",
            room(Room::Tables),
            post(tables::refuse),
        ),
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
        takes("/cases/{reference}/assign", TAKES, post(cases::assign)),
        shows("/cases/{reference}/evidence", cases, get(evidence::show)),
        takes("/cases/{reference}/evidence", cases, post(evidence::pack)),
        shows("/cases/{reference}/ask", cases, get(asks::form)),
        takes("/cases/{reference}/ask", cases, post(asks::ask)),
        shows("/cases/{reference}/reply", cases, get(asks::reply_form)),
        takes("/cases/{reference}/reply", cases, post(asks::reply)),
        shows("/asks", room(Room::Asks), get(asks::list)),
        shows("/asks/{name}", room(Room::Asks), get(asks::one)),
        takes("/asks/{name}", room(Room::Asks), post(asks::answer)),
        shows("/quorum", room(Room::Quorum), get(quorum::show)),
        takes("/quorum/key", room(Room::Quorum), post(quorum::make_key)),
        takes("/quorum/deal", room(Room::Quorum), post(quorum::deal)),
        takes("/cases/{reference}/notes", cases, post(keeps::note)),
        takes(
            "/cases/{reference}/files",
            cases,
            post(keeps::file).layer(upload::limit(LARGEST_FILE)),
        ),
        shows("/cases/{reference}/files/{file}", cases, get(keeps::fetch)),
        shows("/cases/{reference}/timeline", cases, get(keeps::timeline)),
        shows("/cases/{reference}/timeline.csv", cases, get(keeps::table)),
        shows("/people", room(Room::People), get(people::list)),
        takes("/people", room(Room::People), post(people::invite)),
        shows("/audit", room(Room::Audit), get(audit::list)),
        shows("/sources", room(Room::Sources), get(sources::list)),
        shows("/programs", room(Room::Programs), get(programs::list)),
        takes("/programs", room(Room::Programs), post(programs::make)),
        takes("/programs/end", room(Room::Programs), post(programs::end)),
        shows("/settings", room(Room::Settings), get(settings::show)),
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
    let policy = HeaderValue::from_static(POLICY);
    // What is narrower still stays.
    headers.entry("content-security-policy").or_insert(policy);
    let mut put = |name, value| _ = headers.insert(name, HeaderValue::from_static(value));
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

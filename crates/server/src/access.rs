//! Who asks: the session of somebody who works here, their roles, and the guard before each route.
//!
//! A route can't be mounted without saying who may use it ([`Who`]), and a handler gets a [`Staff`]
//! from nowhere but the guard that has held that against the session (decision 23).

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use countersign_core::program::May;
use countersign_core::staff::Role;
use countersign_ledger::encoding::{from_hex, hex};
use countersign_ledger::leaf::Token;
use countersign_ui::pages::staff::{Room, Shell, Story};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::error::PageError;
use crate::{people, program};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Anyone,
    /// Who works here, whatever their roles.
    SignedIn,
    /// Who has one of these roles.
    Roles(&'static [Role]),
    /// A program whose token allows this; no person, whatever their roles.
    Program(May),
}

impl Who {
    /// Whether somebody with these roles may; nobody signed in: none.
    #[must_use]
    pub fn admits(self, roles: Option<&[Role]>) -> bool {
        match (self, roles) {
            (Self::Anyone, _) | (Self::SignedIn, Some(_)) => true,
            (Self::Roles(these), Some(roles)) => roles.iter().any(|role| these.contains(role)),
            (Self::SignedIn | Self::Roles(_), None) | (Self::Program(_), _) => false,
        }
    }

    /// Whether a program whose token allows this may.
    #[must_use]
    pub fn admits_program(self, may: &[May]) -> bool {
        match self {
            Self::Anyone => true,
            Self::Program(this) => may.contains(&this),
            Self::SignedIn | Self::Roles(_) => false,
        }
    }
}

/// Somebody who works here and may use the route that they asked for.
#[derive(Clone, Debug)]
pub(crate) struct Staff {
    pub(crate) person: Token,
    pub(crate) name: String,
    pub(crate) roles: Vec<Role>,
    /// Token of their forms.
    pub(crate) csrf: String,
    /// The story's clock, in a demo.
    story: Option<Box<Story>>,
}

impl Staff {
    /// The frame of a page in a room.
    pub(crate) fn shell(&self, here: Room) -> Shell {
        Shell {
            name: self.name.clone(),
            roles: self.roles.clone(),
            here,
            csrf: self.csrf.clone(),
            story: self.story.clone(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Staff {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        // There is none on a route for everybody: then nobody is signed in for it.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(PageError::SignIn)
    }
}

/// The guard before a route.
pub(crate) async fn guard(
    State((app, who)): State<(App, Who)>,
    mut request: Request,
    next: Next,
) -> Response {
    if who == Who::Anyone {
        return next.run(request).await;
    }
    if let Who::Program(may) = who {
        let response = match program::asking(&app, request.headers(), may).await {
            Ok(program) => {
                request.extensions_mut().insert(program);
                next.run(request).await
            }
            Err(error) => error.into_response(),
        };
        return crate::error::drawn(response, crate::error::Reader::Program);
    }
    let staff = match session(&app, request.headers()).await {
        Ok(Some(mut staff)) => {
            let story = app.story();
            let here = request.uri().path();
            staff.story = story.map(|story| Box::new(story.shown(app.now(), here)));
            staff
        }
        Ok(None) => return PageError::SignIn.into_response(),
        Err(error) => return error.into_response(),
    };
    let shell = staff.shell(Room::Overview);
    let reader = crate::error::Reader::Staff(shell);
    let response = if who.admits(Some(&staff.roles)) {
        request.extensions_mut().insert(staff);
        next.run(request).await
    } else {
        let Who::Roles(roles) = who else {
            return PageError::SignIn.into_response();
        };
        PageError::Forbidden(roles).into_response()
    };
    crate::error::drawn(response, reader)
}

/// Whose session a request has.
pub(crate) async fn session(app: &App, headers: &HeaderMap) -> Result<Option<Staff>, PageError> {
    let Some(secret) = cookie(headers, SESSION).and_then(secret) else {
        return Ok(None);
    };
    let Some(session) = app.store().session(&secret).await? else {
        return Ok(None);
    };
    let Some(person) = app.store().person(&session.person).await? else {
        return Ok(None);
    };
    // Whoever was erased works here no longer.
    let Some(name) = person.name else {
        return Ok(None);
    };
    let now = app.now();
    if now.saturating_sub(session.seen) >= SEEN {
        let left = (session.begun + LONGEST).saturating_sub(now);
        app.store().see_session(&secret, left.min(IDLE)).await?;
    }
    Ok(Some(Staff {
        person: person.token,
        name,
        roles: people::roles(app, &session.person).await?,
        csrf: token(&secret),
        story: None,
    }))
}

/// Refuses what a browser sends for the page of another place, whatever it carries.
pub(crate) async fn same_place(State(app): State<App>, request: Request, next: Next) -> Response {
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD);
    if harmless || is_own(&app, request.headers()) {
        return next.run(request).await;
    }
    PageError::bad("it was sent by the page of another place").into_response()
}

fn is_own(app: &App, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
        Some(b"same-origin" | b"none") => return true,
        Some(_) => return false,
        None => {}
    }
    match text(ORIGIN) {
        // No browser leaves both out of a post.
        None => !headers.contains_key(ORIGIN),
        Some(origin) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            origin == app.config().address || (host.is_some() && host == text(HOST))
        }
    }
}

/// A cookie's value.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(COOKIE).into_iter();
    let pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// The secret that a cookie holds.
pub(crate) fn secret(cookie: &str) -> Option<[u8; 32]> {
    from_hex(cookie)?.try_into().ok()
}

/// The token that the forms of a secret's owner carry.
pub(crate) fn token(secret: &[u8; 32]) -> String {
    #[expect(
        clippy::expect_used,
        reason = "a key of 32 bytes is one of those that HMAC takes"
    )]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length is taken");
    mac.update(b"countersign/forms/1");
    let tag: [u8; 32] = mac.finalize().into_bytes().into();
    hex(&tag[..16])
}

/// Whether a form carries its owner's token.
pub(crate) fn check(wanted: &str, given: &str) -> Result<(), PageError> {
    // Compared by digest, so that the time says nothing of how much fits.
    if Sha256::digest(wanted) == Sha256::digest(given) {
        Ok(())
    } else {
        Err(PageError::bad("the form is too old: open the page again"))
    }
}

/// The cookie of a session.
pub(crate) const SESSION: &str = "session";
/// Milliseconds after which a session that nobody uses ends.
pub(crate) const IDLE: u64 = 30 * 60 * 1000;
/// Milliseconds after which the use of a session is noted again.
const SEEN: u64 = 60 * 1000;
/// Milliseconds after which any session ends.
pub(crate) const LONGEST: u64 = 12 * 60 * 60 * 1000;

/// A cookie that no script reads and no other place's page sends; gone with the browser's window.
pub(crate) fn set_cookie(app: &App, name: &str, secret: &[u8; 32], path: &str) -> String {
    let secure = if app.config().address.starts_with("https://") {
        "; Secure"
    } else {
        ""
    };
    format!(
        "{name}={}; Path={path}; HttpOnly; SameSite=Lax{secure}",
        hex(secret)
    )
}

/// Ends a cookie.
pub(crate) fn end_cookie(name: &str, path: &str) -> String {
    format!("{name}=; Path={path}; HttpOnly; SameSite=Lax; Max-Age=0")
}

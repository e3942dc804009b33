//! Programs that speak to the server: what each shows, and what it may.
//!
//! A program shows `Authorization: Bearer countersign_…` with every request. No browser adds that by
//! itself, so that no page of another place can borrow it.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use countersign_core::program::May;
use countersign_core::record::{Program as Said, ProgramEnded, Record};
use countersign_ledger::encoding::{from_hex, hex};
use countersign_ledger::leaf::Token;
use countersign_store::{Event, ProgramRow};

use crate::access::Staff;
use crate::app::App;
use crate::error::PageError;

/// A program that may use the route that it asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    /// Whom entries name.
    pub(crate) token: Token,
}

impl<S: Send + Sync> FromRequestParts<S> for Program {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        // There is none on a route that is not for programs.
        let program = parts.extensions.get::<Self>();
        program.copied().ok_or(PageError::NoToken)
    }
}

/// The program that asks, if it may.
pub(crate) async fn asking(app: &App, headers: &HeaderMap, may: May) -> Result<Program, PageError> {
    let shown = headers.get(AUTHORIZATION).ok_or(PageError::NoToken)?;
    let secret = shown.to_str().ok().and_then(secret);
    let secret = secret.ok_or(PageError::WrongToken)?;
    let program = app.store().program_of(&secret).await?;
    let program = program.ok_or(PageError::WrongToken)?;
    let now = app.now();
    if program
        .used
        .is_none_or(|used| now.saturating_sub(used) >= SEEN)
    {
        app.store().see_token(&program.token).await?;
    }
    if !program.may.contains(&may) {
        return Err(PageError::MayNot(may));
    }
    Ok(Program {
        token: program.token,
    })
}

/// Lets a program speak; gives what it shows from then on, which is nowhere else.
pub(crate) async fn make(
    app: &App,
    staff: &Staff,
    name: String,
    may: Vec<May>,
) -> Result<String, PageError> {
    let subject = app.chance().map_err(PageError::internal)?;
    // The secret first: without it nobody could use what the ledger says.
    let secret = app.store().make_token(&subject).await?;
    let event = Event::new(
        Record::Program(Said { name, may }),
        subject,
        Some(staff.person),
    );
    app.append(vec![event]).await?;
    Ok(format!("{PREFIX}{}", hex(&secret)))
}

/// Lets a program speak no longer.
pub(crate) async fn end(app: &App, staff: &Staff, program: &ProgramRow) -> Result<(), PageError> {
    if program.ended.is_none() {
        let event = Event::new(
            Record::ProgramEnded(ProgramEnded {}),
            program.token,
            Some(staff.person),
        );
        app.append(vec![event]).await?;
    }
    Ok(app.store().end_tokens_of(&program.token).await?)
}

/// The secret of a header.
fn secret(shown: &str) -> Option<[u8; 32]> {
    let (scheme, token) = shown.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    from_hex(token.trim().strip_prefix(PREFIX)?)?
        .try_into()
        .ok()
}

/// What a token begins with, so that whoever finds one knows what it is.
const PREFIX: &str = "countersign_";
/// Milliseconds after which the use of a token is noted again.
const SEEN: u64 = 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_shown() {
        let token = format!("{PREFIX}{}", hex(&[7; 32]));
        assert_eq!(secret(&format!("Bearer {token}")), Some([7; 32]));
        assert_eq!(secret(&format!("bearer  {token} ")), Some([7; 32]));
        for wrong in [
            token.clone(),
            format!("Basic {token}"),
            format!("Bearer {}", hex(&[7; 32])),
            format!("Bearer {token}00"),
            "Bearer countersign_".to_owned(),
            "Bearer".to_owned(),
        ] {
            assert_eq!(secret(&wrong), None, "{wrong}");
        }
    }
}

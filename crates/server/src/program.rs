//! Programs that speak to the server: what each shows, and what it may.
//!
//! A program shows `Authorization: Bearer countersign_…` with every request. No browser adds that by
//! itself, so that no page of another place can borrow it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use countersign_core::program::May;
use countersign_core::record::{Program as Said, ProgramEnded, Record};
use countersign_ledger::encoding::{from_hex, hex};
use countersign_ledger::leaf::Token;
use countersign_store::{Event, ProgramRow};
use sha2::{Digest as _, Sha256};

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
    let now = app.now();
    let program = match app.programs().of(&secret, now) {
        Some(known) => known,
        None => {
            let turn = app.programs().turn();
            let program = app.store().program_of(&secret).await?;
            let program = program.ok_or(PageError::WrongToken)?;
            if program
                .used
                .is_none_or(|used| now.saturating_sub(used) >= SEEN)
            {
                app.store().see_token(&program.token).await?;
            }
            app.programs().learn(&secret, &program, now, turn);
            program
        }
    };
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
    let ended = app.store().end_tokens_of(&program.token).await;
    app.programs().forget();
    Ok(ended?)
}

/// Programs that asked within the last second: one that hands in hundreds of reports a second is not
/// looked for each time. Whoever ends one is obeyed at once.
#[derive(Debug, Default)]
pub(crate) struct Programs(Mutex<Recent>);

#[derive(Default)]
struct Recent {
    /// By SHA-256 of what they show.
    of: HashMap<[u8; 32], (u64, ProgramRow)>,
    /// How often all were forgotten.
    turn: u64,
}

impl core::fmt::Debug for Recent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} programs", self.of.len())
    }
}

impl Programs {
    fn of(&self, secret: &[u8; 32], now: u64) -> Option<ProgramRow> {
        let recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, program) = recent.of.get(&hash_of(secret))?;
        (now.saturating_sub(*at) < AGAIN).then(|| program.clone())
    }

    fn turn(&self) -> u64 {
        let recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.turn
    }

    /// Keeps what was read before nobody forgot it.
    fn learn(&self, secret: &[u8; 32], program: &ProgramRow, now: u64, turn: u64) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.turn == turn {
            recent
                .of
                .retain(|_, (at, _)| now.saturating_sub(*at) < AGAIN);
            recent.of.insert(hash_of(secret), (now, program.clone()));
        }
    }

    fn forget(&self) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.turn += 1;
        recent.of.clear();
    }
}

fn hash_of(secret: &[u8; 32]) -> [u8; 32] {
    Sha256::digest(secret).into()
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
/// Milliseconds for which a program is not looked for again.
const AGAIN: u64 = 1000;
/// Milliseconds after which the use of a token is noted again.
const SEEN: u64 = 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_for_a_second_and_not_once_it_was_forgotten() {
        let programs = Programs::default();
        let program = ProgramRow {
            token: [1; 16],
            seq: 3,
            by: None,
            name: Some("hotline".to_owned()),
            may: vec![May::Reports],
            ended: None,
            used: None,
        };
        let turn = programs.turn();
        programs.learn(&[7; 32], &program, 5_000, turn);
        assert!(programs.of(&[7; 32], 5_999).is_some());
        assert!(programs.of(&[8; 32], 5_999).is_none());
        assert!(programs.of(&[7; 32], 6_000).is_none());
        programs.forget();
        assert!(programs.of(&[7; 32], 5_500).is_none());
        // What was read before it was ended is not kept after.
        programs.learn(&[7; 32], &program, 5_500, turn);
        assert!(programs.of(&[7; 32], 5_600).is_none());
    }

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

//! The way in: with a passkey, or by a one-time link that makes one.
//!
//! `assets/passkey.js` speaks JSON with the server, binary as base64url without padding, and sends
//! the page's token as `x-csrf-token`:
//!
//! | post | body | answer |
//! |---|---|---|
//! | `/sign-in/begin` | `{}` | `{"publicKey": ...}`, the options of `navigator.credentials.get` |
//! | `/sign-in/finish` | `{"credential": ...}` | `{"to": "/overview"}` |
//! | `/join/begin` | `{"token": .., "name": ..}` | `{"publicKey": ...}`, the options of `navigator.credentials.create` |
//! | `/join/finish` | `{"token": .., "name": .., "credential": ...}` | `{"to": "/overview"}` |
//!
//! An answer that is not 2xx may say why: `{"said": "this link was used already"}`.

use askama::Template;
use countersign_core::staff::Role;

use super::shell::roles_said;
use super::story::MadeUpPerson;
use crate::pages::show::filters;

/// What the sign-in page says above the button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInNotice {
    /// Nothing.
    None,
    /// The person has just signed out.
    SignedOut,
    /// The session ended by itself.
    Expired,
    /// The passkey, or the company's sign-in, was not accepted.
    Refused,
}

/// `GET /sign-in`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/sign_in.html")]
pub struct SignIn {
    /// What to say above the button.
    pub notice: SignInNotice,
    /// Where "Sign in with your company" leads, if it is set up.
    pub company: Option<String>,
    /// In a demo: whom one may be with one click.
    pub made_up: Vec<MadeUpPerson>,
    /// Token against forged posts.
    pub csrf: String,
}

/// `GET /join/<token>`: somebody was invited.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/join.html")]
pub struct Join {
    /// Of the link, handed back by the script.
    pub token: String,
    /// Who invites; `None` for the first person, whom the server itself invites.
    pub inviter: Option<String>,
    /// Which roles the invited person gets.
    pub roles: Vec<Role>,
    /// Token against forged posts.
    pub csrf: String,
}

impl Join {
    fn roles_said(&self) -> String {
        roles_said(&self.roles, "and")
    }
}

pages!(SignIn, Join);

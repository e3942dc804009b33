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
    /// The company's sign-in said who it is, and that is nobody here.
    Unknown,
    /// Who holds a key needs an own device.
    Device,
}

/// `GET /sign-in`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/sign_in.html")]
pub struct SignIn {
    /// What to say above the button.
    pub notice: SignInNotice,
    /// What the company's own sign-in is called, if there is one.
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
    /// What the company's own sign-in is called, if there is one.
    pub company: Option<String>,
    /// Which roles the invited person gets.
    pub roles: Vec<Role>,
    /// Token against forged posts.
    pub csrf: String,
}

impl Join {
    fn roles_said(&self) -> String {
        roles_said(&self.roles, "and")
    }

    /// Whether the roles need an own device.
    fn needs_device(&self) -> bool {
        self.roles.contains(&Role::KeyHolder)
    }
}

/// Between `POST /join/company` and the provider's page: no form may lead to another place.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/onward.html")]
pub struct Onward {
    /// What the company's own sign-in is called.
    pub company: String,
    /// The provider's page.
    pub to: String,
}

pages!(SignIn, Join, Onward);

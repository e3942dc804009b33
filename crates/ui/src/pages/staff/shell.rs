//! What stands around each page of staff: who is signed in, and where they may go.

use core::fmt::Write as _;

use countersign_core::staff::Role;

use super::story::Story;
use crate::pages::parts::Problem;
use crate::plain;

/// The rooms of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// What waits.
    Overview,
    /// What customers reported.
    Reports,
    /// Cases.
    Cases,
    /// What needs another person.
    Asks,
    /// The keys that open names.
    Quorum,
    /// Who works here.
    People,
    /// The ledger.
    Audit,
    /// Where views come from, and how the server is.
    Sources,
    /// Programs that may speak to the server.
    Programs,
    /// How the server is set.
    Settings,
    /// What customers say on the phone.
    Enter,
    /// Tables of reports that were handed in.
    Tables,
}

impl Room {
    /// All rooms, in the order of the navigation.
    pub const ALL: &[Self] = &[
        Self::Overview,
        Self::Enter,
        Self::Reports,
        Self::Tables,
        Self::Cases,
        Self::Asks,
        Self::Quorum,
        Self::People,
        Self::Audit,
        Self::Sources,
        Self::Programs,
        Self::Settings,
    ];

    /// Its first page.
    #[must_use]
    pub fn address(self) -> &'static str {
        match self {
            Self::Overview => "/overview",
            Self::Reports => "/reports",
            Self::Cases => "/cases",
            Self::Asks => "/asks",
            Self::Quorum => "/quorum",
            Self::People => "/people",
            Self::Audit => "/audit",
            Self::Sources => "/sources",
            Self::Programs => "/programs",
            Self::Settings => "/settings",
            Self::Enter => "/reports/enter",
            Self::Tables => "/reports/table",
        }
    }

    /// What it is called.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Reports => "Reports",
            Self::Cases => "Cases",
            Self::Asks => "Second person",
            Self::Quorum => "Keys",
            Self::People => "People",
            Self::Audit => "Audit",
            Self::Sources => "Sources",
            Self::Programs => "Programs",
            Self::Settings => "Settings",
            Self::Enter => "Enter a call",
            Self::Tables => "Tables",
        }
    }

    /// Who may open it: anybody with one of these.
    #[must_use]
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Overview => &Role::ALL,
            Self::Reports | Self::Cases => &[Role::Investigator, Role::Supervisor],
            Self::Asks => &[Role::Investigator, Role::Supervisor, Role::KeyHolder],
            Self::Quorum => &[Role::KeyHolder],
            Self::People => &[Role::KeyHolder, Role::Supervisor],
            Self::Audit => &[Role::Auditor],
            Self::Sources | Self::Settings => &[Role::Operator],
            Self::Programs => &[Role::Operator, Role::Supervisor],
            Self::Enter => &[Role::Agent],
            Self::Tables => &[Role::Investigator, Role::Supervisor, Role::Agent],
        }
    }

    /// Whether somebody with these roles may open it.
    #[must_use]
    pub fn is_open_to(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles().contains(role))
    }
}

/// Who is signed in, and where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    /// Their name.
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// The room that the page is in.
    pub here: Room,
    /// Token against forged posts, of every form on the page.
    pub csrf: String,
    /// The story's clock, in a demo.
    pub story: Option<Box<Story>>,
}

impl Shell {
    /// Whether this person may open a room.
    #[must_use]
    pub fn may(&self, room: Room) -> bool {
        room.is_open_to(&self.roles)
    }

    pub(crate) fn rooms(&self) -> impl Iterator<Item = Room> {
        Room::ALL.iter().copied().filter(|room| self.may(*room))
    }

    /// The roles in words: `investigator and supervisor`.
    pub(crate) fn roles_said(&self) -> String {
        roles_said(&self.roles, "and")
    }
}

/// Roles as a person would say them.
pub(crate) fn roles_said(roles: &[Role], last: &str) -> String {
    let words: Vec<String> = roles
        .iter()
        .map(|role| role_said(*role).to_owned())
        .collect();
    plain::list(&words, last)
}

pub(crate) fn role_said(role: Role) -> &'static str {
    match role {
        Role::Investigator => "investigator",
        Role::Supervisor => "supervisor",
        Role::KeyHolder => "key holder",
        Role::Auditor => "auditor",
        Role::Agent => "agent",
        Role::Operator => "operator",
    }
}

/// A field of a form that can't be taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormError {
    /// The field, which is also its id on the page.
    pub field: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

/// Where a long list goes on, as the server's cursors say; `None` at an end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursors {
    /// For `?before=`.
    pub older: Option<String>,
    /// For `?after=`.
    pub newer: Option<String>,
}

impl FormError {
    pub(crate) fn new(field: &'static str, message: &str) -> Self {
        Self {
            field,
            message: message.to_owned(),
        }
    }
}

/// Errors as the box at the top lists them.
pub(crate) fn problems(errors: &[FormError]) -> Vec<Problem> {
    let problem = |error: &FormError| Problem {
        link: format!("#{}", error.field),
        message: error.message.clone(),
    };
    errors.iter().map(problem).collect()
}

/// What is wrong with one field.
pub(crate) fn wrong(errors: &[FormError], field: &str) -> Option<String> {
    let error = errors.iter().find(|error| error.field == field);
    error.map(|error| error.message.clone())
}

impl Cursors {
    /// Links to the newer and the older page, with what else stands in the address.
    pub(crate) fn links(&self, address: &str, query: &str) -> (Option<String>, Option<String>) {
        let link =
            |name: &str, cursor: &String| format!("{address}?{query}{name}={}", encoded(cursor));
        (
            self.newer.as_ref().map(|cursor| link("after", cursor)),
            self.older.as_ref().map(|cursor| link("before", cursor)),
        )
    }
}

/// A value as it may stand in an address.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a string can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

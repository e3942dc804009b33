//! The first page after sign-in: what waits.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::respond::burst::Burst;
use countersign_core::time::Second;

use super::Shell;
use super::shell::Room;
use crate::pages::show::{self, filters};

/// `GET /overview`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/overview.html")]
pub struct Overview {
    /// Around the page.
    pub shell: Shell,
    /// When the page was made.
    pub now: Second,
    /// Cases whose evidence moved since this person looked.
    pub moved: Vec<Moved>,
    /// Cases whose reports came much faster than before.
    pub bursts: Vec<Sudden>,
    /// Sources that have said nothing for longer than they should.
    pub silent: Vec<Silent>,
    /// Figures of the whole server.
    pub numbers: Numbers,
}

/// A case whose evidence moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which case.
    pub reference: Reference,
    /// What it is called.
    pub title: String,
    /// When it moved.
    pub at: Second,
}

/// A case whose reports came much faster than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sudden {
    /// Which case.
    pub reference: Reference,
    /// What it is called.
    pub title: String,
    /// How fast.
    pub burst: Burst,
}

/// A source that is silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    /// Which.
    pub name: String,
    /// Since when; `None`: it never said anything.
    pub since: Option<Second>,
}

/// Figures of the whole server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Reports in all.
    pub reports: u64,
    /// Of them, verified.
    pub verified: u64,
    /// Of them, waiting for their code.
    pub waiting: u64,
    /// Of them, received in the last 24 hours.
    pub today: u64,
    /// Open cases.
    pub cases: u64,
}

pages!(Overview);

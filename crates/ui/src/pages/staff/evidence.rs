//! The evidence of a case, to be handed to others.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::time::Second;

use super::Shell;
use crate::pages::parts::{Choice, Chosen, Group, Part, ProblemWords};
use crate::pages::show::{self, filters};

/// `GET /cases/<reference>/evidence`.
///
/// Its form posts `csrf` and any of [`Also`] as `also` to the same address, which answers with the
/// bundle.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/evidence.html")]
pub struct CaseEvidence {
    /// Around the page.
    pub shell: Shell,
    /// How people speak of the case.
    pub reference: Reference,
    /// What it is called.
    pub title: String,
    /// The key that signs the log, as `countersign verify --key` takes it.
    pub key: String,
    /// The run whose verdict is packed; none: nothing may be handed out yet.
    pub run: Option<u32>,
    /// What was packed, newest first.
    pub packed: Vec<PackedRow>,
}

/// A bundle that was packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedRow {
    /// When.
    pub at: Second,
    /// By whom; none: somebody who was erased.
    pub by: Option<String>,
    /// SHA-256 of its manifest.
    pub manifest: String,
}

/// What a bundle holds beside what it always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Also {
    /// Names that a quorum opened.
    Names,
    /// What notes say, and what files are called.
    Notes,
}

impl Also {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Names, Self::Notes];

    /// The word that forms use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Notes => "notes",
        }
    }

    fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::Names => (
                "Names that a quorum opened",
                "For the police, a court, or whoever else has to know whom.",
            ),
            Self::Notes => (
                "What notes say, and what files are called",
                "They may name anybody: read them before.",
            ),
        }
    }
}

impl CaseEvidence {
    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    fn part(&self) -> Part {
        let choice = |also: Also| {
            let (label, hint) = also.said();
            Choice {
                value: also.word(),
                label: label.to_owned(),
                hint: hint.to_owned(),
                chosen: Chosen::No,
            }
        };
        Part::Checks(Group {
            id: "also",
            legend: "What it holds besides".to_owned(),
            choices: Also::ALL.map(choice).to_vec(),
            ..Group::default()
        })
    }
}

pages!(CaseEvidence);

//! What was asked, as rows: on the case, and as the list of what waits.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::second::Wish;
use countersign_core::time::Second;

use super::super::Shell;
use crate::pages::show::{self, filters};

/// `GET /asks`: what waits for this person, and what they asked or answered.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/asks.html")]
pub struct Asks {
    /// Around the page.
    pub shell: Shell,
    /// When the page was made.
    pub now: Second,
    /// Waits for this person.
    pub waiting: Vec<AskRow>,
    /// Everything else that they may see, newest first.
    pub others: Vec<AskRow>,
}

/// Something that was asked, as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskRow {
    /// What the address of its page ends with.
    pub name: String,
    /// The case.
    pub case: Reference,
    /// For what.
    pub wish: Wish,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: Second,
    /// Where it stands.
    pub state: AskState,
}

/// Where something that was asked stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskState {
    /// Another person must answer; so many agreed, of so many.
    Waits {
        /// Who agreed so far.
        agreed: u32,
        /// Who must.
        needed: u32,
    },
    /// It holds.
    Agreed,
    /// Somebody refused.
    Refused,
    /// Nobody answered within 30 days.
    Late,
}

/// What a case page says of what needed a second person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseSecond {
    /// All that was asked, newest first.
    pub asks: Vec<AskRow>,
    /// Reports that are left out.
    pub left: Vec<Left>,
    /// Names that a quorum opened.
    pub opened: Vec<OpenedName>,
    /// Namings that were taken back.
    pub retracted: Vec<Left>,
    /// What named persons say, the first first.
    pub replies: Vec<Replied>,
    /// Pseudonyms whose name may be asked for now.
    pub openable: Vec<String>,
    /// Pseudonyms that were named, ever: of these a reply or a retraction speaks.
    pub named: Vec<String>,
}

/// A report or a pseudonym with the reason of what was decided about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Which.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// A name that a quorum opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedName {
    /// The pseudonym.
    pub holder: String,
    /// The name, as the log has it.
    pub name: String,
    /// When.
    pub at: Second,
    /// Page of what was asked.
    pub ask: String,
}

/// What a named person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replied {
    /// The pseudonym.
    pub holder: String,
    /// Their words.
    pub text: String,
    /// When it was put on record.
    pub at: Second,
}

impl AskRow {
    pub(crate) fn wish_said(&self) -> String {
        wish_said(&self.wish)
    }
}

impl CaseSecond {
    pub(crate) fn left_said(&self) -> String {
        show::count(&(self.left.len() as u64))
    }
}

impl AskState {
    pub(crate) fn said(self) -> String {
        match self {
            Self::Waits { agreed: 0, .. } => "waits for another person".to_owned(),
            Self::Waits { agreed, needed } => format!("{agreed} of {needed} agreed"),
            Self::Agreed => "agreed".to_owned(),
            Self::Refused => "refused".to_owned(),
            Self::Late => "nobody answered in time".to_owned(),
        }
    }

    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Waits { .. } => "info",
            Self::Agreed => "plain",
            Self::Refused | Self::Late => "warn",
        }
    }
}

/// A wish in words, as they stand behind “to”.
#[must_use]
pub fn wish_said(wish: &Wish) -> String {
    match wish {
        Wish::Exclude { report } => format!("leave report {report} out"),
        Wish::Include { report } => format!("count report {report} again"),
        Wish::Verify { report } => format!("count report {report} as verified"),
        Wish::Erase { report } => format!("erase what report {report} says"),
        Wish::EraseCustomer { report } => {
            format!("erase everything that the customer of report {report} said")
        }
        Wish::Open { holder, .. } => format!("open the name behind {holder}"),
        Wish::Retract { holder } => format!("take back the naming of {holder}"),
    }
}

pages!(Asks);

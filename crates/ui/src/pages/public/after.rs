//! What happens after a report: its reference, its state, and the code that was mailed.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::respond::statement::Given;
use countersign_core::time::Second;

use crate::Language;
use crate::pages::report::FieldError;
use crate::pages::show::filters;

/// Where a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It came in, and nothing on file can show whose it is.
    Received,
    /// A code is on its way, and was not entered yet.
    Waiting,
    /// Its customer is known: it moves the evidence.
    Counts,
    /// Nothing more is done with it.
    Closed,
}

/// What comes after a report was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A code is mailed to the address, if it is on file; the page says no more than that.
    Code,
    /// No address was given, so no code can be mailed.
    NoAddress,
}

/// `GET /report/sent`: the reference, and what happens next.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/public/sent.html")]
pub struct Sent {
    /// In which language.
    pub language: Language,
    /// What the customer asks with.
    pub reference: Reference,
    /// What happens next.
    pub next: Next,
    /// What was given: each has its advice.
    pub given: Vec<Given>,
}

/// What was found for a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing was asked yet.
    NotAsked,
    /// No report has this reference: the same words for a wrong one and an unknown one.
    Nothing,
    /// A report.
    Report {
        /// Its reference.
        reference: Reference,
        /// When it came in.
        received: Second,
        /// Where it stands.
        standing: Standing,
    },
}

/// `GET` and `POST /report/state`: asks after a report.
///
/// The form posts `reference` and `csrf`, so that no reference stands in an address.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/public/state.html")]
pub struct AskState {
    /// In which language.
    pub language: Language,
    /// What was typed.
    pub reference: String,
    /// The answer.
    pub found: Found,
    /// Token against forged posts.
    pub csrf: String,
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// None was entered yet, or it was wrong: see the errors.
    NotYet,
    /// It was right: the report counts.
    Right,
}

/// `GET` and `POST /report/code`: takes the code that was mailed.
///
/// The form posts `reference`, `code` and `csrf`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/public/code.html")]
pub struct EnterCode {
    /// In which language.
    pub language: Language,
    /// Reference as typed, or as known.
    pub reference: String,
    /// Code as typed.
    pub code: String,
    /// Whether it was taken.
    pub entered: Entered,
    /// What is wrong: [`Self::WRONG`], [`Self::MISSING`], [`Self::EXPIRED`].
    pub errors: Vec<FieldError>,
    /// Token against forged posts.
    pub csrf: String,
}

impl EnterCode {
    /// The code or the reference is not right; nobody is told which.
    pub const WRONG: FieldError = FieldError {
        field: "code",
        message: "error-code-wrong",
    };
    /// No code was typed.
    pub const MISSING: FieldError = FieldError {
        field: "code",
        message: "error-code-missing",
    };
    /// The code is too old, or was tried too often: a new one is needed.
    pub const EXPIRED: FieldError = FieldError {
        field: "code",
        message: "error-code-expired",
    };
}

pages!(Sent, AskState, EnterCode);

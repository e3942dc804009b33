//! What happens after a report: its reference, its state, and the code that was mailed.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::respond::statement::Given;
use countersign_core::time::Second;

use crate::Language;
use crate::pages::parts::{Field, Part, Problem, ProblemWords};
use crate::pages::report::{FieldError, advice};
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

impl Standing {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Received, Self::Waiting, Self::Counts, Self::Closed];

    /// The word that addresses use.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Waiting => "waiting",
            Self::Counts => "counts",
            Self::Closed => "closed",
        }
    }

    /// The standing of a word, if there is one.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.tag() == tag)
    }

    /// Class of its tag.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Received | Self::Closed => "plain",
            Self::Waiting => "warn",
            Self::Counts => "ok",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Received => "state-received-word",
            Self::Waiting => "state-waiting-word",
            Self::Counts => "state-counts-word",
            Self::Closed => "state-closed-word",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Received => "state-received",
            Self::Waiting => "state-waiting",
            Self::Counts => "state-counts",
            Self::Closed => "state-closed",
        }
    }
}

/// What comes after a report was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A code is mailed to the address, if it is on file; the page says no more than that.
    Code,
    /// No address was given, so no code can be mailed.
    NoAddress,
}

/// The code that a demo shows instead of mailing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShownCode {
    /// None: codes are mailed.
    Never,
    /// This one.
    Code(String),
    /// None, for the address is not on file.
    Unknown,
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
    /// In a demo: the code.
    pub code: ShownCode,
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

impl Sent {
    fn advice(&self) -> Vec<&'static str> {
        self.given.iter().map(|one| advice(*one)).collect()
    }
}

impl AskState {
    fn parts(&self) -> Vec<Part> {
        vec![Part::Line(reference_field(self.language, &self.reference))]
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::of(self.language)
    }
}

impl EnterCode {
    fn titled(&self) -> String {
        match (self.entered, self.errors.is_empty()) {
            (Entered::Right, _) => self.language.titled("code-right-title"),
            (Entered::NotYet, true) => self.language.titled("code-title"),
            (Entered::NotYet, false) => self.language.titled_wrong("code-title"),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let problem = |error: &FieldError| Problem {
            link: format!("#{}", error.field),
            message: self.language.say(error.message),
        };
        self.errors.iter().map(problem).collect()
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::of(self.language)
    }

    fn parts(&self) -> Vec<Part> {
        let say = |key| self.language.say(key);
        let wrong = |field| {
            let error = self.errors.iter().find(|error| error.field == field);
            error.map(|error| say(error.message))
        };
        let code = Field::new("code", say("code-label"), say("code-hint"), &self.code);
        vec![
            Part::Line(Field {
                error: wrong("reference"),
                ..reference_field(self.language, &self.reference)
            }),
            Part::Line(Field {
                error: wrong("code"),
                fill: "one-time-code",
                width: "short",
                ..code
            }),
        ]
    }
}

fn reference_field(language: Language, typed: &str) -> Field {
    let (label, hint) = (language.say("state-label"), language.say("state-hint"));
    Field::new("reference", label, hint, typed)
}

pages!(Sent, AskState, EnterCode);

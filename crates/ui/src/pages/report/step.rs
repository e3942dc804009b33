//! One question of the report form.

use askama::Template;

use super::{Answers, FieldError};
use crate::Language;
use crate::pages::show::filters;

/// The questions in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepName {
    /// When was it?
    When,
    /// How did they reach you?
    How,
    /// Which number did they quote, show, leave?
    Number,
    /// What did they know?
    Knew,
    /// What did they tell?
    Story,
    /// What did you give them?
    Given,
    /// How may we reach you?
    Contact,
    /// All answers at once.
    Check,
}

impl StepName {
    /// All steps in their order.
    pub const ALL: [Self; 8] = [
        Self::When,
        Self::How,
        Self::Number,
        Self::Knew,
        Self::Story,
        Self::Given,
        Self::Contact,
        Self::Check,
    ];

    /// The word in its address: `/report/<word>`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::When => "when",
            Self::How => "how",
            Self::Number => "number",
            Self::Knew => "knew",
            Self::Story => "story",
            Self::Given => "given",
            Self::Contact => "contact",
            Self::Check => "check",
        }
    }

    /// The step of a word, if there is one.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }

    /// Where it is: `/report/when`.
    #[must_use]
    pub fn address(self) -> String {
        format!("/report/{}", self.word())
    }

    /// The question after it; the last leads to itself.
    #[must_use]
    pub fn next(self) -> Self {
        let later = Self::ALL.into_iter().find(|step| *step > self);
        later.unwrap_or(Self::Check)
    }

    /// The question before it, if it is not the first.
    #[must_use]
    pub fn back(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|step| *step < self)
    }
}

/// One question as a page.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "pages/report/step.html")]
pub struct Step {
    /// In which language.
    pub language: Language,
    /// Which question.
    pub name: StepName,
    /// What was typed so far, of all questions.
    pub answers: Answers,
    /// What is wrong with it; none before it was sent.
    pub errors: Vec<FieldError>,
    /// Where Continue leads: the next question, or back to [`StepName::Check`] after a change.
    ///
    /// The form sends it as `after`; the link to change an answer has it as `?after=check`.
    pub after: StepName,
    /// Token against forged posts; the form sends it as `csrf`.
    pub csrf: String,
}

impl Step {
    /// A question as it is first shown.
    #[must_use]
    pub fn new(language: Language, name: StepName, answers: Answers, csrf: String) -> Self {
        Self {
            language,
            name,
            answers,
            errors: Vec::new(),
            after: name.next(),
            csrf,
        }
    }
}

pages!(Step);

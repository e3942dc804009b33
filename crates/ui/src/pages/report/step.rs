//! One question of the report form.

use askama::Template;

use super::summary::changed;
use super::{Answers, FieldError};
use crate::Language;
use crate::pages::parts::{Part, Problem, ProblemWords};
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

impl Step {
    pub(super) fn say(&self, key: &str) -> String {
        self.language.say(key)
    }

    pub(super) fn title(&self) -> &'static str {
        match self.name {
            StepName::When => "when-title",
            StepName::How => "how-title",
            StepName::Number => "number-title",
            StepName::Knew => "knew-title",
            StepName::Story => "story-title",
            StepName::Given => "given-title",
            StepName::Contact => "contact-title",
            StepName::Check => "check-title",
        }
    }

    fn about(&self) -> Option<&'static str> {
        Some(match self.name {
            StepName::When => "when-about",
            StepName::Number => "number-about",
            StepName::Knew => "knew-about",
            StepName::Given => "given-about",
            StepName::Contact => "contact-about",
            StepName::Check => "check-about",
            StepName::How | StepName::Story => return None,
        })
    }

    fn titled(&self) -> String {
        if self.errors.is_empty() {
            self.language.titled(self.title())
        } else {
            self.language.titled_wrong(self.title())
        }
    }

    /// Where Back leads: to the check when coming from there, else to the question before.
    fn back(&self) -> String {
        if self.after == self.name.next() {
            self.name
                .back()
                .map_or_else(|| "/".to_owned(), StepName::address)
        } else {
            self.after.address()
        }
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::of(self.language)
    }

    fn problems(&self) -> Vec<Problem> {
        let link = |error: &FieldError| match error.step() {
            Some(step) if step != self.name => format!("{}#{}", changed(step), error.field),
            _ => format!("#{}", error.field),
        };
        let problem = |error: &FieldError| Problem {
            link: link(error),
            message: self.say(error.message),
        };
        self.errors.iter().map(problem).collect()
    }

    pub(super) fn wrong(&self, field: &str) -> Option<String> {
        let error = self.errors.iter().find(|error| error.field == field);
        error.map(|error| self.say(error.message))
    }
}

pages!(Step);

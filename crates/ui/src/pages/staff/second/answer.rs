//! One thing that was asked: the interruption before somebody agrees, and what came of it.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::second::{Ask, Explanation, Wish};
use countersign_core::time::Second;

use super::super::shell::{problems, wrong};
use super::super::{FormError, Shell};
use super::ask::explanation_asked;
use super::said::{AskState, wish_said};
use crate::pages::parts::{Choice, Field, Group, Part, Problem, ProblemWords};
use crate::pages::show::{self, filters};

/// `GET /asks/<name>`; the form of whoever may answer posts to the same address.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/one_ask.html")]
pub struct OneAsk {
    /// Around the page.
    pub shell: Shell,
    /// What its address ends with.
    pub name: String,
    /// The case.
    pub case: Reference,
    /// Its title.
    pub title: String,
    /// Whether this person may open the case's page.
    pub sees_case: bool,
    /// What was asked.
    pub ask: Ask,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: Second,
    /// Where it stands.
    pub state: AskState,
    /// Who answered, the first first.
    pub answers: Vec<Answered>,
    /// Key holders that must agree to open a name.
    pub needed: u32,
    /// The form, if this person may answer.
    pub form: Option<AnswerForm>,
    /// The name, for those who may see it.
    pub opened: Option<String>,
    /// In a demo the key of whoever looks: nobody wrote it down.
    pub made_up_key: Option<String>,
}

/// What is typed to answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerForm {
    /// `yes`, `no` or empty.
    pub agreed: String,
    /// Why.
    pub reason: String,
    /// What is wrong with it.
    pub errors: Vec<FormError>,
}

/// An answer as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Who.
    pub by: String,
    /// When.
    pub at: Second,
    /// Whether they agreed.
    pub agreed: bool,
    /// Why.
    pub reason: String,
}

impl AnswerForm {
    /// Whether they agree, and why.
    ///
    /// # Errors
    /// Every field that can't be taken.
    pub fn checked(&self) -> Result<(bool, String), Vec<FormError>> {
        let mut errors = Vec::new();
        let agreed = match self.agreed.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        if agreed.is_none() {
            errors.push(FormError::new("agreed", "Say whether you agree."));
        }
        let reason = self.reason.trim().replace("\r\n", "\n");
        let strange = |c: char| c.is_control() && c != '\n';
        let letters = reason.chars().count();
        if !(10..=4_000).contains(&letters) || reason.chars().any(strange) {
            errors.push(FormError::new(
                "reason",
                "Write a sentence of 10 to 4,000 letters: it goes on record under your name.",
            ));
        }
        match (agreed, errors.is_empty()) {
            (Some(agreed), true) => Ok((agreed, reason)),
            _ => Err(errors),
        }
    }

    /// The typed key is not this person's.
    #[must_use]
    pub fn wrong_key(mut self) -> Self {
        self.errors = vec![FormError::new(
            "key",
            "This is not your key, or a digit is wrong. It was shown to you once, when you made it: nine groups of eight digits.",
        )];
        self
    }
}

impl OneAsk {
    fn wish_said(&self) -> String {
        wish_said(&self.ask.wish)
    }

    fn is_opening(&self) -> bool {
        matches!(self.ask.wish, Wish::Open { .. })
    }

    /// Explanations with whether each can still be so, and what was found.
    fn checks(&self) -> Vec<(&'static str, bool, &str)> {
        let Wish::Open { checked, .. } = &self.ask.wish else {
            return Vec::new();
        };
        let row = |explanation: Explanation| {
            let found = checked
                .iter()
                .find(|checked| checked.explanation == explanation);
            let stands = found.is_none_or(|checked| checked.stands);
            let said = found.map_or("", |checked| checked.found.as_str());
            (explanation_asked(explanation), stands, said)
        };
        Explanation::ALL.into_iter().map(row).collect()
    }

    fn errors(&self) -> &[FormError] {
        self.form.as_ref().map_or(&[], |form| &form.errors)
    }

    fn problems(&self) -> Vec<Problem> {
        problems(self.errors())
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    fn parts(&self, form: &AnswerForm) -> Vec<Part> {
        let choice = |value, label: &str, hint: &str| Choice {
            value,
            label: label.to_owned(),
            hint: hint.to_owned(),
            chosen: (form.agreed == value).into(),
        };
        let mut parts = vec![
            Part::Radios(Group {
                id: "agreed",
                legend: "Your answer".to_owned(),
                hint: String::new(),
                error: wrong(&form.errors, "agreed"),
                choices: vec![
                    choice(
                        "no",
                        "No",
                        "It does not happen. Whoever asked can ask again, and it stays on record that you refused.",
                    ),
                    choice("yes", "Yes, I agree", ""),
                ],
            }),
            Part::Lines(Field {
                error: wrong(&form.errors, "reason"),
                ..Field::new(
                    "reason",
                    "Why".to_owned(),
                    "It goes on record under your name.".to_owned(),
                    &form.reason,
                )
            }),
        ];
        if self.is_opening() {
            // What was typed is not put back: it is a key.
            parts.push(Part::Line(Field {
                error: wrong(&form.errors, "key"),
                kind: "password",
                width: "wide",
                ..Field::new(
                    "key",
                    "Your key".to_owned(),
                    match self.made_up_key {
                        Some(_) => "In this demo it is filled in. Otherwise you would have written it down when you made it.",
                        None => "Only to agree: the nine groups of digits that you were shown when you made it.",
                    }
                    .to_owned(),
                    self.made_up_key.as_deref().unwrap_or_default(),
                )
            }));
        }
        parts
    }
}

pages!(OneAsk);

//! The parts of forms: fields with their labels, hints and errors, alike on every page.

use crate::Language;

/// What a form is made of.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// A line of text.
    Line(Field),
    /// Several lines of text.
    Lines(Field),
    /// One of a list that unfolds.
    Select(Field, Vec<Choice>),
    /// One of a few.
    Radios(Group),
    /// Any of a few.
    Checks(Group),
}

/// A field that takes text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    /// Its name, which is also its id.
    pub(crate) id: &'static str,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) value: String,
    pub(crate) error: Option<String>,
    /// Attribute `type`.
    pub(crate) kind: &'static str,
    /// Attribute `autocomplete`.
    pub(crate) fill: &'static str,
    /// Class that says how wide it is.
    pub(crate) width: &'static str,
    /// Class of what stands around it.
    pub(crate) frame: &'static str,
}

/// Buttons or boxes of one name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    /// Their name, which is also the id of the first.
    pub(crate) id: &'static str,
    /// Words above them; empty where the page's heading asks.
    pub(crate) legend: String,
    pub(crate) hint: String,
    pub(crate) error: Option<String>,
    pub(crate) choices: Vec<Choice>,
}

/// One of several.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: &'static str,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) chosen: Chosen,
}

/// Whether a choice is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    Yes,
    No,
}

impl From<bool> for Chosen {
    fn from(chosen: bool) -> Self {
        if chosen { Self::Yes } else { Self::No }
    }
}

impl Field {
    /// A line of text in its usual form.
    pub(crate) fn new(id: &'static str, label: String, hint: String, value: &str) -> Self {
        Self {
            id,
            label,
            hint,
            value: value.to_owned(),
            error: None,
            kind: "text",
            fill: "off",
            width: "medium",
            frame: "field",
        }
    }

    /// What an input is described by: ids of its hint and its error.
    pub(crate) fn described(&self) -> String {
        described(self.id, &self.hint, self.error.as_ref())
    }
}

impl Group {
    pub(crate) fn described(&self) -> String {
        described(self.id, &self.hint, self.error.as_ref())
    }

    /// What the group is called by: its own legend, or the heading of the page.
    pub(crate) fn called(&self) -> String {
        if self.legend.is_empty() {
            "question".to_owned()
        } else {
            format!("{}-legend", self.id)
        }
    }

    /// The id of a choice; the first has the group's, so that an error's link leads to it.
    pub(crate) fn id_of(&self, place: &usize, choice: &Choice) -> String {
        if *place == 0 {
            self.id.to_owned()
        } else {
            format!("{}-{}", self.id, choice.value)
        }
    }
}

impl Choice {
    pub(crate) fn is_chosen(&self) -> bool {
        self.chosen == Chosen::Yes
    }
}

fn described(id: &str, hint: &str, error: Option<&String>) -> String {
    let hint = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let error = error.map(|_| format!("{id}-error"));
    let all: Vec<String> = hint.into_iter().chain(error).collect();
    all.join(" ")
}

/// What is wrong, as the box at the top lists it.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// Where to mend it.
    pub(crate) link: String,
    pub(crate) message: String,
}

/// The box's own words.
#[derive(Clone, Debug)]
pub(crate) struct ProblemWords {
    pub(crate) title: String,
    /// Stands before each message at its field.
    pub(crate) word: String,
}

impl ProblemWords {
    pub(crate) fn of(language: Language) -> Self {
        Self {
            title: language.say("problem-title"),
            word: language.say("problem-word"),
        }
    }

    pub(crate) fn staff() -> Self {
        Self::of(Language::English)
    }
}

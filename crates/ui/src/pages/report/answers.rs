//! What was typed into the report form, and what it says.

use countersign_core::respond::statement::Statement;
use countersign_core::time::Second;

use super::StepName;
use crate::Language;

/// Everything that was typed or chosen, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// `now`, `at` or `forgotten`.
    pub when: String,
    /// The day, or day and time.
    pub date: String,
    /// The time of day; may be empty.
    pub time: String,
    /// The time zone, as the database of time zones calls it.
    pub zone: String,
    /// How they reached the customer: a channel's word.
    pub how: String,
    /// What is remembered of the number that they gave.
    pub number: String,
    /// The number or address that was shown.
    pub shown: String,
    /// The number or address to answer to.
    pub answer: String,
    /// What they knew: words of [`Knew`](countersign_core::respond::statement::Knew).
    pub knew: Vec<String>,
    /// What they told: a word of [`Pretext`](countersign_core::respond::statement::Pretext).
    pub pretext: String,
    /// In the customer's own words.
    pub words: String,
    /// What was given: words of [`Given`](countersign_core::respond::statement::Given).
    pub given: Vec<String>,
    /// E-mail address on file.
    pub email: String,
    /// Phone number on file.
    pub phone: String,
    /// `yes` where somebody may call back.
    pub call_back: String,
}

/// A field that can't be taken, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field, which is also its id on the page.
    pub field: &'static str,
    /// Key of the message in the language files.
    pub message: &'static str,
}

impl Answers {
    /// Puts the fields of one step in place of what was typed there before.
    pub fn take<'a>(
        &mut self,
        _step: StepName,
        _fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
    }

    /// All that was typed, as pairs of a field and its value; a list gives one pair an entry.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }

    /// Reads what [`Self::pairs`] wrote; what it does not know is left out.
    #[must_use]
    pub fn read<'a>(_pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self::default()
    }

    /// What is wrong with the answers of one step.
    #[must_use]
    pub fn check(&self, _step: StepName, _now: Second) -> Vec<FieldError> {
        Vec::new()
    }

    /// What all answers say.
    ///
    /// # Errors
    /// Every field that can't be taken.
    pub fn statement(&self, now: Second, language: Language) -> Result<Statement, Vec<FieldError>> {
        let statement = Statement {
            language: language.tag().to_owned(),
            ..Statement::default()
        };
        statement.checked(now).map_err(|_wrong| Vec::new())
    }
}

//! What somebody says about a scam contact: the answers of the report form, checked.
//!
//! It is not evidence yet: it becomes a [`crate::report::Report`] when the desk's tables say whose
//! it is, and moves the evidence when the customer has shown control of a channel on file.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::report::Channel;
use crate::time::Second;

/// What somebody says about a scam contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// How the company knows this customer; nothing if they can't say.
    pub email: Option<String>,
    /// See `email`.
    pub phone: Option<String>,
    /// The desk's own number of the customer, where an agent enters it.
    pub customer: Option<String>,
    /// When the contact was.
    pub called: Option<Second>,
    /// How they reached the customer.
    pub channel: Channel,
    /// What they knew.
    pub knew: Vec<Knew>,
    /// A ticket number as it was heard; pieces are fine.
    pub number: Option<String>,
    /// The number or address that was shown.
    pub shown: Option<String>,
    /// The number or address to answer to.
    pub answer: Option<String>,
    /// What they told.
    pub pretext: Option<Pretext>,
    /// What the customer gave.
    pub given: Vec<Given>,
    /// In the customer's own words.
    pub words: Option<String>,
    /// The language in which the customer wrote, `en`.
    pub language: String,
    /// Somebody may call back.
    pub call_back: bool,
}

/// What the callers knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Knew {
    /// The customer's name.
    Name,
    /// The product.
    Product,
    /// The address.
    Email,
    /// More than the number that they called.
    Phone,
    /// What a ticket was about.
    Case,
}

/// The story that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pretext {
    /// "Our servers are infected."
    InfectedServers,
    /// "You were charged for another year."
    AutoRenewal,
    /// "We owe you money."
    Refund,
    /// A page that asks to sign in.
    FakePortal,
    /// "Let me onto your computer."
    RemoteHelp,
    /// Another.
    Other,
}

/// What the customer gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given {
    /// Money.
    Money,
    /// Codes or passwords.
    Codes,
    /// A way onto the computer.
    RemoteAccess,
}

impl Knew {
    /// All, in the order of the form.
    pub const ALL: [Self; 5] = [
        Self::Name,
        Self::Product,
        Self::Email,
        Self::Phone,
        Self::Case,
    ];

    /// The word that stands in forms and records.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Product => "product",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Case => "case",
        }
    }
}

impl Pretext {
    /// All, in the order of the form.
    pub const ALL: [Self; 6] = [
        Self::InfectedServers,
        Self::AutoRenewal,
        Self::Refund,
        Self::FakePortal,
        Self::RemoteHelp,
        Self::Other,
    ];

    /// The word that stands in forms and records.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::InfectedServers => "infected-servers",
            Self::AutoRenewal => "auto-renewal",
            Self::Refund => "refund",
            Self::FakePortal => "fake-portal",
            Self::RemoteHelp => "remote-help",
            Self::Other => "other",
        }
    }
}

impl Given {
    /// All, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Money, Self::Codes, Self::RemoteAccess];

    /// The word that stands in forms and records.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Codes => "codes",
            Self::RemoteAccess => "remote-access",
        }
    }
}

/// A field of a statement that can't be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Longer than is taken.
    #[error("`{field}` is longer than {most} letters")]
    Long {
        /// Which.
        field: &'static str,
        /// Letters that are taken.
        most: usize,
    },
    /// A letter that can't be kept or shown.
    #[error("`{0}` has a control character")]
    Control(&'static str),
    /// An address without a place.
    #[error("an e-mail address has an @, with something on both sides")]
    Email,
    /// Letters where a number is meant.
    #[error("a phone number has 6 to 20 digits")]
    Phone,
    /// The contact is still to come.
    #[error("the contact is later than now")]
    Future,
}

impl StatementError {
    /// The field that it is about, as the form names it.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Long { field, .. } | Self::Control(field) => field,
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Future => "called",
        }
    }
}

impl Statement {
    /// Checks what was said, tidies blanks, and gives all that is wrong with it.
    ///
    /// # Errors
    /// At least one error, one a field.
    pub fn checked(mut self, now: Second) -> Result<Self, Vec<StatementError>> {
        let mut wrong = Vec::new();
        for (field, most, value) in [
            ("email", 254, &mut self.email),
            ("phone", 40, &mut self.phone),
            ("customer", 100, &mut self.customer),
            ("number", 100, &mut self.number),
            ("shown", 254, &mut self.shown),
            ("answer", 254, &mut self.answer),
            ("words", 4000, &mut self.words),
        ] {
            if let Some(text) = value {
                *text = text.trim().to_owned();
                let line = |letter: char| field == "words" && matches!(letter, '\n' | '\r' | '\t');
                if text.chars().count() > most {
                    wrong.push(StatementError::Long { field, most });
                } else if text
                    .chars()
                    .any(|letter| letter.is_control() && !line(letter))
                {
                    wrong.push(StatementError::Control(field));
                }
            }
            value.take_if(|text| text.is_empty());
        }
        let named = |wrong: &[StatementError], field| wrong.iter().any(|it| it.field() == field);
        if let Some(email) = &self.email
            && !named(&wrong, "email")
            && !is_address(email)
        {
            wrong.push(StatementError::Email);
        }
        if let Some(phone) = &self.phone
            && !named(&wrong, "phone")
            && !is_phone(phone)
        {
            wrong.push(StatementError::Phone);
        }
        if self.called.is_some_and(|called| called > now) {
            wrong.push(StatementError::Future);
        }
        self.knew.sort_unstable();
        self.knew.dedup();
        self.given.sort_unstable();
        self.given.dedup();
        if wrong.is_empty() {
            Ok(self)
        } else {
            Err(wrong)
        }
    }
}

/// Whether mail could go there; what is allowed in front of the @ is the receiver's business.
fn is_address(text: &str) -> bool {
    let sides = text.rsplit_once('@');
    sides.is_some_and(|(name, place)| {
        !name.is_empty()
            && !place.is_empty()
            && !place.starts_with(['.', '-'])
            && !place.ends_with('.')
            && !text.contains([' ', '<', '>', '"', ',', ';', '\\'])
    })
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let sign = |letter: char| letter.is_ascii_digit() || " +-()./".contains(letter);
    (6..=20).contains(&digits) && text.chars().all(sign)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Second = Second(600_000_000);

    fn with(change: impl FnOnce(&mut Statement)) -> Result<Statement, Vec<StatementError>> {
        let mut statement = Statement::default();
        change(&mut statement);
        statement.checked(NOW)
    }

    #[test]
    fn blanks_around_an_answer_go_and_an_empty_one_is_none() {
        let statement = with(|said| {
            said.email = Some("  ann@example.org ".to_owned());
            said.number = Some("   ".to_owned());
            said.knew = vec![Knew::Product, Knew::Name, Knew::Product];
        });
        let statement = statement.unwrap();
        assert_eq!(statement.email.as_deref(), Some("ann@example.org"));
        assert_eq!(statement.number, None);
        assert_eq!(statement.knew, [Knew::Name, Knew::Product]);
    }

    #[test]
    fn what_is_wrong_is_said_of_each_field() {
        let wrong = with(|said| {
            said.email = Some("ann".to_owned());
            said.phone = Some("call me".to_owned());
            said.number = Some("INC\u{0}1".to_owned());
            said.words = Some("a".repeat(4001));
            said.called = Some(Second(NOW.0 + 1));
        });
        let mut fields: Vec<_> = wrong
            .unwrap_err()
            .iter()
            .map(StatementError::field)
            .collect();
        fields.sort_unstable();
        assert_eq!(fields, ["called", "email", "number", "phone", "words"]);
    }

    #[test]
    fn lines_are_fine_in_words_and_nowhere_else() {
        assert!(with(|said| said.words = Some("first\nsecond".to_owned())).is_ok());
        assert!(with(|said| said.shown = Some("first\nsecond".to_owned())).is_err());
        assert!(with(|said| said.email = Some("a@b.c\r\nBcc: x@y.z".to_owned())).is_err());
        assert!(with(|said| said.email = Some("a@b.c>, <x@y.z".to_owned())).is_err());
    }

    proptest! {
        #[test]
        fn a_checked_statement_stays_as_it_is(email in ".{0,20}", phone in "[0-9 +]{0,30}", words in ".{0,50}") {
            let said = Statement { email: Some(email), phone: Some(phone), words: Some(words), ..Statement::default() };
            if let Ok(checked) = said.checked(NOW) {
                prop_assert_eq!(checked.clone().checked(NOW), Ok(checked.clone()));
                let written = serde_json::to_string(&checked).unwrap();
                prop_assert_eq!(serde_json::from_str::<Statement>(&written).unwrap(), checked);
            }
        }
    }
}

//! What was typed into the report form, and what it says.

use countersign_core::report::Channel;
use countersign_core::respond::statement::{Given, Knew, Pretext, Statement, StatementError};
use countersign_core::time::Second;

use super::fields::fields;
use super::{StepName, moment};
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
    /// How they reached the customer: a word of [`Channel`].
    pub how: String,
    /// What is remembered of the number that they gave.
    pub number: String,
    /// The number or address that was shown.
    pub shown: String,
    /// The number or address to answer to.
    pub answer: String,
    /// What they knew: words of [`Knew`].
    pub knew: Vec<String>,
    /// What they told: a word of [`Pretext`].
    pub pretext: String,
    /// In the customer's own words.
    pub words: String,
    /// What was given: words of [`Given`].
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

impl FieldError {
    /// The question that the field belongs to, if it is one of the report form.
    #[must_use]
    pub fn step(&self) -> Option<StepName> {
        let mut steps = StepName::ALL.into_iter();
        steps.find(|step| fields(*step).contains(&self.field))
    }
}

impl Answers {
    /// What is wrong with the answers of one step; of [`StepName::Check`], with all.
    #[must_use]
    pub fn check(&self, step: StepName, now: Second) -> Vec<FieldError> {
        let wrong = self.statement(now, Language::default()).err();
        let mut wrong = wrong.unwrap_or_default();
        wrong.retain(|error| step == StepName::Check || error.step() == Some(step));
        wrong
    }

    /// What all answers say.
    ///
    /// # Errors
    /// Every field that can't be taken, in the order of the form.
    pub fn statement(&self, now: Second, language: Language) -> Result<Statement, Vec<FieldError>> {
        let called = self.called(now);
        let mut wrong = called.as_ref().err().cloned().unwrap_or_default();
        let called = called.ok().flatten();
        let mut refuse = |field, message| wrong.push(FieldError { field, message });
        let channel = channel_of(&self.how);
        if channel.is_none() {
            refuse("how", "error-how");
        }
        if self.call_back == "yes" && self.phone.trim().is_empty() {
            refuse("phone", "error-call-back");
        }
        let text = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
        let statement = Statement {
            email: text(&self.email),
            phone: text(&self.phone),
            customer: None,
            called,
            channel: channel.unwrap_or_default(),
            knew: chosen(&Knew::ALL, Knew::word, &self.knew),
            number: text(&self.number),
            shown: text(&self.shown),
            answer: text(&self.answer),
            pretext: Pretext::ALL
                .into_iter()
                .find(|one| one.word() == self.pretext),
            given: chosen(&Given::ALL, Given::word, &self.given),
            words: text(&self.words),
            language: language.tag().to_owned(),
            call_back: self.call_back == "yes",
        };
        let statement = statement.checked(now);
        match statement {
            Ok(statement) if wrong.is_empty() => return Ok(statement),
            Ok(_) => {}
            Err(errors) => wrong.extend(errors.iter().map(of_statement)),
        }
        let place = |error: &FieldError| {
            let step = error.step().unwrap_or(StepName::Check);
            (
                step,
                fields(step).iter().position(|field| *field == error.field),
            )
        };
        wrong.sort_by_key(place);
        wrong.dedup_by_key(|error| error.field);
        Err(wrong)
    }

    /// When it was; nothing if that is forgotten.
    fn called(&self, now: Second) -> Result<Option<Second>, Vec<FieldError>> {
        match self.when.as_str() {
            "now" => Ok(Some(now)),
            "forgotten" => Ok(None),
            // Whoever typed a day has answered, whether or not the button beside it is pressed.
            _ if self.when != "at" && self.date.trim().is_empty() => Err(vec![FieldError {
                field: "when",
                message: "error-when",
            }]),
            _ => moment::read(&self.date, &self.time, &self.zone, now).map(Some),
        }
    }
}

/// The ways that the form offers, each with its word.
pub(super) const CHANNELS: [(&str, Channel); 6] = [
    ("phone", Channel::Phone),
    ("robocall", Channel::Robocall),
    ("email", Channel::Email),
    ("sms", Channel::Sms),
    ("portal", Channel::Portal),
    ("forum", Channel::Forum),
];

fn channel_of(word: &str) -> Option<Channel> {
    let known = CHANNELS.into_iter().find(|(known, _)| *known == word);
    known.map(|(_, channel)| channel)
}

/// Those of all whose word was ticked.
fn chosen<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str, ticked: &[String]) -> Vec<T> {
    let ticked = |one: &T| ticked.iter().any(|it| it == word(*one));
    all.iter().copied().filter(ticked).collect()
}

fn of_statement(error: &StatementError) -> FieldError {
    let field = match error.field() {
        "called" => "date",
        field => field,
    };
    let message = match error {
        StatementError::Long { .. } => "error-long",
        StatementError::Email => "error-email",
        StatementError::Phone => "error-phone",
        StatementError::Future => "error-date-future",
        _ => "error-letters",
    };
    FieldError { field, message }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Second {
        Second::from_unix(1_795_809_600).unwrap()
    }

    fn told() -> Answers {
        Answers::read([
            ("when", "at"),
            ("date", "27.11.2026 2:30 pm"),
            ("zone", "Europe/Berlin"),
            ("how", "phone"),
            ("number", " INC 4711 "),
            ("knew", "product"),
            ("knew", "name"),
            ("pretext", "refund"),
            ("given", "codes"),
            ("email", "ann@example.org"),
            ("phone", "+49 30 1234567"),
            ("call_back", "yes"),
        ])
    }

    #[test]
    fn typed_answers_become_a_statement() {
        let said = told().statement(now(), Language::German).unwrap();
        assert_eq!(said.called.unwrap().to_string(), "2026-11-27T13:30:00Z");
        assert_eq!(said.channel, Channel::Phone);
        assert_eq!(said.number.as_deref(), Some("INC 4711"));
        assert_eq!(said.knew, [Knew::Name, Knew::Product]);
        assert_eq!(said.pretext, Some(Pretext::Refund));
        assert_eq!(said.given, [Given::Codes]);
        assert_eq!(said.language, "de");
        assert!(said.call_back);
    }

    #[test]
    fn each_step_says_what_is_wrong_with_its_own_fields() {
        let mut answers = told();
        answers.zone.clear();
        answers.how = "pigeon".to_owned();
        answers.number = "x".repeat(101);
        answers.email = "ann".to_owned();
        answers.phone.clear();
        let wrong = |step| {
            let wrong = answers.check(step, now());
            wrong
                .into_iter()
                .map(|one| (one.field, one.message))
                .collect::<Vec<_>>()
        };
        assert_eq!(wrong(StepName::When), [("zone", "error-zone")]);
        assert_eq!(wrong(StepName::How), [("how", "error-how")]);
        assert_eq!(wrong(StepName::Number), [("number", "error-long")]);
        assert_eq!(wrong(StepName::Knew), []);
        let contact = [("email", "error-email"), ("phone", "error-call-back")];
        assert_eq!(wrong(StepName::Contact), contact);
        assert_eq!(wrong(StepName::Check).len(), 5);
        assert_eq!(Answers::default().check(StepName::Check, now()).len(), 2);
    }

    #[test]
    fn a_step_replaces_its_own_answers_and_no_others() {
        let mut answers = told();
        answers.take(
            StepName::Knew,
            [("knew", "email"), ("email", "eve@example.org")],
        );
        assert_eq!(answers.knew, ["email"]);
        assert_eq!(answers.email, "ann@example.org");
        answers.take(StepName::Contact, []);
        assert_eq!(
            (answers.email.as_str(), answers.call_back.as_str()),
            ("", "")
        );
    }

    #[test]
    fn forgotten_just_now_and_a_day_without_its_button_are_answers() {
        let mut answers = told();
        "forgotten".clone_into(&mut answers.when);
        assert_eq!(
            answers.statement(now(), Language::English).unwrap().called,
            None
        );
        "now".clone_into(&mut answers.when);
        assert_eq!(
            answers.statement(now(), Language::English).unwrap().called,
            Some(now())
        );
        answers.when.clear();
        assert!(answers.check(StepName::When, now()).is_empty());
        answers.date.clear();
        assert_eq!(answers.check(StepName::When, now())[0].field, "when");
    }

    proptest! {
        #[test]
        fn what_was_typed_is_kept_and_never_breaks(fields in prop::collection::vec(("(when|date|time|zone|how|number|shown|answer|knew|pretext|words|given|email|phone|call_back|x)", "\\PC{0,30}|at|now|yes|phone|UTC|27\\.11\\.2026"), 0..30)) {
            let pairs = || fields.iter().map(|(field, value)| (field.as_str(), value.as_str()));
            let answers = Answers::read(pairs());
            prop_assert_eq!(&Answers::read(answers.pairs()), &answers);
            let all: usize = StepName::ALL[..7].iter().map(|step| answers.check(*step, now()).len()).sum();
            match answers.statement(now(), Language::English) {
                Ok(said) => {
                    prop_assert_eq!(all, 0);
                    prop_assert_eq!(said.clone().checked(now()), Ok(said));
                }
                Err(wrong) => prop_assert_eq!(all, wrong.len()),
            }
        }
    }
}

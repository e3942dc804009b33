//! One question of the report form.

use askama::Template;
use countersign_core::respond::statement::{Given, Knew, Pretext};

use super::answers::CHANNELS;
use super::moment::{self, ZONES};
use super::{Answers, FieldError, advice};
use crate::Language;
use crate::pages::parts::{Choice, Field, Group, Part, Problem, ProblemWords};
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

/// A row of the last page: an answer, and where to change it.
struct Row {
    label: String,
    lines: Vec<String>,
    link: String,
}

impl Step {
    fn say(&self, key: &str) -> String {
        self.language.say(key)
    }

    fn title(&self) -> &'static str {
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

    fn wrong(&self, field: &str) -> Option<String> {
        let error = self.errors.iter().find(|error| error.field == field);
        error.map(|error| self.say(error.message))
    }

    fn parts(&self) -> Vec<Part> {
        let answers = &self.answers;
        match self.name {
            StepName::When => self.when(),
            StepName::How => {
                let words = CHANNELS
                    .iter()
                    .map(|(word, _)| (*word, channel_key(word), None));
                vec![Part::Radios(self.group("how", words, &[&answers.how]))]
            }
            StepName::Number => vec![
                Part::Line(self.field("number", "number-label", "number-hint", &answers.number)),
                Part::Line(self.field("shown", "shown-label", "shown-hint", &answers.shown)),
                Part::Line(self.field("answer", "answer-label", "answer-hint", &answers.answer)),
            ],
            StepName::Knew => {
                let words = Knew::ALL
                    .into_iter()
                    .map(|one| (one.word(), knew_key(one), None));
                vec![Part::Checks(self.group("knew", words, &answers.knew))]
            }
            StepName::Story => {
                let words = Pretext::ALL
                    .into_iter()
                    .map(|one| (one.word(), pretext_key(one), None));
                vec![
                    Part::Radios(self.group("pretext", words, &[&answers.pretext])),
                    Part::Lines(self.field("words", "words-label", "words-hint", &answers.words)),
                ]
            }
            StepName::Given => {
                let words = Given::ALL.into_iter();
                let words = words.map(|one| (one.word(), given_key(one), Some(advice(one))));
                vec![Part::Checks(self.group("given", words, &answers.given))]
            }
            StepName::Contact => self.contact(),
            StepName::Check => Vec::new(),
        }
    }

    fn when(&self) -> Vec<Part> {
        let answers = &self.answers;
        let words = [
            ("now", "when-now"),
            ("forgotten", "when-forgotten"),
            ("at", "when-at"),
        ];
        let words = words.into_iter().map(|(word, key)| (word, key, None));
        let inset = |field| Field {
            frame: "field inset",
            ..field
        };
        let zone = inset(self.field("zone", "zone-label", "", ""));
        let choice = |value: &'static str, key: &str| Choice {
            value,
            label: self.say(key),
            hint: String::new(),
            chosen: (answers.zone == value).into(),
        };
        let zones = ZONES.iter().map(|(name, key)| choice(name, key));
        let zones = [choice("", "zone-choose")]
            .into_iter()
            .chain(zones)
            .collect();
        let time = Field {
            width: "short",
            ..self.field("time", "time-label", "time-hint", &answers.time)
        };
        let date = self.field("date", "date-label", "date-hint", &answers.date);
        vec![
            Part::Radios(self.group("when", words, &[&answers.when])),
            Part::Line(inset(date)),
            Part::Line(inset(time)),
            Part::Select(zone, zones),
        ]
    }

    fn contact(&self) -> Vec<Part> {
        let answers = &self.answers;
        let mut call = self.group(
            "call_back",
            [("yes", "call-back", Some("call-back-hint"))],
            &[&answers.call_back],
        );
        call.legend = self.say("check-call-back");
        vec![
            Part::Line(Field {
                kind: "email",
                fill: "email",
                ..self.field("email", "email-label", "", &answers.email)
            }),
            Part::Line(Field {
                kind: "tel",
                fill: "tel",
                ..self.field("phone", "phone-label", "phone-hint", &answers.phone)
            }),
            Part::Checks(call),
        ]
    }

    fn field(&self, id: &'static str, label: &str, hint: &str, value: &str) -> Field {
        let hint = if hint.is_empty() {
            String::new()
        } else {
            self.say(hint)
        };
        Field {
            error: self.wrong(id),
            ..Field::new(id, self.say(label), hint, value)
        }
    }

    fn group(
        &self,
        id: &'static str,
        words: impl IntoIterator<Item = (&'static str, &'static str, Option<&'static str>)>,
        ticked: &[impl AsRef<str>],
    ) -> Group {
        let choice = |(value, label, hint): (&'static str, &str, Option<&str>)| Choice {
            value,
            label: self.say(label),
            hint: hint.map(|key| self.say(key)).unwrap_or_default(),
            chosen: ticked.iter().any(|one| one.as_ref() == value).into(),
        };
        Group {
            id,
            legend: String::new(),
            hint: String::new(),
            error: self.wrong(id),
            choices: words.into_iter().map(choice).collect(),
        }
    }

    fn advice(&self) -> Vec<&'static str> {
        let given = Given::ALL.into_iter();
        let given = given.filter(|one| self.answers.given.iter().any(|it| it == one.word()));
        given.map(advice).collect()
    }

    /// All answers in words.
    fn rows(&self) -> Vec<Row> {
        let answers = &self.answers;
        let row = |key: &str, step, lines: Vec<String>| Row {
            label: self.say(key),
            lines: lines
                .into_iter()
                .filter(|line| !line.trim().is_empty())
                .collect(),
            link: changed(step),
        };
        let text = |text: &String| vec![text.clone()];
        let ticked = |words: &mut dyn Iterator<Item = (&'static str, &'static str)>,
                      list: &[String]| {
            words
                .filter(|(word, _)| list.iter().any(|it| it == word))
                .map(|(_, key)| self.say(key))
                .collect::<Vec<_>>()
        };
        let how = std::slice::from_ref(&answers.how);
        let pretext = std::slice::from_ref(&answers.pretext);
        let mut channels = CHANNELS.iter().map(|(word, _)| (*word, channel_key(word)));
        let mut knew = Knew::ALL.into_iter().map(|one| (one.word(), knew_key(one)));
        let mut pretexts = Pretext::ALL
            .into_iter()
            .map(|one| (one.word(), pretext_key(one)));
        let mut given = Given::ALL
            .into_iter()
            .map(|one| (one.word(), given_key(one)));
        let mut gave = ticked(&mut given, &answers.given);
        if gave.is_empty() {
            gave.push(self.say("given-nothing"));
        }
        let call_back = if answers.call_back == "yes" {
            "check-yes"
        } else {
            "check-no"
        };
        vec![
            row("check-when", StepName::When, self.moment()),
            row("check-how", StepName::How, ticked(&mut channels, how)),
            row("check-number", StepName::Number, text(&answers.number)),
            row("check-shown", StepName::Number, text(&answers.shown)),
            row("check-answer", StepName::Number, text(&answers.answer)),
            row(
                "check-knew",
                StepName::Knew,
                ticked(&mut knew, &answers.knew),
            ),
            row(
                "check-pretext",
                StepName::Story,
                ticked(&mut pretexts, pretext),
            ),
            row("check-words", StepName::Story, text(&answers.words)),
            row("check-given", StepName::Given, gave),
            row("check-email", StepName::Contact, text(&answers.email)),
            row("check-phone", StepName::Contact, text(&answers.phone)),
            row(
                "check-call-back",
                StepName::Contact,
                vec![self.say(call_back)],
            ),
        ]
    }

    /// When it was, as it was understood; as it was typed where that needs to know today.
    fn moment(&self) -> Vec<String> {
        let answers = &self.answers;
        match answers.when.as_str() {
            "now" => return vec![self.say("when-now")],
            "forgotten" => return vec![self.say("when-forgotten")],
            _ if answers.date.trim().is_empty() => return Vec::new(),
            _ => {}
        }
        let zone = ZONES.iter().find(|(name, _)| *name == answers.zone);
        let zone = zone.map(|(_, key)| self.say(key)).unwrap_or_default();
        let when = match moment::understood(&answers.date, &answers.time, None) {
            Ok((day, Some(time))) => {
                let day = self.language.day(day);
                format!("{day}, {:02}:{:02}", time.hour(), time.minute())
            }
            Ok((day, None)) => {
                let day = self.language.day(day);
                self.language.say_with("check-day-only", &[("day", day)])
            }
            Err(_) => format!("{} {}", answers.date, answers.time),
        };
        vec![when, zone]
    }
}

/// Where an answer is changed, on the way back to the check.
fn changed(step: StepName) -> String {
    format!("{}?after=check", step.address())
}

fn channel_key(word: &str) -> &'static str {
    match word {
        "phone" => "how-phone",
        "robocall" => "how-robocall",
        "email" => "how-email",
        "sms" => "how-sms",
        "portal" => "how-portal",
        _ => "how-forum",
    }
}

fn knew_key(knew: Knew) -> &'static str {
    match knew {
        Knew::Name => "knew-name",
        Knew::Product => "knew-product",
        Knew::Email => "knew-email",
        Knew::Phone => "knew-phone",
        Knew::Case => "knew-case",
    }
}

fn pretext_key(pretext: Pretext) -> &'static str {
    match pretext {
        Pretext::InfectedServers => "pretext-infected-servers",
        Pretext::AutoRenewal => "pretext-auto-renewal",
        Pretext::Refund => "pretext-refund",
        Pretext::FakePortal => "pretext-fake-portal",
        Pretext::RemoteHelp => "pretext-remote-help",
        Pretext::Other => "pretext-other",
    }
}

fn given_key(given: Given) -> &'static str {
    match given {
        Given::Money => "given-money",
        Given::Codes => "given-codes",
        Given::RemoteAccess => "given-remote-access",
    }
}

pages!(Step);

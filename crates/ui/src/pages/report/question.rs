//! The fields of each question.

use countersign_core::respond::statement::{Given, Knew, Pretext};

use super::answers::CHANNELS;
use super::keys::{channel_key, given_key, knew_key, pretext_key};
use super::moment::ZONES;
use super::{Step, StepName, advice};
use crate::pages::parts::{Choice, Field, Group, Part};

impl Step {
    /// The fields of this question.
    pub(super) fn parts(&self) -> Vec<Part> {
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
}

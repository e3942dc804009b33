//! The fields of the form: which step has which, and how they come in and are kept.

use super::{Answers, StepName};

impl Answers {
    /// Puts the fields of one step in place of what was typed there before; others are left out.
    pub fn take<'a>(
        &mut self,
        step: StepName,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        for field in fields(step) {
            match self.slot(field) {
                Some(Slot::One(text)) => text.clear(),
                Some(Slot::Many(list)) => list.clear(),
                None => {}
            }
        }
        for (field, value) in pairs {
            if fields(step).contains(&field) {
                self.put(field, value);
            }
        }
    }

    /// All that was typed, as pairs of a field and its value; a list gives one pair an entry.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = vec![
            ("when", self.when.as_str()),
            ("date", &self.date),
            ("time", &self.time),
            ("zone", &self.zone),
            ("how", &self.how),
            ("number", &self.number),
            ("shown", &self.shown),
            ("answer", &self.answer),
            ("pretext", &self.pretext),
            ("words", &self.words),
            ("email", &self.email),
            ("phone", &self.phone),
            ("call_back", &self.call_back),
        ];
        pairs.retain(|(_, value)| !value.is_empty());
        pairs.extend(self.knew.iter().map(|word| ("knew", word.as_str())));
        pairs.extend(self.given.iter().map(|word| ("given", word.as_str())));
        pairs
    }

    /// Reads what [`Self::pairs`] wrote; what it does not know is left out.
    #[must_use]
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut answers = Self::default();
        for (field, value) in pairs {
            answers.put(field, value);
        }
        answers
    }

    fn put(&mut self, field: &str, value: &str) {
        match self.slot(field) {
            Some(Slot::One(text)) => value.clone_into(text),
            Some(Slot::Many(list)) if list.len() < MOST && !list.iter().any(|it| it == value) => {
                list.push(value.to_owned());
            }
            Some(Slot::Many(_)) | None => {}
        }
    }

    fn slot(&mut self, field: &str) -> Option<Slot<'_>> {
        Some(match field {
            "when" => Slot::One(&mut self.when),
            "date" => Slot::One(&mut self.date),
            "time" => Slot::One(&mut self.time),
            "zone" => Slot::One(&mut self.zone),
            "how" => Slot::One(&mut self.how),
            "number" => Slot::One(&mut self.number),
            "shown" => Slot::One(&mut self.shown),
            "answer" => Slot::One(&mut self.answer),
            "knew" => Slot::Many(&mut self.knew),
            "pretext" => Slot::One(&mut self.pretext),
            "words" => Slot::One(&mut self.words),
            "given" => Slot::Many(&mut self.given),
            "email" => Slot::One(&mut self.email),
            "phone" => Slot::One(&mut self.phone),
            "call_back" => Slot::One(&mut self.call_back),
            _ => return None,
        })
    }
}

/// A field's place in the answers.
enum Slot<'a> {
    One(&'a mut String),
    Many(&'a mut Vec<String>),
}

/// The fields of a step, in the order of its page.
pub(super) fn fields(step: StepName) -> &'static [&'static str] {
    match step {
        StepName::When => &["when", "date", "time", "zone"],
        StepName::How => &["how"],
        StepName::Number => &["number", "shown", "answer"],
        StepName::Knew => &["knew"],
        StepName::Story => &["pretext", "words"],
        StepName::Given => &["given"],
        StepName::Contact => &["email", "phone", "call_back"],
        StepName::Check => &[],
    }
}

/// Entries of a list that are kept; no list of the form is as long.
const MOST: usize = 12;

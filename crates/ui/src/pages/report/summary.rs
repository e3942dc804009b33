//! All answers at once, each with the way to change it.

use countersign_core::respond::statement::{Given, Knew, Pretext};

use super::answers::CHANNELS;
use super::keys::{channel_key, given_key, knew_key, pretext_key};
use super::moment::{self, ZONES};
use super::{Step, StepName, advice};

/// A row of the last page: an answer, and where to change it.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) lines: Vec<String>,
    pub(super) link: String,
}

impl Step {
    /// What to do at once, for all that was given.
    pub(super) fn advice(&self) -> Vec<&'static str> {
        let given = Given::ALL.into_iter();
        let given = given.filter(|one| self.answers.given.iter().any(|it| it == one.word()));
        given.map(advice).collect()
    }

    /// All answers in words.
    pub(super) fn rows(&self) -> Vec<Row> {
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
pub(super) fn changed(step: StepName) -> String {
    format!("{}?after=check", step.address())
}

//! The forms that ask for something, and the one for what a named person says.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::second::{Ask, Checked, Explanation, Reply, Wish};

use super::super::shell::{problems, wrong};
use super::super::{FormError, Shell};
use crate::pages::parts::{Choice, Field, Group, Part, Problem, ProblemWords};
use crate::pages::show::filters;

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WishKind {
    /// See [`Wish::Exclude`].
    Exclude,
    /// See [`Wish::Include`].
    Include,
    /// See [`Wish::Verify`].
    Verify,
    /// See [`Wish::Erase`].
    Erase,
    /// See [`Wish::EraseCustomer`].
    EraseCustomer,
    /// See [`Wish::Open`].
    Open,
    /// See [`Wish::Retract`].
    Retract,
}

/// `GET /cases/<reference>/ask?what=<word>`; the form posts to `/cases/<reference>/ask`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/new_ask.html")]
pub struct NewAsk {
    /// Around the page.
    pub shell: Shell,
    /// The case.
    pub case: Reference,
    /// Its title.
    pub title: String,
    /// What is asked for.
    pub kind: WishKind,
    /// The run that is shown now.
    pub run: u32,
    /// What was typed so far.
    pub fields: AskFields,
    /// What is wrong with it.
    pub errors: Vec<FormError>,
}

/// `GET /cases/<reference>/reply?holder=<pseudonym>`; the form posts to `/cases/<reference>/reply`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/new_reply.html")]
pub struct NewReply {
    /// Around the page.
    pub shell: Shell,
    /// The case.
    pub case: Reference,
    /// Its title.
    pub title: String,
    /// The pseudonym as it was typed.
    pub holder: String,
    /// The words so far.
    pub text: String,
    /// What is wrong with it.
    pub errors: Vec<FormError>,
}

/// What was typed to ask for something; every field as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskFields {
    /// Reference of a report.
    pub report: String,
    /// A pseudonym.
    pub holder: String,
    /// Why.
    pub reason: String,
    /// For each explanation, in their order: `yes`, `no` or empty, and what was looked at.
    pub checked: [(String, String); 5],
}

impl WishKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Exclude,
        Self::Include,
        Self::Verify,
        Self::Erase,
        Self::EraseCustomer,
        Self::Open,
        Self::Retract,
    ];

    /// The word of addresses and forms.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Exclude => "exclude",
            Self::Include => "include",
            Self::Verify => "verify",
            Self::Erase => "erase",
            Self::EraseCustomer => "erase-customer",
            Self::Open => "open",
            Self::Retract => "retract",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    fn is_about_report(self) -> bool {
        matches!(
            self,
            Self::Exclude | Self::Include | Self::Verify | Self::Erase | Self::EraseCustomer
        )
    }
}

impl AskFields {
    /// Reads the fields that were sent; what it does not know is left out.
    #[must_use]
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut fields = Self::default();
        for (name, value) in pairs {
            let field = match name {
                "report" => &mut fields.report,
                "holder" => &mut fields.holder,
                "reason" => &mut fields.reason,
                _ => {
                    let explanations = Explanation::ALL.iter().zip(&mut fields.checked);
                    let found = explanations
                        .into_iter()
                        .find_map(|(which, (stands, found))| match name {
                            _ if name == stands_id(*which) => Some(stands),
                            _ if name == found_id(*which) => Some(found),
                            _ => None,
                        });
                    match found {
                        Some(field) => field,
                        None => continue,
                    }
                }
            };
            value.clone_into(field);
        }
        fields
    }

    /// What was typed, understood.
    ///
    /// # Errors
    /// Every field that can't be taken.
    pub fn checked(&self, kind: WishKind, run: u32) -> Result<Ask, Vec<FormError>> {
        let mut errors = Vec::new();
        let reason = worded("reason", &self.reason, &mut errors);
        let report = self.report.trim().parse::<Reference>();
        if kind.is_about_report() && report.is_err() {
            errors.push(FormError::new(
                "report",
                "Type the report's reference as its page shows it; a letter or digit is wrong or missing.",
            ));
        }
        let holder = self.holder.trim().to_owned();
        if !kind.is_about_report() && holder.is_empty() {
            errors.push(FormError::new(
                "holder",
                "Type the pseudonym as the case shows it, such as Heron-41.",
            ));
        }
        let mut checked = Vec::new();
        if kind == WishKind::Open {
            for (explanation, (stands, found)) in Explanation::ALL.into_iter().zip(&self.checked) {
                let stands = match stands.as_str() {
                    "yes" => Some(true),
                    "no" => Some(false),
                    _ => None,
                };
                if stands.is_none() {
                    errors.push(FormError::new(
                        stands_id(explanation),
                        "Say whether it can still be so.",
                    ));
                }
                let found = worded(found_id(explanation), found, &mut errors);
                checked.push(Checked {
                    explanation,
                    stands: stands.unwrap_or(true),
                    found,
                });
            }
        }
        let (true, Ok(report)) = (
            errors.is_empty(),
            report.or_else(|error| {
                // It is not asked for.
                if kind.is_about_report() {
                    Err(error)
                } else {
                    Ok(Reference::new(0))
                }
            }),
        ) else {
            return Err(errors);
        };
        let wish = match kind {
            WishKind::Exclude => Wish::Exclude { report },
            WishKind::Include => Wish::Include { report },
            WishKind::Verify => Wish::Verify { report },
            WishKind::Erase => Wish::Erase { report },
            WishKind::EraseCustomer => Wish::EraseCustomer { report },
            WishKind::Open => Wish::Open {
                holder,
                run,
                checked,
            },
            WishKind::Retract => Wish::Retract { holder },
        };
        Ok(Ask { wish, reason })
    }
}

impl NewReply {
    /// What was typed, understood.
    ///
    /// # Errors
    /// Every field that can't be taken.
    pub fn checked(holder: &str, text: &str) -> Result<Reply, Vec<FormError>> {
        let mut errors = Vec::new();
        let text = worded("text", text, &mut errors);
        let holder = holder.trim().to_owned();
        if holder.is_empty() {
            errors.push(FormError::new(
                "holder",
                "Type the pseudonym as the case shows it, such as Heron-41.",
            ));
        }
        if errors.is_empty() {
            Ok(Reply { holder, text })
        } else {
            Err(errors)
        }
    }

    fn problems(&self) -> Vec<Problem> {
        problems(&self.errors)
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    fn parts(&self) -> Vec<Part> {
        vec![
            holder(&self.holder, &self.errors),
            Part::Lines(Field {
                error: wrong(&self.errors, "text"),
                ..Field::new(
                    "text",
                    "What the person says".to_owned(),
                    "In their own words. It stands beside the naming from now on and can't be changed; a later one can be added.".to_owned(),
                    &self.text,
                )
            }),
        ]
    }
}

impl NewAsk {
    fn problems(&self) -> Vec<Problem> {
        problems(&self.errors)
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    fn heading(&self) -> &'static str {
        match self.kind {
            WishKind::Exclude => "Ask to leave a report out",
            WishKind::Include => "Ask to count a report again",
            WishKind::Verify => "Ask to count a report as verified",
            WishKind::Erase => "Ask to erase what a report says",
            WishKind::EraseCustomer => "Ask to erase everything that a customer said",
            WishKind::Open => "Ask to open a name",
            WishKind::Retract => "Ask to take back a naming",
        }
    }

    fn means(&self) -> &'static str {
        match self.kind {
            WishKind::Exclude => {
                "A supervisor other than you must agree. The report stays on the page with your reason, and the evidence is computed anew as the next version, whose bound is stricter."
            }
            WishKind::Include => {
                "A supervisor other than you must agree. The evidence is computed anew as the next version."
            }
            WishKind::Verify => {
                "For a customer with whom somebody spoke over a channel that the company has on file: never over a number or an address that the report gave. A supervisor other than you must agree. It stays on record that a person said so, and not a code."
            }
            WishKind::Erase => {
                "When its customer wants so. A supervisor other than you must agree. What the report says can be read by nobody afterwards, here at once and in backups within 30 days; it counts no more, and the evidence is computed anew as the next version. That it came in, and when, stays."
            }
            WishKind::EraseCustomer => {
                "When the customer wants so, and somebody made sure over a channel on file that it is them. A supervisor other than you must agree. All reports of the customer of this one, in whatever case, and their id and tickets as views brought them up can be read by nobody afterwards, here at once and in backups within 30 days. They count no more, and the evidence of each case is computed anew as the next version. That something came in, and when, stays."
            }
            WishKind::Open => {
                "Two key holders must agree, each with their own key; three where the naming is fragile. They see what you write here. Until then nobody sees the name, not even an administrator of this server."
            }
            WishKind::Retract => {
                "A supervisor other than you must agree. From then on the page says, as large as the naming, that it was taken back, and why."
            }
        }
    }

    fn parts(&self) -> Vec<Part> {
        let fields = &self.fields;
        let mut parts = Vec::new();
        if self.kind.is_about_report() {
            parts.push(Part::Line(Field {
                error: wrong(&self.errors, "report"),
                ..Field::new(
                    "report",
                    "Reference of the report".to_owned(),
                    String::new(),
                    &fields.report,
                )
            }));
        } else {
            parts.push(holder(&fields.holder, &self.errors));
        }
        parts.push(Part::Lines(Field {
            error: wrong(&self.errors, "reason"),
            ..Field::new(
                "reason",
                "Why".to_owned(),
                "It goes on record under your name, and is never changed.".to_owned(),
                &fields.reason,
            )
        }));
        if self.kind != WishKind::Open {
            return parts;
        }
        for (explanation, (stands, found)) in Explanation::ALL.into_iter().zip(&fields.checked) {
            let choice = |value, label: &str| Choice {
                value,
                label: label.to_owned(),
                hint: String::new(),
                chosen: (stands == value).into(),
            };
            parts.push(Part::Radios(Group {
                id: stands_id(explanation),
                legend: explanation_asked(explanation).to_owned(),
                hint: "Can it still be so?".to_owned(),
                error: wrong(&self.errors, stands_id(explanation)),
                choices: vec![
                    choice("no", "No, it was ruled out"),
                    choice("yes", "Yes, or nobody knows"),
                ],
            }));
            parts.push(Part::Lines(Field {
                error: wrong(&self.errors, found_id(explanation)),
                ..Field::new(
                    found_id(explanation),
                    "What was looked at, and what was found".to_owned(),
                    String::new(),
                    found,
                )
            }));
        }
        parts
    }
}

/// An explanation as a question.
pub(crate) fn explanation_asked(explanation: Explanation) -> &'static str {
    match explanation {
        Explanation::Malware => "A program on the person’s computer read what they saw",
        Explanation::Password => "Somebody else used the person’s password",
        Explanation::Screen => "Somebody looked at the person’s screen, or it was shared",
        Explanation::SameRecords => {
            "Another source with the same records: a copy, a vendor, a database"
        }
        Explanation::Forgery => "Reports that somebody made up to hurt this person",
    }
}

fn holder(typed: &str, errors: &[FormError]) -> Part {
    Part::Line(Field {
        error: wrong(errors, "holder"),
        width: "short",
        ..Field::new("holder", "Pseudonym".to_owned(), String::new(), typed)
    })
}

/// A text that says something.
fn worded(field: &'static str, text: &str, errors: &mut Vec<FormError>) -> String {
    let text = text.trim().replace("\r\n", "\n");
    let letters = text.chars().count();
    let strange = |c: char| c.is_control() && c != '\n';
    if letters < LEAST {
        errors.push(FormError::new(
            field,
            "Write a sentence: others decide by it.",
        ));
    } else if letters > MOST || text.chars().any(strange) {
        errors.push(FormError::new(
            field,
            "Write at most 4,000 letters, without control characters.",
        ));
    }
    text
}

fn stands_id(explanation: Explanation) -> &'static str {
    match explanation {
        Explanation::Malware => "stands-malware",
        Explanation::Password => "stands-password",
        Explanation::Screen => "stands-screen",
        Explanation::SameRecords => "stands-same-records",
        Explanation::Forgery => "stands-forgery",
    }
}

fn found_id(explanation: Explanation) -> &'static str {
    match explanation {
        Explanation::Malware => "found-malware",
        Explanation::Password => "found-password",
        Explanation::Screen => "found-screen",
        Explanation::SameRecords => "found-same-records",
        Explanation::Forgery => "found-forgery",
    }
}

/// Letters of a text that says something.
const LEAST: usize = 10;
const MOST: usize = 4_000;

pages!(NewAsk, NewReply);

#[cfg(test)]
mod tests {
    use super::*;

    const REASON: (&str, &str) = ("reason", "The customer withdrew it on the phone.");

    #[test]
    fn every_explanation_needs_a_result_before_a_name_is_asked_for() {
        let fields = AskFields::read([REASON, ("holder", "Heron-41")]);
        let errors = fields.checked(WishKind::Open, 3).unwrap_err();
        assert_eq!(errors.len(), 10, "{errors:?}");
        let mut pairs = vec![REASON, ("holder", " Heron-41 ")];
        for explanation in Explanation::ALL {
            pairs.push((stands_id(explanation), "no"));
            pairs.push((found_id(explanation), "The computer was looked at."));
        }
        let ask = AskFields::read(pairs.clone())
            .checked(WishKind::Open, 3)
            .unwrap();
        let Wish::Open {
            holder,
            run,
            checked,
        } = ask.wish
        else {
            panic!("{ask:?}")
        };
        assert_eq!((holder.as_str(), run, checked.len()), ("Heron-41", 3, 5));
        assert!(checked.iter().all(|checked| !checked.stands));
        pairs[2].1 = "perhaps";
        assert!(AskFields::read(pairs).checked(WishKind::Open, 3).is_err());
    }

    #[test]
    fn a_report_is_asked_for_by_its_reference_and_with_a_reason() {
        let reference = Reference::new(7);
        let typed = reference.plain();
        let fields = AskFields::read([REASON, ("report", typed.as_str()), ("other", "x")]);
        let ask = fields.checked(WishKind::Exclude, 1).unwrap();
        assert_eq!(ask.wish, Wish::Exclude { report: reference });
        let short = AskFields::read([("reason", "because"), ("report", typed.as_str())]);
        assert_eq!(
            short.checked(WishKind::Verify, 1).unwrap_err()[0].field,
            "reason"
        );
        let none = AskFields::read([REASON, ("report", "nothing")]);
        assert_eq!(
            none.checked(WishKind::Include, 1).unwrap_err()[0].field,
            "report"
        );
        let nobody = AskFields::read([REASON]);
        assert_eq!(
            nobody.checked(WishKind::Retract, 1).unwrap_err()[0].field,
            "holder"
        );
    }
}

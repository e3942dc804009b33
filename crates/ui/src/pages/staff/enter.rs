//! What a customer says on the phone, written down by an agent.

use askama::Template;
use countersign_core::reference::Reference;
use countersign_core::respond::statement::{Statement, StatementError};
use countersign_core::time::Second;

use super::shell::{problems, wrong};
use super::{FormError, Shell};
use crate::Language;
use crate::pages::parts::{Choice, Field, Group, Part, Problem, ProblemWords};
use crate::pages::report::{self, Answers, FieldError};
use crate::pages::show::filters;

/// `GET /reports/enter`; the form posts the fields of the public form, `customer`, `language`,
/// `mail_code`, `once` and `csrf` to it.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/enter.html")]
pub struct Enter {
    /// Around the page.
    pub shell: Shell,
    /// What was typed.
    pub call: Call,
    /// What is wrong with it.
    pub errors: Vec<FormError>,
    /// A name of this form's report: it is taken once, however often the form is sent.
    pub once: String,
}

/// A call as an agent writes it down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The answers of the public form.
    pub answers: Answers,
    /// The desk's own number of the customer.
    pub customer: String,
    /// Tag of the customer's language.
    pub language: String,
    /// `yes` where a code is to be mailed.
    pub mail_code: String,
}

/// What the agent tells the customer.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/entered.html")]
pub struct Entered {
    /// Around the page.
    pub shell: Shell,
    /// What the customer asks with.
    pub reference: Reference,
    /// Whether a code goes to the address, if it is on file.
    pub code: CodeSent,
}

/// Whether a code goes to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeSent {
    /// If the address is on file.
    IfOnFile,
    /// Nobody wanted that.
    No,
}

impl Call {
    /// Reads the pairs of a form; what it does not know is left out.
    #[must_use]
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut call = Self::default();
        let mut rest = Vec::new();
        for (name, value) in pairs {
            match name {
                "customer" => value.clone_into(&mut call.customer),
                "language" => value.clone_into(&mut call.language),
                "mail_code" => value.clone_into(&mut call.mail_code),
                _ => rest.push((name, value)),
            }
        }
        call.answers = Answers::read(rest);
        call
    }

    /// The language in which the customer is written to.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::of(&self.language).unwrap_or_default()
    }

    /// Whether a code is to be mailed.
    #[must_use]
    pub fn wants_code(&self) -> bool {
        self.mail_code == "yes"
    }

    /// What the customer says.
    ///
    /// # Errors
    /// Every field that can't be taken.
    pub fn statement(&self, now: Second) -> Result<Statement, Vec<FormError>> {
        let said = self.answers.statement(now, self.language());
        let mut errors: Vec<FormError> =
            said.as_ref().err().into_iter().flatten().map(of).collect();
        let customer = Statement {
            customer: Some(self.customer.clone()),
            ..Statement::default()
        };
        let customer = customer.checked(now);
        if let Err(wrong) = &customer {
            let message = match wrong.first() {
                Some(StatementError::Long { .. }) => "Shorten the number: it is no customer’s.",
                _ => "Take out what is no letter and no digit.",
            };
            errors.push(FormError::new("customer", message));
        }
        let no_address = self.answers.email.trim().is_empty();
        if self.wants_code() && no_address {
            errors.push(FormError::new(
                "email",
                "Type the address that the code goes to, or take the tick away.",
            ));
        }
        match (said, customer) {
            (Ok(said), Ok(customer)) if errors.is_empty() => Ok(Statement {
                customer: customer.customer,
                ..said
            }),
            _ => Err(errors),
        }
    }
}

fn of(error: &FieldError) -> FormError {
    FormError {
        field: error.field,
        message: report::message(error),
    }
}

impl Enter {
    fn problems(&self) -> Vec<Problem> {
        problems(&self.errors)
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    /// Who the customer is, before anything is asked.
    fn who(&self) -> Vec<Part> {
        let mut customer = Field::new(
            "customer",
            "The desk’s number of the customer".to_owned(),
            "As it stands in the desk, if you have found them there.".to_owned(),
            &self.call.customer,
        );
        customer.error = wrong(&self.errors, "customer");
        let language = Field::new(
            "language",
            "Language that the customer reads".to_owned(),
            String::new(),
            "",
        );
        let languages = Language::ALL.into_iter().map(|one| Choice {
            value: one.tag(),
            label: one.own_name().to_owned(),
            hint: String::new(),
            chosen: (one == self.call.language()).into(),
        });
        vec![
            Part::Line(customer),
            Part::Select(language, languages.collect()),
        ]
    }

    fn questions(&self) -> Vec<Part> {
        let mut parts = report::questions(&self.call.answers);
        for part in &mut parts {
            let (id, error) = match part {
                Part::Line(field) | Part::Lines(field) | Part::Select(field, _) => {
                    (field.id, &mut field.error)
                }
                Part::Radios(group) | Part::Checks(group) => (group.id, &mut group.error),
            };
            *error = wrong(&self.errors, id);
        }
        parts
    }

    fn code(&self) -> Vec<Part> {
        vec![Part::Checks(Group {
            id: "mail_code",
            legend: "Proof".to_owned(),
            hint: "The report counts once the customer has typed in a code that we mail to their \
                   address on file. Never ask them for it."
                .to_owned(),
            error: None,
            choices: vec![Choice {
                value: "yes",
                label: "Mail the code to the address above, if it is on file".to_owned(),
                hint: String::new(),
                chosen: self.call.wants_code().into(),
            }],
        })]
    }
}

pages!(Enter, Entered);

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Second = Second(849_124_800);

    fn fields(pairs: &[(&str, &str)]) -> Vec<&'static str> {
        let call = Call::read(pairs.iter().copied());
        let errors = call.statement(NOW).err().unwrap_or_default();
        errors.iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_call_becomes_a_statement_with_the_desks_number() {
        let call = Call::read([
            ("when", "forgotten"),
            ("how", "phone"),
            ("customer", " c-17 "),
            ("language", "fr"),
            ("email", "ann@example.org"),
            ("mail_code", "yes"),
        ]);
        let said = call.statement(NOW).unwrap();
        assert_eq!(said.customer.as_deref(), Some("c-17"));
        assert_eq!(said.language, "fr");
        assert!(call.wants_code());
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        assert_eq!(fields(&[]), ["when", "how"]);
        let known = [("when", "now"), ("how", "sms")];
        assert_eq!(fields(&known), [""; 0]);
        let with = |more| fields(&[&known[..], &[more]].concat());
        assert_eq!(with(("mail_code", "yes")), ["email"]);
        assert_eq!(with(("customer", "a\nb")), ["customer"]);
        let long = "x".repeat(101);
        assert_eq!(with(("customer", &long)), ["customer"]);
        assert_eq!(with(("email", "ann")), ["email"]);
    }
}

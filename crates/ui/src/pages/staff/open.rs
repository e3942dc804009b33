//! Opening a case: what it fixes, and a last look before it is fixed.

use askama::Template;

use super::shell::{problems, wrong};
use super::{CaseForm, CaseWish, FormError, Shell};
use crate::numbers;
use crate::pages::parts::{Choice, Field, Group, Part, Problem, ProblemWords};
use crate::pages::show::{self, filters};

/// `GET /cases/open`: the form; it posts to the same address.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "pages/staff/open_case.html")]
pub struct OpenCase {
    /// Around the page.
    pub shell: Shell,
    /// What was typed so far.
    pub form: CaseForm,
    /// What is wrong with it.
    pub errors: Vec<FormError>,
}

/// The interruption before a case is opened; its form posts the same fields to `/cases/open/sure`.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "pages/staff/open_case_sure.html")]
pub struct OpenCaseSure {
    /// Around the page.
    pub shell: Shell,
    /// What was typed.
    pub form: CaseForm,
    /// What it means.
    pub wish: CaseWish,
}

impl OpenCase {
    fn problems(&self) -> Vec<Problem> {
        problems(&self.errors)
    }

    fn said(&self) -> ProblemWords {
        ProblemWords::staff()
    }

    fn parts(&self) -> Vec<Part> {
        let form = &self.form;
        let line = |id, label: &str, hint: &str, value: &str, width| {
            Part::Line(Field {
                error: wrong(&self.errors, id),
                width,
                ..Field::new(id, label.to_owned(), hint.to_owned(), value)
            })
        };
        let choice = |value, label: &str, hint: &str| Choice {
            value,
            label: label.to_owned(),
            hint: hint.to_owned(),
            chosen: (form.colluders == value).into(),
        };
        vec![
            line(
                "title",
                "Title",
                "How colleagues speak of it. It names nobody.",
                &form.title,
                "medium",
            ),
            line(
                "from",
                "First day",
                "Calls from this day on count, such as 2026-09-01. All reports of the period count.",
                &form.from,
                "short",
            ),
            line(
                "until",
                "Last day",
                "Leave it empty if the calls go on.",
                &form.until,
                "short",
            ),
            line(
                "alpha",
                "Bound (α)",
                "The chance that this case ever names an innocent person, however many reports come. 0.001 is 1 in 1,000; at most 0.01.",
                &form.alpha,
                "short",
            ),
            Part::Radios(Group {
                id: "colluders",
                legend: "Colleagues guarded against".to_owned(),
                hint: String::new(),
                error: wrong(&self.errors, "colluders"),
                choices: vec![
                    choice(
                        "1",
                        "One",
                        "A naming holds even if one colleague leaked instead.",
                    ),
                    choice(
                        "2",
                        "Two",
                        "A naming holds even if two colleagues leaked together; it needs more reports.",
                    ),
                ],
            }),
            line(
                "freeze_days",
                "Frozen days",
                "Views in the days before the first known call do not count, so that nothing that the calls themselves caused can name anybody.",
                &form.freeze_days,
                "short",
            ),
        ]
    }
}

impl OpenCaseSure {
    fn bound(&self) -> String {
        numbers::one_in(self.wish.alpha)
    }

    fn fields(&self) -> [(&'static str, &String); 6] {
        self.form.pairs()
    }
}

pages!(OpenCase, OpenCaseSure);

//! The form's pages with made-up answers: empty, wrong, and as a change on the way to the check.

use countersign_core::time::Second;

use super::{Answers, Step, StepName};
use crate::{Language, ReportError};

/// Every sample of the form with its name, drawn.
///
/// # Errors
/// [`ReportError::Template`] when the template engine fails.
pub fn samples(language: Language) -> Result<Vec<(String, String)>, ReportError> {
    let mut all = Vec::new();
    let csrf = || "c5rf".to_owned();
    for name in StepName::ALL {
        let step = Step::new(language, name, Answers::default(), csrf());
        all.push((format!("report_{}", name.word()), step.render()?));
        let wrong = Step {
            errors: wrong().check(name, NOW),
            ..Step::new(language, name, wrong(), csrf())
        };
        if !wrong.errors.is_empty() {
            all.push((format!("report_{}_wrong", name.word()), wrong.render()?));
        }
        let change = Step {
            after: StepName::Check,
            ..Step::new(language, name, right(), csrf())
        };
        all.push((format!("report_{}_change", name.word()), change.render()?));
    }
    Ok(all)
}

fn right() -> Answers {
    Answers::read([
        ("when", "at"),
        ("date", "27.11.2026 2:30 pm"),
        ("zone", "Europe/Berlin"),
        ("how", "phone"),
        ("number", "INC 47 something 1"),
        ("shown", "+1 555 0100"),
        ("knew", "name"),
        ("knew", "case"),
        ("pretext", "refund"),
        (
            "words",
            "He said \"refund\".\r\n<script>alert(1)</script> \u{202e}evil",
        ),
        ("given", "codes"),
        ("given", "remote-access"),
        ("email", "ann@example.org"),
        ("phone", "+1 555 0199"),
        ("call_back", "yes"),
    ])
}

fn wrong() -> Answers {
    Answers::read([
        ("when", "at"),
        ("date", "3/4/2026"),
        ("time", "half past\u{0}"),
        ("zone", "Europe/Berlin"),
        ("how", "pigeon"),
        ("number", "a\u{7}\"><b>b"),
        ("words", "</textarea>\u{1}"),
        ("email", "ann\" onfocus=\"x"),
        ("call_back", "yes"),
    ])
}

/// 2026-11-27T20:00:00Z.
const NOW: Second = Second(849_124_800);

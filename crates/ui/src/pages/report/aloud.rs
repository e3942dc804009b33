//! The questions of the form on one page, for somebody who reads them out to a customer.

use super::{Answers, FieldError, Step, StepName};
use crate::Language;
use crate::pages::parts::Part;

/// The fields of all questions in their order, each group with its question above it.
pub(crate) fn questions(answers: &Answers) -> Vec<Part> {
    let steps = StepName::ALL.into_iter();
    let asked = steps.flat_map(|name| {
        let step = Step::new(Language::English, name, answers.clone(), String::new());
        let title = step.say(step.title());
        let titled = |part| match part {
            Part::Radios(mut group) if group.legend.is_empty() => {
                group.legend.clone_from(&title);
                Part::Radios(group)
            }
            Part::Checks(mut group) if group.legend.is_empty() => {
                group.legend.clone_from(&title);
                Part::Checks(group)
            }
            part => part,
        };
        step.parts().into_iter().map(titled).collect::<Vec<_>>()
    });
    asked.collect()
}

/// What is wrong with a field, in words.
pub(crate) fn message(error: &FieldError) -> String {
    Language::English.say(error.message)
}

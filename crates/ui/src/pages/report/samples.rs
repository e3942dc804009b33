//! The form's pages with made-up answers.

use super::{Answers, Step, StepName};
use crate::{Language, ReportError};

/// Every sample of the form with its name, drawn.
///
/// # Errors
/// [`ReportError::Template`] when the template engine fails.
pub fn samples(language: Language) -> Result<Vec<(String, String)>, ReportError> {
    let mut all = Vec::new();
    for name in StepName::ALL {
        let step = Step::new(language, name, Answers::default(), "c5rf".to_owned());
        all.push((format!("report_{}", name.word()), step.render()?));
    }
    Ok(all)
}

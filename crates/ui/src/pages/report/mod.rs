//! The report form: one question a page, each at its own address.
//!
//! `GET /report/<step>` shows a [`Step`]. `POST /report/<step>` hands its fields to
//! [`Answers::take`] and asks [`Answers::check`]; then it shows the same step with the errors, or
//! leads to the step that the form sent as `after`, or else to [`StepName::next`].
//! `POST /report/check` makes the [`Statement`] with [`Answers::statement`]. Where the answers are
//! kept between the steps is the server's business: [`Answers::pairs`] and [`Answers::read`] write
//! and read them.
//!
//! [`Statement`]: countersign_core::respond::statement::Statement

mod aloud;
mod answers;
mod fields;
mod keys;
mod moment;
mod question;
mod samples;
mod step;
mod summary;

use countersign_core::respond::statement::Given;

pub(crate) use aloud::{message, questions};
pub use answers::{Answers, FieldError};
pub use samples::samples;
pub use step::{Step, StepName};

/// Key of what to do at once, after something was given.
pub(crate) fn advice(given: Given) -> &'static str {
    match given {
        Given::Money => "do-money",
        Given::Codes => "do-codes",
        Given::RemoteAccess => "do-remote-access",
    }
}

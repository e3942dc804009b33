//! What customers see beside the report form.
//!
//! | address | view |
//! |---|---|
//! | `/` | [`Front`] |
//! | `/report/sent` | [`Sent`] |
//! | `/report/state` | [`AskState`] |
//! | `/report/code` | [`EnterCode`] |
//! | `/help` | [`Help`] |
//! | where something is wrong | [`Trouble`] |
//!
//! Each takes `?lang=de`; what is chosen should be kept for the next pages.

mod after;
mod front;
mod samples;
mod trouble;

pub use after::{AskState, EnterCode, Entered, Found, Next, Sent, ShownCode, Standing};
pub use front::{Front, Help};
pub use samples::samples;
pub use trouble::{Trouble, Wrong};

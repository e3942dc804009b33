//! Wrong usage or input: exit status 2, with help.

use core::fmt;

use countersign_import::ImportError;

/// What the person at the keyboard can mend.
#[derive(Debug)]
pub struct Wrong {
    what: String,
    help: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Wrong {}

impl Wrong {
    /// A mistake on the command line.
    #[must_use]
    pub fn usage(what: &str, help: &str) -> anyhow::Error {
        Self {
            what: what.to_owned(),
            help: help.to_owned(),
        }
        .into()
    }
}

/// An error with its causes in one line, each said once.
///
/// Some errors repeat their cause in their own words; then it is not said again.
#[must_use]
pub fn said(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// What to do about an error, where something can be done, and whether it was the input's.
#[must_use]
pub fn help(error: &anyhow::Error) -> Option<(String, Blame)> {
    for cause in error.chain() {
        if let Some(wrong) = cause.downcast_ref::<Wrong>() {
            return Some((wrong.help.clone(), Blame::Input));
        }
        if let Some(error) = cause.downcast_ref::<ImportError>() {
            let blame = if matches!(error, ImportError::Cancelled) {
                Blame::Other
            } else {
                Blame::Input
            };
            return Some((error.help().to_owned(), blame));
        }
        #[cfg(feature = "serve")]
        if let Some(error) = cause.downcast_ref::<countersign_server::config::ConfigError>() {
            return Some((error.help().to_owned(), Blame::Input));
        }
        #[cfg(feature = "serve")]
        if let Some(error) = cause.downcast_ref::<countersign_server::StartError>()
            && let Some(help) = error.help()
        {
            return Some((help.to_owned(), Blame::Other));
        }
        if let Some(error) = cause.downcast_ref::<countersign_sim::SimError>() {
            return Some((error.help().to_owned(), Blame::Input));
        }
    }
    None
}

/// Whose mistake an error was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Wrong usage or input.
    Input,
    /// Anything else.
    Other,
}

//! View models, templates, charts and the stylesheet: a verdict in, a page out.
//!
//! [`review()`] draws the page on which a person confirms reports; [`report()`] draws `report.html`
//! from a [`Verdict`]: one file without script and without network, that is read on a screen, on
//! paper and aloud. [`pages`] holds what a server shows. Everything that a page says is treated as
//! hostile text: `plain` makes it showable, askama and `charts` escape it, and no page needs more
//! than its own style and, where one is linked, a script of [`pages::ASSETS`].
//!
//! It does not compute any evidence, read files, look at the clock, speak HTTP or print. `cli` calls
//! it and writes the file; a server answers with what the pages' `render` gives.

mod charts;
#[cfg(test)]
mod contrast;
mod language;
mod moment;
mod numbers;
mod page;
pub mod pages;
mod plain;
mod report;
mod review;
mod samples;
pub mod summary;

use countersign_core::verdict::Verdict;

pub use language::Language;
pub use page::STYLESHEET;
pub use review::{Statement, review};
pub use samples::samples;

/// Why a page could not be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The template engine gave up.
    #[error("the page could not be put together")]
    Template(#[from] askama::Error),
    /// The verdict could not be written as JSON, whose digest the page prints.
    #[error("the digest of `verdict.json` could not be made")]
    Document(#[source] Box<dyn core::error::Error + Send + Sync>),
}

impl ReportError {
    /// What the person at the keyboard can do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Template(_) | Self::Document(_) => {
                "verdict.json holds everything that the page would show; \
                 run the same command again to draw the page"
            }
        }
    }
}

/// Draws `report.html`: the whole verdict as one page that needs nothing beside it.
///
/// The same verdict gives the same bytes on every machine.
///
/// # Errors
///
/// [`ReportError::Template`] when the template engine fails, which takes a formatter that fails.
pub fn report(verdict: &Verdict) -> Result<String, ReportError> {
    page::render(verdict)
}

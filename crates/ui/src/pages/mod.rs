//! The pages of the server: what each shows is a struct, and `render` draws it.
//!
//! Every page links `/assets/countersign.css` and works without script; [`ASSETS`] holds the files
//! that pages link. [`public`] and [`report`] are for customers, in the languages of
//! [`Language`]; [`staff`] is for those who work here, in English.
//!
//! Everything that a struct holds is treated as hostile text.

/// Gives views their `render`.
macro_rules! pages {
    ($($page:ty),+ $(,)?) => {$(
        impl $page {
            /// Draws the page.
            ///
            /// # Errors
            /// [`ReportError::Template`](crate::ReportError::Template) when the template engine
            /// fails, which takes a formatter that fails.
            pub fn render(&self) -> Result<String, crate::ReportError> {
                Ok(askama::Template::render(self)?)
            }
        }
    )+};
}

pub mod public;
pub mod report;
pub mod staff;

mod parts;
mod show;

use crate::{Language, ReportError};

/// A file that pages link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Where pages look for it.
    pub path: &'static str,
    /// Its media type, for `Content-Type`.
    pub media: &'static str,
    /// What is in it.
    pub body: &'static str,
}

/// All files that pages link.
pub const ASSETS: [Asset; 3] = [
    Asset {
        path: "/assets/countersign.css",
        media: "text/css; charset=utf-8",
        body: crate::STYLESHEET,
    },
    Asset {
        path: "/assets/passkey.js",
        media: "text/javascript; charset=utf-8",
        body: include_str!("../../assets/passkey.js"),
    },
    Asset {
        path: "/assets/case.js",
        media: "text/javascript; charset=utf-8",
        body: include_str!("../../assets/case.js"),
    },
];

/// Every page of every sample, drawn: public ones in each language, then those of staff.
///
/// # Errors
/// [`ReportError::Template`] when the template engine fails.
pub fn samples() -> Result<Vec<(String, String)>, ReportError> {
    let mut all = Vec::new();
    for language in Language::ALL {
        for (name, page) in public::samples(language)?
            .into_iter()
            .chain(report::samples(language)?)
        {
            all.push((format!("{}_{name}", language.tag()), page));
        }
    }
    for (name, page) in staff::samples()? {
        all.push((format!("staff_{name}"), page));
    }
    Ok(all)
}

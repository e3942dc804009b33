//! The first page, and the one that says how to reach a person.

use askama::Template;

use crate::Language;
use crate::pages::show::filters;

/// `GET /`: what this is, and where to go.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/public/front.html")]
pub struct Front {
    /// In which language.
    pub language: Language,
}

/// `GET /help`: how to reach a person, and what never to do on such a call.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/public/help.html")]
pub struct Help {
    /// In which language.
    pub language: Language,
    /// The company's own number for this, if it has one.
    pub phone: Option<String>,
    /// The company's own address for this, if it has one.
    pub email: Option<String>,
}

pages!(Front, Help);

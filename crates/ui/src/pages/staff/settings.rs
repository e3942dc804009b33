//! How the server is set.

use askama::Template;

use super::Shell;
use crate::pages::show::filters;

/// `GET /settings`, for operators: the configuration as it holds, to be read and not to be changed.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/staff/settings.html")]
pub struct Settings {
    /// Around the page.
    pub shell: Shell,
    /// All keys, in the order of the configuration.
    pub rows: Vec<SettingRow>,
}

/// A key of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// As it is written, with its table before a dot.
    pub name: String,
    /// What holds, as it is written; none: nothing is set. What is secret stands in a file, whose
    /// path this is.
    pub value: Option<String>,
    /// Whether somebody set it to something else than what holds without it.
    pub is_own: bool,
    /// What it does.
    pub effect: String,
    /// What goes wrong when it is wrong.
    pub breaks: String,
}

pages!(Settings);

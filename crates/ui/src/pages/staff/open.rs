//! Opening a case: what it fixes, and a last look before it is fixed.

use askama::Template;
use countersign_core::time::Second;

use super::{FormError, Shell};
use crate::pages::show::{filters, stamp};

/// What was typed; every field as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseForm {
    /// What it is called.
    pub title: String,
    /// First day that counts, `2026-09-01`.
    pub from: String,
    /// Last day that counts, or empty: all later ones.
    pub until: String,
    /// The bound.
    pub alpha: String,
    /// Colleagues guarded against.
    pub colluders: String,
    /// Days of freeze.
    pub freeze_days: String,
}

/// What was typed, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseWish {
    /// What it is called.
    pub title: String,
    /// Calls from this second on count.
    pub from: Second,
    /// Calls before this second count; none: all later ones.
    pub until: Option<Second>,
    /// The bound.
    pub alpha: f64,
    /// Colleagues guarded against, 1 or 2.
    pub colluders: u8,
    /// Days of freeze.
    pub freeze_days: u32,
}

impl Default for CaseForm {
    fn default() -> Self {
        Self {
            title: String::new(),
            from: String::new(),
            until: String::new(),
            alpha: "0.001".to_owned(),
            colluders: "1".to_owned(),
            freeze_days: "30".to_owned(),
        }
    }
}

impl CaseForm {
    /// What was typed, understood.
    ///
    /// # Errors
    /// Every field that can't be taken.
    pub fn checked(&self, _now: Second) -> Result<CaseWish, Vec<FormError>> {
        Err(Vec::new())
    }
}

/// `GET /cases/open`: the form; it posts to the same address.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "pages/staff/open_case.html")]
pub struct OpenCase {
    /// Around the page.
    pub shell: Shell,
    /// What was typed so far.
    pub form: CaseForm,
    /// What is wrong with it.
    pub errors: Vec<FormError>,
}

/// The interruption before a case is opened; its form posts the same fields to `/cases/open/sure`.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "pages/staff/open_case_sure.html")]
pub struct OpenCaseSure {
    /// Around the page.
    pub shell: Shell,
    /// What was typed.
    pub form: CaseForm,
    /// What it means.
    pub wish: CaseWish,
}

pages!(OpenCase, OpenCaseSure);

//! A server with people who work on it, each on a device of their own.

use countersign_core::staff::Role;

use super::served::Served;
use super::team::{invite, on_own_device, with_quorum};
use crate::report::browser;
use crate::webdriver::Browser;

/// A running server, its first key holder, and a browser.
#[derive(Debug)]
pub(super) struct Office {
    pub(super) served: Served,
    pub(super) browser: Browser,
    holder: String,
}

impl Office {
    /// None where there is no browser.
    pub(super) fn open() -> Option<Self> {
        let browser = browser()?;
        let served = Served::start();
        let link = served.link.clone().unwrap();
        let holder = on_own_device(&browser, &link, "Kim Holder");
        with_quorum(&browser, &served, &holder);
        Some(Self {
            served,
            browser,
            holder,
        })
    }

    /// Somebody with a role; gives the cookie of their session, which the browser has too.
    pub(super) fn member(&self, role: Role, name: &str) -> String {
        self.both(&[role], name)
    }

    /// Somebody with several roles.
    pub(super) fn both(&self, roles: &[Role], name: &str) -> String {
        let link = invite(&self.served, &self.holder, roles);
        on_own_device(&self.browser, &link, name)
    }

    /// Posts a form of a page with its token.
    pub(super) fn post(
        &self,
        page: &str,
        path: &str,
        session: &str,
        fields: &[(&str, &str)],
    ) -> super::asked::Answer {
        let csrf = self.served.get(page, session).csrf();
        let csrf = csrf.unwrap_or_else(|| panic!("{page} has no form"));
        let fields: Vec<_> = fields
            .iter()
            .copied()
            .chain([("csrf", csrf.as_str())])
            .collect();
        self.served.post(path, session, &fields)
    }
}

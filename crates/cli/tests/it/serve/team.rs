//! Those who work with a server: they join on devices of their own, and open a case.

use countersign_core::staff::Role;

use super::served::Served;
use crate::webdriver::Browser;

/// Two key holders with the key between them, an investigator and a supervisor.
#[derive(Debug)]
pub(super) struct Team {
    /// Sessions, and the own keys of the key holders.
    pub(super) kim: String,
    pub(super) kims_key: String,
    pub(super) lee: String,
    pub(super) lees_key: String,
    pub(super) ann: String,
    pub(super) sue: String,
}

impl Team {
    /// Joins them all; the key that opens names is dealt.
    pub(super) fn gather(browser: &Browser, served: &Served) -> Self {
        let kim = on_own_device(browser, &served.link.clone().unwrap(), "Kim Holder");
        let member = |role, name| on_own_device(browser, &invite(served, &kim, &[role]), name);
        let lee = member(Role::KeyHolder, "Lee Holder");
        let ann = member(Role::Investigator, "Ann Ito");
        let sue = member(Role::Supervisor, "Sue Visor");
        let kims_key = make_key(served, &kim);
        let lees_key = make_key(served, &lee);
        deal(served, &kim);
        Self {
            kim,
            kims_key,
            lee,
            lees_key,
            ann,
            sue,
        }
    }

    /// One more, on a device of their own.
    pub(super) fn add(&self, browser: &Browser, served: &Served, role: Role, name: &str) -> String {
        on_own_device(browser, &invite(served, &self.kim, &[role]), name)
    }

    /// The investigator opens a case of all calls of summer; its address.
    pub(super) fn open_case(&self, served: &Served) -> String {
        open_case(served, &self.ann, "Calls of August")
    }
}

/// Somebody opens a case of all calls of summer; its address.
pub(super) fn open_case(served: &Served, session: &str, title: &str) -> String {
    let csrf = served.get("/cases/open", session).csrf().unwrap();
    let fields = [
        ("title", title),
        ("from", "2019-07-01"),
        ("until", ""),
        ("alpha", "0.001"),
        ("colluders", "1"),
        ("freeze_days", "30"),
        ("csrf", &csrf),
    ];
    let opened = served.post("/cases/open/sure", session, &fields);
    assert_eq!(opened.status, 303, "{}", opened.body);
    opened.header("location").unwrap().to_owned()
}

/// A second key holder, and the key that opens names between the two: before it no case is opened.
pub(super) fn with_quorum(browser: &Browser, served: &Served, holder: &str) {
    let lee = on_own_device(
        browser,
        &invite(served, holder, &[Role::KeyHolder]),
        "Lee Holder",
    );
    make_key(served, holder);
    make_key(served, &lee);
    deal(served, holder);
}

/// Joins on a device that nobody else has.
pub(super) fn on_own_device(browser: &Browser, link: &str, name: &str) -> String {
    let device = browser.give_authenticator().unwrap();
    let session = join(browser, link, name);
    browser.take_authenticator(&device).unwrap();
    session
}

/// Makes a key holder's own key; it is on the page this once.
pub(super) fn make_key(served: &Served, session: &str) -> String {
    let csrf = served.get("/quorum", session).csrf().unwrap();
    let page = served.post("/quorum/key", session, &[("csrf", &csrf)]);
    let (_, rest) = page.body.split_once("id=\"key\">").expect(&page.body);
    rest.split('<').next().unwrap().to_owned()
}

/// Deals the key that opens names.
pub(super) fn deal(served: &Served, session: &str) {
    let csrf = served.get("/quorum", session).csrf().unwrap();
    let page = served.post("/quorum/deal", session, &[("csrf", &csrf)]);
    assert_eq!(page.status, 303, "{}", page.body);
}

/// Joins with a one-time link on this browser's device; gives the session's cookie.
pub(super) fn join(browser: &Browser, link: &str, name: &str) -> String {
    browser.go(link).unwrap();
    browser.forget().unwrap();
    browser
        .until("!document.getElementById('passkey').hidden")
        .unwrap();
    let fill = format!(
        "document.getElementById('name').value = {name:?};
         document.querySelector('#passkey button').click();"
    );
    browser.run(&fill).unwrap();
    browser.until("location.pathname === '/overview'").unwrap();
    format!("session={}", browser.cookie("session").unwrap())
}

/// Invites somebody over HTTP; gives the link.
pub(super) fn invite(served: &Served, session: &str, roles: &[Role]) -> String {
    let page = served.get("/people", session);
    assert_eq!(page.status, 200, "{}", page.head);
    let csrf = page.csrf().unwrap();
    let mut fields = vec![("csrf", csrf.as_str())];
    fields.extend(roles.iter().map(|role| ("roles", role.word())));
    let page = served.post("/people", session, &fields);
    assert_eq!(page.status, 200, "{}", page.body);
    let begin = page.body.find(&served.url("/join/")).expect(&page.body);
    let rest = &page.body[begin..];
    let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !":/.".contains(letter));
    rest[..end.unwrap()].to_owned()
}

/// Sends a report and enters its code.
pub(super) fn verified(served: &Served, customer: u32, when: &str) {
    let reference = served.report(customer, when);
    let code = served.mails.next().code();
    let fields = [("reference", reference.as_str()), ("code", code.as_str())];
    assert_eq!(served.post("/report/code", "", &fields).status, 200);
}

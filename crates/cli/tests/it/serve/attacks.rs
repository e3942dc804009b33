//! What somebody sends who means harm, for every route of the table, as whoever may use it.

use std::fmt::Write as _;

use countersign_core::staff::Role;
use countersign_server::{Route, Who};

use super::asked::{Answer, address, encoded};
use super::served::Served;
use super::team::{invite, join, verified, with_quorum};
use crate::report::browser;
use crate::webdriver::Browser;

const GET: &str = "GET";
const POST: &str = "POST";

/// Sessions, one a role.
struct Staff(Vec<(Role, String)>);

impl Staff {
    fn join(browser: &Browser, served: &Served) -> Self {
        let member = |link: &str, role: Role| {
            let device = browser.give_authenticator().unwrap();
            let session = join(browser, link, role.word());
            browser.take_authenticator(&device).unwrap();
            session
        };
        let holder = member(&served.link.clone().unwrap(), Role::KeyHolder);
        with_quorum(browser, served, &holder);
        let others = Role::ALL
            .into_iter()
            .filter(|role| *role != Role::KeyHolder);
        let others = others.map(|role| (role, member(&invite(served, &holder, &[role]), role)));
        let others: Vec<_> = others.collect();
        Self([vec![(Role::KeyHolder, holder)], others].concat())
    }

    fn of(&self, role: Role) -> &str {
        &self.0.iter().find(|(known, _)| *known == role).unwrap().1
    }

    /// Somebody who may use a route; nobody, where all may.
    fn who_may(&self, route: &Route) -> &str {
        match route.who {
            Who::Anyone | Who::Program(_) => "",
            Who::SignedIn => self.of(Role::Auditor),
            Who::Roles(roles) => self.of(roles[0]),
        }
    }
}

/// All routes but the one that ends a session.
fn routes() -> impl Iterator<Item = Route> {
    let all = countersign_server::routes().into_iter();
    all.filter(|route| route.path != "/sign-out")
}

/// A path with the same in all its braces.
fn filled(path: &str, with: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { with } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Names of parameters and fields that handlers read.
const NAMES: [&str; 36] = [
    "lang",
    "why",
    "after",
    "before",
    "reference",
    "code",
    "state",
    "iss",
    "error",
    "token",
    "name",
    "when",
    "date",
    "time",
    "zone",
    "how",
    "number",
    "shown",
    "answer",
    "knew",
    "pretext",
    "words",
    "given",
    "email",
    "phone",
    "call_back",
    "title",
    "from",
    "until",
    "alpha",
    "colluders",
    "freeze_days",
    "roles",
    "channel",
    "person",
    "also",
];

/// What must be nowhere in an answer.
fn is_harmless(answer: &Answer, what: &str) {
    assert!(answer.status < 500, "{what}: {}", answer.head);
    for line in answer.head.lines() {
        assert!(
            !line.to_ascii_lowercase().starts_with("x-injected"),
            "{what}: {line}"
        );
    }
    for raw in [
        "<script>alert(",
        "\" onfocus=alert(",
        "<img",
        "root:x:0:",
        "1787569",
    ] {
        assert!(!answer.body.contains(raw), "{what}: {raw}: {}", answer.body);
    }
    if answer.status == 303 {
        // Nobody is led to another place.
        let to = answer.header("location").unwrap();
        assert!(to.starts_with('/') && !to.starts_with("//"), "{what}: {to}");
    }
    assert!(
        answer.header("content-security-policy").is_some(),
        "{what}: {}",
        answer.head
    );
}

#[test]
fn no_route_breaks_on_what_means_harm() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let staff = Staff::join(&browser, &served);
    let long = "A".repeat(6_000);
    let harm = [
        "<script>alert(1)</script>",
        "\" onfocus=alert(1) x=\"",
        "{{1337*1337}}{% raw %}${1337*1337}<%= 1337*1337 %>",
        "../../../../../../etc/passwd",
        "..\\..\\..\\windows\\win.ini",
        "/etc/passwd",
        "\r\nX-Injected: 1\r\n\r\n<script>alert(1)</script>",
        "\0",
        "a\0b",
        "' OR '1'='1' --",
        "\u{202e}\u{feff}\u{0}\u{fffd}",
        "-1",
        "999999999999999999999999",
        "//evil.example",
        "https://evil.example/",
        long.as_str(),
    ];
    let mut asked = 0;
    for route in routes() {
        let session = staff.who_may(&route);
        let csrf = csrf_of(&served, session);
        for harm in harm {
            let value = encoded(harm);
            let mut query = String::new();
            for name in NAMES {
                let _ = write!(query, "{name}={value}&");
            }
            let what = format!(
                "{} {} with {}",
                route.method,
                route.path,
                &value[..value.len().min(60)]
            );
            let form = ("Content-Type", "application/x-www-form-urlencoded");
            let cookies = ("Cookie", session);
            let path = filled(route.path, &value);
            let answers = if route.method == GET {
                let short = query.len() < 20_000;
                let with = format!("{path}?{query}");
                vec![
                    served.ask(GET, if short { &with } else { &path }, &[cookies], ""),
                    // With the right thing in the braces and harm behind them.
                    served.ask(
                        GET,
                        &format!("{}?lang={value}&after={value}", filled(route.path, "when")),
                        &[cookies],
                        "",
                    ),
                ]
            } else {
                // A body has room for one long value.
                let names = if harm.len() > 1_000 {
                    &NAMES[25..28]
                } else {
                    &NAMES[..]
                };
                let mut body = format!("csrf={csrf}");
                for name in names {
                    let _ = write!(body, "&{name}={value}");
                }
                let json = ("Content-Type", "application/json");
                let said = serde_json::json!({"token": harm, "name": harm, "credential": harm});
                vec![
                    served.ask(POST, &path, &[cookies, form], &body),
                    served.ask(POST, &path, &[cookies, json], &said.to_string()),
                    served.ask(POST, &filled(route.path, "check"), &[cookies, form], &body),
                ]
            };
            for answer in &answers {
                is_harmless(answer, &what);
            }
            asked += answers.len();
        }
    }
    assert!(asked > 1_000, "{asked}");

    // Paths that a client has not made tidy, bytes that are no text, and cookies.
    for path in [
        "/assets/../../../../etc/passwd",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets//etc/passwd",
        "/%ff%fe",
        "/report/%ff",
        "/cases/%c3%28",
        "//evil.example/%2f..",
        "/report?lang=%ff&lang=%00",
    ] {
        is_harmless(&served.get(path, staff.of(Role::Investigator)), path);
    }
    for cookie in [
        "session=../../etc/passwd",
        "session=; session=<script>alert(1)</script>",
        "draft=%00; language=<script>alert(1)</script>",
        "language=de; company=zz; ceremony=zz",
    ] {
        for path in ["/", "/overview", "/report/when", "/report/sent", "/sign-in"] {
            is_harmless(&served.get(path, cookie), cookie);
        }
    }
}

/// The token of somebody's forms; each page has the same one.
fn csrf_of(served: &Served, session: &str) -> String {
    if session.is_empty() {
        return String::new();
    }
    served.get("/overview", session).csrf().unwrap()
}

#[test]
fn no_post_is_taken_from_another_place_without_a_token_or_with_another_s() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let staff = Staff::join(&browser, &served);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let (mut posts, mut guarded) = (0, 0);
    for route in countersign_server::routes() {
        if route.method != POST {
            continue;
        }
        let session = staff.who_may(&route);
        let cookies = ("Cookie", session);
        let right = format!("csrf={}", csrf_of(&served, session));
        let path = filled(route.path, "when");
        for head in [
            [("Sec-Fetch-Site", "cross-site"), ("Accept", "*/*")],
            [("Sec-Fetch-Site", "same-site"), ("Accept", "*/*")],
            [("Origin", "https://evil.example"), ("Accept", "*/*")],
            [("Origin", "null"), ("Host", "evil.example")],
        ] {
            for kind in [
                form,
                ("Content-Type", "application/json"),
                ("Content-Type", "text/plain"),
            ] {
                let headers = [&[cookies, kind], &head[..]].concat();
                let answer = served.ask(POST, &path, &headers, &right);
                assert_eq!(answer.status, 400, "{path} {headers:?}: {}", answer.head);
            }
        }
        posts += 1;
        // Everybody's routes, and those of programs, have no session to ride on.
        if matches!(route.who, Who::Anyone | Who::Program(_)) {
            continue;
        }
        // Of somebody else than who may use it.
        let stranger = match staff.who_may(&route) == staff.of(Role::Operator) {
            true => Role::Auditor,
            false => Role::Operator,
        };
        let other = csrf_of(&served, staff.of(stranger));
        assert_ne!(right, format!("csrf={other}"));
        for body in [
            String::new(),
            "csrf=".to_owned(),
            format!("csrf={other}"),
            format!("{right}0"),
        ] {
            let answer = served.ask(POST, &path, &[cookies, form], &body);
            assert!(
                matches!(answer.status, 400 | 404),
                "{path} with {body}: {}",
                answer.head
            );
        }
        guarded += 1;
    }
    assert!(posts >= 12 && guarded >= 4, "{posts} {guarded}");
    // Nothing of it was done: all are still signed in, and nobody was invited.
    for (role, session) in &staff.0 {
        assert_eq!(
            served.get("/overview", session).status,
            200,
            "{}",
            role.word()
        );
    }
    let cases = served.get("/cases", staff.of(Role::Supervisor)).body;
    assert!(!cases.contains("/cases/0"), "{cases}");
}

#[test]
fn a_post_that_is_too_long_is_refused_by_every_route() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let staff = Staff::join(&browser, &served);
    for route in countersign_server::routes() {
        if route.method != POST {
            continue;
        }
        // It begins a ceremony, and reads nothing of what is posted.
        if route.path == "/sign-in/begin" {
            continue;
        }
        let session = staff.who_may(&route);
        let path = filled(route.path, "when");
        for kind in ["application/x-www-form-urlencoded", "application/json"] {
            let headers = [("Cookie", session), ("Content-Type", kind)];
            let body = format!("words={}", "a".repeat(80 << 10));
            let answer = served.ask(POST, &path, &headers, &body);
            assert!(
                (400..500).contains(&answer.status),
                "{path} {kind}: {}",
                answer.head
            );
        }
    }
}

#[test]
fn a_session_that_somebody_else_chose_is_nobody_s_and_one_that_ended_stays_ended() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    browser.give_authenticator().unwrap();
    let fixed = "ab".repeat(32);
    let link = served.link.clone().unwrap();
    browser.go(&link).unwrap();
    let plant = format!("document.cookie = 'session={fixed}; path=/';");
    browser.run(&plant).unwrap();
    assert_eq!(browser.cookie("session").as_deref(), Some(fixed.as_str()));
    browser
        .until("!document.getElementById('passkey').hidden")
        .unwrap();
    browser
        .run(
            "document.getElementById('name').value = 'Kim';
             document.querySelector('#passkey button').click();",
        )
        .unwrap();
    browser.until("location.pathname === '/overview'").unwrap();
    let session = browser.cookie("session").unwrap();
    assert_ne!(session, fixed);
    let is_in = |session: &str| {
        served
            .get("/overview", &format!("session={session}"))
            .status
            == 200
    };
    assert!(is_in(&session) && !is_in(&fixed));
    browser
        .run("document.querySelector('form[action=\"/sign-out\"]').requestSubmit();")
        .unwrap();
    browser.until("location.pathname === '/sign-in'").unwrap();
    assert!(
        !is_in(&session),
        "the server forgets it, not the browser alone"
    );
}

#[test]
fn a_reference_of_another_s_opens_nothing() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let staff = Staff::join(&browser, &served);
    let ann = staff.of(Role::Investigator);
    let device = browser.give_authenticator().unwrap();
    let link = invite(&served, staff.of(Role::KeyHolder), &[Role::Investigator]);
    let ben = join(&browser, &link, "Ben");
    browser.take_authenticator(&device).unwrap();
    let opened = |session: &str| {
        let csrf = csrf_of(&served, session);
        let fields = [
            ("title", "Calls"),
            ("from", "2019-07-01"),
            ("until", ""),
            ("alpha", "0.001"),
            ("colluders", "1"),
            ("freeze_days", "30"),
            ("csrf", &csrf),
        ];
        let answer = served.post("/cases/open/sure", session, &fields);
        answer
            .header("location")
            .unwrap()
            .rsplit_once('/')
            .unwrap()
            .1
            .to_owned()
    };
    let (anns, bens) = (opened(ann), opened(&ben));
    let report = served.report(12, "2019-08-02 09:00").replace('-', "");
    served.mails.next();
    let mut asked = 0;
    for route in routes().filter(|route| route.path.starts_with("/cases/{")) {
        for (session, reference) in [
            (ann, bens.as_str()),
            (ben.as_str(), anns.as_str()),
            // A report is no case, whoever sees both.
            (staff.of(Role::Supervisor), report.as_str()),
        ] {
            let path = filled(route.path, reference);
            let csrf = csrf_of(&served, session);
            let answer = match route.method.as_str() {
                GET => served.get(&path, session),
                _ => served.post(&path, session, &[("csrf", &csrf), ("reference", reference)]),
            };
            assert!(
                matches!(answer.status, 400 | 403 | 404),
                "{} {path}: {}",
                route.method,
                answer.head
            );
            asked += 1;
        }
    }
    assert!(asked >= 6, "{asked}");
    for (path, session) in [
        (format!("/cases/{anns}"), ann),
        (format!("/cases/{bens}"), ben.as_str()),
        (format!("/reports/{report}"), ann),
    ] {
        assert_eq!(served.get(&path, session).status, 200, "{path}");
    }
    assert_eq!(served.get(&format!("/reports/{anns}"), ann).status, 404);
    // What a visitor sent is shown to their own browser.
    assert_eq!(served.get("/report/sent", "").status, 303);
    let state = served
        .post("/report/state", "", &[("reference", &anns)])
        .body;
    assert!(!state.contains("Calls"), "{state}");
}

#[test]
fn what_a_report_says_is_text_wherever_it_is_shown() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let staff = Staff::join(&browser, &served);
    // A case and a member of staff, named to do harm.
    let device = browser.give_authenticator().unwrap();
    let link = invite(&served, staff.of(Role::KeyHolder), &[Role::Investigator]);
    let eve = join(&browser, &link, "<script>alert(1)</script>{{1337*1337}}");
    let csrf = csrf_of(&served, &eve);
    let title = "<script>alert(1)</script>\" onfocus=alert(1) x=\"";
    let fields = [
        ("title", title),
        ("from", "2019-07-01"),
        ("until", ""),
        ("alpha", "0.001"),
        ("colluders", "1"),
        ("freeze_days", "30"),
        ("csrf", &csrf),
    ];
    let answer = served.post("/cases/open/sure", &eve, &fields);
    let case = answer.header("location").unwrap().to_owned();

    let harm = "<script>alert(1)</script><img src=x onerror=alert(1)>{{1337*1337}}";
    let mut references = Vec::new();
    for customer in 0..4 {
        let first = served.get("/report/when", "");
        let (cookie, csrf) = (first.cookie("draft").unwrap(), first.csrf().unwrap());
        let email = address(customer * 12);
        let short = &harm[..60];
        let steps: [(&str, &[(&str, &str)]); 8] = [
            (
                "when",
                &[
                    ("when", "at"),
                    ("date", "2019-08-02"),
                    ("time", "09:00"),
                    ("zone", "UTC"),
                ],
            ),
            ("how", &[("how", "phone")]),
            (
                "number",
                &[("number", short), ("shown", short), ("answer", short)],
            ),
            ("knew", &[("knew", harm), ("knew", "name")]),
            ("story", &[("pretext", "refund"), ("words", harm)]),
            ("given", &[("given", harm)]),
            ("contact", &[("email", &email), ("phone", "")]),
            ("check", &[]),
        ];
        for (step, fields) in steps {
            let fields: Vec<_> = fields
                .iter()
                .copied()
                .chain([("csrf", csrf.as_str())])
                .collect();
            let answer = served.post(&format!("/report/{step}"), &cookie, &fields);
            assert_eq!(answer.status, 303, "{step}: {}", answer.body);
            is_harmless(&served.get(&format!("/report/{step}"), &cookie), step);
        }
        let sent = served.get("/report/sent", &cookie);
        is_harmless(&sent, "sent");
        let reference = sent.reference();
        let code = served.mails.next().code();
        served.post(
            "/report/code",
            "",
            &[("reference", &reference), ("code", &code)],
        );
        references.push(reference);
    }
    verified(&served, 60, "2019-08-03 09:00");
    // A receiver who is not on file, and one who would be two.
    for email in [
        "a@b.example\r\nBcc: eve@evil.example",
        "a@b.example,eve@evil.example",
        "<eve@evil.example>",
    ] {
        let first = served.get("/report/when", "");
        let (cookie, csrf) = (first.cookie("draft").unwrap(), first.csrf().unwrap());
        let fields = [("email", email), ("csrf", csrf.as_str())];
        let answer = served.post("/report/contact", &cookie, &fields);
        assert_eq!(answer.status, 200, "{email:?}: taken");
    }
    assert!(served.mails.is_empty());

    let plain = references[0].replace('-', "");
    let ask = [("reference", references[0].as_str())];
    is_harmless(&served.post("/report/state", "", &ask), "the state");
    browser.go(&served.url("/overview")).unwrap();
    let shown = format!(
        "document.querySelector('main').innerText.includes({:?})",
        &harm[..25]
    );
    for path in [
        "/overview",
        "/cases",
        "/reports",
        &format!("/reports/{plain}"),
        &case,
    ] {
        is_harmless(&served.get(path, &eve), path);
        browser.go(&served.url(path)).unwrap();
        browser
            .until(&shown)
            .or_else(|error| {
                if path == "/reports" {
                    Ok(())
                } else {
                    Err(error)
                }
            })
            .unwrap();
        let scripts =
            browser.run("return document.querySelectorAll('main script, main img').length;");
        assert_eq!(scripts.unwrap(), 0, "{path}");
        let console = browser.console().unwrap();
        assert!(console.is_empty(), "{path}: {console:#?}");
    }
    browser.take_authenticator(&device).unwrap();
    for (role, path) in [
        (Role::Supervisor, "/people"),
        (Role::Auditor, "/audit"),
        (Role::Operator, "/sources"),
    ] {
        is_harmless(&served.get(path, staff.of(role)), path);
    }
}

#[test]
fn a_link_leads_to_the_server_s_own_address_whatever_host_is_asked_for() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    browser.give_authenticator().unwrap();
    let holder = join(&browser, &served.link.clone().unwrap(), "Kim");
    let body = format!("roles=agent&csrf={}", csrf_of(&served, &holder));
    for head in [
        [
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "https"),
        ],
        [
            ("Forwarded", "host=evil.example"),
            ("X-Original-URL", "/audit"),
        ],
    ] {
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let headers = [&[("Cookie", holder.as_str()), form], &head[..]].concat();
        let page = served.ask(POST, "/people", &headers, &body);
        assert!(page.body.contains(&served.url("/join/")), "{}", page.body);
        assert!(!page.body.contains("evil.example"), "{}", page.body);
    }
}

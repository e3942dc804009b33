//! The journeys of those who use the server, in a real browser: the first key holder, colleagues,
//! a customer's reports, a case whose evidence moves.

use countersign_core::program::May;
use countersign_core::staff::Role;
use countersign_server::Who;

use super::routes::filled;
use super::served::Served;
use super::team::{Team, deal, invite, join, make_key, verified};
use crate::report::{AXE_RUN, browser, lines};
use crate::webdriver::{Browser, axe};

/// Holds the present page against the rules of every page.
pub(super) fn looked_at(browser: &Browser, axe: &str, what: &str) {
    for (width, scheme) in [(1280, "light"), (320, "dark")] {
        browser.resize(width, 900).unwrap();
        browser.prefer(scheme).unwrap();
        browser.run(axe).unwrap();
        let found = lines(&browser.wait_for(AXE_RUN).unwrap());
        assert!(
            found.is_empty(),
            "{what} at {width} px, {scheme}: {found:#?}"
        );
        let wide = browser
            .run("const e = document.documentElement; return e.scrollWidth - e.clientWidth;")
            .unwrap();
        assert_eq!(wide, 0, "{what} at {width} px: it scrolls sideways");
    }
    browser.resize(1280, 900).unwrap();
    let console = browser.console().unwrap();
    assert!(console.is_empty(), "{what}: {console:#?}");
}

#[test]
fn two_people_join_and_a_case_moves_with_verified_reports() {
    let Some(browser) = browser() else { return };
    let Some(axe) = axe() else {
        return crate::program::skipped("axe-core is not installed");
    };
    let served = Served::start();
    browser.give_authenticator().unwrap();
    let link = served.link.clone().unwrap();
    let holder = join(&browser, &link, "Kim Holder");
    looked_at(&browser, &axe, "the overview of a key holder");
    // The link is used up, and another start prints none.
    assert_eq!(
        served
            .get(
                link.split_once("/join/")
                    .map(|(_, it)| format!("/join/{it}"))
                    .unwrap()
                    .as_str(),
                ""
            )
            .status,
        404
    );

    // A second key holder, and the key that the two have together.
    let link = invite(&served, &holder, Role::KeyHolder);
    let second = join(&browser, &link, "Lee Holder");
    browser.go(&served.url("/quorum")).unwrap();
    looked_at(&browser, &axe, "the keys before they are made");
    let key = browser
        .run("document.querySelector('form[action=\"/quorum/key\"]').requestSubmit();")
        .and_then(|_| browser.until("document.getElementById('key')"));
    key.unwrap();
    looked_at(&browser, &axe, "a key that was just made");
    make_key(&served, &holder);
    deal(&served, &second);

    let link = invite(&served, &holder, Role::Investigator);
    join(&browser, &link, "Ira Vestigator");
    browser.go(&served.url("/cases/open")).unwrap();
    looked_at(&browser, &axe, "the form that opens a case");
    browser
        .run(
            "const set = (id, value) => { document.getElementById(id).value = value; };
             set('title', 'Calls of August'); set('from', '2019-07-01');
             document.querySelector('main form').requestSubmit();",
        )
        .unwrap();
    browser
        .until("document.querySelector('form[action=\"/cases/open/sure\"]')")
        .unwrap();
    looked_at(&browser, &axe, "the interruption before a case is opened");
    browser
        .run("document.querySelector('form[action=\"/cases/open/sure\"]').requestSubmit();")
        .unwrap();
    browser
        .until("/^\\/cases\\/[0-9A-Z]{11}$/.test(location.pathname)")
        .unwrap();
    looked_at(&browser, &axe, "a case without reports");
    let shown = |what: &str| format!("document.querySelector('main').innerText.includes({what:?})");

    // Two reports show no account, whatever the evidence.
    for report in 0..2 {
        verified(
            &served,
            report * 12,
            &format!("2019-08-{:02} 09:00", report + 1),
        );
    }
    browser.until(&shown("2 verified reports")).unwrap();
    let names = format!("return {NAMES_AN_ACCOUNT};");
    assert_eq!(
        browser.run(&names).unwrap(),
        false,
        "an account with two reports"
    );

    // The page follows by itself.
    for report in 2..30 {
        verified(
            &served,
            report * 12,
            &format!("2019-08-{:02} 09:00", report % 28 + 1),
        );
    }
    browser.until(&shown("account")).unwrap();
    browser.until(NAMES_AN_ACCOUNT).unwrap();
    looked_at(&browser, &axe, "a case with thirty reports");

    // A report that nobody verified moves nothing, and is counted.
    served.report(444, "2019-08-20 09:00");
    served.mails.next();
    browser.run("location.reload();").unwrap();
    browser.until(&shown("not verified")).unwrap();

    // Signed out, the page is gone.
    browser
        .run("document.querySelector('form[action=\"/sign-out\"]').requestSubmit();")
        .unwrap();
    browser.until("location.pathname === '/sign-in'").unwrap();
    looked_at(&browser, &axe, "the sign-in");

    // And signed in again with the passkey that the device keeps.
    browser
        .until("!document.getElementById('passkey').hidden")
        .unwrap();
    browser
        .run("document.querySelector('#passkey button').click();")
        .unwrap();
    browser.until("location.pathname === '/overview'").unwrap();
}

/// Whether the page has a bird with a number, as pseudonyms are; references are in capitals.
const NAMES_AN_ACCOUNT: &str =
    r"/\b[A-Z][a-z]+-\d\d/.test(document.querySelector('main').innerText)";

#[test]
fn every_route_asks_for_the_roles_of_the_table() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let device = browser.give_authenticator().unwrap();
    let holder = join(&browser, &served.link.clone().unwrap(), "key-holder");
    browser.take_authenticator(&device).unwrap();
    let mut people = vec![(Role::KeyHolder, holder.clone())];
    for role in Role::ALL
        .into_iter()
        .filter(|role| *role != Role::KeyHolder)
    {
        let link = invite(&served, &holder, role);
        // Each on a device of their own.
        let device = browser.give_authenticator().unwrap();
        people.push((role, join(&browser, &link, role.word())));
        browser.take_authenticator(&device).unwrap();
    }
    let mut asked = 0;
    for route in countersign_server::routes() {
        let path = filled(route.path);
        // Whoever signs out is asked for no more.
        if route.path == "/sign-out" {
            continue;
        }
        for (role, session) in &people {
            let answer = match route.method.as_str() {
                "GET" => served.get(&path, session),
                _ => served.post(&path, session, &[]),
            };
            let what = format!(
                "{} {path} as {}: {}",
                route.method,
                role.word(),
                answer.head
            );
            // No person is a program, whatever their roles.
            if let Who::Program(_) = route.who {
                assert_eq!(answer.status, 401, "{what}");
                continue;
            }
            let admitted = route.who.admits(Some(&[*role]));
            let refused = answer.status == 403 && answer.body.contains("role");
            assert_eq!(!refused, admitted, "{what}");
            assert!(answer.status < 500, "{what}");
            asked += 1;
        }
    }
    assert!(asked > 150, "{asked}");
    every_route_asks_for_what_a_token_allows(&served, &people);
    // A session of one's own is none of another's forms.
    let (_, supervisor) = people
        .iter()
        .find(|(role, _)| *role == Role::Supervisor)
        .unwrap();
    let csrf = served.get("/people", &holder).csrf().unwrap();
    let fields = [("roles", "agent"), ("csrf", csrf.as_str())];
    let answer = served.post("/people", supervisor, &fields);
    assert!(!answer.body.contains("/join/"), "{}", answer.body);
    let answer = served.post("/people", &holder, &[("roles", "agent"), ("csrf", "")]);
    assert!(!answer.body.contains("/join/"), "{}", answer.body);
    // Who opens names has no cases.
    let both = [
        ("roles", "key-holder"),
        ("roles", "investigator"),
        ("csrf", csrf.as_str()),
    ];
    let answer = served.post("/people", &holder, &both);
    assert!(!answer.body.contains("/join/"), "{}", answer.body);
}

/// Asks every route with a token of each kind, and with one that was ended.
fn every_route_asks_for_what_a_token_allows(served: &Served, people: &[(Role, String)]) {
    let of = |wanted| people.iter().find(|(role, _)| *role == wanted).unwrap();
    let operator = &of(Role::Operator).1;
    // Whoever judges reports lets no program hand in what they are judged against.
    let refused = make_token(served, &of(Role::Supervisor).1, May::Views);
    assert_eq!(refused, None);
    for may in May::ALL {
        let token = make_token(served, operator, may).unwrap();
        let shown = format!("Bearer {token}");
        for route in countersign_server::routes() {
            let path = filled(route.path);
            let headers = [("Authorization", shown.as_str())];
            let answer = served.ask(route.method.as_str(), &path, &headers, "");
            let what = format!(
                "{} {path} with {}: {}",
                route.method,
                may.word(),
                answer.head
            );
            match route.who {
                Who::Program(_) => {
                    let admitted = route.who.admits_program(&[may]);
                    assert_ne!(answer.status, 401, "{what}");
                    assert_eq!(answer.status != 403, admitted, "{what}");
                }
                Who::Anyone => {}
                Who::SignedIn | Who::Roles(_) => {
                    assert_eq!(answer.header("location"), Some("/sign-in"), "{what}");
                }
            }
            assert!(answer.status < 500, "{what}");
        }
        // A supervisor ends what a supervisor may give, and nothing else.
        let page = served.get("/programs", operator);
        let (_, rest) = page.body.split_once("name=\"program\" value=\"").unwrap();
        let program = rest.split('"').next().unwrap();
        let end = |session: &str| {
            let csrf = served.get("/programs", session).csrf().unwrap();
            let fields = [("program", program), ("csrf", csrf.as_str())];
            served.post("/programs/end", session, &fields).status
        };
        let supervisors = may.is_given_by(&[Role::Supervisor]);
        let status = end(&of(Role::Supervisor).1);
        assert_eq!(status, if supervisors { 303 } else { 404 });
        assert_eq!(end(operator), 303);
        for route in countersign_server::routes() {
            if let Who::Program(_) = route.who {
                let headers = [("Authorization", shown.as_str())];
                let path = filled(route.path);
                let answer = served.ask(route.method.as_str(), &path, &headers, "");
                assert_eq!(answer.status, 401, "{path}: {}", answer.head);
                let asked_for = answer.header("www-authenticate").unwrap();
                assert!(asked_for.contains("invalid_token"), "{asked_for}");
            }
        }
    }
}

/// Makes a token of a program; none if the form is not taken.
pub(super) fn make_token(served: &Served, session: &str, may: May) -> Option<String> {
    let csrf = served.get("/programs", session).csrf().unwrap();
    let fields = [
        ("name", "hotline <b>CRM</b>"),
        ("may", may.word()),
        ("csrf", csrf.as_str()),
    ];
    let page = served.post("/programs", session, &fields);
    assert!(!page.body.contains("<b>CRM"), "{}", page.body);
    let begin = page.body.find("countersign_")?;
    let token: String = page.body[begin..]
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
        .collect();
    // It is shown this once.
    assert!(!served.get("/programs", session).body.contains(&token));
    Some(token)
}

#[test]
fn a_case_is_shown_to_its_opener_and_to_supervisors_and_to_nobody_else() {
    let Some(browser) = browser() else { return };
    let served = Served::start();
    let team = Team::gather(&browser, &served);
    let ben = team.add(&browser, &served, Role::Investigator, "Ben");
    let (holder, ann, sue) = (&team.kim, &team.ann, &team.sue);
    let case = team.open_case(&served);
    for path in [case.clone(), format!("{case}/events")] {
        assert_eq!(served.get(&path, ann).status, 200, "{path}");
        assert_eq!(served.get(&path, sue).status, 200, "{path}");
        assert_eq!(served.get(&path, &ben).status, 404, "{path}");
        assert_eq!(served.get(&path, holder).status, 403, "{path}");
    }
    for page in ["/cases", "/overview"] {
        assert!(
            served.get(page, ann).body.contains("Calls of August"),
            "{page}"
        );
        assert!(
            !served.get(page, &ben).body.contains("Calls of August"),
            "{page}"
        );
    }
    // Nobody becomes a key holder while a case is open.
    let csrf = served.get("/people", holder).csrf().unwrap();
    let fields = [("roles", "key-holder"), ("csrf", csrf.as_str())];
    assert_eq!(served.post("/people", holder, &fields).status, 409);

    // The inbox shows what is asked for.
    let reference = served.report(12, "2019-08-02 09:00");
    let inbox = |query: &str| served.get(&format!("/reports?{query}"), &ben).body;
    assert!(inbox("").contains(&reference));
    assert!(inbox("pretext=refund&channel=&standing=").contains(&reference));
    assert!(!inbox("pretext=other").contains(&reference));
    assert!(!inbox("channel=sms").contains(&reference));
}

//! Signing in with the company's own sign-in: with a real provider in a real browser, and with a
//! stand-in that says what a real one never would.

use countersign_core::staff::Role;

use super::asked::Answer;
use super::journey::looked_at;
use super::provider::Provider;
use super::provider_stand_in::{CLIENT, ProviderStandIn, SECRET, Wrong, part};
use super::served::{Served, Wishes};
use super::team::{invite, join};
use crate::program::{Place, skipped};
use crate::report::browser;
use crate::webdriver::{Browser, axe};

const NAME: &str = "Example ID";

/// A server that knows a provider.
fn served(issuer: &str) -> Served {
    let place = Served::desk();
    place.write("secret", format!("{SECRET}\n"));
    let oidc = format!(
        "[oidc]\nissuer = \"{issuer}\"\nclient_id = \"{CLIENT}\"\n\
         client_secret_file = \"secret\"\nname = \"{NAME}\"\n"
    );
    let wishes = Wishes {
        tables: &oidc,
        ..Wishes::default()
    };
    Served::with(place, &wishes)
}

/// Fills in what the provider's own pages ask, until it sends the browser back.
fn signs_in_there(browser: &Browser, subject: &str) {
    browser
        .until("document.querySelector('input[name=login]')")
        .unwrap();
    let fill = format!(
        "document.querySelector('input[name=login]').value = {subject:?};
         document.querySelector('input[name=password]').value = 'any';
         document.querySelector('button[type=submit]').click();"
    );
    browser.run(&fill).unwrap();
    browser
        .until(
            "location.hostname === 'localhost' \
             || document.querySelector('input[name=prompt][value=consent]')",
        )
        .unwrap();
    let consents = "const form = document.querySelector('input[name=prompt][value=consent]')?.form;
        if (form) form.querySelector('button[type=submit]').click();";
    browser.run(consents).unwrap();
}

#[test]
fn who_was_invited_joins_and_signs_in_with_the_companys_account() {
    let Some(mut provider) = Provider::start() else {
        return;
    };
    let Some(browser) = browser() else { return };
    let Some(axe) = axe() else {
        return skipped("axe-core is not installed");
    };
    let served = served(&format!("http://127.0.0.1:{}", provider.port));
    provider.sends_back_to(&served.url("/sign-in/company/back"));
    browser.give_authenticator().unwrap();
    let link = served.link.clone().unwrap();
    browser.go(&link).unwrap();
    looked_at(&browser, &axe, "the first key holder's link");
    let offered = browser.run("return !!document.getElementById('company-name');");
    assert_eq!(offered.unwrap(), false, "a key holder joins with a device");
    let holder = join(&browser, &link, "Kim Holder");

    let link = invite(&served, &holder, Role::Investigator);
    browser.go(&link).unwrap();
    browser.forget().unwrap();
    looked_at(&browser, &axe, "a link with the company's sign-in");
    browser
        .run(
            "document.getElementById('company-name').value = 'Ira Vestigator';
             document.getElementById('company-name').form.requestSubmit();",
        )
        .unwrap();
    browser.until("document.getElementById('onward')").unwrap();
    looked_at(&browser, &axe, "the page before the provider's");
    browser
        .run("document.getElementById('onward').click();")
        .unwrap();
    signs_in_there(&browser, "ira@example.org");
    browser.until("location.pathname === '/overview'").unwrap();
    // What the provider's own pages told the console is theirs.
    browser.console().unwrap();
    let named = "document.body.innerText.includes('Ira Vestigator')";
    browser.until(named).unwrap();
    assert_eq!(browser.cookie("company"), None);
    let session = format!("session={}", browser.cookie("session").unwrap());
    assert_eq!(served.get("/cases", &session).status, 200);
    assert_eq!(served.get("/people", &session).status, 403);

    // Signed out, and in again; the provider knows this browser by now.
    browser
        .run("document.querySelector('form[action=\"/sign-out\"]').requestSubmit();")
        .unwrap();
    browser.until("location.pathname === '/sign-in'").unwrap();
    looked_at(&browser, &axe, "the sign-in with the company's beside it");
    browser
        .run("document.getElementById('company').click();")
        .unwrap();
    browser.until("location.pathname === '/overview'").unwrap();
    browser.until(named).unwrap();
    let again = format!("session={}", browser.cookie("session").unwrap());
    assert_ne!(again, session);
    assert_eq!(
        served.get("/cases", &session).status,
        303,
        "the first is over"
    );

    // Whoever has an account there and was not invited gets nowhere.
    let other = crate::report::browser().unwrap();
    other.go(&served.url("/sign-in/company")).unwrap();
    signs_in_there(&other, "eve@example.org");
    other.until("location.pathname === '/sign-in'").unwrap();
    other
        .until("document.body.innerText.includes('belongs to nobody who works here')")
        .unwrap();
    assert_eq!(other.cookie("session"), None);

    // The account stands in no file.
    let place = served.stop();
    assert!(!super::routes::holds(&place, b"ira@example.org"));
    assert!(super::routes::holds(&place, b"company_account"));
}

/// A browser that begins a sign-in: its cookie, and the provider's page.
fn begins(answer: &Answer) -> (String, String) {
    let page = match answer.header("location") {
        Some(location) => location.to_owned(),
        None => {
            let (_, rest) = answer.body.split_once("id=\"onward\"").expect(&answer.body);
            let rest = rest.split_once("href=\"").unwrap().1;
            let page = rest.split('"').next().unwrap();
            page.replace("&amp;", "&").replace("&#38;", "&")
        }
    };
    (answer.cookie("company").expect(&answer.head), page)
}

fn comes_back(served: &Served, cookie: &str, state: &str, code: &str, more: &str) -> Answer {
    let path = format!("/sign-in/company/back?state={state}&code={code}{more}");
    served.get(&path, cookie)
}

fn is_in(answer: &Answer) -> bool {
    let to = answer.header("location");
    assert_eq!(answer.status, 303, "{} {}", answer.head, answer.body);
    let is_in = to == Some("/overview");
    assert_eq!(is_in, answer.cookie("session").is_some(), "{}", answer.head);
    if !is_in {
        assert_eq!(to, Some("/sign-in?why=refused"), "{}", answer.head);
    }
    is_in
}

#[test]
fn a_sign_in_that_is_wrong_in_one_thing_is_refused() {
    let Some(browser) = browser() else { return };
    let stand_in = ProviderStandIn::start();
    let served = served(&stand_in.issuer);
    browser.give_authenticator().unwrap();
    let holder = join(&browser, &served.link.clone().unwrap(), "Kim Holder");
    let token = |link: &str| link.rsplit_once('/').unwrap().1.to_owned();
    let joins = |token: &str| {
        let page = served.get(&format!("/join/{token}"), "");
        let (_, rest) = page.body.split_once("data-csrf=\"").expect(&page.head);
        let csrf = rest.split('"').next().unwrap();
        let fields = [("token", token), ("name", "Ira"), ("csrf", csrf)];
        served.post("/join/company", "", &fields)
    };
    let ira = token(&invite(&served, &holder, Role::Investigator));
    let (cookie, page) = begins(&joins(&ira));
    let state = part(&page, "state");
    assert_eq!(
        part(&page, "tenant"),
        "1",
        "what the provider's address has stays"
    );

    // The link is taken by a sign-in that holds, and by no other.
    let code = stand_in.code(&page, "ira", Wrong::Nonce);
    assert!(!is_in(&comes_back(&served, &cookie, &state, &code, "")));
    let (cookie, page) = begins(&joins(&ira));
    let state = part(&page, "state");
    let code = stand_in.code(&page, "ira", Wrong::Nothing);
    let joined = comes_back(&served, &cookie, &state, &code, "");
    assert!(is_in(&joined));
    let session = joined.cookie("session").unwrap();
    assert!(served.get("/overview", &session).body.contains("Ira"));
    assert_eq!(
        served.get(&format!("/join/{ira}"), "").status,
        404,
        "a link works once"
    );
    // The same way back again.
    assert!(!is_in(&comes_back(&served, &cookie, &state, &code, "")));

    let signs_in = || begins(&served.get("/sign-in/company", ""));
    for wrong in [
        Wrong::Nothing,
        Wrong::Issuer,
        Wrong::Audience,
        Wrong::Nonce,
        Wrong::Expired,
        Wrong::Unsigned,
        Wrong::Signature,
    ] {
        let (cookie, page) = signs_in();
        let code = stand_in.code(&page, "ira", wrong);
        let answer = comes_back(&served, &cookie, &part(&page, "state"), &code, "");
        assert_eq!(is_in(&answer), wrong == Wrong::Nothing, "{wrong:?}");
    }

    // A state of another browser: with its cookie, with another's, with none.
    let ((cookie, page), (others, _)) = (signs_in(), signs_in());
    let state = part(&page, "state");
    let code = stand_in.code(&page, "ira", Wrong::Nothing);
    for wrong in ["", others.as_str()] {
        assert!(
            !is_in(&comes_back(&served, wrong, &state, &code, "")),
            "{wrong}"
        );
    }
    assert!(is_in(&comes_back(&served, &cookie, &state, &code, "")));
    let (cookie, page) = signs_in();
    let code = stand_in.code(&page, "ira", Wrong::Nothing);
    assert!(!is_in(&comes_back(
        &served,
        &cookie,
        &"0".repeat(64),
        &code,
        ""
    )));

    // A code that somebody else's browser had: used, and not yet used.
    let (cookie, page) = signs_in();
    let code = stand_in.code(&page, "ira", Wrong::Nothing);
    assert!(is_in(&comes_back(
        &served,
        &cookie,
        &part(&page, "state"),
        &code,
        ""
    )));
    let (cookie, page) = signs_in();
    assert!(!is_in(&comes_back(
        &served,
        &cookie,
        &part(&page, "state"),
        &code,
        ""
    )));
    let (_, seen) = signs_in();
    let stolen = stand_in.code(&seen, "ira", Wrong::Nothing);
    let (cookie, page) = signs_in();
    assert!(!is_in(&comes_back(
        &served,
        &cookie,
        &part(&page, "state"),
        &stolen,
        ""
    )));

    // Another provider's answer, and a provider that says no.
    for (more, right) in [
        (format!("&iss={}", stand_in.issuer), true),
        ("&iss=https://id.example".to_owned(), false),
        ("&error=access_denied".to_owned(), false),
        ("&error=%3Cscript%3E%0d%0aX-Y: 1".replace(' ', "%20"), false),
    ] {
        let (cookie, page) = signs_in();
        let code = stand_in.code(&page, "ira", Wrong::Nothing);
        let answer = comes_back(&served, &cookie, &part(&page, "state"), &code, &more);
        assert_eq!(is_in(&answer), right, "{more}");
    }

    // Nobody comes to be by what a provider says.
    let (cookie, page) = signs_in();
    let code = stand_in.code(&page, "eve", Wrong::Nothing);
    let answer = comes_back(&served, &cookie, &part(&page, "state"), &code, "");
    assert_eq!(answer.header("location"), Some("/sign-in?why=unknown"));
    assert_eq!(answer.cookie("session"), None);

    // An account is one person's, and the link stays good for another account.
    let ben = token(&invite(&served, &holder, Role::Agent));
    for (subject, status) in [("ira", 409), ("ben", 303)] {
        let (cookie, page) = begins(&joins(&ben));
        let code = stand_in.code(&page, subject, Wrong::Nothing);
        let answer = comes_back(&served, &cookie, &part(&page, "state"), &code, "");
        assert_eq!(answer.status, status, "{subject}: {}", answer.head);
    }

    // Whoever holds a key has a device of their own.
    let key = token(&invite(&served, &holder, Role::KeyHolder));
    let page = served.get(&format!("/join/{key}"), "").body;
    assert!(
        page.contains("an own device, and not with Example ID"),
        "{page}"
    );
    let answer = joins(&key);
    assert_eq!((answer.status, answer.cookie("company")), (409, None));
    let fields = [("token", ben.as_str()), ("name", "Eve"), ("csrf", "")];
    let answer = served.post("/join/company", "", &fields);
    assert_eq!(
        (answer.status, answer.cookie("company")),
        (404, None),
        "the link is used"
    );
    let other = token(&invite(&served, &holder, Role::Agent));
    let fields = [("token", other.as_str()), ("name", "Eve"), ("csrf", "")];
    let answer = served.post("/join/company", "", &fields);
    assert_eq!(
        (answer.status, answer.cookie("company")),
        (400, None),
        "without the form's token"
    );
}

#[test]
fn a_provider_without_tls_is_refused_at_the_start() {
    for (oidc, said) in [
        (
            "issuer = \"http://id.example\"\nclient_id = \"x\"",
            "begins with https://",
        ),
        (
            "issuer = \"https://id.example\"",
            "`oidc.client_id` is missing",
        ),
        (
            "issuer = \"https://id.example\"\nclient_id = \"x\"\nclient_secret_file = \"none\"",
            "`oidc.client_secret_file`",
        ),
    ] {
        let place = Place::new();
        place.write("countersign.toml", format!("[oidc]\n{oidc}\n"));
        let ran = place.run(&["serve", "--config", "countersign.toml"]);
        assert!(ran.status != 0 && ran.err.contains(said), "{ran:#?}");
    }
}

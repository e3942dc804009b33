//! Who may use which route, and what the forms take from whom.

use std::collections::BTreeSet;

use countersign_core::staff::Role;
use countersign_server::Who;

use super::asked::address;
use super::served::Served;
use crate::program::Place;

#[test]
fn the_document_has_the_routes_of_the_server() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/routes.md");
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match cells[..] {
            [method @ ("GET" | "POST"), path, who] => {
                Some(format!("{method} {} {who}", path.trim_matches('`')))
            }
            _ => None,
        }
    };
    let said: BTreeSet<String> = text.lines().filter_map(row).collect();
    let known: BTreeSet<String> = countersign_server::routes()
        .iter()
        .map(|route| {
            let who = match route.who {
                Who::Anyone => "everybody".to_owned(),
                Who::SignedIn => "signed in".to_owned(),
                Who::Roles(roles) => {
                    let words: Vec<&str> = roles.iter().copied().map(Role::word).collect();
                    words.join(", ")
                }
                Who::Program(may) => format!("programs that may: {}", may.word()),
            };
            format!("{} {} {who}", route.method, route.path)
        })
        .collect();
    assert_eq!(said, known);
}

#[test]
fn whoever_is_not_signed_in_gets_public_pages_and_nothing_else() {
    let served = Served::start();
    for route in countersign_server::routes() {
        let path = filled(route.path);
        for cookies in ["", "session=00", &format!("session={}", "0".repeat(64))] {
            let answer = match route.method.as_str() {
                "GET" => served.get(&path, cookies),
                _ => served.post(&path, cookies, &[]),
            };
            let is_sign_in = answer.status == 303 && answer.header("location") == Some("/sign-in");
            let public = route.who == Who::Anyone;
            if let Who::Program(_) = route.who {
                assert_eq!(answer.status, 401, "{path}: {}", answer.head);
                let asked_for = answer.header("www-authenticate").unwrap();
                assert!(asked_for.starts_with("Bearer "), "{path}: {asked_for}");
                continue;
            }
            assert_eq!(
                is_sign_in, !public,
                "{} {path} {cookies}: {}",
                route.method, answer.head
            );
            assert!(
                answer.status < 500,
                "{} {path}: {}",
                route.method,
                answer.head
            );
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        }
    }
}

#[test]
fn a_post_of_another_places_page_is_refused() {
    let served = Served::start();
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let post = |headers: &[(&str, &str)]| {
        let headers = [&[form], headers].concat();
        served
            .ask("POST", "/report/state", &headers, "reference=x")
            .status
    };
    let own = served.url("");
    assert_eq!(post(&[]), 200);
    assert_eq!(post(&[("Sec-Fetch-Site", "same-origin")]), 200);
    assert_eq!(post(&[("Origin", &own)]), 200);
    for headers in [
        [("Sec-Fetch-Site", "cross-site"), ("Origin", &own)],
        [("Sec-Fetch-Site", "same-site"), ("Accept", "*/*")],
        [("Origin", "http://localhost:1"), ("Accept", "*/*")],
        [("Origin", "null"), ("Accept", "*/*")],
        [("Origin", "https://evil.example"), ("Accept", "*/*")],
    ] {
        assert_eq!(post(&headers), 400, "{headers:?}");
    }
    // A form without its cookie's token moves nothing.
    let first = served.get("/report/when", "");
    let cookie = first.cookie("draft").unwrap();
    let answer = served.post("/report/how", &cookie, &[("how", "phone"), ("csrf", "x")]);
    assert_eq!(answer.status, 400);
    assert_eq!(
        served.post("/report/how", "", &[("how", "phone")]).status,
        303
    );
}

#[test]
fn a_report_is_taken_once_and_its_code_counts_once() {
    let served = Served::start();
    let reference = served.report(12, "2019-08-02 09:00");
    let state = |served: &Served, reference: &str| {
        served
            .post("/report/state", "", &[("reference", reference)])
            .body
    };
    let waiting = state(&served, &reference);
    assert!(waiting.contains(&reference), "{waiting}");
    let mail = served.mails.next();
    assert_eq!(mail.to, address(12));
    assert!(
        !mail.text.contains("http"),
        "a mail has no link: {}",
        mail.text
    );

    let enter = |code: &str| {
        served.post(
            "/report/code",
            "",
            &[("reference", &reference), ("code", code)],
        )
    };
    let wrong = if mail.code() == "0000 0000" {
        "1"
    } else {
        "0000 0000"
    };
    let answer = enter(wrong);
    assert!(answer.body.contains("id=\"code\""), "{}", answer.body);
    let right = enter(&mail.code());
    assert!(!right.body.contains("id=\"code\""), "{}", right.body);
    assert_ne!(state(&served, &reference), waiting);

    // Nobody learns from the answer whether an address is on file; no mail goes to a stranger.
    let stranger = served.report(9_999, "2019-08-02 09:00");
    assert!(state(&served, &stranger).contains(&stranger));
    assert!(served.mails.is_empty());
    // Words for an unknown reference and for one with a typing error are the same.
    let unknown = |text: &str| state(&served, text).replace(text, "");
    assert_eq!(unknown("00000-00000-0"), unknown("00000-00000-1"));

    // All of it is there after a stop and a start.
    let counted = state(&served, &reference);
    let served = Served::on(served.stop());
    assert_eq!(state(&served, &reference), counted);
}

#[test]
fn five_wrong_codes_use_a_code_up() {
    let served = Served::start();
    let reference = served.report(24, "2019-08-02 09:00");
    let code = served.mails.next().code();
    let enter = |code: &str| {
        let fields = [("reference", reference.as_str()), ("code", code)];
        served.post("/report/code", "", &fields).body
    };
    let wrong = if code == "0000 0001" {
        "0000 0002"
    } else {
        "0000 0001"
    };
    for _ in 0..5 {
        enter(wrong);
    }
    let late = enter(&code);
    assert!(late.contains("id=\"code\""), "{late}");
    let state = served
        .post("/report/state", "", &[("reference", &reference)])
        .body;
    assert!(state.contains(&reference));
}

#[test]
fn what_is_typed_into_the_form_is_shown_as_text_and_goes_into_no_log() {
    let served = Served::start();
    let first = served.get("/report/when", "");
    let (cookie, csrf) = (first.cookie("draft").unwrap(), first.csrf().unwrap());
    let nasty = "<script>alert(1)</script>{{7*7}}\" onfocus=alert(1) x=\"";
    for (step, field) in [
        ("number", "number"),
        ("story", "words"),
        ("contact", "email"),
    ] {
        let fields = [(field, nasty), ("csrf", &csrf)];
        served.post(&format!("/report/{step}"), &cookie, &fields);
    }
    for step in ["number", "story", "contact", "check"] {
        let page = served.get(&format!("/report/{step}"), &cookie).body;
        assert!(!page.contains("<script>alert"), "{step}: {page}");
        assert!(!page.contains("\" onfocus=alert"), "{step}: {page}");
        assert!(page.contains("{{7*7}}"), "{step}: {page}");
    }
    // The database and the ledger hold nothing of a draft that can be read.
    let place = served.stop();
    assert!(!holds(&place, b"onfocus=alert"));
}

#[test]
fn names_and_addresses_of_customers_stand_in_no_file_of_the_folder() {
    let served = Served::start();
    served.report(36, "2019-08-02 09:00");
    served.mails.next();
    let place = served.stop();
    assert!(!holds(&place, address(36).as_bytes()));
    // The search itself finds what is there.
    assert!(holds(&place, b"SQLite format 3"));
}

/// Whether any file under the data folder has these bytes.
pub(super) fn holds(place: &Place, bytes: &[u8]) -> bool {
    let mut folders = vec![place.path().join("data")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path)
                .unwrap()
                .windows(bytes.len())
                .any(|it| it == bytes)
            {
                return true;
            }
        }
    }
    false
}

/// A path with something in its braces.
pub(super) fn filled(path: &str) -> String {
    path.replace("/asks/{name}", "/asks/0")
        .replace("{name}", "countersign.css")
        .replace("{step}", "when")
        .replace("{token}", &"0".repeat(64))
        .replace("{reference}", "00000000000")
        .replace("{file}", &"0".repeat(32))
        .replace("{table}", &"0".repeat(32))
}

//! `fetch` from servers that answer in the shapes that Zendesk and Zammad document.
//!
//! These are stand-ins: no Zendesk runs on loopback. What they can't show is whether the real one
//! still answers so. Request Tracker is the real one, in `rt/`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use crate::program::{Place, Ran, ran as ran_by, skipped, there};

/// What a stand-in says: a status, a header, a body.
type Answer = (u16, &'static str, String);

/// A server on loopback that answers with a function and keeps what it was asked.
struct StandIn {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    fn new(answer: impl Fn(&str, usize) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let (asked, stop) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (kept, stopped): (Arc<Mutex<Vec<String>>>, _) = (Arc::clone(&asked), Arc::clone(&stop));
        let count = AtomicUsize::new(0);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(mut stream) = stream else {
                    continue;
                };
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let Some(Ok(first)) = lines.next() else {
                    continue;
                };
                let mut heads = vec![first.clone()];
                for line in lines
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                {
                    heads.push(line);
                }
                let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
                kept.lock().unwrap().push(heads.join("\n"));
                let number = count.fetch_add(1, Ordering::Relaxed);
                let (status, head, body) = answer(&target, number);
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} -\r\nContent-Type: application/json\r\n{head}\
                     Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self {
            url,
            asked,
            stop,
            thread: Some(thread),
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = std::net::TcpStream::connect(self.url.trim_start_matches("http://"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ok(body: &Value) -> Answer {
    (200, "", body.to_string())
}

fn fetch(place: &Place, product: &str, desk: &StandIn, more: &[&str]) -> Ran {
    let mut words = vec![
        "fetch",
        product,
        "--url",
        &desk.url,
        "--token-file",
        "token",
    ];
    words.extend(more);
    place.run(&words)
}

/// Two pages of each list, as Zendesk's reference shows them.
fn zendesk(target: &str) -> Answer {
    let second = target.contains("cursor=second") || target.contains("page[after]=second");
    let exported = |name: &str, rows: Value| {
        ok(&json!({
            name: rows,
            "after_cursor": if second { "third" } else { "second" },
            "after_url": "https://elsewhere.example/never-followed",
            "end_of_stream": second,
        }))
    };
    let listed = |name: &str, rows: Value| {
        ok(&json!({
            name: rows,
            "meta": {"has_more": !second, "after_cursor": if second { Value::Null } else { json!("second") }},
            "links": {"next": "https://elsewhere.example/never-followed"},
        }))
    };
    let path = target.split('?').next().unwrap();
    let day = if second { 12 } else { 11 };
    match path {
        "/api/v2/access_logs" => listed(
            "access_logs",
            json!([{
                "id": format!("01J{day}"), "timestamp": format!("2026-08-{day}T09:00:00Z"),
                "user_id": "901", "ip_address": "192.0.2.1", "method": "GET",
                "url": format!("/api/v2/tickets/{day}.json"), "status": 200, "graphql": null,
                "referer": "https://private.example/", "origin_service": "Zendesk",
            }]),
        ),
        "/api/v2/incremental/tickets/cursor" => exported(
            "tickets",
            json!([{
                "id": day, "requester_id": 100 + day, "group_id": 7, "created_at": "2026-08-01T08:00:00Z",
                "subject": "private words", "description": "private words",
            }]),
        ),
        "/api/v2/incremental/users/cursor" => exported(
            "users",
            if second {
                json!([{"id": 901, "role": "agent", "email": "ann@desk.example", "created_at": "2020-01-01T00:00:00Z"}])
            } else {
                json!([
                    {"id": 111, "role": "end-user", "email": "c11@example.org", "user_fields": {"plan": "pro"}, "notes": "private words"},
                    {"id": 112, "role": "end-user", "email": "c12@example.org", "user_fields": {"plan": "free"}},
                ])
            },
        ),
        "/api/v2/search/export" => listed(
            "results",
            json!([{
                "id": 500 + day, "requester_id": 100 + day, "created_at": "2026-09-20T10:00:00Z",
                "subject": "A call", "description": format!("Yesterday at 15:00 they quoted ticket 47{day}."),
                "tags": ["scam"],
            }]),
        ),
        other => (404, "", format!("{{\"error\":\"{other}\"}}")),
    }
}

#[test]
fn from_a_stand_in_for_zendesk_come_log_tickets_users_and_reports() {
    let place = Place::new();
    place.write("token", "ann@desk.example/token:secret\n");
    let desk = StandIn::new(|target, _| zendesk(target));
    let ran = fetch(&place, "zendesk", &desk, &["--tagged", "scam"]).well();
    for file in [
        "access.jsonl: 2",
        "tickets.jsonl: 2",
        "users.jsonl: 3",
        "reports.jsonl: 2",
    ] {
        assert!(ran.out.contains(file), "{ran:#?}");
    }
    for asked in desk.asked() {
        let head = "authorization: Basic YW5uQGRlc2suZXhhbXBsZS90b2tlbjpzZWNyZXQ=";
        assert!(
            asked.to_lowercase().contains(&head.to_lowercase()),
            "{asked}"
        );
    }
    let kept = ["access", "tickets", "users"].map(|name| place.read(&format!("desk/{name}.jsonl")));
    for text in kept {
        assert!(!text.contains("private"), "{text}");
    }
    place
        .run(&[
            "reports",
            "--from",
            "zendesk",
            "desk/reports.jsonl",
            "--timezone",
            "UTC",
        ])
        .well();
    let review = place.read("review/review.csv");
    assert!(
        review.contains("zendesk-511,2026-09-20T10:00:00Z,2026-09-19T15:00:00Z,111,,,4711,,"),
        "{review}"
    );
    let traced = place
        .run(&[
            "trace",
            "--events",
            "desk/access.jsonl",
            "--tickets",
            "desk/tickets.jsonl",
            "--customers",
            "desk/users.jsonl",
            "--accounts",
            "desk/users.jsonl",
            "--reports",
            "review/review.csv",
            "--json",
            "--reveal-ids",
        ])
        .well();
    assert!(
        traced
            .err
            .contains("is Zendesk's users: read as customers; 1 rows are no customers"),
        "{traced:#?}"
    );
    assert!(
        traced
            .err
            .contains("2 rows wait for somebody to confirm them"),
        "{traced:#?}"
    );
    let verdict = traced.verdict();
    assert_eq!(verdict["accounts"], 1);
    assert_eq!(verdict["reports"]["read"], 0);
}

#[test]
fn from_a_stand_in_for_zammad_come_tickets_users_and_the_customers_own_words() {
    let place = Place::new();
    place.write("token", "abc");
    let desk = StandIn::new(|target, _| {
        let path = target.split('?').next().unwrap();
        // A full first page of a hundred, a short second one, and nothing.
        let numbers = if target.contains("page=1&") {
            0..100
        } else if target.contains("page=2&") {
            100..103
        } else {
            0..0
        };
        let ended = numbers.is_empty() || path != "/api/v1/tickets" && target.contains("page=2&");
        if ended && target.contains("page=") {
            return ok(&json!([]));
        }
        match path {
            "/api/v1/tickets" => ok(&numbers
                .map(|number| json!({
                    "id": number, "number": format!("31{number:03}"), "customer_id": 1000 + number,
                    "group_id": 1, "group": "Users", "created_at": "2026-08-01T08:00:00.000Z",
                    "title": "private words",
                }))
                .collect()),
            "/api/v1/users" => ok(&json!([
                {"id": 1000, "login": "c", "email": "c@example.org", "roles": ["Customer"], "note": "private words"},
                {"id": 5, "login": "ann", "email": "ann@desk.example", "roles": ["Agent"]},
            ])),
            "/api/v1/tickets/search" => ok(&json!([
                {"id": 900, "number": "31900", "customer_id": 1000, "title": "A call", "created_at": "2026-09-20T10:00:00Z"},
            ])),
            "/api/v1/ticket_articles/by_ticket/900" => ok(&json!([
                {"id": 1, "from": "C <c@example.org>", "sender": "Customer", "internal": false,
                 "content_type": "text/html", "body": "<p>Gestern um 15 Uhr nannte er <b>Ticket#31004</b></p>"},
                {"id": 2, "from": "Ann", "sender": "Agent", "internal": true, "body": "private words"},
            ])),
            _ => (404, "", "{}".to_owned()),
        }
    });
    let ran = fetch(&place, "zammad", &desk, &["--tagged", "scam"]).well();
    assert!(ran.out.contains("tickets.jsonl: 103 rows"), "{ran:#?}");
    assert!(
        desk.asked()[0].contains("Token token=abc"),
        "{:?}",
        desk.asked()
    );
    for name in ["tickets", "users", "reports"] {
        let text = place.read(&format!("desk/{name}.jsonl"));
        assert!(!text.contains("private"), "{text}");
    }
    place
        .run(&[
            "reports",
            "--from",
            "zammad",
            "desk/reports.jsonl",
            "--timezone",
            "Europe/Berlin",
        ])
        .well();
    let review = place.read("review/review.csv");
    assert!(
        review.contains(
            "zammad-900,2026-09-20T12:00:00+02:00,2026-09-19T15:00:00+02:00,1000,c@example.org,,31004,,"
        ),
        "{review}"
    );
}

#[test]
fn a_busy_desk_is_asked_again_and_a_broken_fetch_goes_on_where_it_stopped() {
    let place = Place::new();
    place.write("token", "abc");
    // The first answer asks to wait, the second fails, and the fifth, of a second file, refuses.
    let desk = StandIn::new(|target, number| match number {
        0 => (429, "Retry-After: 0\r\n", "{}".to_owned()),
        1 => (500, "", "{}".to_owned()),
        4 => (403, "", "{}".to_owned()),
        _ => zendesk(target),
    });
    let ran = fetch(&place, "zendesk", &desk, &[]);
    assert_eq!(ran.status, 2, "{ran:#?}");
    assert!(ran.err.contains("403"), "{ran:#?}");
    assert!(
        ran.err
            .contains("help: the token's account lacks the right"),
        "{ran:#?}"
    );
    assert!(!ran.err.contains("abc"), "{ran:#?}");
    let before = desk.asked().len();
    fetch(&place, "zendesk", &desk, &[]).well();
    let after = desk.asked();
    assert!(
        after[before].contains("incremental/tickets"),
        "the access log was complete: {}",
        after[before]
    );
    for name in ["access", "tickets"] {
        assert_eq!(
            place.read(&format!("desk/{name}.jsonl")).lines().count(),
            2,
            "{name}"
        );
    }
    let again = fetch(&place, "zendesk", &desk, &["--tagged", "other"]);
    assert_eq!(again.status, 2, "{again:#?}");
}

#[test]
fn a_desk_that_leads_elsewhere_or_says_nonsense_is_not_followed() {
    for (answer, says) in [
        ((200, "", "<html>Sign in</html>".to_owned()), "no JSON"),
        ((200, "", "{\"other\":1}".to_owned()), "no `access_logs`"),
        ((404, "", "{}".to_owned()), "404"),
    ] {
        let place = Place::new();
        place.write("token", "abc");
        let said = answer.clone();
        let desk = StandIn::new(move |_, _| said.clone());
        let ran = fetch(&place, "zendesk", &desk, &[]);
        assert_ne!(ran.status, 0, "{ran:#?}");
        assert!(ran.err.contains(says), "{says}: {ran:#?}");
        assert_eq!(desk.asked().len(), 1, "{says}");
    }
    // A page that leads to itself.
    let place = Place::new();
    place.write("token", "abc");
    let desk = StandIn::new(|_, _| {
        ok(&json!({"access_logs": [], "meta": {"has_more": true, "after_cursor": "same"}}))
    });
    let ran = fetch(&place, "zendesk", &desk, &[]);
    assert!(ran.err.contains("same page"), "{ran:#?}");
}

#[test]
fn a_token_that_is_none_or_would_be_heard_is_refused() {
    let place = Place::new();
    place.write("empty", "\n");
    place.write("two", "a\nb\n");
    place.write("token", "abc");
    for (token, url) in [
        ("empty", "https://desk.example"),
        ("two", "https://desk.example"),
        ("missing", "https://desk.example"),
        ("token", "http://desk.example"),
        ("token", "desk"),
    ] {
        let ran = place.run(&["fetch", "rt", "--url", url, "--token-file", token]);
        assert_eq!(ran.status, 2, "{ran:#?}");
        assert!(ran.err.contains("help: "), "{ran:#?}");
        assert!(!ran.err.contains("abc"), "{ran:#?}");
    }
}

/// A real TLS server of openssl's, which answers every question with a page of its own.
struct Tls(Child);

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn openssl(place: &Place, words: &str) {
    let done = Command::new("openssl")
        .args(words.split(' '))
        .current_dir(place.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{words}: {done:?}");
}

#[test]
fn over_tls_only_an_authority_that_is_trusted_is_spoken_to() {
    if !there("openssl", "version") {
        return skipped("openssl is not installed");
    }
    let place = Place::new();
    place.write("token", "abc");
    place.write("names", "subjectAltName=DNS:localhost");
    let new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(
        &place,
        &format!("req -x509 {new} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority"),
    );
    openssl(
        &place,
        &format!("req -new {new} -keyout key.pem -out asked.pem -subj /CN=localhost"),
    );
    openssl(
        &place,
        "x509 -req -in asked.pem -CA ca.pem -CAkey ca.key -days 2 -extfile names -out leaf.pem",
    );
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = Command::new("openssl")
        .args([
            "s_server", "-quiet", "-www", "-cert", "leaf.pem", "-key", "key.pem", "-accept",
        ])
        .arg(format!("127.0.0.1:{port}"))
        .current_dir(place.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _tls = Tls(server);
    // A limit for the case that it never starts; nothing is measured.
    let mut tries = 0;
    while std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        tries += 1;
        assert!(tries < 600, "openssl does not listen");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let url = format!("https://localhost:{port}");
    let fetch = |more: &[&str]| {
        let mut words = vec!["fetch", "zendesk", "--url", &url, "--token-file", "token"];
        words.extend(more);
        place.run(&words)
    };
    let trusted = fetch(&["--ca", "ca.pem"]);
    assert!(trusted.err.contains("is no JSON"), "{trusted:#?}");
    let stranger = fetch(&[]);
    assert_eq!(stranger.status, 2, "{stranger:#?}");
    assert!(
        stranger.err.to_lowercase().contains("certificate"),
        "{stranger:#?}"
    );
    let none = fetch(&["--ca", "token"]);
    assert_eq!(none.status, 2, "{none:#?}");
}

#[test]
fn a_token_follows_no_redirect_and_goes_through_no_proxy_of_the_environment() {
    let place = Place::new();
    place.write("token", "abc");
    let other = StandIn::new(|_, _| ok(&json!({})));
    // The header is leaked for the length of the test: answers hold static text.
    let head: &'static str = Box::leak(format!("Location: {}/\r\n", other.url).into_boxed_str());
    let leads = StandIn::new(move |_, _| (302, head, String::new()));
    let ran = fetch(&place, "zendesk", &leads, &[]);
    assert_eq!(ran.status, 2, "{ran:#?}");
    assert!(ran.err.contains("302"), "{ran:#?}");
    let desk = StandIn::new(|target, _| zendesk(target));
    let words = [
        "fetch",
        "zendesk",
        "--url",
        &desk.url,
        "--token-file",
        "token",
        "--out",
        "other",
    ];
    let mut program = place.program(&words);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        program.env(name, &other.url);
    }
    ran_by(&mut program).well();
    assert!(!desk.asked().is_empty());
    assert_eq!(other.asked(), [""; 0]);
}

#[test]
fn a_file_that_is_somebody_elses_is_left_alone() {
    let place = Place::new();
    place.write("token", "abc");
    place.write("desk/access.jsonl", "the log that was copied first\n");
    let desk = StandIn::new(|target, _| zendesk(target));
    let ran = fetch(&place, "zendesk", &desk, &[]);
    assert_eq!(ran.status, 2, "{ran:#?}");
    assert_eq!(
        place.read("desk/access.jsonl"),
        "the log that was copied first\n"
    );
    // One of ours that was deleted since is not taken for complete.
    let out = ["--out", "own"];
    fetch(&place, "zendesk", &desk, &out).well();
    std::fs::remove_file(place.path().join("own/users.jsonl")).unwrap();
    let ran = fetch(&place, "zendesk", &desk, &out);
    assert_ne!(ran.status, 0, "{ran:#?}");
}

#[test]
fn an_answer_of_another_shape_is_not_an_empty_desk() {
    let place = Place::new();
    place.write("token", "abc");
    let desk = StandIn::new(|_, _| ok(&json!({"error": "search unavailable"})));
    let ran = fetch(&place, "zammad", &desk, &[]);
    assert_eq!(ran.status, 1, "{ran:#?}");
    assert!(ran.err.contains("is no list"), "{ran:#?}");
}

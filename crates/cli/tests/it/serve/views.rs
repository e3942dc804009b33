//! Views that come while the server runs.

use std::fs::{self, File};
use std::io::Write as _;
use std::time::{Duration, Instant};

use countersign_core::program::May;
use countersign_core::staff::Role;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::asked::{Answer, ask_with};
use super::journey::make_token;
use super::office::Office;
use super::routes::holds;
use super::served::Served;
use crate::program::full;

/// Hands lines in.
pub(super) fn hand_in(port: u16, token: &str, lines: &str) -> std::io::Result<Answer> {
    let shown = format!("Bearer {token}");
    let headers = [
        ("Authorization", shown.as_str()),
        ("Content-Type", "application/x-ndjson"),
    ];
    ask_with(port, "POST", "/api/v1/views", &headers, lines.as_bytes())
}

/// One view of a customer whom no table has.
pub(super) fn line(number: u32) -> String {
    let (minute, second) = (number / 60 % 60, number % 60);
    let hour = number / 3600 % 24;
    format!(
        "{{\"time\":\"2019-03-01T{hour:02}:{minute:02}:{second:02}Z\",\"account\":\"login-{}\",\
         \"customer\":\"guest-{}\",\"ticket\":\"T-{number}\"}}\n",
        number % 7,
        number % 500
    )
}

pub(super) fn said(answer: &Answer) -> [u64; 3] {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    ["taken", "known", "refused"].map(|field| said[field].as_u64().unwrap())
}

/// Views of all sources that speak while the server runs, as the page has them.
pub(super) fn on_record(served: &Served, operator: &str, name: &str) -> u64 {
    let page = served.get("/sources", operator).body;
    let (_, row) = page.split_once(name).unwrap_or_else(|| panic!("{page}"));
    let (row, _) = row.split_once("</tr>").unwrap();
    let numbers = row.rsplit("<td").map(|cell| {
        let text = cell.split_once('>').map_or("", |(_, text)| text);
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    });
    let mut numbers = numbers.filter(|digits| !digits.is_empty());
    numbers.next().unwrap().parse().unwrap()
}

#[test]
fn views_of_programs_are_taken_once_and_kept_without_names() {
    let Some(office) = Office::open() else { return };
    let operator = office.member(Role::Operator, "Ope");
    let port = office.served.port;
    let token = make_token(&office.served, &operator, May::Views).unwrap();
    let two = line(1) + &line(2);
    assert_eq!(said(&hand_in(port, &token, &two).unwrap()), [2, 0, 0]);
    // In part known, in part new, in part no view.
    let answer = hand_in(port, &token, &(two.clone() + "\nrubbish\n" + &line(3))).unwrap();
    assert_eq!(said(&answer), [1, 2, 1]);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["errors"][0]["line"], 4);
    // The same second by the same account, told apart by its sender.
    let named = |id: &str| {
        let line = json!({"time": "2019-03-01T00:00:01Z", "account": "login-1",
            "customer": "guest-1", "ticket": "T-1", "id": id});
        hand_in(port, &token, &line.to_string()).unwrap()
    };
    assert_eq!(said(&named("a")), [1, 0, 0]);
    assert_eq!(said(&named("a")), [0, 1, 0]);
    assert_eq!(said(&named("b")), [1, 0, 0]);
    // As a SIEM passes them on.
    let event = json!({"class_uid": 6001, "activity_id": 2, "time": 1_551_398_400_000_i64,
        "actor": {"user": {"uid": "login-1"}},
        "web_resources": [{"uid": "T-77", "type": "ticket", "data": {"customer": "guest-9"}}]});
    let answer = hand_in(port, &token, &event.to_string()).unwrap();
    assert_eq!(said(&answer), [1, 0, 0]);
    // Packed.
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all((two + &line(4)).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let shown = format!("Bearer {token}");
    let ask = |headers: &[(&str, &str)], body: &[u8]| {
        let headers = [&[("Authorization", shown.as_str())], headers].concat();
        ask_with(port, "POST", "/api/v1/views", &headers, body).unwrap()
    };
    let kind = ("Content-Type", "application/x-ndjson");
    let answer = ask(&[kind, ("Content-Encoding", "gzip")], &packed);
    assert_eq!(said(&answer), [1, 2, 0]);

    // What can't be taken is told.
    for (headers, body, status) in [
        (
            vec![kind, ("Content-Encoding", "gzip")],
            b"no".as_slice(),
            400,
        ),
        (vec![kind, ("Content-Encoding", "br")], b"no", 415),
        (vec![("Content-Type", "text/csv")], b"no", 415),
        (vec![], b"no", 415),
        (vec![kind], &vec![b'x'; 17 << 20], 413),
    ] {
        let answer = ask(&headers, body);
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
    }
    assert_eq!(hand_in(port, "", "").unwrap().status, 401);

    assert_eq!(on_record(&office.served, &operator, "CRM"), 7);
    // Views of 2019 are long ago: the source is said to be silent.
    assert!(
        office
            .served
            .get("/overview", &operator)
            .body
            .contains("Silent sources")
    );
    let place = office.served.stop();
    for name in ["guest-1", "login-1", "T-77"] {
        assert!(!holds(&place, name.as_bytes()), "{name}");
    }
    let served = Served::on(place);
    assert_eq!(on_record(&served, &operator, "CRM"), 7);
    let all: String = (1..6).map(line).collect();
    assert_eq!(
        said(&hand_in(served.port, &token, &all).unwrap()),
        [1, 4, 0]
    );
}

#[test]
fn a_log_is_followed_through_a_start() {
    let Some(office) = Office::open() else { return };
    let operator = office.member(Role::Operator, "Ope");
    let place = office.served.stop();
    fs::write(place.path().join("desk.more"), "follow = [\"live.csv\"]\n").unwrap();
    let path = place.path().join("live.csv");
    let append = |from: u32, to: u32| {
        let mut file = File::options()
            .append(true)
            .create(true)
            .open(&path)
            .unwrap();
        for view in from..to {
            let (minute, second) = (view / 60, view % 60);
            writeln!(
                file,
                "2019-03-01T08:{minute:02}:{second:02}Z,login-1,guest-{view}"
            )
            .unwrap();
        }
    };
    fs::write(&path, "time,actor,customer\n").unwrap();
    append(0, 10);
    let mut served = Served::on(place);
    let until = |served: &Served, count: u64| {
        let begun = Instant::now();
        while on_record(served, &operator, "live.csv") != count {
            assert!(begun.elapsed() < Duration::from_secs(60), "{count}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    until(&served, 10);
    append(10, 30);
    until(&served, 30);
    let place = served.stop();
    append(30, 40);
    served = Served::on(place);
    until(&served, 40);
    append(40, 41);
    until(&served, 41);
}

/// Senders at once, and views in one request.
const SENDERS: u32 = 4;
const A_REQUEST: u32 = 5000;

#[test]
fn views_come_in_from_many_at_once() {
    let Some(office) = Office::open() else { return };
    let operator = office.member(Role::Operator, "Ope");
    let token = make_token(&office.served, &operator, May::Views).unwrap();
    let port = office.served.port;
    // The first round brings names up; later ones are of customers who have a number.
    let rounds = if full() { 10 } else { 2 };
    let a_round = SENDERS * A_REQUEST * if full() { 10 } else { 1 };
    for round in 0..rounds {
        let pieces: Vec<Vec<u8>> = (0..a_round / A_REQUEST)
            .map(|piece| {
                let from = round * a_round + piece * A_REQUEST;
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                for view in from..from + A_REQUEST {
                    let day = 1 + view / 86_400;
                    let text = line(view).replace("2019-03-01", &format!("2019-03-{day:02}"));
                    let text = text.replace(&format!("T-{view}"), &format!("T-{}", view % 900));
                    packed.write_all(text.as_bytes()).unwrap();
                }
                packed.finish().unwrap()
            })
            .collect();
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for sender in 0..SENDERS {
                let pieces = pieces
                    .iter()
                    .skip(sender as usize)
                    .step_by(SENDERS as usize);
                let shown = format!("Bearer {token}");
                scope.spawn(move || {
                    let headers = [
                        ("Authorization", shown.as_str()),
                        ("Content-Type", "application/x-ndjson"),
                        ("Content-Encoding", "gzip"),
                    ];
                    for piece in pieces {
                        loop {
                            let answer =
                                ask_with(port, "POST", "/api/v1/views", &headers, piece).unwrap();
                            if answer.status != 503 {
                                assert_eq!(said(&answer), [u64::from(A_REQUEST), 0, 0]);
                                break;
                            }
                            std::thread::sleep(Duration::from_millis(200));
                        }
                    }
                });
            }
        });
        let rate = f64::from(a_round) / begun.elapsed().as_secs_f64();
        eprintln!("round {round}: {a_round} views, {rate:.0} a second");
    }
    let all = u64::from(rounds * a_round);
    assert_eq!(on_record(&office.served, &operator, "CRM"), all);
    let begun = Instant::now();
    let served = Served::on(office.served.kill());
    eprintln!(
        "a start on {all} views: {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(on_record(&served, &operator, "CRM"), all);
}

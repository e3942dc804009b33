//! A real Request Tracker behind a real nginx: from its own logs, tickets and users to a name.
//!
//! Both come from Debian's packages and run as a desk would run them, but for the clock: all of
//! their processes read the time from a file (libfaketime), so that months of work take minutes.
//! Where a package is missing the tests say that they were skipped.

mod desk;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use desk::{Desk, NOBODY};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use serde_json::json;

use crate::program::{Place, skipped};

/// How much happens at the desk; `COUNTERSIGN_DESK=large` is for `./check full`.
#[derive(Clone, Copy, Debug)]
struct Size {
    agents: usize,
    tickets: usize,
    /// Tickets that an agent opens on a day, and the one who sells.
    opened: usize,
    sold: usize,
    /// Minutes between the beginnings of two agents, and the most between two tickets.
    apart: usize,
    pace: usize,
    /// Customers who report a call.
    reports: usize,
}

const SMALL: Size = Size {
    agents: 20,
    tickets: 600,
    opened: 10,
    sold: 18,
    apart: 150,
    pace: 8,
    reports: 45,
};
const LARGE: Size = Size {
    agents: 60,
    tickets: 3000,
    opened: 40,
    sold: 90,
    apart: 30,
    pace: 4,
    reports: 60,
};
/// Sign-ins of each agent, two weeks apart.
const TIMES: usize = 4;
const SELLER: &str = "agent3";

/// A minute of a working day of the summer of 2026, which begins on a Monday.
fn moment(week: usize, day: usize, minute: usize) -> String {
    let days = week * 7 + day;
    let (month, day) = if days < 30 {
        (6, days + 1)
    } else {
        (7, days - 29)
    };
    format!(
        "2026-{month:02}-{day:02} {:02}:{:02}:00",
        8 + minute / 60,
        minute % 60
    )
}

/// What happened at the desk, beside its logs; it still runs.
struct Happened {
    desk: Desk,
    /// What the investigator signs in with.
    token: String,
    /// Tickets that each agent saw.
    saw: HashMap<String, Vec<u32>>,
    /// Who asked in each ticket.
    customers: HashMap<u32, String>,
}

/// Eight weeks of work: each agent signs in four times and opens the tickets of a few customers;
/// one also looks at those of others.
fn work(folder: &Path, size: Size) -> Result<Happened, String> {
    let mut chance = Pcg64Mcg::seed_from_u64(4);
    let agent = |number: usize| format!("agent{number}");
    let mut filled = String::from("investigator investigator long-enough-investigator\n");
    for number in 0..size.agents {
        let _ = writeln!(filled, "agent {0} long-enough-{0}", agent(number));
    }
    for number in 0..size.tickets {
        let _ = writeln!(
            filled,
            "ticket customer{number}@example.org 2026-05-20T10:00:00"
        );
    }
    let (mut desk, filled) = Desk::start(folder, &filled)?;
    let numbers = filled.tickets;
    // What everybody does, in order of time: `None` = signs in.
    let mut plan: Vec<(String, usize, Option<u32>)> = Vec::new();
    for week in (0..TIMES).map(|time| 2 * time) {
        for number in 0..size.agents {
            let day = number % 5;
            let mut minute = (number / 5) * size.apart;
            plan.push((moment(week, day, minute), number, None));
            let sells = agent(number) == SELLER;
            for _ in 0..if sells { size.sold } else { size.opened } {
                minute += chance.random_range(1..size.pace);
                let ticket = numbers[chance.random_range(0..numbers.len())];
                plan.push((moment(week, day, minute), number, Some(ticket)));
            }
        }
    }
    plan.sort();
    let mut saw: HashMap<String, Vec<u32>> = HashMap::new();
    for (time, number, what) in plan {
        let who = agent(number);
        // The last two share an address.
        let from = format!("198.51.100.{}", 10 + number.min(size.agents - 2));
        desk.now(&time);
        let Some(ticket) = what else {
            desk.sign_in(&who, &from);
            continue;
        };
        let target = match chance.random_range(0..10) {
            0 => format!("/Ticket/Display.html?id={ticket}"),
            1..5 => format!("/m/ticket/show?id={ticket}"),
            _ => format!("/REST/2.0/ticket/{ticket}"),
        };
        let answer = desk.visit(&who, &from, &target);
        assert!(answer.starts_with("HTTP/1.1 200"), "{target}: {answer}");
        saw.entry(who).or_default().push(ticket);
    }
    let customers = (0..).map(|number| format!("customer{number}@example.org"));
    Ok(Happened {
        desk,
        token: filled.token,
        saw,
        customers: numbers.into_iter().zip(customers).collect(),
    })
}

/// In September customers whose tickets were sold call the hotline, which writes it down in RT.
fn complain(happened: &mut Happened, reports: usize) -> usize {
    let mut sold = happened.saw[SELLER].clone();
    // The newest first: numbers of one digit are no ticket's to the rules that read words.
    sold.sort_unstable_by(|a, b| b.cmp(a));
    sold.dedup();
    let desk = &mut happened.desk;
    desk.now("2026-09-01 07:00:00");
    desk.sign_in("agent0", "198.51.100.10");
    for (number, ticket) in sold.iter().take(reports).enumerate() {
        let (day, hour) = (1 + number / 2, 10 + number % 2);
        desk.now(&format!("2026-09-{day:02} {hour}:30:00"));
        let words = match number % 3 {
            0 => format!(
                "On {day} September 2026 at {hour}:00 somebody called and said that my computer \
                 was infected. He knew my name and quoted ticket number {ticket}."
            ),
            1 => format!("Heute um {hour} Uhr rief mich jemand an und nannte Ticket {ticket}."),
            _ => format!("They called today at {hour} am about a refund, case #{ticket}!"),
        };
        desk.write_down(
            "agent0",
            "198.51.100.10",
            &json!({
                "Queue": "Scam reports",
                "Subject": "A strange call",
                "Requestor": happened.customers[ticket],
                "Content": words,
            }),
        );
    }
    sold.len().min(reports)
}

/// Keeps the beginning of the logs: `COUNTERSIGN_RECORD=… cargo test … rt::` makes `testdata/rt/`.
fn record(logs: &Path, folder: &Path) {
    const LINES: usize = 40;
    for (name, wanted) in [
        ("access.log", ""),
        ("session.log", ""),
        ("rt.log", "Successful login"),
    ] {
        let text = fs::read_to_string(logs.join(name)).unwrap();
        let mut kept = String::new();
        let lines = text.lines().filter(|line| line.contains(wanted));
        // Without the requests that only ask whether the desk is there yet.
        for line in lines.filter(|line| !line.starts_with(NOBODY)).take(LINES) {
            kept.push_str(line);
            kept.push('\n');
        }
        fs::write(folder.join(name), kept).unwrap();
    }
}

/// Stands in for the person who reviews: says yes to every row, and changes nothing.
fn say_yes_to_all(review: &str) -> String {
    let mut lines = review.lines();
    let mut said = lines.next().unwrap().to_owned();
    for line in lines {
        said.push('\n');
        if line.starts_with("rt-") {
            // The eighth cell is the decision; none before it is in quotes.
            let cells: Vec<&str> = line.splitn(8, ',').collect();
            assert!(cells[7].starts_with(','), "{line}");
            let _ = write!(said, "{},yes{}", cells[..7].join(","), cells[7]);
        } else {
            said.push_str(line);
        }
    }
    said.push('\n');
    said
}

#[test]
fn on_a_real_request_tracker_the_account_that_sold_its_tickets_is_named() {
    let asked = std::env::var("COUNTERSIGN_DESK").unwrap_or_default();
    let size = if asked == "large" { LARGE } else { SMALL };
    let place = Place::new();
    let mut happened = match work(&place.path().join("desk"), size) {
        Ok(happened) => happened,
        Err(why) => {
            assert!(asked.is_empty(), "{why}");
            return skipped(&format!("the desk: {why}"));
        }
    };
    if let Some(folder) = std::env::var_os("COUNTERSIGN_RECORD") {
        record(&place.path().join("desk/log"), Path::new(&folder));
    }
    let reports = complain(&mut happened, size.reports);
    // As the guide says: the logs are copied before anything is fetched, so that the requests of
    // `fetch` itself are not in them.
    for name in ["session.log", "access.log", "rt.log"] {
        place.write(
            &format!("logs/{name}"),
            place.read(&format!("desk/log/{name}")),
        );
    }
    place.write("token", format!("{}\n", happened.token));
    let fetch = || {
        let mut fetch = vec!["fetch", "rt", "--url"];
        let url = happened.desk.url();
        fetch.extend([url.as_str(), "--token-file", "token"]);
        fetch.extend(["--tagged", "Scam reports", "--out", "fetched"]);
        place.run(&fetch).well()
    };
    let fetched = fetch();
    let tickets = size.tickets + reports;
    for line in [
        format!("fetched/tickets.jsonl: {} rows", tickets),
        format!("fetched/reports.jsonl: {reports} rows"),
    ] {
        assert!(fetched.out.replace(',', "").contains(&line), "{fetched:#?}");
    }
    // What is complete is not asked for again.
    assert!(fetch().out.contains("fetched before"));
    let read = place
        .run(&[
            "reports",
            "--from",
            "rt",
            "fetched/reports.jsonl",
            "--timezone",
            "UTC",
        ])
        .well();
    assert!(
        read.out.starts_with(&format!("{reports} reports read, 0 ")),
        "{read:#?}"
    );
    place.write(
        "review/review.csv",
        say_yes_to_all(&place.read("review/review.csv")),
    );
    let run = |log: &str, case: &str, more: &[&str]| {
        let mut words = vec!["trace", "--json", "--reveal-ids", "--events", log];
        words.extend(["--case", case, "--tickets", "fetched/tickets.jsonl"]);
        words.extend(["--customers", "fetched/users.jsonl"]);
        words.extend(["--accounts", "fetched/users.jsonl"]);
        words.extend(["--reports", "review/review.csv"]);
        words.extend(more);
        let ran = place.run(&words).well();
        assert!(
            ran.err.contains("is a web server's access log"),
            "{}",
            ran.err
        );
        ran.verdict()
    };
    let signed = ["--sign-ins", "logs/rt.log"];
    let verdict = run("logs/session.log", "with", &signed);
    assert_eq!(verdict["state"], "named", "{}", brief(&verdict));
    assert_eq!(verdict["named"][0]["holders"][0], SELLER);
    assert_eq!(verdict["coverage"]["unresolved"], 0.0);
    assert_eq!(verdict["reports"]["used"], reports, "{}", brief(&verdict));
    // Without the session, two who share an address can't be told apart, and nobody guesses.
    let verdict = run("logs/access.log", "without", &signed);
    let open = verdict["coverage"]["unresolved"].as_f64().unwrap();
    assert!((0.01..0.15).contains(&open), "{}", brief(&verdict));
    // Without sign-ins the log knows no account at all.
    let verdict = run("logs/access.log", "alone", &[]);
    assert_eq!(verdict["coverage"]["unresolved"], 1.0);
    assert_eq!(verdict["state"], "nothing");
}

/// What a failure of these tests is understood by.
fn brief(verdict: &serde_json::Value) -> String {
    let mut brief = String::new();
    for field in [
        "state",
        "coverage",
        "reports",
        "strata",
        "universal_viewers",
    ] {
        let _ = writeln!(brief, "{field}: {}", verdict[field]);
    }
    for row in verdict["top"].as_array().unwrap() {
        let _ = writeln!(
            brief,
            "{} {} {}",
            row["holder"], row["log_e"], row["outside"]
        );
    }
    brief
}

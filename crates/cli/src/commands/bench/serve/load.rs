//! The load: what comes in when a campaign is on, at fixed times whether or not the server keeps up,
//! so that what waits counts as waiting.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use countersign_core::time::Second;
use countersign_sim::incident::Live;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use super::client::{Client, behind, cookie, read};
use super::measured::{Measured, Waits};
use crate::commands::bench::machine::timed;
use crate::commands::demo::address;

/// How much comes in a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    pub(super) unverified: u32,
    pub(super) verified: u32,
    pub(super) views: u32,
}

/// Who asks, and what about.
pub(super) struct Office<'a> {
    pub(super) visitor: Client,
    pub(super) investigator: Client,
    pub(super) case: Case,
    /// Tokens of programs that hand in reports.
    pub(super) programs: Vec<String>,
    /// Token of the program that hands in views.
    pub(super) log: String,
    pub(super) accounts: &'a [String],
    /// Customers of some tickets.
    pub(super) tickets: &'a [u32],
    pub(super) customers: u32,
}

/// The case that somebody looks at.
pub(super) struct Case {
    pub(super) path: String,
}

impl Case {
    /// Reports in the last run that a page of it shows.
    pub(super) fn judged(&self, page: &str) -> u64 {
        let rows = behind(page, "<caption id=\"history\">", '\u{0}').unwrap_or("");
        let first = rows.split("<tr>").nth(2).unwrap_or("");
        let cell = first.split("<td").nth(3).unwrap_or("");
        let text = behind(cell, ">", '<').unwrap_or("");
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    }
}

/// Puts load on a server for some time.
pub(super) fn run(office: &Office<'_>, rates: &Rates, time: Duration) -> Result<Measured> {
    let begin = Instant::now() + Duration::from_millis(100);
    let end = begin + time;
    let over = AtomicBool::new(false);
    // When each verified report was, in their order; those that a page has shown are gone.
    let pending = Mutex::new(VecDeque::new());
    let before = office
        .case
        .judged(&office.investigator.get(&office.case.path)?);
    let shown = AtomicU64::new(before);
    let evidence = Mutex::new(Waits::default());
    let (done, took) = timed(|| -> Result<Measured> {
        thread::scope(|scope| {
            let reports: Vec<_> = (0..SENDERS)
                .map(|sender| scope.spawn(move || reports(office, rates, sender, begin, end)))
                .collect();
            let (pending, over, shown, evidence) = (&pending, &over, &shown, &evidence);
            let customers: Vec<_> = (0..CUSTOMERS)
                .map(|one| scope.spawn(move || customers(office, rates, one, begin, end, pending)))
                .collect();
            let logs: Vec<_> = (0..LOGS)
                .map(|log| scope.spawn(move || views(office, rates, log, begin, end)))
                .collect();
            let pages = scope.spawn(move || looks(office, begin, end));
            let waits =
                scope.spawn(move || waits_for_evidence(office, pending, shown, evidence, over));
            let mut measured = Measured {
                rates: Some(*rates),
                ..Measured::default()
            };
            for thread in reports {
                measured.reports.0.extend(joined(thread)?.0);
            }
            for thread in customers {
                let (forms, codes) = joined(thread)?;
                measured.forms.0.extend(forms.0);
                measured.codes.0.extend(codes.0);
            }
            for thread in logs {
                let (pieces, views, refused) = joined(thread)?;
                measured.pieces.0.extend(pieces.0);
                measured.views += views;
                measured.refused += refused;
            }
            measured.pages = joined(pages)?;
            measured.seconds = begin.elapsed().as_secs_f64();
            // The last of them are still to be shown.
            let patience = Instant::now() + PATIENCE;
            while Instant::now() < patience && !locked(pending).is_empty() {
                thread::sleep(Duration::from_millis(20));
            }
            over.store(true, Ordering::Relaxed);
            measured.unseen = locked(pending).len() as u64;
            measured.evidence = locked(evidence).clone();
            // What is followed wakes up once more.
            verified(office, &mut Waits::default(), &mut random(u64::MAX))?;
            joined(waits)?;
            Ok(measured)
        })
    });
    let mut measured = done?;
    measured.took = took;
    Ok(measured)
}

/// Programs hand in reports that nobody has verified; half of them name an address on file.
fn reports(
    office: &Office<'_>,
    rates: &Rates,
    sender: u32,
    begin: Instant,
    end: Instant,
) -> Result<Waits> {
    let programs = office
        .programs
        .iter()
        .map(|token| office.visitor.with_token(token));
    let programs: Vec<Client> = programs.collect();
    let mut random = random(sender.into());
    let mut waits = Waits::default();
    for number in (u64::from(sender)..).step_by(SENDERS as usize) {
        let Some(due) = due(begin, end, number, rates.unverified) else {
            break;
        };
        let program = &programs[(number / OF_PROGRAM) as usize % programs.len()];
        let email = match number % 2 {
            0 => format!(
                ",\"email\":\"{}\"",
                address(random.random_range(0..office.customers))
            ),
            _ => String::new(),
        };
        let body = format!(
            "{{\"channel\":\"phone\",\"called\":\"{CALLED}\",\"pretext\":\"refund\",\
             \"words\":\"A man called me and said that he was from your support.\"{email}}}"
        );
        let key = format!("load-{number}-{}", random.next_u64());
        let headers = [
            ("Content-Type", "application/json"),
            ("Idempotency-Key", key.as_str()),
        ];
        let answer = program.send("/api/v1/reports", &headers, body.as_bytes())?;
        read(answer, 201, "/api/v1/reports")?;
        waits.0.push(milliseconds(due));
    }
    Ok(waits)
}

/// Customers go through the form, and type the code.
fn customers(
    office: &Office<'_>,
    rates: &Rates,
    one: u32,
    begin: Instant,
    end: Instant,
    pending: &Mutex<VecDeque<Instant>>,
) -> Result<(Waits, Waits)> {
    let mut random = random(1 << 32 | u64::from(one));
    let (mut forms, mut codes) = (Waits::default(), Waits::default());
    for number in (u64::from(one)..).step_by(CUSTOMERS as usize) {
        if due(begin, end, number, rates.verified).is_none() {
            break;
        }
        codes.0.push(verified(office, &mut forms, &mut random)?);
        locked(pending).push_back(Instant::now());
    }
    Ok((forms, codes))
}

/// One customer; gives how long the last step took.
fn verified(office: &Office<'_>, forms: &mut Waits, random: &mut Pcg64Mcg) -> Result<f64> {
    // Whose ticket it is quotes it; half of them remember none.
    let place = random.random_range(0..office.tickets.len());
    let customer = office.tickets[place];
    let row = u32::try_from(place * 97).unwrap_or_default();
    let number = if random.random_range(0..2) == 0 {
        Live::ticket_id(row)
    } else {
        String::new()
    };
    let email = address(customer);
    let mut timed_step = |ask: &dyn Fn() -> Result<String>| -> Result<String> {
        let begin = Instant::now();
        let page = ask();
        forms.0.push(milliseconds(begin));
        page
    };
    let answer = office.visitor.open("/report/when")?;
    let draft = cookie(&answer).context("the form set no cookie")?;
    let page = read(answer, 200, "/report/when")?;
    let csrf = behind(&page, "name=\"csrf\" value=\"", '"').context("a form without a token")?;
    let customer = office.visitor.with_cookie(&draft);
    let date = &CALLED[..10];
    let steps: [(&str, &[(&str, &str)]); 8] = [
        (
            "when",
            &[
                ("when", "at"),
                ("date", date),
                ("time", "09:00"),
                ("zone", "UTC"),
            ],
        ),
        ("how", &[("how", "phone")]),
        ("number", &[("number", &number)]),
        ("knew", &[("knew", "name")]),
        ("story", &[("pretext", "refund")]),
        ("given", &[]),
        ("contact", &[("email", &email)]),
        ("check", &[]),
    ];
    for (step, fields) in steps {
        let path = format!("/report/{step}");
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf)]).collect();
        timed_step(&|| read(customer.post(&path, &fields)?, 303, &path))?;
    }
    let sent = timed_step(&|| customer.get("/report/sent"))?;
    let (reference, code) = shown(&sent).context("no code was shown")?;
    let begin = Instant::now();
    let fields = [("reference", reference.as_str()), ("code", code.as_str())];
    let answer = office.visitor.post("/report/code", &fields)?;
    let took = milliseconds(begin);
    let status = answer.status().as_u16();
    if status != 200 && status != 303 {
        bail!("the code was answered with {status}");
    }
    Ok(took)
}

/// The log's program hands in views as they happen: each ticket is seen six times, which is what the
/// company's own tickets are.
fn views(
    office: &Office<'_>,
    rates: &Rates,
    log: u32,
    begin: Instant,
    end: Instant,
) -> Result<(Waits, u64, u64)> {
    let program = office.visitor.with_token(&office.log);
    let mut random = random(2 << 32 | u64::from(log));
    let mut waits = Waits::default();
    let (mut taken, mut refused) = (0, 0);
    let first = Second::read(FIRST_VIEW).context("no time")?;
    for piece in (u64::from(log)..).step_by(LOGS as usize) {
        let Some(due) = due(begin, end, piece * u64::from(A_PIECE), rates.views) else {
            break;
        };
        let mut lines = String::new();
        for view in piece * u64::from(A_PIECE)..(piece + 1) * u64::from(A_PIECE) {
            let ticket = view / A_TICKET;
            let customer = scattered(ticket) % u64::from(office.customers);
            let customer = Live::customer_id(u32::try_from(customer).unwrap_or_default());
            let second = view / u64::from(rates.views.max(1));
            let at = Second(first.0 + u32::try_from(second).unwrap_or_default());
            let account = &office.accounts[random.random_range(0..office.accounts.len())];
            lines.push_str(&format!(
                "{{\"time\":\"{at}\",\"account\":\"{account}\",\"customer\":\"{customer}\",\
                 \"ticket\":\"N-{ticket}\",\"id\":\"{view}\"}}\n"
            ));
        }
        let kind = ("Content-Type", "application/x-ndjson");
        loop {
            let answer = program.send("/api/v1/views", &[kind], lines.as_bytes())?;
            if answer.status().as_u16() != 503 {
                let said = read(answer, 200, "/api/v1/views")?;
                let took = behind(&said, "\"taken\":", ',').unwrap_or("");
                taken += took.trim().parse::<u64>().unwrap_or(0);
                break;
            }
            refused += 1;
            thread::sleep(Duration::from_millis(200));
        }
        waits.0.push(milliseconds(due));
    }
    Ok((waits, taken, refused))
}

/// Somebody loads the case's page again and again.
fn looks(office: &Office<'_>, begin: Instant, end: Instant) -> Result<Waits> {
    let mut waits = Waits::default();
    for number in 0.. {
        let Some(due) = due(begin, end, number, LOOKS) else {
            break;
        };
        office.investigator.get(&office.case.path)?;
        waits.0.push(milliseconds(due));
    }
    Ok(waits)
}

/// Somebody has the page open: it asks for what is new when it is told that something moved.
fn waits_for_evidence(
    office: &Office<'_>,
    pending: &Mutex<VecDeque<Instant>>,
    shown: &AtomicU64,
    evidence: &Mutex<Waits>,
    over: &AtomicBool,
) -> Result<()> {
    let events = format!("{}/events", office.case.path);
    office.investigator.follow(&events, || {
        let judged = office
            .case
            .judged(&office.investigator.get(&office.case.path)?);
        let before = shown.fetch_max(judged, Ordering::Relaxed);
        for _ in before..judged {
            if let Some(since) = locked(pending).pop_front() {
                locked(evidence).0.push(milliseconds(since));
            }
        }
        Ok(!over.load(Ordering::Relaxed))
    })
}

/// When the thing of this number is due; none when time is up.
fn due(begin: Instant, end: Instant, number: u64, a_second: u32) -> Option<Instant> {
    let due = begin + Duration::from_secs_f64(number as f64 / f64::from(a_second.max(1)));
    if due >= end {
        return None;
    }
    thread::sleep(due.saturating_duration_since(Instant::now()));
    Some(due)
}

/// Reference and code on the page that says a report was sent.
fn shown(page: &str) -> Option<(String, String)> {
    let reference = behind(
        page,
        "<p class=\"reference\" aria-describedby=\"reference\">",
        '<',
    )?;
    let code = behind(page, "<code id=\"demo-code\">", '<')?;
    Some((reference.to_owned(), code.to_owned()))
}

/// Numbers that follow each other, far apart.
fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32
}

fn random(stream: u64) -> Pcg64Mcg {
    Pcg64Mcg::seed_from_u64(SEED ^ stream)
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    match thread.join() {
        Ok(done) => done,
        Err(_) => bail!("a thread of the load stopped"),
    }
}

const SENDERS: u32 = 16;
const CUSTOMERS: u32 = 2;
const LOGS: u32 = 2;
/// Views in one request.
pub(super) const A_PIECE: u32 = 1_000;
/// Views of one ticket.
const A_TICKET: u64 = 6;
/// Looks at a case's page a second.
const LOOKS: u32 = 5;
/// Reports that one program hands in; more than 10,000 an hour are refused.
pub(super) const OF_PROGRAM: u64 = 9_000;
const SEED: u64 = 2019;
/// When the calls were: the log of the company goes on until the end of the year.
const CALLED: &str = "2019-12-15T09:00:00Z";
const FIRST_VIEW: &str = "2020-01-01T00:00:00Z";
/// Until everything that was verified is shown.
const PATIENCE: Duration = Duration::from_secs(60);

//! Somebody forges reports against one innocent account, through the server's own intake.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::thread;

use countersign_core::staff::Role;

use super::asked::{address, encoded};
use super::served::{Served, Wishes};
use super::team::{invite, join, on_own_device, open_case, verified, with_quorum};
use crate::program::{CLOCK, skipped};
use crate::report::browser;
use crate::webdriver::Browser;

/// Forged reports that nobody confirms.
const FORGED: u32 = 10_000;
/// Forgers at once.
const AT_ONCE: u32 = 4;

/// An investigator with a case; their session and the case's page.
fn case(browser: &Browser, served: &Served) -> (String, String) {
    let holder = on_own_device(browser, &served.link.clone().unwrap(), "Kim Holder");
    with_quorum(browser, served, &holder);
    browser.give_authenticator().unwrap();
    let link = invite(served, &holder, &[Role::Investigator]);
    let session = join(browser, &link, "Ira Vestigator");
    let case = open_case(served, &session, "Calls of August");
    (session, case)
}

/// What a case's page says between its head and the reports that move nothing, and its runs.
fn evidence(page: &str) -> (String, String) {
    let (_, rest) = page.split_once("Its evidence moved").expect(page);
    let (_, rest) = rest.split_once("</div>").unwrap();
    let (sections, rest) = rest
        .split_once("<section aria-labelledby=\"left\">")
        .unwrap();
    let (_, runs) = rest
        .split_once("<section aria-labelledby=\"runs\">")
        .unwrap();
    (sections.to_owned(), runs.to_owned())
}

/// Whether the last run judged so many reports.
fn judged(reports: usize) -> String {
    let row = "#runs ~ .scroll tbody tr:first-child td:nth-child(4)";
    format!("document.querySelector({row:?})?.innerText === '{reports}'")
}

/// A connection that stays, and a draft on it.
struct Forger {
    stream: BufReader<TcpStream>,
    port: u16,
    cookie: String,
    csrf: String,
}

impl Forger {
    fn new(served: &Served) -> Self {
        let first = served.get("/report/when", "");
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, served.port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
            port: served.port,
            cookie: first.cookie("draft").unwrap(),
            csrf: first.csrf().unwrap(),
        }
    }

    /// Posts one question's answers; they must be taken.
    fn tell(&mut self, step: &str, fields: &str) {
        let body = format!("csrf={}{fields}", self.csrf);
        let request = format!(
            "POST /report/{step} HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            self.cookie,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut status, mut length) = (String::new(), 0);
        self.stream.read_line(&mut status).unwrap();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            if name == "content-length" {
                length = value.parse().unwrap();
            }
        }
        let mut rest = vec![0; length];
        self.stream.read_exact(&mut rest).unwrap();
        assert!(status.contains(" 303 "), "{step}: {status}");
    }

    /// A report of a customer whom `desk-1` saw, with no more than must be said.
    fn forge(&mut self, number: u32) {
        let customer = 1 + 12 * (number % 50);
        let day = 1 + number % 28;
        self.tell(
            "when",
            &format!("&when=at&date=2019-08-{day:02}&time=09:00&zone=UTC"),
        );
        self.tell("how", "&how=phone");
        self.tell(
            "contact",
            &format!("&email={}", encoded(&address(customer))),
        );
        self.tell("check", "");
    }
}

#[test]
fn ten_thousand_forged_reports_that_nobody_confirms_move_nothing() {
    let Some(browser) = browser() else { return };
    let wishes = Wishes {
        letters_an_hour: Some(5),
        ..Wishes::default()
    };
    let served = Served::with(Served::desk(), &wishes);
    let (session, case) = case(&browser, &served);
    for report in 0..12 {
        verified(
            &served,
            report * 12,
            &format!("2019-08-{:02} 09:00", report + 1),
        );
    }
    let page = || served.get(&case, &session).body;
    // The last run may be still to come.
    browser.go(&served.url(&case)).unwrap();
    browser.until(&judged(12)).unwrap();
    let before = page();
    let (sections, runs) = evidence(&before);
    assert!(sections.len() > 1_000 && runs.contains("<td"), "{before}");

    thread::scope(|scope| {
        for forger in 0..AT_ONCE {
            let mut sends = Forger::new(&served);
            scope.spawn(move || {
                (forger..FORGED)
                    .step_by(AT_ONCE as usize)
                    .for_each(|number| sends.forge(number));
            });
        }
    });
    let after = page();
    assert!(after.contains(">10,000</span> not verified"), "{after}");
    assert_eq!(evidence(&after), (sections, runs.clone()));
    // Customers are not flooded: fifty of them, five letters an hour, two hours at most.
    let mut letters = 0;
    while !served.mails.is_empty() {
        letters += 1;
    }
    assert!((50..=50 * 10).contains(&letters), "{letters}");
    // And the next one that is confirmed counts as ever.
    verified(&served, 12 * 12, "2019-08-13 09:00");
    browser.until(&judged(13)).unwrap();
    assert_ne!(evidence(&page()).1, runs);
}

#[test]
fn reports_that_come_much_faster_than_before_are_told() {
    let Some(browser) = browser() else { return };
    if !std::path::Path::new(CLOCK).exists() {
        let required = std::env::var_os("COUNTERSIGN_DESK").is_some();
        assert!(
            !required,
            "the desk's programs are required, but there is no faketime"
        );
        return skipped("faketime is not there to set a clock");
    }
    let at = |clock| Wishes {
        clock: Some(clock),
        ..Wishes::default()
    };
    let served = Served::with(Served::desk(), &at("-30d"));
    let (session, case) = case(&browser, &served);
    let told = "Reports came much faster than before";
    let mut report = 0..50;
    let mut confirmed = |served: &Served, count: usize| {
        for number in report.by_ref().take(count) {
            let day = 1 + number % 28;
            verified(served, number * 12, &format!("2019-08-{day:02} 09:00"));
        }
    };
    confirmed(&served, 4);
    browser.go(&served.url(&case)).unwrap();
    browser.until(&judged(4)).unwrap();
    let page = served.get(&case, &session).body;
    assert!(
        !page.contains(told),
        "the first reports are no burst: {page}"
    );

    // One now and then, over weeks.
    let mut place = served.stop();
    for clock in ["-24d", "-18d", "-11d", "-5d"] {
        let served = Served::with(place, &at(clock));
        confirmed(&served, 1);
        place = served.stop();
    }
    // A month later, many at once; each start asks for the passkey again.
    let served = Served::on(place);
    let sign_in = || {
        browser.go(&served.url("/sign-in")).unwrap();
        browser
            .until("!document.getElementById('passkey').hidden")
            .unwrap();
        browser
            .run("document.querySelector('#passkey button').click();")
            .unwrap();
        browser.until("location.pathname === '/overview'").unwrap();
        format!("session={}", browser.cookie("session").unwrap())
    };
    let session = sign_in();
    let pages = || {
        let case = served.get(&case, &session).body;
        [served.get("/overview", &session).body, case]
    };
    for page in pages() {
        assert!(
            page.contains("Calls of August") && !page.contains(told),
            "{page}"
        );
    }
    confirmed(&served, 12);
    browser.go(&served.url(&case)).unwrap();
    browser.until("document.getElementById('burst')").unwrap();
    browser.until(&judged(20)).unwrap();
    for page in pages() {
        assert!(page.contains(told), "{page}");
        assert!(page.contains("within an hour, and "), "{page}");
        assert!(page.contains("in the 28 days before"), "{page}");
    }
}

//! A server that a test has started, and how it is asked without a browser.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Stdio};

use super::mail_stand_in::MailStandIn;
use crate::program::{Place, events};

/// A running server; it ends with this value.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) place: Place,
    pub(super) port: u16,
    pub(super) mails: MailStandIn,
    /// The one-time link for the first key holder, if one was printed.
    pub(super) link: Option<String>,
    child: Child,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

/// Customers of the desk.
const CUSTOMERS: u32 = 600;

impl Served {
    /// A server on a made-up desk of 600 customers and twelve accounts.
    pub(super) fn start() -> Self {
        let place = Place::new();
        place.write("events.csv", events(CUSTOMERS));
        let mut customers = "customer,email\n".to_owned();
        for customer in 0..CUSTOMERS {
            let _ = writeln!(customers, "customer-{customer},{}", address(customer));
        }
        place.write("customers.csv", customers);
        Self::on(place)
    }

    /// A server on a folder that was served before.
    pub(super) fn on(place: Place) -> Self {
        // Free a moment ago; a passkey needs to know its address before the server listens.
        let port = {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            listener.local_addr().unwrap().port()
        };
        let mails = MailStandIn::start();
        place.write(
            "countersign.toml",
            format!(
                "listen = \"127.0.0.1:{port}\"\naddress = \"http://localhost:{port}\"\n\
                 organisation = \"Example Security\"\n\
                 [desk]\nevents = [\"events.csv\"]\ncustomers = \"customers.csv\"\n\
                 [mail]\nserver = \"127.0.0.1:{}\"\nfrom = \"reports@example.org\"\n\
                 [intake]\nreports_an_hour = 1000000\nquestions_an_hour = 1000000\n",
                mails.port
            ),
        );
        let mut child = place
            .program(&["serve", "--config", "countersign.toml"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut link = None;
        let mut heard = String::new();
        for line in said.by_ref().map_while(Result::ok) {
            if line.contains("/join/") {
                link = Some(line.trim().to_owned());
            }
            let _ = writeln!(heard, "{line}");
            if line == READY {
                break;
            }
        }
        assert!(heard.contains("countersign listens on"), "{heard}");
        std::thread::spawn(move || {
            // What goes wrong in the server is shown with the test's own words.
            said.map_while(Result::ok)
                .for_each(|line| eprintln!("server: {line}"));
        });
        Self {
            place,
            port,
            mails,
            link,
            child,
        }
    }

    /// Ends it as an operator does, and gives its folder back.
    pub(super) fn stop(mut self) -> Place {
        let pid = self.child.id().to_string();
        let killed = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(killed.unwrap().success());
        assert!(self.child.wait().unwrap().success());
        core::mem::replace(&mut self.place, Place::new())
    }

    /// The address of a path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    /// Asks for a path.
    pub(super) fn get(&self, path: &str, cookies: &str) -> Answer {
        self.ask("GET", path, &[("Cookie", cookies)], "")
    }

    /// Posts a form.
    pub(super) fn post(&self, path: &str, cookies: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = String::new();
        for (name, value) in fields {
            let separator = if body.is_empty() { "" } else { "&" };
            let _ = write!(body, "{separator}{name}={}", encoded(value));
        }
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        self.ask("POST", path, &[("Cookie", cookies), kind], &body)
    }

    /// Any request.
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\
             Content-Length: {}\r\n",
            self.port,
            body.len()
        );
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        request += "\r\n";
        request += body;
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // A stream of events never ends by itself: its head is answer enough.
        let mut piece = [0; 8192];
        loop {
            let read = stream.read(&mut piece).unwrap();
            answer.extend_from_slice(&piece[..read]);
            let text = String::from_utf8_lossy(&answer);
            if read == 0 || text.contains("text/event-stream") && text.contains("\r\n\r\n") {
                break;
            }
        }
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head[9..12].parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// Reports a call as a customer does, with the form; gives the reference.
    pub(super) fn report(&self, customer: u32, when: &str) -> String {
        let first = self.get("/report/when", "");
        let cookie = first.cookie("draft").unwrap();
        let csrf = first.csrf().unwrap();
        let email = address(customer);
        let (date, time) = when.split_once(' ').unwrap();
        let steps: [(&str, &[(&str, &str)]); 8] = [
            (
                "when",
                &[
                    ("when", "at"),
                    ("date", date),
                    ("time", time),
                    ("zone", "UTC"),
                ],
            ),
            ("how", &[("how", "phone")]),
            ("number", &[("number", "")]),
            ("knew", &[("knew", "name"), ("knew", "product")]),
            ("story", &[("pretext", "refund")]),
            ("given", &[]),
            ("contact", &[("email", &email)]),
            ("check", &[]),
        ];
        for (step, fields) in steps {
            let fields: Vec<_> = fields
                .iter()
                .copied()
                .chain([("csrf", csrf.as_str())])
                .collect();
            let answer = self.post(&format!("/report/{step}"), &cookie, &fields);
            assert_eq!(answer.status, 303, "{step}: {}", answer.body);
        }
        let sent = self.get("/report/sent", &cookie);
        assert_eq!(sent.status, 200);
        sent.reference()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    /// A cookie that was set, as a request brings it back.
    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        let mut lines = self.head.lines();
        let line = lines.find_map(|line| line.strip_prefix(&format!("set-cookie: {name}=")))?;
        Some(format!("{name}={}", line.split(';').next()?))
    }

    /// The token of the page's form.
    pub(super) fn csrf(&self) -> Option<String> {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"")?;
        Some(rest.split('"').next()?.to_owned())
    }

    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }

    /// The reference on the page.
    pub(super) fn reference(&self) -> String {
        let mut words = self
            .body
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        let is_reference = |word: &&str| {
            let parts: Vec<usize> = word.split('-').map(str::len).collect();
            parts == [5, 5, 1] && word.chars().all(|letter| !letter.is_ascii_lowercase())
        };
        words.find(is_reference).unwrap().to_owned()
    }
}

/// A customer's address on file.
pub(super) fn address(customer: u32) -> String {
    format!("person{customer}@customers.example")
}

/// A value as a form writes it.
fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// What the server says last at its start.
const READY: &str = "Stop it with Ctrl-C.";

//! A server that a test has started, and how it is asked without a browser.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Stdio};

use super::asked::{Answer, address, ask, post, report};
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

/// What a test wants otherwise than the others.
#[derive(Debug, Default)]
pub(super) struct Wishes<'a> {
    /// The port of a mail server that is no stand-in.
    pub(super) mail: Option<u16>,
    /// Letters to one customer.
    pub(super) letters_an_hour: Option<u32>,
    /// How far its clock is from the machine's, as faketime says it.
    pub(super) clock: Option<&'a str>,
    /// More tables of the configuration.
    pub(super) tables: &'a str,
}

/// Customers of the desk.
const CUSTOMERS: u32 = 600;

impl Served {
    /// A server on a made-up desk of 600 customers and twelve accounts.
    pub(super) fn start() -> Self {
        Self::on(Self::desk())
    }

    /// A folder with that desk.
    pub(super) fn desk() -> Place {
        let place = Place::new();
        place.write("events.csv", events(CUSTOMERS));
        let mut customers = "customer,email\n".to_owned();
        for customer in 0..CUSTOMERS {
            let _ = writeln!(customers, "customer-{customer},{}", address(customer));
        }
        place.write("customers.csv", customers);
        place
    }

    /// A server on a folder that was served before; its file `desk.more` has more about the desk.
    pub(super) fn on(place: Place) -> Self {
        Self::with(place, &Wishes::default())
    }

    /// The same, configured otherwise.
    pub(super) fn with(place: Place, wishes: &Wishes<'_>) -> Self {
        // Free a moment ago; a passkey needs to know its address before the server listens.
        let port = {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            listener.local_addr().unwrap().port()
        };
        let mails = MailStandIn::start();
        let more = std::fs::read_to_string(place.path().join("desk.more")).unwrap_or_default();
        place.write(
            "countersign.toml",
            format!(
                "listen = \"127.0.0.1:{port}\"\naddress = \"http://localhost:{port}\"\n\
                 organisation = \"Example Security\"\n\
                 [desk]\nevents = [\"events.csv\"]\ncustomers = \"customers.csv\"\n{more}\n\
                 [mail]\nserver = \"127.0.0.1:{}\"\nfrom = \"reports@example.org\"\n\
                 [intake]\nreports_an_hour = 1000000\nquestions_an_hour = 1000000\n\
                 letters_an_hour = {}\n{}",
                wishes.mail.unwrap_or(mails.port),
                wishes.letters_an_hour.unwrap_or(1_000_000),
                wishes.tables,
            ),
        );
        let words = ["serve", "--config", "countersign.toml"];
        let mut program = match wishes.clock {
            None => place.program(&words),
            Some(clock) => place.at(clock, &words),
        };
        let mut child = program.stderr(Stdio::piped()).spawn().unwrap();
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
        post(self.port, path, cookies, fields).unwrap()
    }

    /// Any request.
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        ask(self.port, method, path, headers, body).unwrap()
    }

    /// Reports a call as a customer does, with the form; gives the reference.
    pub(super) fn report(&self, customer: u32, when: &str) -> String {
        report(self.port, customer, when).unwrap()
    }

    /// Ends it as a power cut of the machine's owner would: nothing is told to it.
    pub(super) fn kill(mut self) -> Place {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        core::mem::replace(&mut self.place, Place::new())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the server says last at its start.
const READY: &str = "Stop it with Ctrl-C.";

//! A stand-in for a mail server: it takes every mail and hands it to the test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

/// What was sent to one receiver.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) to: String,
    pub(super) text: String,
}

/// Takes mails on a port of its own.
#[derive(Debug)]
pub(super) struct MailStandIn {
    pub(super) port: u16,
    mails: Receiver<Mail>,
}

impl MailStandIn {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, mails) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                thread::spawn(move || take(stream, &sender));
            }
        });
        Self { port, mails }
    }

    /// The next mail.
    pub(super) fn next(&self) -> Mail {
        self.mails.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.mails.try_recv().is_err()
    }
}

impl Mail {
    /// The code that is in it.
    pub(super) fn code(&self) -> String {
        let line = self
            .text
            .lines()
            .find(|line| line.starts_with("Your code:"));
        line.unwrap()
            .trim_start_matches("Your code:")
            .trim()
            .to_owned()
    }
}

fn take(stream: TcpStream, mails: &Sender<Mail>) {
    let mut answers = stream.try_clone().unwrap();
    let mut say = move |text: &str| _ = write!(answers, "{text}\r\n");
    say("220 stand-in");
    let (mut to, mut text, mut within) = (String::new(), String::new(), false);
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if within {
            if line == "." {
                within = false;
                let mail = Mail {
                    to: core::mem::take(&mut to),
                    text: core::mem::take(&mut text),
                };
                let _ = mails.send(mail);
                say("250 taken");
            } else {
                text.push_str(&line);
                text.push('\n');
            }
            continue;
        }
        if let Some(receiver) = line.strip_prefix("RCPT TO:<") {
            to = receiver.split('>').next().unwrap_or_default().to_owned();
        }
        match line.get(..4) {
            Some("DATA") => {
                within = true;
                say("354 go on");
            }
            Some("QUIT") => return say("221 bye"),
            _ => say("250 fine"),
        }
    }
}

//! Asking a server as a program does, without a browser.

use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
    /// The same where it is a file.
    pub(super) bytes: Vec<u8>,
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
pub(super) fn encoded(value: &str) -> String {
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

/// Asks a server; an error where it went away.
pub(super) fn ask(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    ask_with(port, method, path, headers, body.as_bytes())
}

/// Asks a server with a body of any bytes.
pub(super) fn ask_with(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\
         Content-Length: {}\r\n",
        port,
        body.len()
    );
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(request, "{name}: {value}\r\n");
    }
    request += "\r\n";
    let mut request = request.into_bytes();
    request.extend(body);
    stream.write_all(&request)?;
    let mut answer = Vec::new();
    // A stream of events never ends by itself: its head is answer enough.
    let mut piece = [0; 8192];
    loop {
        let read = stream.read(&mut piece)?;
        answer.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&answer);
        if read == 0 || text.contains("text/event-stream") && text.contains("\r\n\r\n") {
            break;
        }
    }
    let cut = || io::Error::other("the answer is cut off");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let bytes = answer.split_off(end.ok_or_else(cut)? + 4);
    let head = String::from_utf8(answer).map_err(io::Error::other)?;
    Ok(Answer {
        status: head[9..12].parse().map_err(io::Error::other)?,
        head: head.trim_end().to_owned(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
    })
}

/// Posts a form.
pub(super) fn post(
    port: u16,
    path: &str,
    cookies: &str,
    fields: &[(&str, &str)],
) -> io::Result<Answer> {
    let mut body = String::new();
    for (name, value) in fields {
        let separator = if body.is_empty() { "" } else { "&" };
        let _ = write!(body, "{separator}{name}={}", encoded(value));
    }
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    ask(port, "POST", path, &[("Cookie", cookies), kind], &body)
}

/// Reports a call as a customer does, with the form; gives the reference, or an error where the
/// server went away.
pub(super) fn report(port: u16, customer: u32, when: &str) -> io::Result<String> {
    Ok(sent(port, &address(customer), when)?.reference())
}

/// Reports a call from an address; gives the page that says it was sent.
pub(super) fn sent(port: u16, email: &str, when: &str) -> io::Result<Answer> {
    let first = ask(port, "GET", "/report/when", &[], "")?;
    let cookie = first.cookie("draft").unwrap();
    let csrf = first.csrf().unwrap();
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
        ("contact", &[("email", email)]),
        ("check", &[]),
    ];
    for (step, fields) in steps {
        let fields: Vec<_> = fields
            .iter()
            .copied()
            .chain([("csrf", csrf.as_str())])
            .collect();
        let answer = post(port, &format!("/report/{step}"), &cookie, &fields)?;
        assert_eq!(answer.status, 303, "{step}: {}", answer.body);
    }
    let sent = ask(port, "GET", "/report/sent", &[("Cookie", &cookie)], "")?;
    assert_eq!(sent.status, 200);
    Ok(sent)
}

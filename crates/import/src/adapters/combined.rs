//! Web servers' access logs: `IP - USER [10/Oct/2019:13:55:36 +0000] "GET /path HTTP/1.1" 200 …`.

use memchr::{memchr, memmem};

use super::emit::{Emit, Event};
use super::{Adapter, Beside, Head, Keeps, Record, Shape};
use crate::reason::Reason;

/// nginx' and Apache's combined log, with the patterns of all desks.
pub(super) const COMBINED: Adapter = Adapter {
    name: "combined",
    title: "a web server's access log",
    shape: Shape::Lines,
    keeps: Keeps::Views,
    detect: |head| looks_combined(head),
    read,
};

/// A line of the log, whatever it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub(crate) source: &'a [u8],
    /// Empty if nobody is signed in with the web server.
    pub(crate) user: &'a [u8],
    /// RFC 3339.
    pub(crate) time: [u8; 25],
    pub(crate) method: &'a [u8],
    pub(crate) target: &'a [u8],
    pub(crate) status: [u8; 3],
    /// What follows the browser's name, in quotes: the session.
    pub(crate) session: &'a [u8],
}

/// Reads a line, or says what is wrong with it.
pub(crate) fn line(text: &[u8]) -> Result<Line<'_>, Reason> {
    const NOT: Reason = Reason::NotThisLog("no line of a combined access log");
    let open = memmem::find(text, b" [").ok_or(NOT)?;
    let (who, rest) = (&text[..open], &text[open + 2..]);
    let mut words = who.splitn(3, |byte| *byte == b' ');
    let (mut source, _identity, mut user) = (
        words.next().ok_or(NOT)?,
        words.next().ok_or(NOT)?,
        words.next().ok_or(NOT)?,
    );
    // Apache's `vhost_combined` has the site before everything else.
    if is_site(source)
        && let Some(rest) = who.get(source.len() + 1..)
    {
        let mut words = rest.splitn(3, |byte| *byte == b' ');
        if let (Some(first), Some(_), Some(third)) = (words.next(), words.next(), words.next()) {
            (source, user) = (first, third);
        }
    }
    let close = memchr(b']', rest).ok_or(NOT)?;
    let time = time(&rest[..close]).ok_or(Reason::TimeUnreadable)?;
    let rest = rest[close + 1..].strip_prefix(b" \"").ok_or(NOT)?;
    let (request, rest) = quoted(rest).ok_or(NOT)?;
    let rest = rest.strip_prefix(b" ").ok_or(NOT)?;
    let status: [u8; 3] = *rest.first_chunk().ok_or(NOT)?;
    if !status.iter().all(u8::is_ascii_digit) {
        return Err(NOT);
    }
    let mut parts = request.split(|byte| *byte == b' ');
    // A scanner's rubbish has neither; the server has answered it with an error.
    let (method, target) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    Ok(Line {
        source,
        user: if user == b"-" { b"" } else { user },
        time,
        method,
        target,
        status,
        session: session(rest),
    })
}

fn read(record: &Record<'_>, beside: &Beside, emit: &mut Emit) -> Result<(), Reason> {
    let line = line(record.line)?;
    let request = (line.method, line.target);
    let Some((action, asked)) = super::shown(request, &line.status, beside, emit) else {
        return Ok(());
    };
    let event = Event {
        time: &line.time,
        actor: beside.actor(&line, emit),
        action,
        ..Event::default()
    };
    super::each_item(&event, asked, emit);
    Ok(())
}

/// The session, if a fourth text in quotes names one.
fn session(after_request: &[u8]) -> &[u8] {
    let mut rest = after_request;
    let mut last: &[u8] = b"";
    for _ in 0..3 {
        let Some(at) = memchr(b'"', rest) else {
            return b"";
        };
        let Some((text, after)) = quoted(&rest[at + 1..]) else {
            return b"";
        };
        (last, rest) = (text, after);
    }
    of_cookies(last)
}

/// The session among cookies, or the text itself if it looks like one.
///
/// Other formats write the visitor's address, the site's name or a duration there. Taken for a
/// session, such a text would be many people's, and the first who signs in beside it would own it.
fn of_cookies(text: &[u8]) -> &[u8] {
    const NAME: &[u8] = b"RT_SID_";
    if text == b"-" {
        return b"";
    }
    if let Some(at) = memmem::find(text, NAME)
        && let Some(equals) = memchr(b'=', &text[at..])
    {
        let value = &text[at + equals + 1..];
        let end = value
            .iter()
            .position(|byte| matches!(byte, b';' | b' '))
            .unwrap_or(value.len());
        return &value[..end];
    }
    let looks = (8..=64).contains(&text.len()) && text.iter().all(u8::is_ascii_hexdigit);
    if looks { text } else { b"" }
}

/// A text up to its closing quote, and what follows; `\"` does not close it.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        let at = memchr(b'"', &text[from..])? + from;
        let slashes = text[..at]
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\\')
            .count();
        if slashes % 2 == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
        from = at + 1;
    }
}

/// `10/Oct/2019:13:55:36 +0000` as RFC 3339.
pub(crate) fn time(text: &[u8]) -> Option<[u8; 25]> {
    let text: &[u8; 26] = text.try_into().ok()?;
    let [
        d1,
        d2,
        b'/',
        m1,
        m2,
        m3,
        b'/',
        y1,
        y2,
        y3,
        y4,
        b':',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        b' ',
        sign,
        z1,
        z2,
        z3,
        z4,
    ] = *text
    else {
        return None;
    };
    let [o1, o2] = super::month(&[m1, m2, m3])?;
    Some([
        y1, y2, y3, y4, b'-', o1, o2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, sign,
        z1, z2, b':', z3, z4,
    ])
}

/// Whether a word is `host:port`, and no IPv6 address.
fn is_site(word: &[u8]) -> bool {
    let Some(colon) = memchr(b':', word) else {
        return false;
    };
    let port = &word[colon + 1..];
    !port.is_empty()
        && port.iter().all(u8::is_ascii_digit)
        && word[..colon].iter().any(u8::is_ascii_alphabetic)
        && memchr(b'.', &word[..colon]).is_some()
}

fn looks_combined(head: &Head<'_>) -> bool {
    head.lines().take(5).any(|text| line(text).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_are_read() {
        let plain = br#"192.0.2.7 - ann [10/Oct/2019:13:55:36 +0200] "GET /Ticket/Display.html?id=4 HTTP/1.1" 200 23 "-" "Moz \"x\"""#;
        let read = line(plain).unwrap();
        assert_eq!(read.user, b"ann");
        assert_eq!(&read.time, b"2019-10-10T13:55:36+02:00");
        assert_eq!(read.target, b"/Ticket/Display.html?id=4");
        assert_eq!(read.session, b"");
        let site = br#"desk.example:443 2001:db8::7 - - [10/Oct/2019:13:55:36 +0000] "GET / HTTP/2.0" 304 0 "-" "-" "a1b2c3d4""#;
        let read = line(site).unwrap();
        assert_eq!((read.source, read.user), (&b"2001:db8::7"[..], &b""[..]));
        assert_eq!(read.session, b"a1b2c3d4");
        let cookies = br#"::1 - - [10/Oct/2019:13:55:36 +0000] "GET / HTTP/2.0" 200 0 "-" "-" "x=1; RT_SID_desk.443=77ab; y=2""#;
        assert_eq!(line(cookies).unwrap().session, b"77ab");
    }

    #[test]
    fn a_fourth_text_in_quotes_is_a_session_only_if_it_looks_like_one() {
        for (text, session) in [
            ("62523c88", "62523c88"),
            ("x=1; RT_SID_desk.443=77ab", "77ab"),
            ("x=62523c88", ""),
            ("-", ""),
            ("203.0.113.9", ""),
            ("203.0.113.9, 10.0.0.1", ""),
            ("2001:db8::7", ""),
            ("desk.example", ""),
            ("0.003", ""),
            ("TLSv1.3", ""),
            ("0042", ""),
        ] {
            let text = format!(
                r#"::1 - - [10/Oct/2019:13:55:36 +0000] "GET / HTTP/2.0" 200 0 "-" "-" "{text}""#
            );
            let read = line(text.as_bytes()).unwrap();
            assert_eq!(read.session, session.as_bytes(), "{text}");
        }
    }

    #[test]
    fn rubbish_is_an_error_or_an_empty_request() {
        for bad in [
            "",
            "x",
            "a b c [",
            "a - - [1/Oct/2019] \"GET / HTTP/1.1\" 200 1",
        ] {
            assert!(line(bad.as_bytes()).is_err(), "{bad}");
        }
        let scanner =
            br#"192.0.2.7 - - [10/Oct/2019:13:55:36 +0000] "\x16\x03\x01" 400 150 "-" "-""#;
        assert_eq!(line(scanner).unwrap().target, b"");
    }
}

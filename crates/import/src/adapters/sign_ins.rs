//! Who was signed in from where: for logs that know a session or an address, and no account.
//!
//! Nothing is guessed. A session is somebody's if exactly one sign-in can have begun it and it can
//! have been begun by no other; an address is somebody's if nobody else ever signs in from it, and
//! only for [`STAYS`] after a sign-in: before it, and long after it, it may be another's.
//!
//! What a provider of sign-ins logs (Okta) tells of addresses only: a sign-in there may have been to
//! another application, so that a session of the desk which appears in that moment may be anyone's.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use memchr::memmem;

use countersign_core::time::Second;

use super::{Head, Line, Shape, okta};
use crate::reason::Reason;

/// Whose request it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who<'a> {
    One(&'a [u8]),
    /// It can have been several people's.
    Several,
    Nobody,
}

/// The text of an account, an address or a session.
type Name = Box<[u8]>;
type ByName<T> = HashMap<Name, T, foldhash::fast::FixedState>;

/// What the log of sign-ins says of the sessions and addresses of an access log.
#[derive(Debug, Default)]
pub(crate) struct SignIns {
    sessions: ByName<Option<Name>>,
    /// Who signed in from an address, and when.
    sources: ByName<BTreeMap<Name, BTreeSet<Second>>>,
}

/// A sign-in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SignIn {
    pub(crate) at: Second,
    pub(crate) user: Name,
    /// The address; in the desk's own log it may be the proxy's.
    pub(crate) source: Name,
    pub(crate) by: By,
}

/// Who logged a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    /// The desk: it was one to the desk.
    Desk,
    /// A provider of sign-ins, of which the desk is one application among others.
    Provider,
}

/// A log of sign-ins.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) shape: Shape,
    pub(crate) by: By,
    pub(super) detect: fn(&Head<'_>) -> bool,
    /// The sign-in of a record, if it is about one; the error is one that can't be used.
    pub(crate) read: fn(&[u8]) -> Result<Option<Said<'_>>, Reason>,
}

/// A sign-in as its record says it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said<'a> {
    pub(crate) time: Cow<'a, [u8]>,
    pub(crate) user: Cow<'a, [u8]>,
    pub(crate) source: Cow<'a, [u8]>,
}

/// The log of sign-ins that begins like this; what is no other is Request Tracker's.
pub(crate) fn log_of(head: &[u8]) -> &'static Log {
    let head = Head::new(head);
    if (okta::SYSTEM_LOG.detect)(&head) {
        &okta::SYSTEM_LOG
    } else {
        &REQUEST_TRACKER
    }
}

/// What must be known of the whole access log before the first line can be told apart.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Requests that sign in: when and from where.
    logins: BTreeSet<(Second, Name)>,
    /// When and from where each session was first seen.
    sessions: BTreeMap<Name, (Second, Name)>,
    /// The time of the earliest line.
    first: Option<Second>,
}

impl Seen {
    /// Hours of the access log before anybody signs in; whose they are can't be known.
    pub(crate) fn hours_before(&self, sign_ins: &[SignIn]) -> u32 {
        let signed = sign_ins.iter().map(|sign_in| sign_in.at).min();
        match (self.first, signed) {
            (Some(first), Some(signed)) => signed.0.saturating_sub(first.0) / HOUR,
            _ => 0,
        }
    }

    /// Notes a line of the access log.
    pub(crate) fn add(&mut self, at: Second, line: &Line<'_>) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        let path = line
            .target
            .split(|byte| *byte == b'?')
            .next()
            .unwrap_or_default();
        if line.method == b"POST" && path.ends_with(LOGIN) {
            self.logins.insert((at, line.source.into()));
            // The session that it came with is the one before.
            return;
        }
        if !line.session.is_empty() {
            let first = (at, line.source.into());
            self.sessions
                .entry(line.session.into())
                .and_modify(|known| {
                    if first < *known {
                        known.clone_from(&first);
                    }
                })
                .or_insert(first);
        }
    }
}

impl SignIns {
    /// Holds sign-ins against the access log.
    pub(crate) fn new(sign_ins: &[SignIn], seen: &Seen) -> Self {
        let mut made = Self::default();
        let mut placed: Vec<(&SignIn, Vec<&[u8]>)> = Vec::new();
        let addresses: BTreeSet<&[u8]> = seen.logins.iter().map(|(_, source)| &**source).collect();
        for sign_in in sign_ins {
            if sign_in.by == By::Provider {
                made.place(&sign_in.source, &sign_in.user, sign_in.at);
                continue;
            }
            let near = || {
                let from = Second(sign_in.at.0.saturating_sub(SAME_MOMENT));
                let to = Second(sign_in.at.0.saturating_add(SAME_MOMENT));
                let range = (from, Box::default())..(Second(to.0 + 1), Box::default());
                seen.logins.range(range).map(|(_, source)| &**source)
            };
            let sources: Vec<&[u8]> = if addresses.contains(&*sign_in.source) {
                vec![&*sign_in.source]
            } else {
                // The desk knows the proxy's address only: any login of that moment can be it.
                let near: BTreeSet<&[u8]> = near().collect();
                near.into_iter().collect()
            };
            for source in &sources {
                made.place(source, &sign_in.user, sign_in.at);
                if sources.len() > 1 {
                    // It was one of these addresses: none of them is one person's.
                    made.place(source, b"", sign_in.at);
                }
            }
            placed.push((sign_in, sources));
        }
        // Sign-ins that can have begun a session, and sessions that a sign-in can have begun.
        let mut begun: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        let mut begins: Vec<Vec<&[u8]>> = vec![Vec::new(); placed.len()];
        let mut by_time: Vec<(Second, &[u8], &[u8])> = seen
            .sessions
            .iter()
            .map(|(session, (at, source))| (*at, &**source, &**session))
            .collect();
        by_time.sort_unstable();
        for (number, (sign_in, sources)) in placed.iter().enumerate() {
            let from = sign_in.at.0.saturating_sub(SAME_MOMENT);
            let to = sign_in.at.0.saturating_add(FIRST_REQUEST);
            let first = by_time.partition_point(|(at, ..)| at.0 < from);
            for (_, source, session) in by_time.iter().skip(first).take_while(|(at, ..)| at.0 <= to)
            {
                if sources.contains(source) {
                    begun.entry(session).or_default().push(number);
                    if let Some(begins) = begins.get_mut(number) {
                        begins.push(session);
                    }
                }
            }
        }
        for (session, numbers) in begun {
            let users: BTreeSet<&[u8]> = numbers
                .iter()
                .filter_map(|number| placed.get(*number))
                .map(|(sign_in, _)| &*sign_in.user)
                .collect();
            let alone = numbers.iter().all(|number| {
                begins
                    .get(*number)
                    .is_some_and(|sessions| sessions.len() == 1)
            });
            let user = match (users.first(), users.len(), alone) {
                (Some(user), 1, true) => Some((*user).into()),
                _ => None,
            };
            made.sessions.insert(session.into(), user);
        }
        made
    }

    /// Somebody signed in from an address.
    fn place(&mut self, source: &[u8], user: &[u8], at: Second) {
        let users = self.sources.entry(source.into()).or_default();
        users.entry(user.into()).or_default().insert(at);
    }

    /// Whose request a line is.
    pub(crate) fn who(&self, line: &Line<'_>) -> Who<'_> {
        self.who_at(line, || {
            let time: jiff::Timestamp = core::str::from_utf8(&line.time).ok()?.parse().ok()?;
            Second::from_unix(time.as_second())
        })
    }

    /// The same, with the time of the line, which is asked for only where it matters.
    fn who_at(&self, line: &Line<'_>, at: impl FnOnce() -> Option<Second>) -> Who<'_> {
        if let Some(user) = self.sessions.get(line.session) {
            return user.as_ref().map_or(Who::Several, |user| Who::One(user));
        }
        let Some(users) = self.sources.get(line.source) else {
            return Who::Nobody;
        };
        let (Some((user, times)), 1) = (users.first_key_value(), users.len()) else {
            return Who::Several;
        };
        // Where sessions are known, one that no sign-in began was begun before the log of sign-ins,
        // by anybody: a colleague may have come to this address with it.
        if !line.session.is_empty() && !self.sessions.is_empty() {
            return Who::Nobody;
        }
        let signed_in = at().is_some_and(|at| {
            let from = Second(at.0.saturating_sub(STAYS));
            times.range(from..=at).next().is_some()
        });
        // Before the person was there, or long after, anybody may have been.
        if signed_in {
            Who::One(user)
        } else {
            Who::Nobody
        }
    }
}

/// Request Tracker's own log: `[Tue Nov 24 18:29:12 2026] … Successful login for ann from
/// 192.0.2.7`. Its times are UTC. Lines about anything else are none.
const REQUEST_TRACKER: Log = Log {
    shape: Shape::Lines,
    by: By::Desk,
    detect: |_| true,
    read: request_tracker,
};

fn request_tracker(line: &[u8]) -> Result<Option<Said<'_>>, Reason> {
    let Some(at) = memmem::find(line, SUCCESS) else {
        return Ok(None);
    };
    let (before, rest) = (&line[..at], &line[at + SUCCESS.len()..]);
    let (user, rest) = match memmem::find(rest, b" from ") {
        Some(from) if from > 0 => (&rest[..from], &rest[from + 6..]),
        _ => return Err(Reason::NotThisLog("a sign-in without account and address")),
    };
    let source = rest
        .split(|byte| matches!(byte, b' ' | b'\r' | b'\n'))
        .next()
        .unwrap_or_default();
    if source.is_empty() {
        return Err(Reason::NotThisLog("a sign-in without an address"));
    }
    let time = in_brackets(before).or_else(|| {
        // rsyslog's form: the time stands first, with its offset.
        let first = before.split(|byte| *byte == b' ').next()?;
        (first.len() >= 20 && first.get(10) == Some(&b'T')).then(|| first.to_vec())
    });
    Ok(Some(Said {
        time: time.ok_or(Reason::TimeUnreadable)?.into(),
        user: user.into(),
        source: source.into(),
    }))
}

/// `[Tue Nov 24 18:29:12 2026]` as RFC 3339.
fn in_brackets(text: &[u8]) -> Option<Vec<u8>> {
    text.split(|byte| *byte == b'[').find_map(|part| {
        let part = part.split(|byte| *byte == b']').next()?;
        let words: Vec<&[u8]> = part
            .split(|byte| *byte == b' ')
            .filter(|word| !word.is_empty())
            .collect();
        let [_, name, day, clock, year] = words.as_slice() else {
            return None;
        };
        let month = super::month((*name).try_into().ok()?)?;
        let mut time = Vec::with_capacity(20);
        time.extend_from_slice(year);
        time.push(b'-');
        time.extend_from_slice(&month);
        time.push(b'-');
        if day.len() == 1 {
            time.push(b'0');
        }
        time.extend_from_slice(day);
        time.push(b'T');
        time.extend_from_slice(clock);
        time.push(b'Z');
        Some(time)
    })
}

const SUCCESS: &[u8] = b"Successful login for ";
const LOGIN: &[u8] = b"/NoAuth/Login.html";
/// Seconds by which the desk's clock and the web server's may differ about one request.
const SAME_MOMENT: u32 = 2;
/// Seconds within which a browser follows to the first page after it signed in.
const FIRST_REQUEST: u32 = 10;
const HOUR: u32 = 3_600;
/// Seconds after a sign-in for which its address is the person's: 30 days. Few sessions last
/// longer, and who stays at an address signs in there again.
const STAYS: u32 = 30 * Second::DAY;

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in(at: u32, user: &str, source: &str) -> SignIn {
        SignIn {
            at: Second(at),
            user: user.as_bytes().into(),
            source: source.as_bytes().into(),
            by: By::Desk,
        }
    }

    fn line<'a>(method: &'a str, target: &'a str, source: &'a str, session: &'a str) -> Line<'a> {
        Line {
            source: source.as_bytes(),
            user: b"",
            time: [b' '; 25],
            method: method.as_bytes(),
            target: target.as_bytes(),
            status: *b"200",
            session: session.as_bytes(),
        }
    }

    fn seen(lines: &[(u32, Line<'_>)]) -> Seen {
        let mut seen = Seen::default();
        for (at, line) in lines {
            seen.add(Second(*at), line);
        }
        seen
    }

    /// Whose a line of this moment is.
    fn who_at<'a>(made: &'a SignIns, line: &Line<'_>, at: u32) -> Who<'a> {
        made.who_at(line, || Some(Second(at)))
    }

    const LOGIN_PAGE: &str = "/rt/NoAuth/Login.html?next=1";

    #[test]
    fn a_session_belongs_to_the_only_sign_in_that_can_have_begun_it() {
        let log = [
            (100, line("POST", LOGIN_PAGE, "a", "old")),
            (101, line("GET", "/", "a", "s1")),
            (500, line("POST", LOGIN_PAGE, "a", "old2")),
            (501, line("GET", "/", "a", "s2")),
            (900, line("GET", "/", "a", "s3")),
        ];
        let signed = [sign_in(100, "ann", "a"), sign_in(500, "bob", "a")];
        let made = SignIns::new(&signed, &seen(&log));
        let who = |session| who_at(&made, &line("GET", "/x", "a", session), 1000);
        assert_eq!(who("s1"), Who::One(b"ann"));
        assert_eq!(who("s2"), Who::One(b"bob"));
        // Nobody knows who began this one, and two people sign in from here.
        assert_eq!(who("s3"), Who::Several);
    }

    #[test]
    fn a_session_from_before_the_sign_ins_is_nobodys_at_another_ones_address() {
        let log = [
            (100, line("POST", LOGIN_PAGE, "a", "old")),
            (101, line("GET", "/", "a", "s1")),
        ];
        let made = SignIns::new(&[sign_in(100, "ann", "a")], &seen(&log));
        let who = |session| who_at(&made, &line("GET", "/x", "a", session), 1000);
        assert_eq!(who("s1"), Who::One(b"ann"));
        assert_eq!(who("s0"), Who::Nobody);
        assert_eq!(who(""), Who::One(b"ann"));
    }

    #[test]
    fn two_who_sign_in_at_one_moment_from_one_address_stay_open() {
        let log = [
            (100, line("POST", LOGIN_PAGE, "a", "")),
            (101, line("POST", LOGIN_PAGE, "a", "")),
            (102, line("GET", "/", "a", "s1")),
            (103, line("GET", "/", "a", "s2")),
        ];
        let signed = [sign_in(100, "ann", "a"), sign_in(101, "bob", "a")];
        let made = SignIns::new(&signed, &seen(&log));
        for session in ["s1", "s2", ""] {
            let who = who_at(&made, &line("GET", "/x", "a", session), 1000);
            assert_eq!(who, Who::Several, "{session}");
        }
    }

    #[test]
    fn behind_a_proxy_a_sign_in_is_placed_by_its_moment() {
        let log = [
            (100, line("POST", LOGIN_PAGE, "a", "")),
            (200, line("POST", LOGIN_PAGE, "b", "")),
            (300, line("POST", LOGIN_PAGE, "a", "")),
            (301, line("POST", LOGIN_PAGE, "c", "")),
        ];
        let proxy = "10.0.0.1";
        let signed = [sign_in(100, "ann", proxy), sign_in(201, "bob", proxy)];
        let made = SignIns::new(&signed, &seen(&log));
        let who = |source| who_at(&made, &line("GET", "/x", source, ""), 1000);
        assert_eq!(
            (who("a"), who("b"), who("c")),
            (Who::One(b"ann"), Who::One(b"bob"), Who::Nobody)
        );
        // A third can have come from either address: neither is one person's.
        let third = [signed.as_slice(), &[sign_in(300, "cat", proxy)]].concat();
        let made = SignIns::new(&third, &seen(&log));
        let who = |source| who_at(&made, &line("GET", "/x", source, ""), 1000);
        assert_eq!(
            (who("a"), who("b"), who("c")),
            (Who::Several, Who::One(b"bob"), Who::Several)
        );
    }

    #[test]
    fn an_address_is_one_persons_only_from_a_sign_in_there_and_for_a_month() {
        let by = By::Provider;
        let signed = [
            SignIn {
                by,
                ..sign_in(1_000, "ann", "a")
            },
            SignIn {
                by,
                ..sign_in(1_000 + 3 * STAYS, "ann", "a")
            },
        ];
        let made = SignIns::new(&signed, &Seen::default());
        let who = |at| who_at(&made, &line("GET", "/x", "a", ""), at);
        let ann = Who::One(b"ann");
        for (at, whose) in [
            (0, Who::Nobody),
            (999, Who::Nobody),
            (1_000, ann),
            (1_000 + STAYS, ann),
            (1_001 + STAYS, Who::Nobody),
            (999 + 3 * STAYS, Who::Nobody),
            (1_000 + 3 * STAYS, ann),
        ] {
            assert_eq!(who(at), whose, "{at}");
        }
        // A line whose time can't be read is nobody's.
        assert_eq!(made.who(&line("GET", "/x", "a", "")), Who::Nobody);
        let whole = |time: &[u8; 25]| Line {
            time: *time,
            ..line("GET", "/x", "a", "")
        };
        let at = |text: &str| {
            let time: jiff::Timestamp = text.parse().unwrap();
            Second::from_unix(time.as_second()).unwrap()
        };
        let signed = [SignIn {
            at: at("2026-06-01T08:00:00Z"),
            by,
            ..sign_in(0, "ann", "a")
        }];
        let made = SignIns::new(&signed, &Seen::default());
        assert_eq!(made.who(&whole(b"2026-06-01T10:00:00+02:00")), ann);
        assert_eq!(made.who(&whole(b"2026-06-01T09:59:59+02:00")), Who::Nobody);
        let mut seen = Seen::default();
        seen.add(at("2026-05-31T05:30:00Z"), &line("GET", "/", "a", ""));
        seen.add(at("2026-06-01T07:30:00Z"), &line("GET", "/", "a", ""));
        assert_eq!(seen.hours_before(&signed), 26);
        assert_eq!(Seen::default().hours_before(&signed), 0);
    }

    #[test]
    fn request_trackers_lines_are_read_in_both_forms() {
        let file = b"[7] [Tue Nov  3 18:29:12 2026] [info]: Successful login for ann from 192.0.2.7 (/x/Web.pm:889)";
        let said = request_tracker(file).unwrap().unwrap();
        assert_eq!(&*said.time, b"2026-11-03T18:29:12Z");
        assert_eq!(
            (&*said.user, &*said.source),
            (&b"ann"[..], &b"192.0.2.7"[..])
        );
        let syslog =
            b"2026-11-03T18:29:12.123+01:00 desk RT: [7] Successful login for bob from ::1";
        let said = request_tracker(syslog).unwrap().unwrap();
        assert_eq!(&*said.time, b"2026-11-03T18:29:12.123+01:00");
        for other in [
            &b"[7] [Tue Nov 3 18:29:12 2026] [error]: FAILED LOGIN for ann from 192.0.2.7"[..],
            b"",
        ] {
            assert_eq!(request_tracker(other), Ok(None));
        }
        // A sign-in that can't be placed is missed, and must be said.
        for bad in [
            &b"Nov  3 18:29:12 desk RT: [7] Successful login for ann from 192.0.2.7"[..],
            b"[7] [Tue Nov  3 18:29:12 2026] [info]: Successful login for ann fr",
            b"[7] [Tue Nov  3 18:29:12 2026] [info]: Successful login for ann from ",
        ] {
            assert!(request_tracker(bad).is_err());
        }
    }

    #[test]
    fn a_providers_sign_in_tells_of_its_address_and_of_no_session() {
        let log = [
            (100, line("POST", LOGIN_PAGE, "a", "")),
            (101, line("GET", "/", "a", "s1")),
            (102, line("GET", "/", "nat", "s2")),
        ];
        let by = By::Provider;
        let signed = [
            SignIn {
                by,
                ..sign_in(100, "ann", "a")
            },
            SignIn {
                by,
                ..sign_in(101, "ann", "nat")
            },
            SignIn {
                by,
                ..sign_in(5000, "bob", "nat")
            },
            // Behind no proxy of the desk: this address is nowhere in the log.
            SignIn {
                by,
                ..sign_in(100, "cat", "elsewhere")
            },
        ];
        let made = SignIns::new(&signed, &seen(&log));
        let who = |source, session| who_at(&made, &line("GET", "/x", source, session), 1000);
        assert_eq!(who("a", "s1"), Who::One(b"ann"));
        // Nobody else's session began then at the shared address; it still need not be Ann's.
        assert_eq!(who("nat", "s2"), Who::Several);
        assert_eq!(who("proxy", "s1"), Who::Nobody);
    }
}

//! Views that a program tells one a line while a server runs: plain objects, or OCSF events as a
//! SIEM passes them on.

use std::borrow::Cow;

use countersign_core::time::Second;
use serde::Deserialize;

use crate::adapters::{Beside, Did, Record, ocsf_event};
use crate::dictionary::LONGEST_ID;
use crate::error::ImportError;
use crate::moment::{Cache, Clock, Problem};
use crate::options::Options;
use crate::reason::Reason;
use crate::rows::Rows;

/// Reads lines that programs tell.
#[derive(Debug)]
pub struct Lines {
    beside: Beside,
}

/// Lines at one moment: what is more than a day later is a mistake.
#[derive(Debug)]
pub struct LinesNow<'a> {
    beside: &'a Beside,
    clock: Clock,
    changes: bool,
}

/// One view; an empty id is one that was not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub second: Second,
    /// The account; empty where nobody knows whose it was.
    pub account: String,
    /// The customer.
    pub customer: String,
    /// The ticket.
    pub ticket: String,
    /// What was done.
    pub did: Did,
    /// What its sender calls it.
    pub id: Option<String>,
}

/// A plain line. Fields that there are not are passed over.
#[derive(Deserialize)]
struct Plain<'a> {
    #[serde(borrow)]
    time: Option<Id<'a>>,
    #[serde(borrow, alias = "actor")]
    account: Option<Id<'a>>,
    #[serde(borrow)]
    customer: Option<Id<'a>>,
    #[serde(borrow)]
    ticket: Option<Id<'a>>,
    #[serde(borrow)]
    action: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<Id<'a>>,
}

/// What an event has and a plain line has not.
#[derive(Deserialize)]
struct Kind {
    class_uid: Option<u32>,
}

/// Desks write numbers of tickets with quotes and without.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id<'a> {
    #[serde(borrow)]
    Text(Cow<'a, str>),
    Number(i64),
}

impl Id<'_> {
    fn text(this: Option<Self>, what: &'static str) -> Result<String, Reason> {
        let text = match this {
            None => String::new(),
            Some(Self::Text(text)) => text.trim().to_owned(),
            Some(Self::Number(number)) => number.to_string(),
        };
        if text.len() > LONGEST_ID {
            return Err(Reason::TooLong(what));
        }
        Ok(text)
    }
}

impl Lines {
    /// Knows the addresses of desks, for events that have nothing but one.
    ///
    /// # Errors
    /// A table of addresses that can't be read.
    pub fn new(options: &Options) -> Result<Self, ImportError> {
        Ok(Self {
            beside: Beside::new(options)?,
        })
    }

    /// Reads lines as of now, with the zone of the options.
    ///
    /// # Errors
    /// A zone that there is not.
    pub fn now(&self, options: &Options) -> Result<LinesNow<'_>, ImportError> {
        let options = Options {
            time_format: None,
            ..options.clone()
        };
        Ok(LinesNow {
            beside: &self.beside,
            clock: Clock::new(&options)?,
            changes: options.changes == crate::Changes::AcceptAsViews,
        })
    }
}

impl LinesNow<'_> {
    /// The views of one line: one of a plain object, and of an OCSF event one for each record that
    /// it shows.
    ///
    /// # Errors
    /// Why it tells none, without a word of it.
    pub fn read(&self, line: &[u8]) -> Result<Vec<Line>, Reason> {
        let not = |_error| Reason::NotJson("an object with time, account, customer or ticket");
        if memchr::memmem::find(line, b"class_uid").is_some() {
            let kind: Kind = serde_json::from_slice(line).map_err(not)?;
            if kind.class_uid.is_some() {
                return self.event(line);
            }
        }
        let plain: Plain<'_> = serde_json::from_slice(line).map_err(not)?;
        let action = plain.action.unwrap_or_default();
        let did = Did::of(action.trim().as_bytes()).ok_or(Reason::UnknownWord("action"))?;
        let line = Line {
            second: self.second(&Id::text(plain.time, "time")?)?,
            account: Id::text(plain.account, "account")?,
            customer: Id::text(plain.customer, "customer")?,
            ticket: Id::text(plain.ticket, "ticket")?,
            did,
            id: match plain.id {
                None => None,
                some => Some(Id::text(some, "id")?),
            },
        };
        self.checked(line).map(|line| vec![line])
    }

    fn event(&self, line: &[u8]) -> Result<Vec<Line>, Reason> {
        let record = Record { line, cells: &[] };
        let rows: Rows = ocsf_event(&record, self.beside)?;
        let mut lines = Vec::new();
        for row in 0..rows.len() {
            let text = |slot| {
                let text = core::str::from_utf8(rows.cell(slot, row));
                text.map(str::to_owned)
                    .map_err(|_error| Reason::NotUtf8("event"))
            };
            let line = Line {
                second: self.second(&text(0)?)?,
                account: text(1)?,
                customer: text(2)?,
                ticket: text(3)?,
                did: Did::of(rows.cell(4, row)).unwrap_or_default(),
                id: None,
            };
            lines.push(self.checked(line)?);
        }
        if lines.is_empty() {
            return Err(Reason::NotThisLog(
                "an event that shows no record of a customer or a ticket",
            ));
        }
        Ok(lines)
    }

    fn checked(&self, line: Line) -> Result<Line, Reason> {
        if line.customer.is_empty() && line.ticket.is_empty() {
            return Err(Reason::NoItem);
        }
        let ids = [&line.account, &line.customer, &line.ticket];
        if ids.iter().any(|id| id.len() > LONGEST_ID) {
            return Err(Reason::TooLong("an id"));
        }
        if line.did == Did::Change && !self.changes {
            return Err(Reason::NotThisLog(
                "a change is no view: send who looked, or set `desk.changes_as_views`",
            ));
        }
        Ok(line)
    }

    fn second(&self, text: &str) -> Result<Second, Reason> {
        if text.is_empty() {
            return Err(Reason::Missing("time"));
        }
        let read = self.clock.read(text.as_bytes(), &mut Cache::default());
        read.map_err(|problem| match problem {
            Problem::Bad(reason) => reason,
            Problem::NoOffset => Reason::NotThisLog(
                "the time has no offset: write `2026-03-01T09:30:00Z`, or set `desk.timezone`",
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Vec<Line>, Reason> {
        let options = Options::new(Second::from_unix(1_900_000_000).unwrap());
        let lines = Lines::new(&options).unwrap();
        lines.now(&options).unwrap().read(line.as_bytes())
    }

    #[test]
    fn a_plain_line_is_one_view() {
        let line = r#"{"time":"2026-03-01T09:30:00+01:00","account":"ann","customer":7,"ticket":"T-1","action":"search","id":"x","more":[1]}"#;
        let lines = read(line).unwrap();
        let expected = Line {
            second: Second::from_unix(1_772_353_800).unwrap(),
            account: "ann".to_owned(),
            customer: "7".to_owned(),
            ticket: "T-1".to_owned(),
            did: Did::Search,
            id: Some("x".to_owned()),
        };
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn an_event_is_a_view_of_each_record_that_it_shows() {
        let line = r#"{"class_uid":6001,"activity_id":2,"time":1772353800000,"actor":{"user":{"uid":"ann"}},"web_resources":[{"uid":"T-1","type":"ticket","data":{"customer":"C-9"}},{"uid":"C-8","type":"customer"}]}"#;
        let lines = read(line).unwrap();
        let ids: Vec<_> = lines
            .iter()
            .map(|line| {
                (
                    line.account.as_str(),
                    line.customer.as_str(),
                    line.ticket.as_str(),
                )
            })
            .collect();
        assert_eq!(ids, [("ann", "C-9", "T-1"), ("ann", "C-8", "")]);
    }

    #[test]
    fn a_line_that_is_no_view_says_why_and_nothing_of_itself() {
        let lines = [
            "",
            "[]",
            "{}",
            r#"{"time":"2026-03-01T09:30:00","ticket":"secret"}"#,
            r#"{"time":"2026-03-01T09:30:00Z","account":"secret"}"#,
            r#"{"time":"2226-03-01T09:30:00Z","ticket":"secret"}"#,
            r#"{"time":"2026-03-01T09:30:00Z","ticket":"secret","action":"change"}"#,
            r#"{"time":"2026-03-01T09:30:00Z","ticket":"secret","action":"secret"}"#,
            r#"{"class_uid":3002,"activity_id":1,"time":1}"#,
        ];
        for line in lines {
            let reason = read(line).unwrap_err().to_string();
            assert!(!reason.contains("secret"), "{reason}");
        }
        let long = format!(
            r#"{{"time":"2026-03-01T09:30:00Z","ticket":"{}"}}"#,
            "x".repeat(5000)
        );
        assert_eq!(read(&long), Err(Reason::TooLong("ticket")));
    }
}

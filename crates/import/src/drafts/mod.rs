//! From customers' words to drafts of reports, which a person confirms or corrects.
//!
//! A number, a day or a time is taken where the words have just one; where they have several, the
//! draft leaves it open and says so. Nothing is guessed, and no draft counts by itself.

mod nearby;
mod number;
mod own;
mod spoken;
mod vocabulary;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use countersign_core::time::Second;
use jiff::tz::TimeZone;

pub use number::Pattern;

use crate::conversations::{self, Conversation};
use crate::error::ImportError;
use crate::file;
use crate::moment::{Cache, Clock};
use crate::options::Options;
use crate::reason::Reason;
use crate::rejected::Rejected;
use crate::table::Table;

/// From where reports are drafted, and how words are read.
#[derive(Debug)]
pub struct Drafting<'a> {
    /// What the files are; one of [`conversations::names`].
    pub from: &'a str,
    /// The files.
    pub files: &'a [PathBuf],
    /// Only conversations with this tag.
    pub tagged: Option<&'a str>,
    /// What ticket numbers look like.
    pub number: Pattern,
    /// The zone of times in words; UTC if none is named.
    pub zone: Option<&'a str>,
    /// The present.
    pub now: Second,
}

/// What can be read out of one customer's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// An id for the report: source and id at the desk.
    pub report: String,
    /// When the desk got it, RFC 3339 in UTC.
    pub received_at: String,
    /// When the customer was called, if the words have one time.
    pub called_at: String,
    /// The customer's id at the desk, where the source has it.
    pub customer: String,
    /// The writer's address.
    pub email: String,
    /// The writer's phone, where the source has it.
    pub phone: String,
    /// The number that was quoted, if the words have one.
    pub quoted_ticket: String,
    /// All numbers of the desk's form in the words.
    pub numbers: Vec<String>,
    /// What a person must decide.
    pub doubts: Vec<Doubt>,
    /// The subject; cut at 1,000 characters.
    pub subject: String,
    /// What the customer wrote, without what they quoted; cut at 20,000 characters.
    pub words: String,
    /// Where in `words` a number or a time stands: places in bytes, in order, apart.
    pub marks: Vec<(usize, usize)>,
}

/// Why a draft leaves something open, or may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// No number of the desk's form in the words.
    NoNumber,
    /// One that stands in the subject only, where desks put their own.
    NumberInSubject,
    /// Several of them.
    SeveralNumbers,
    /// No day in the words.
    NoDay,
    /// Several days.
    SeveralDays,
    /// A day without a time: the day's beginning counts, so that nothing later does.
    NoTime,
    /// Several times of day.
    SeveralTimes,
    /// A date that can be read in two ways: 3/4/2026.
    DayOrMonth,
    /// A time that could be of the afternoon as well; the earlier one counts.
    HalfOfDay,
    /// A day after the report, or over a year before it.
    FarDay,
    /// Nobody can say who wrote it.
    NoCustomer,
}

impl Doubt {
    /// What it is, in words.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::NoNumber => "no ticket number in the words: ask which one the caller quoted",
            Self::NumberInSubject => {
                "a ticket number in the subject only, where the desk may have put it: did the caller quote it?"
            }
            Self::SeveralNumbers => "several ticket numbers: which one did the caller quote?",
            Self::NoDay => "no day in the words: ask when the call was",
            Self::SeveralDays => "several days: on which one was the call?",
            Self::NoTime => "no time of day: the day's beginning counts; ask when",
            Self::SeveralTimes => "several times of day: at which one was the call?",
            Self::DayOrMonth => "a date that can be read in two ways: which is the month?",
            Self::HalfOfDay => "the time could be in the afternoon: the earlier one counts",
            Self::FarDay => "the day is after the report or over a year before it",
            Self::NoCustomer => "no address and no customer: who wrote it?",
        }
    }
}

/// Drafts, and what was left out.
#[derive(Debug, Default)]
pub struct Drafts {
    /// In the order of files and rows.
    pub drafts: Vec<Draft>,
    /// Records that are no conversation.
    pub rejected: Vec<Rejected>,
    /// Conversations without the wanted tag.
    pub untagged: u64,
    /// Conversations that came twice.
    pub double: u64,
}

/// Reads conversations and drafts a report of each.
///
/// # Errors
/// Any [`ImportError`] that a file gives rise to.
pub fn drafts(ask: &Drafting<'_>, cancel: &AtomicBool) -> Result<Drafts, ImportError> {
    let mut options = Options::new(ask.now);
    options.timezone = Some(ask.zone.unwrap_or("UTC").to_owned());
    let clock = Clock::new(&options)?;
    let zone = crate::moment::zone(ask.zone.unwrap_or("UTC"))?;
    let mut all = Drafts::default();
    let mut known = std::collections::BTreeSet::new();
    for path in ask.files {
        let (conversations, bad) = conversations::read(ask.from, path, cancel)?;
        let leave = |line, reason: Reason, raw| Rejected {
            table: Table::Reports,
            file: file::shown(path),
            line,
            reason: reason.to_string(),
            raw,
        };
        all.rejected.extend(
            bad.into_iter()
                .map(|bad| leave(bad.line, bad.reason, bad.raw)),
        );
        for conversation in conversations {
            let has_tag = |tag: &str| conversation.tags.iter().any(|own| own == tag);
            if ask.tagged.is_some_and(|tag| !has_tag(tag)) {
                all.untagged += 1;
                continue;
            }
            if !known.insert(conversation.id.clone()) {
                all.double += 1;
                continue;
            }
            match received(&clock, &conversation) {
                Ok(at) => all
                    .drafts
                    .push(draft(&conversation, at, &ask.number, &zone)),
                Err(reason) => {
                    let raw = conversation.id.as_bytes().into();
                    all.rejected.push(leave(0, reason, raw));
                }
            }
        }
    }
    Ok(all)
}

fn received(clock: &Clock, conversation: &Conversation) -> Result<Second, Reason> {
    if conversation.received.is_empty() {
        return Err(Reason::Missing("received_at"));
    }
    clock
        .read(conversation.received.as_bytes(), &mut Cache::default())
        .map_err(|_problem| Reason::TimeUnreadable)
}

fn draft(
    conversation: &Conversation,
    received: Second,
    pattern: &Pattern,
    zone: &TimeZone,
) -> Draft {
    let words = first(&own::words(&conversation.words), LONGEST);
    let subject = first(&conversation.subject, LONGEST_SUBJECT);
    // Below the closing stand phone numbers, office hours and birthdays.
    let read = words.get(..own::closing(&words)).unwrap_or_default();
    let mut draft = Draft {
        report: conversation.id.clone(),
        received_at: rfc3339(received),
        customer: conversation.customer.clone(),
        email: conversation.email.clone(),
        phone: conversation.phone.clone(),
        subject,
        ..Draft::default()
    };
    if draft.customer.is_empty() && draft.email.is_empty() && draft.phone.is_empty() {
        draft.doubts.push(Doubt::NoCustomer);
    }
    let mut found = pattern.find(read);
    found.retain(|(number, _)| !conversation.own.contains(number));
    for (number, _) in pattern
        .find(&draft.subject)
        .into_iter()
        .chain(found.iter().cloned())
    {
        let own = conversation.own.contains(&number);
        if !own && !draft.numbers.contains(&number) {
            draft.numbers.push(number);
        }
    }
    match draft.numbers.as_slice() {
        [] => draft.doubts.push(Doubt::NoNumber),
        [one] if found.iter().any(|(number, _)| number == one) => {
            draft.quoted_ticket.clone_from(one);
        }
        [_] => draft.doubts.push(Doubt::NumberInSubject),
        _ => draft.doubts.push(Doubt::SeveralNumbers),
    }
    draft.marks = found.into_iter().map(|(_, place)| place).collect();
    let said = spoken::call(read, received, zone);
    draft.called_at = said.at.map(rfc3339).unwrap_or_default();
    draft.doubts.extend(said.doubts);
    draft.doubts.sort_unstable();
    draft.doubts.dedup();
    draft.marks.extend(said.places);
    apart(&mut draft.marks);
    draft.words = words;
    draft
}

/// The first so many characters.
fn first(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Sorts places and joins those that touch.
fn apart(marks: &mut Vec<(usize, usize)>) {
    marks.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::with_capacity(marks.len());
    for &(start, end) in marks.iter() {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    *marks = joined;
}

fn rfc3339(at: Second) -> String {
    jiff::Timestamp::from_second(at.to_unix())
        .map(|at| at.to_string())
        .unwrap_or_default()
}

/// Characters of a customer's words that are read and shown.
const LONGEST: usize = 20_000;
const LONGEST_SUBJECT: usize = 1_000;

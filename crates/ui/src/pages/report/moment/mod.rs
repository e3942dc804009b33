//! Days and times as people type them, read only where they can be read in one way.
//!
//! Taken are `2026-11-27 14:30`, `27.11.2026 2:30 pm`, `27 November 2026` in the languages of the
//! form, `yesterday`. Refused, with an example, is what two people would read differently: `3/4/2026`
//! has two days, and `2:30` two halves of the day.

use countersign_core::time::Second;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

mod clock;
mod day;
#[cfg(test)]
mod tests;

use super::FieldError;
use clock::read_time;
use day::read_day;

/// The time zones that the form offers, each with the key of its words.
pub(super) const ZONES: [(&str, &str); 15] = [
    ("Europe/London", "zone-london"),
    ("Europe/Berlin", "zone-berlin"),
    ("Europe/Athens", "zone-athens"),
    ("America/New_York", "zone-new-york"),
    ("America/Chicago", "zone-chicago"),
    ("America/Denver", "zone-denver"),
    ("America/Los_Angeles", "zone-los-angeles"),
    ("America/Mexico_City", "zone-mexico"),
    ("America/Bogota", "zone-bogota"),
    ("America/Argentina/Buenos_Aires", "zone-buenos-aires"),
    ("Asia/Kolkata", "zone-kolkata"),
    ("Asia/Manila", "zone-manila"),
    ("Asia/Tokyo", "zone-tokyo"),
    ("Australia/Sydney", "zone-sydney"),
    ("UTC", "zone-utc"),
];

/// The second that a day, a time and a zone mean.
///
/// Without a time it is the day's first: no view of that day can then count as one before the call
/// that was after it.
pub(super) fn read(
    date: &str,
    time: &str,
    zone: &str,
    now: Second,
) -> Result<Second, Vec<FieldError>> {
    let wrong = |field, message| vec![FieldError { field, message }];
    let known = ZONES.iter().find(|(name, _)| *name == zone);
    let Some(zone) = known.and_then(|(name, _)| TimeZone::get(name).ok()) else {
        // What else is wrong is said at once, and not only when the zone is chosen.
        let mut all = understood(date, time, Some(Date::MIN))
            .err()
            .unwrap_or_default();
        all.extend(wrong("zone", "error-zone"));
        return Err(all);
    };
    let today = Timestamp::from_second(now.to_unix()).unwrap_or_default();
    let today = zone.to_datetime(today).date();
    let (day, time) = understood(date, time, Some(today))?;
    let start = if let Some(time) = time {
        let moment = zone.to_ambiguous_timestamp(day.to_datetime(time));
        // In the hour that the clocks skipped nothing happened; in the one they repeated, the first.
        if matches!(moment.offset(), AmbiguousOffset::Gap { .. }) {
            return Err(wrong("time", "error-time-gap"));
        }
        moment.compatible().ok()
    } else {
        let start = day.to_zoned_datetime(zone).ok();
        start.map(|start| start.timestamp())
    };
    let start = start.and_then(|start| Second::from_unix(start.as_second()));
    let start = start.ok_or_else(|| wrong("date", "error-date-past"))?;
    // A clock that is a little ahead is no call that is still to come.
    match start {
        start if start <= now => Ok(start),
        start if time.is_some() && start.0 - now.0 <= LEEWAY => Ok(now),
        _ => Err(wrong("date", "error-date-future")),
    }
}

/// The day and the time, if one was given; words such as `yesterday` need to know today.
pub(super) fn understood(
    date: &str,
    time: &str,
    today: Option<Date>,
) -> Result<(Date, Option<Time>), Vec<FieldError>> {
    let wrong = |field| move |message| FieldError { field, message };
    let (date, time) = (tidy(date), tidy(time));
    let (date, time, field) = if time.is_empty() {
        let (date, time) = parted(&date);
        (date, time, "date")
    } else {
        (date, time, "time")
    };
    let day = read_day(&date, today).map_err(wrong("date"));
    let time = (!time.is_empty()).then(|| read_time(&time)).transpose();
    match (day, time.map_err(wrong(field))) {
        (Ok(day), Ok(time)) => Ok((day, time)),
        (day, time) => Err(day.err().into_iter().chain(time.err()).collect()),
    }
}

/// Small letters, single blanks, nothing longer than a day and a time can be.
fn tidy(text: &str) -> String {
    let short: String = text.chars().take(LONGEST).collect();
    let words: Vec<&str> = short
        .split(|c: char| c.is_whitespace() || c == ',')
        .collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words
        .join(" ")
        .to_lowercase()
        .replace("a. m.", "am")
        .replace("p. m.", "pm")
        .replace("a.m.", "am")
        .replace("p.m.", "pm")
}

/// A day with its time in one field, apart.
fn parted(text: &str) -> (String, String) {
    // As machines write it: 2026-11-27t14:30.
    if let Some((day, time)) = text.split_once('t')
        && day.len() == 10
        && day.ends_with(|c: char| c.is_ascii_digit())
        && time.starts_with(|c: char| c.is_ascii_digit())
    {
        return (day.to_owned(), time.to_owned());
    }
    let words: Vec<&str> = text.split(' ').collect();
    let starts = |place: usize| {
        let Some(word) = words.get(place) else {
            return false;
        };
        let next = words.get(place + 1).copied().unwrap_or_default();
        let figures = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let letters = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':' || c == '.');
        let is_number = !figures.is_empty()
            && figures.len() <= 2
            && figures.chars().all(|c| c.is_ascii_digit());
        let whole_day = place == 1 && words.first().is_some_and(|day| parts(day).len() == 5);
        PREPOSITIONS.contains(word)
            || (word.contains(':') && !figures.is_empty())
            || (figures.starts_with(|c: char| c.is_ascii_digit()) && MARKS.contains(&letters))
            || (is_number && letters.is_empty() && MARKS.contains(&next))
            || word
                .split_once('h')
                .is_some_and(|(hour, _)| is_figures(hour))
            || (whole_day
                && word
                    .split_once('.')
                    .is_some_and(|(hour, _)| is_figures(hour)))
    };
    // The first word is of the day, whatever it looks like.
    let at = (1..words.len())
        .find(|place| starts(*place))
        .unwrap_or(words.len());
    let (day, time) = words.split_at(at);
    (day.join(" "), time.join(" "))
}

fn is_figures(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// Runs of digits, of letters, and the single signs between them; blanks are dropped.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = |c: char| (c.is_ascii_digit(), c.is_alphabetic());
        let end = rest
            .char_indices()
            .find(|(at, c)| *at > 0 && (kind(*c) != kind(first) || kind(first) == (false, false)))
            .map_or(rest.len(), |(at, _)| at);
        let (part, after) = rest.split_at(end);
        if first != ' ' {
            parts.push(part);
        }
        rest = after;
    }
    parts
}

/// Seconds that a customer's clock may be ahead of ours.
const LEEWAY: u32 = 600;
/// Letters that a day and a time may have.
const LONGEST: usize = 60;
/// What stands before a time.
const PREPOSITIONS: [&str; 6] = ["at", "um", "gegen", "à", "vers", "las"];
/// What stands after an hour.
const MARKS: [&str; 4] = ["am", "pm", "uhr", "h"];

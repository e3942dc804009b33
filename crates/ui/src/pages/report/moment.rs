//! Days and times as people type them, read only where they can be read in one way.
//!
//! Taken are `2026-11-27 14:30`, `27.11.2026 2:30 pm`, `27 November 2026` in the languages of the
//! form, `yesterday`. Refused, with an example, is what two people would read differently: `3/4/2026`
//! has two days, and `2:30` two halves of the day.

use countersign_core::time::Second;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp, ToSpan as _};

use super::FieldError;
use crate::Language;

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

fn read_day(text: &str, today: Option<Date>) -> Result<Date, &'static str> {
    if text.is_empty() {
        return Err("error-date-missing");
    }
    for (days, words) in [(0, TODAY), (1, YESTERDAY)] {
        if words.contains(&text)
            && let Some(today) = today
        {
            let back: Span = days.days();
            return today.checked_sub(back).map_err(|_error| "error-date");
        }
    }
    let parts = parts(text);
    let (year, month, day) = match parts.as_slice() {
        [first, one, second, other, third]
            if one == other
                && ["-", "/", "."].contains(one)
                && is_figures(first)
                && is_figures(second)
                && is_figures(third) =>
        {
            numbers(first, second, third, one)?
        }
        _ => with_name(&parts)?,
    };
    Date::new(year, month, day).map_err(|_error| "error-date")
}

/// Three figures as year, month and day.
fn numbers(
    first: &str,
    second: &str,
    third: &str,
    sign: &str,
) -> Result<(i16, i8, i8), &'static str> {
    let small = |text: &str| {
        if text.len() <= 2 {
            text.parse::<i8>().ok()
        } else {
            None
        }
    };
    let year = |text: &str| {
        if text.len() == 4 {
            text.parse::<i16>().ok()
        } else {
            None
        }
    };
    if let (Some(year), Some(month), Some(day)) = (year(first), small(second), small(third)) {
        return Ok((year, month, day));
    }
    let (Some(one), Some(other), Some(year)) = (small(first), small(second), year(third)) else {
        return Err("error-date");
    };
    // With dots the day is first everywhere; with strokes it depends on who writes.
    match (sign, one, other) {
        (".", day, month) => Ok((year, month, day)),
        (_, day, month) if day > 12 || day == month => Ok((year, month, day)),
        (_, month, day) if day > 12 => Ok((year, month, day)),
        _ => Err("error-date-order"),
    }
}

/// A day whose month has its name.
fn with_name(parts: &[&str]) -> Result<(i16, i8, i8), &'static str> {
    let (mut month, mut day, mut year) = (None, None, None);
    for part in parts {
        let slot = match part.parse::<i16>() {
            Ok(number) if part.len() == 4 => year.replace(number),
            Ok(number) if part.len() <= 2 => day.replace(number),
            Ok(_) => return Err("error-date"),
            Err(_) if FILLERS.contains(part) => continue,
            Err(_) => month.replace(month_of(part).ok_or("error-date")?),
        };
        if slot.is_some() {
            return Err("error-date");
        }
    }
    let (Some(month), Some(day), Some(year)) = (month, day, year) else {
        return Err("error-date");
    };
    let narrow = |number: i16| i8::try_from(number).map_err(|_error| "error-date");
    Ok((year, narrow(month)?, narrow(day)?))
}

/// The number of a month by its name, or by three letters or more of it.
fn month_of(word: &str) -> Option<i16> {
    let word = plain_letters(word);
    let mut found = Language::ALL.into_iter().flat_map(|language| {
        (1..).zip(language.months()).filter(|(_, name)| {
            let name = plain_letters(&name.to_lowercase());
            name == word || (word.len() >= 3 && name.starts_with(&word))
        })
    });
    let (number, _) = found.next()?;
    // Letters that two months share name neither.
    found.all(|(other, _)| other == number).then_some(number)
}

fn plain_letters(word: &str) -> String {
    let letter = |c| match c {
        'ä' | 'à' | 'â' => 'a',
        'é' | 'è' | 'ê' => 'e',
        'û' | 'ü' | 'ù' => 'u',
        other => other,
    };
    word.chars().map(letter).collect()
}

fn read_time(text: &str) -> Result<Time, &'static str> {
    let mut parts = parts(text);
    while parts
        .first()
        .is_some_and(|part| PREPOSITIONS.contains(part))
    {
        parts.remove(0);
    }
    let half = parts
        .last()
        .copied()
        .filter(|part| ["am", "pm"].contains(part));
    if half.is_some() {
        parts.pop();
    }
    // "14 uhr", "14h": a mark at the end; "14 uhr 30", "14h30": a mark in the middle.
    let marked = parts.iter().any(|part| ["uhr", "h"].contains(part));
    if parts.len() > 1 && parts.last().is_some_and(|part| ["uhr", "h"].contains(part)) {
        parts.pop();
    }
    let sign = |part: &str| [":", ".", "h", "uhr"].contains(&part);
    let (hour, minute, second) = match parts.as_slice() {
        [hour] if half.is_some() || marked => (*hour, "0", "0"),
        [hour, one, minute] if sign(one) => (*hour, *minute, "0"),
        [hour, one, minute, ":", second] if sign(one) => (*hour, *minute, *second),
        _ => return Err("error-time"),
    };
    let number = |text: &str| match text.len() {
        1..=2 if is_figures(text) => text.parse::<i8>().map_err(|_error| "error-time"),
        _ => Err("error-time"),
    };
    let one_digit = hour.len() == 1;
    let (hour, minute, second) = (number(hour)?, number(minute)?, number(second)?);
    let hour = match (half, hour) {
        (Some(_), 0 | 13..) => return Err("error-time"),
        (Some("am"), 12) => 0,
        (Some("pm"), 1..=11) => hour + 12,
        (None, 1..=6) if one_digit && !marked => return Err("error-time-half"),
        _ => hour,
    };
    Time::new(hour, minute, second, 0).map_err(|_error| "error-time")
}

/// Seconds that a customer's clock may be ahead of ours.
const LEEWAY: u32 = 600;
/// Letters that a day and a time may have.
const LONGEST: usize = 60;
const TODAY: [&str; 4] = ["today", "heute", "aujourd'hui", "hoy"];
const YESTERDAY: [&str; 4] = ["yesterday", "gestern", "hier", "ayer"];
/// What stands before a time.
const PREPOSITIONS: [&str; 6] = ["at", "um", "gegen", "à", "vers", "las"];
/// What stands after an hour.
const MARKS: [&str; 4] = ["am", "pm", "uhr", "h"];
/// What stands between the parts of a day whose month has a name.
const FILLERS: [&str; 11] = [
    "of", "de", "del", "the", "st", "nd", "rd", "th", "er", ".", "-",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2026-11-27T20:00:00Z.
    fn now() -> Second {
        Second::from_unix(1_795_809_600).unwrap()
    }

    fn berlin(date: &str, time: &str) -> Result<String, &'static str> {
        let read = read(date, time, "Europe/Berlin", now());
        read.map(|second| second.to_string())
            .map_err(|wrong| wrong[0].message)
    }

    #[test]
    fn a_day_and_a_time_are_read_as_people_write_them() {
        assert_eq!(now().to_string(), "2026-11-27T20:00:00Z");
        for (date, time) in [
            ("2026-11-27", "14:30"),
            ("2026-11-27 14:30", ""),
            ("2026-11-27T14:30", ""),
            ("2026/11/27", "14.30"),
            ("27.11.2026 2:30 pm", ""),
            ("27.11.2026 14.30", ""),
            ("27. 11. 2026", "14:30 Uhr"),
            ("27.11.2026, 14 Uhr 30", ""),
            ("27/11/2026 at 2:30 p.m.", ""),
            ("11/27/2026", "2:30 PM"),
            ("27 November 2026 2.30pm", ""),
            ("November 27th, 2026", "14:30:00"),
            ("27 novembre 2026", "14h30"),
            ("27 novembre 2026 à 14h30", ""),
            ("27 de noviembre de 2026", "2:30 p. m."),
            ("27. Nov. 2026", "14:30"),
            ("today", "2:30pm"),
            ("heute", "um 14:30"),
            ("  27-11-2026\u{a0}", " 14:30\t"),
        ] {
            let read = berlin(date, time);
            assert_eq!(
                read.as_deref(),
                Ok("2026-11-27T13:30:00Z"),
                "{date} | {time}"
            );
        }
        assert_eq!(
            berlin("1er août 2026", "9 h").unwrap(),
            "2026-08-01T07:00:00Z"
        );
        assert_eq!(
            berlin("3. März 2026", "12 am").unwrap(),
            "2026-03-02T23:00:00Z"
        );
        assert_eq!(
            berlin("4/4/2026", "12:15 pm").unwrap(),
            "2026-04-04T10:15:00Z"
        );
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for (date, time, message) in [
            ("3/4/2026", "14:30", "error-date-order"),
            ("03-04-2026", "14:30", "error-date-order"),
            ("27.11.26", "14:30", "error-date"),
            ("27 November", "14:30", "error-date"),
            ("ma 3 2026", "14:30", "error-date"),
            ("31.2.2026", "14:30", "error-date"),
            ("27.11.2026", "2:30", "error-time-half"),
            ("27.11.2026 2:30", "", "error-time-half"),
            ("27.11.2026", "2", "error-time"),
            ("27.11.2026", "25:00", "error-time"),
            ("27.11.2026", "13:30 pm", "error-time"),
            ("27.11.2026", "in the morning", "error-time"),
            ("", "14:30", "error-date-missing"),
            ("1.1.1999", "", "error-date-past"),
            ("28.11.2026", "", "error-date-future"),
            ("27.11.2026", "23:30", "error-date-future"),
            // In the night in which the clocks went forward.
            ("29.3.2026", "02:30", "error-time-gap"),
        ] {
            assert_eq!(berlin(date, time), Err(message), "{date} | {time}");
        }
        let nowhere = read("2026-11-27", "14:30", "Europe/Nowhere", now());
        assert_eq!(nowhere.unwrap_err()[0].field, "zone");
        let all = read("3/4/2026", "soon", "", now()).unwrap_err();
        let fields: Vec<_> = all.iter().map(|wrong| wrong.field).collect();
        assert_eq!(fields, ["date", "time", "zone"]);
    }

    #[test]
    fn a_day_without_a_time_counts_from_its_first_second() {
        assert_eq!(berlin("26.11.2026", "").unwrap(), "2026-11-25T23:00:00Z");
        assert_eq!(berlin("yesterday", "").unwrap(), "2026-11-25T23:00:00Z");
    }

    #[test]
    fn a_clock_that_is_a_little_ahead_is_forgiven() {
        assert_eq!(berlin("27.11.2026", "21:05").unwrap(), now().to_string());
        assert_eq!(berlin("27.11.2026", "21:15"), Err("error-date-future"));
    }

    #[test]
    fn of_an_hour_that_came_twice_the_first_is_taken() {
        assert_eq!(
            berlin("25.10.2026", "02:30").unwrap(),
            "2026-10-25T00:30:00Z"
        );
    }

    proptest! {
        #[test]
        fn every_written_moment_is_read_back(unix in 946_771_200..1_795_809_600_i64, zone in 0..ZONES.len(), style in 0..6_usize) {
            let zone = ZONES[zone].0;
            let tz = TimeZone::get(zone).unwrap();
            let local = tz.to_datetime(Timestamp::from_second(unix).unwrap());
            let (y, m, d) = (local.year(), local.month(), local.day());
            let (h, min, s) = (local.hour(), local.minute(), local.second());
            let name = Language::ALL[style % 4].months()[usize::try_from(m - 1).unwrap()];
            let (date, time) = match style {
                0 => (format!("{y:04}-{m:02}-{d:02}"), format!("{h:02}:{min:02}:{s:02}")),
                1 => (format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}"), String::new()),
                2 => (format!("{d}.{m}.{y} {h:02}:{min:02}:{s:02}"), String::new()),
                3 => (format!("{d}. {m}. {y}"), format!("{h:02}.{min:02}:{s:02}")),
                4 => (format!("{d} {name} {y}"), format!("{h:02}:{min:02}:{s:02}")),
                _ => {
                    let (half, hour) = if h < 12 { ("am", h) } else { ("pm", h - 12) };
                    let hour = if hour == 0 { 12 } else { hour };
                    (format!("{name} {d}, {y}"), format!("{hour}:{min:02}:{s:02} {half}"))
                }
            };
            let read = read(&date, &time, zone, now());
            let back = read.map(|second| tz.to_datetime(Timestamp::from_second(second.to_unix()).unwrap()));
            prop_assert_eq!(back, Ok(local), "{} | {}", date, time);
        }

        #[test]
        fn no_text_breaks_the_reader(date in "\\PC{0,40}", time in "\\PC{0,20}", near in "[0-9tT:./ h-]{0,25}") {
            for (date, time) in [(&date, &time), (&near, &time), (&date, &near), (&near, &String::new())] {
                if let Ok(second) = read(date, time, "UTC", now()) {
                    prop_assert!(second <= now());
                }
            }
        }
    }
}

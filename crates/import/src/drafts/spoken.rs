//! When a customer says that the call was: days and times in four languages.
//!
//! Nothing later than what the words say is ever taken: of two readings the earlier one counts,
//! and a day without a time counts from its beginning. A call that is put too early loses views
//! that were before it; one that is put too late would count views that the call itself caused.

use countersign_core::time::Second;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use regex::Captures;

use super::Doubt;
use super::nearby::{after, before};
use super::vocabulary::{
    AGO, AT, BEFORE_YESTERDAY, CALL_BACK, CLOCK, DATE_FOLLOWS, DAY_MONTH, DOTTED, EARLIER, FRENCH,
    GERMAN, ISO, LAST_YEAR, MONTH_DAY, MONTHS, OTHER_DAY, OTHER_TIME, PIECE_AFTER, PIECE_BEFORE,
    RANGE, SLASHED, VAGUE, WEEKDAY, WEEKDAYS, YESTERDAY,
};

/// When the call was, as far as the words say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) at: Option<Second>,
    pub(super) doubts: Vec<Doubt>,
    /// Where the words say so, in bytes.
    pub(super) places: Vec<(usize, usize)>,
}

/// Finds the time of the call in words that were received at a time.
pub(super) fn call(words: &str, received: Second, zone: &TimeZone) -> Said {
    let mut said = Said::default();
    let Ok(wrote) = Timestamp::from_second(received.to_unix()) else {
        return said;
    };
    let days = days(words, zone.to_datetime(wrote).date(), &mut said);
    let taken = said.places.clone();
    let times = times(words, &taken, &mut said);
    let day = match days.as_slice() {
        [] => {
            let says_why = [Doubt::DayOrMonth, Doubt::FarDay, Doubt::SeveralDays];
            if !says_why.iter().any(|doubt| said.doubts.contains(doubt)) {
                said.doubts.push(Doubt::NoDay);
            }
            return said;
        }
        [one] => *one,
        _ => {
            said.doubts.push(Doubt::SeveralDays);
            return said;
        }
    };
    let time = match times.as_slice() {
        [] => {
            said.doubts.push(Doubt::NoTime);
            Time::midnight()
        }
        [one] if !said.doubts.contains(&Doubt::SeveralTimes) => *one,
        _ => {
            said.doubts.push(Doubt::SeveralTimes);
            Time::midnight()
        }
    };
    let at = |time: Time| {
        let at = zone.to_timestamp(day.to_datetime(time)).ok()?;
        Second::from_unix(at.as_second())
    };
    said.at = at(time).filter(|at| *at <= received);
    if said.at.is_none() {
        // Later than the report itself: on this day, but not at this time.
        said.doubts.push(Doubt::FarDay);
    }
    said
}

/// The days that words name, each once.
fn days(words: &str, wrote: Date, said: &mut Said) -> Vec<Date> {
    let mut days = Days {
        words,
        wrote,
        found: Vec::new(),
        same_weekday: false,
        vague: false,
    };
    for found in ISO.captures_iter(words) {
        let day = date(&found["y"], number(&found["m"]), number(&found["d"]));
        days.add(said, &found, day);
    }
    for found in DOTTED.captures_iter(words) {
        let (month, day) = (number(&found["m"]), number(&found["d"]));
        match found.name("y") {
            Some(year) => days.add(said, &found, date(&full(year.as_str()), month, day)),
            // `14.05.` can be a time, a version or a price: only where a date is announced.
            None if DATE_FOLLOWS.is_match(before(words, start(&found))) => {
                days.add(said, &found, latest(wrote, month, day));
            }
            None => {}
        }
    }
    for found in SLASHED.captures_iter(words) {
        days.add_slashed(said, &found);
    }
    for named in [&*DAY_MONTH, &*MONTH_DAY] {
        for found in named.captures_iter(words) {
            let year = found.name("y");
            // `I may 5 times`: without a year, the month has a capital.
            if &found["m"] == "may" && year.is_none() {
                continue;
            }
            let (month, day) = (month(&found["m"]), number(&found["d"]));
            let date = match year {
                Some(year) => date(year.as_str(), month, day),
                None => latest(wrote, month, day),
            };
            days.add(said, &found, date);
        }
    }
    for found in AGO.captures_iter(words) {
        let word = found[0].to_lowercase();
        let back = if BEFORE_YESTERDAY.contains(&word.as_str()) {
            2
        } else if YESTERDAY.contains(&word.as_str()) {
            1
        } else if word == "hier" {
            // Yesterday in French, `here` in German.
            if !FRENCH.is_match(words) || GERMAN.is_match(words) {
                continue;
            }
            1
        } else {
            0
        };
        days.add(said, &found, wrote.checked_sub(back.days()).ok());
    }
    for found in WEEKDAY.captures_iter(words) {
        let Some(weekday) = weekday(&found["w"]) else {
            continue;
        };
        if weekday == wrote.weekday() {
            days.same_weekday |= !days.is_other(start(&found), end(&found));
            continue;
        }
        let back = i64::from(weekday.until(wrote.weekday()));
        days.add(said, &found, wrote.checked_sub(back.days()).ok());
    }
    days.vague |= VAGUE.is_match(words);
    days.finish(said)
}

/// Days that were found.
struct Days<'a> {
    words: &'a str,
    /// The day on which the words were written.
    wrote: Date,
    found: Vec<Date>,
    /// A weekday that is today's: it could be today or a week ago.
    same_weekday: bool,
    /// `last week`, or a date that could be of two months: the call could be of another day.
    vague: bool,
}

impl Days<'_> {
    fn add(&mut self, said: &mut Said, found: &Captures<'_>, day: Option<Date>) {
        let (start, end) = (start(found), end(found));
        let free = |place: &(usize, usize)| end <= place.0 || place.1 <= start;
        let part = is_part(self.words, start, end);
        if part || self.is_other(start, end) || !said.places.iter().all(free) {
            return;
        }
        said.places.push((start, end));
        match day {
            Some(day) if self.is_recent(day) => {
                if !self.found.contains(&day) {
                    self.found.push(day);
                }
            }
            _ => said.doubts.push(Doubt::FarDay),
        }
    }

    /// `3/4/2026` is a day only if one of the numbers can be no month.
    fn add_slashed(&mut self, said: &mut Said, found: &Captures<'_>) {
        let (one, two) = (number(&found["a"]), number(&found["b"]));
        let year = full(&found["y"]);
        let day_first = date(&year, two, one);
        let month_first = date(&year, one, two);
        match (day_first, month_first) {
            (Some(a), Some(b)) if a != b && (self.is_recent(a) || self.is_recent(b)) => {
                let place = (start(found), end(found));
                if is_part(self.words, place.0, place.1) || self.is_other(place.0, place.1) {
                    return;
                }
                said.places.push(place);
                said.doubts.push(Doubt::DayOrMonth);
                self.vague = true;
            }
            (a, b) => self.add(said, found, a.or(b)),
        }
    }

    /// Not after the words, and less than a year before.
    fn is_recent(&self, day: Date) -> bool {
        day <= self.wrote && self.wrote < day.saturating_add(1.year())
    }

    /// Whether it is the day of something else: of a letter, of a birth, or one to come.
    fn is_other(&self, start: usize, end: usize) -> bool {
        let before = before(self.words, start);
        OTHER_DAY.is_match(before)
            || CALL_BACK.is_match(before)
            || LAST_YEAR.is_match(after(self.words, end))
    }

    /// The days, if they are all that the words speak of.
    fn finish(mut self, said: &mut Said) -> Vec<Date> {
        let wrote = self.wrote;
        let explained = self
            .found
            .iter()
            .any(|day| day.weekday() == wrote.weekday());
        let open = self.vague || self.same_weekday && !explained;
        if open && !self.found.is_empty() {
            self.found.clear();
            said.doubts.push(Doubt::SeveralDays);
        }
        self.found
    }
}

/// The times of day that words name, each once; not where a date stands.
fn times(words: &str, taken: &[(usize, usize)], said: &mut Said) -> Vec<Time> {
    let is_free = |start: usize, end: usize| {
        taken
            .iter()
            .all(|place: &(usize, usize)| end <= place.0 || place.1 <= start)
    };
    let mut times: Vec<Time> = Vec::new();
    for found in CLOCK.captures_iter(words) {
        let (start, end) = (start(&found), end(&found));
        let (ahead, behind) = (before(words, start), after(words, end));
        let other = CALL_BACK.is_match(ahead) || OTHER_TIME.is_match(behind);
        if !is_free(start, end) || is_part(words, start, end) || other {
            continue;
        }
        let text = |name: &str| found.name(name).map(|part| part.as_str());
        let hour = ["h", "u", "f", "p"].iter().find_map(|name| text(name));
        let minute = ["m", "n", "g", "q"].iter().find_map(|name| text(name));
        let mut half = ["ampm", "ampm2"].iter().find_map(|name| text(name));
        // `am` is a word of German: `um 4 am Montag`.
        if half == Some("am") && GERMAN.is_match(words) {
            if minute.is_none() {
                continue;
            }
            half = None;
        }
        // `5 h` is a span unless something makes it a time.
        if text("f").is_some() && minute.is_none() && !AT.is_match(ahead) {
            continue;
        }
        let half = half.map(str::to_lowercase);
        let half = half.as_deref().map(|half| half.starts_with('p'));
        let short = hour.is_some_and(|hour| hour.len() == 1);
        let Some(hour) = hour.map(number) else {
            continue;
        };
        let counted = match (hour, half) {
            (12, Some(false)) => 0,
            (1..12, Some(true)) => hour + 12,
            _ => hour,
        };
        let Ok(time) = Time::new(counted, minute.map_or(0, number), 0, 0) else {
            continue;
        };
        // `4:10`; whoever writes `04:10` counts to 24, and few calls come before eight.
        if half.is_none() && short && (1..8).contains(&hour) {
            said.doubts.push(Doubt::HalfOfDay);
        }
        said.places.push((start, end));
        let offset = start - ahead.len();
        let range = RANGE
            .find(ahead)
            .is_some_and(|range| is_free(offset + range.start(), offset + range.start() + 1));
        // `between 3 and 4 pm`, `before 4 pm`: the call was earlier than this.
        if range || EARLIER.is_match(ahead) {
            said.doubts.push(Doubt::SeveralTimes);
        }
        if !times.contains(&time) {
            times.push(time);
        }
    }
    times
}

fn start(found: &Captures<'_>) -> usize {
    found.get(0).map_or(0, |whole| whole.start())
}

fn end(found: &Captures<'_>) -> usize {
    found.get(0).map_or(0, |whole| whole.end())
}

/// Whether it is a piece of something longer: of an address, a phone number, a price.
fn is_part(words: &str, start: usize, end: usize) -> bool {
    PIECE_BEFORE.is_match(before(words, start)) || PIECE_AFTER.is_match(after(words, end))
}

fn number(text: &str) -> i8 {
    text.parse().unwrap_or(-1)
}

fn full(year: &str) -> String {
    if year.len() == 2 {
        format!("20{year}")
    } else {
        year.to_owned()
    }
}

fn date(year: &str, month: i8, day: i8) -> Option<Date> {
    Date::new(year.parse().ok()?, month, day).ok()
}

/// The latest such day up to the one on which it was written. One of over half a year ago rather
/// is a day to come: nobody calls the December before last plain December.
fn latest(wrote: Date, month: i8, day: i8) -> Option<Date> {
    let this = Date::new(wrote.year(), month, day).ok();
    this.filter(|day| *day <= wrote)
        .or_else(|| Date::new(wrote.year() - 1, month, day).ok())
        .filter(|day| wrote < day.saturating_add(6.months()))
}

fn month(word: &str) -> i8 {
    let word = word.to_lowercase();
    let begins = |names: &&[&str]| names.iter().any(|name| word.starts_with(name));
    MONTHS
        .iter()
        .position(begins)
        .and_then(|place| i8::try_from(place + 1).ok())
        .unwrap_or(-1)
}

fn weekday(word: &str) -> Option<Weekday> {
    let word = word.to_lowercase();
    let place = WEEKDAYS
        .iter()
        .position(|names| names.contains(&word.as_str()))?;
    Weekday::from_monday_zero_offset(i8::try_from(place).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written on Thursday, 26 November 2026, 15:00 in Berlin.
    fn at(words: &str) -> (String, Vec<Doubt>) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let received: Timestamp = "2026-11-26T14:00:00Z".parse().unwrap();
        let received = Second::from_unix(received.as_second()).unwrap();
        let said = call(words, received, &zone);
        for (start, end) in &said.places {
            assert!(words.get(*start..*end).is_some(), "{words}");
        }
        let at = said.at.map_or_else(String::new, |at| {
            let at = Timestamp::from_second(at.to_unix()).unwrap();
            zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
        });
        (at, said.doubts)
    }

    #[test]
    fn a_day_and_a_time_are_read_in_four_languages() {
        for (words, wanted) in [
            ("They called on 2026-11-20 at 14:05.", "2026-11-20 14:05"),
            (
                "On 20 November 2026 at 2:05 pm a man called.",
                "2026-11-20 14:05",
            ),
            ("On November 20th, 11 a.m.", "2026-11-20 11:00"),
            ("yesterday at 4pm", "2026-11-25 16:00"),
            ("This morning at 9:30 am", "2026-11-26 09:30"),
            ("last Monday at 15:20", "2026-11-23 15:20"),
            (
                "Am 20.11.2026 um 14 Uhr rief jemand an.",
                "2026-11-20 14:00",
            ),
            ("Am 20. November um 14:05 Uhr", "2026-11-20 14:05"),
            ("Gestern um 16.30 Uhr", "2026-11-25 16:30"),
            ("am Montag um 15:20 Uhr", "2026-11-23 15:20"),
            ("On m'a appelé hier à 16h30", "2026-11-25 16:30"),
            ("le 20 novembre 2026 à 14 h 05", "2026-11-20 14:05"),
            ("Me llamaron ayer a las 16:30", "2026-11-25 16:30"),
            ("el 20 de noviembre de 2026 a las 14:05", "2026-11-20 14:05"),
            ("on 25/11/2026 at 13:00", "2026-11-25 13:00"),
        ] {
            let (at, doubts) = at(words);
            assert_eq!(at, wanted, "{words}: {doubts:?}");
            assert_eq!(doubts, [], "{words}");
        }
    }

    #[test]
    fn what_is_open_stays_open_and_is_said() {
        for (words, wanted, doubt) in [
            ("They called me.", "", Doubt::NoDay),
            ("They called on 3/4/2026 at 14:00.", "", Doubt::DayOrMonth),
            (
                "On Monday and again on Tuesday at 15:00",
                "",
                Doubt::SeveralDays,
            ),
            ("They called yesterday.", "2026-11-25 00:00", Doubt::NoTime),
            (
                "yesterday at 13:00 and 14:00",
                "2026-11-25 00:00",
                Doubt::SeveralTimes,
            ),
            ("yesterday at 4:10", "2026-11-25 04:10", Doubt::HalfOfDay),
            ("on 20 November 2027", "", Doubt::FarDay),
            ("on 20 November 2020", "", Doubt::FarDay),
            ("12 December at 13:00", "", Doubt::FarDay),
            ("today at 23:00", "", Doubt::FarDay),
            ("on Thursday at 13:00", "", Doubt::NoDay),
            ("Ich bin hier um 14:00", "", Doubt::NoDay),
            ("on 31.02.2026", "", Doubt::FarDay),
        ] {
            let (at, doubts) = at(words);
            assert_eq!(at, wanted, "{words}: {doubts:?}");
            assert!(doubts.contains(&doubt), "{words}: {doubts:?}");
        }
    }

    #[test]
    fn a_number_or_a_version_is_no_day() {
        for words in [
            "ticket 4711",
            "I may 5 times",
            "299.99 dollars",
            "1.2.3.4.5",
        ] {
            assert_eq!(at(words).0, "", "{words}");
        }
    }
}

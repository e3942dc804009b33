//! When a customer says that the call was: days and times in four languages.
//!
//! Nothing later than what the words say is ever taken: of two readings the earlier one counts,
//! and a day without a time counts from its beginning. A call that is put too early loses views
//! that were before it; one that is put too late would count views that the call itself caused.

use std::sync::LazyLock;

use countersign_core::time::Second;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use regex::{Captures, Regex};

use super::Doubt;

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
            if !said.doubts.contains(&Doubt::DayOrMonth) && !said.doubts.contains(&Doubt::FarDay) {
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
        [one] => *one,
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
    let mut days: Vec<Date> = Vec::new();
    let mut add = |said: &mut Said, found: &Captures<'_>, day: Option<Date>| {
        let Some(whole) = found.get(0) else {
            return;
        };
        let free = |place: &(usize, usize)| whole.end() <= place.0 || place.1 <= whole.start();
        if !said.places.iter().all(free) {
            return;
        }
        said.places.push((whole.start(), whole.end()));
        match day {
            Some(day) if day <= wrote && wrote < day.saturating_add(1.year()) => {
                if !days.contains(&day) {
                    days.push(day);
                }
            }
            _ => said.doubts.push(Doubt::FarDay),
        }
    };
    for found in ISO.captures_iter(words) {
        add(
            said,
            &found,
            date(&found["y"], number(&found["m"]), number(&found["d"])),
        );
    }
    for found in DOTTED.captures_iter(words) {
        let day = match found.name("y") {
            Some(year) => date(
                &full(year.as_str()),
                number(&found["m"]),
                number(&found["d"]),
            ),
            None => latest(wrote, number(&found["m"]), number(&found["d"])),
        };
        add(said, &found, day);
    }
    for found in SLASHED.captures_iter(words) {
        let (one, two) = (number(&found["a"]), number(&found["b"]));
        if one <= 12 && two <= 12 && one != two {
            if let Some(whole) = found.get(0) {
                said.places.push((whole.start(), whole.end()));
            }
            said.doubts.push(Doubt::DayOrMonth);
            continue;
        }
        let (day, month) = if one > 12 { (one, two) } else { (two, one) };
        add(said, &found, date(&full(&found["y"]), month, day));
    }
    for named in [&*DAY_MONTH, &*MONTH_DAY] {
        for found in named.captures_iter(words) {
            // `I may 5 times`: before a number, the month has a capital.
            if &found["m"] == "may" && found[0].starts_with("may") {
                continue;
            }
            let month = month(&found["m"]);
            let day = number(&found["d"]);
            let date = match found.name("y") {
                Some(year) => date(year.as_str(), month, day),
                None => latest(wrote, month, day),
            };
            add(said, &found, date);
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
            if !FRENCH.is_match(words) {
                continue;
            }
            1
        } else {
            0
        };
        add(said, &found, wrote.checked_sub(back.days()).ok());
    }
    for found in WEEKDAY.captures_iter(words) {
        let Some(weekday) = weekday(&found["w"]) else {
            continue;
        };
        // On the same weekday it could be today or a week ago: the person who confirms knows.
        if weekday == wrote.weekday() {
            continue;
        }
        let back = i64::from(weekday.until(wrote.weekday()));
        add(said, &found, wrote.checked_sub(back.days()).ok());
    }
    days
}

/// The times of day that words name, each once; not where a date stands.
fn times(words: &str, taken: &[(usize, usize)], said: &mut Said) -> Vec<Time> {
    let mut times: Vec<Time> = Vec::new();
    for found in CLOCK.captures_iter(words) {
        let Some(whole) = found.get(0) else {
            continue;
        };
        let free = |place: &(usize, usize)| whole.end() <= place.0 || place.1 <= whole.start();
        if !taken.iter().all(free) {
            continue;
        }
        let text = |name: &str| found.name(name).map(|part| part.as_str());
        let hour = ["h", "u", "f", "p"].iter().find_map(|name| text(name));
        let minute = ["m", "n", "g", "q"].iter().find_map(|name| text(name));
        let half = ["ampm", "ampm2"].iter().find_map(|name| text(name));
        let hour = match (hour.map(number), half.map(str::to_lowercase)) {
            (Some(12), Some(half)) if half.starts_with('a') => 0,
            (Some(hour @ 1..12), Some(half)) if half.starts_with('p') => hour + 12,
            (Some(hour), half) => {
                // `4:10`; whoever writes `04:10` counts to 24, and few calls come before eight.
                let short = text("h").is_some_and(|hour| hour.len() == 1);
                if half.is_none() && short && (1..8).contains(&hour) {
                    said.doubts.push(Doubt::HalfOfDay);
                }
                hour
            }
            (None, _) => continue,
        };
        let Ok(time) = Time::new(hour, minute.map_or(0, number), 0, 0) else {
            continue;
        };
        said.places.push((whole.start(), whole.end()));
        if !times.contains(&time) {
            times.push(time);
        }
    }
    times
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

/// The latest such day up to the one on which it was written.
fn latest(wrote: Date, month: i8, day: i8) -> Option<Date> {
    let this = Date::new(wrote.year(), month, day).ok();
    this.filter(|day| *day <= wrote)
        .or_else(|| Date::new(wrote.year() - 1, month, day).ok())
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

/// Beginnings of the names of months: English, German, French, Spanish. Longer ones come first
/// where one begins another (`juin`, `juil`).
const MONTHS: [&[&str]; 12] = [
    &["jan", "jän", "ene"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "maer"],
    &["apr", "avr", "abr"],
    &["may", "mai"],
    &["jun", "juin"],
    &["jul", "juil"],
    &["aug", "aoû", "aou", "ago"],
    &["sep"],
    &["oct", "okt"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["monday", "montag", "lundi", "lunes"],
    &["tuesday", "dienstag", "mardi", "martes"],
    &["wednesday", "mittwoch", "mercredi", "miércoles"],
    &["thursday", "donnerstag", "jeudi", "jueves"],
    &["friday", "freitag", "vendredi", "viernes"],
    &["saturday", "samstag", "samedi", "sábado"],
    &["sunday", "sonntag", "dimanche", "domingo"],
];

const YESTERDAY: [&str; 3] = ["yesterday", "gestern", "ayer"];
const BEFORE_YESTERDAY: [&str; 4] = [
    "the day before yesterday",
    "vorgestern",
    "avant-hier",
    "anteayer",
];

const MONTH_WORD: &str = r"(?P<m>jan(?:uary|uar|vier)?|jänner|enero|feb(?:ruary|ruar|rero)?|f[ée]vrier|mar(?:ch|s|zo)?|märz|maerz|apr(?:il)?|avril|abril|may|mai|mayo|june?|juni|juin|junio|july?|juli|juillet|julio|aug(?:ust)?|ao[ûu]t|agosto|sep(?:t(?:ember|embre|iembre)?)?|o[ck]t(?:ober|obre|ubre)?|nov(?:ember|embre|iembre)?|dec(?:ember)?|dez(?:ember)?|d[ée]cembre|diciembre)\b\.?";

#[expect(
    clippy::expect_used,
    reason = "INVARIANT: the expressions are constants, and tested"
)]
fn regex(expression: &str) -> Regex {
    Regex::new(&format!("(?i){expression}")).expect("a regular expression")
}

static ISO: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?P<y>20\d\d)-(?P<m>\d{2})-(?P<d>\d{2})(?:\b|T)"));
static DOTTED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s?(?P<y>20\d\d|\d\d)\b)?"));
static SLASHED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>20\d\d|\d\d)\b"));
static DAY_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s+(?:of\s+|de\s+)?{MONTH_WORD},?(?:\s+(?:de\s+)?(?P<y>20\d\d)\b)?"
    ))
});
static MONTH_DAY: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"\b{MONTH_WORD}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y>20\d\d)\b)?"
    ))
});
static AGO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:the day before yesterday|yesterday|today|tonight|this (?:morning|afternoon|evening)|vorgestern|gestern|heute|avant-hier|hier|aujourd['’]hui|ce (?:matin|soir)|cet après-midi|anteayer|ayer|hoy|esta (?:mañana|tarde|noche))\b",
    )
});
static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| {
    let names: Vec<&str> = WEEKDAYS
        .iter()
        .flat_map(|names| names.iter().copied())
        .collect();
    regex(&format!(r"\b(?P<w>{})\b", names.join("|")))
});
static FRENCH: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?:j['’]ai|m['’]a|il a|on m|appel|été|une?|à)\b"));
static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"\b(?:(?P<p>\d{1,2})(?:[:.](?P<q>\d\d))?\s?(?P<ampm>[ap]\.?m\b\.?)",
        r"|(?P<u>\d{1,2})(?:[:.](?P<n>\d\d))?\s?uhr\b",
        r"|(?P<f>\d{1,2})\s?h(?:eures?)?\s?(?P<g>\d\d)?\b",
        r"|(?P<h>\d{1,2}):(?P<m>\d\d)(?::\d\d)?\b(?:\s?(?P<ampm2>[ap]\.?m\b\.?))?)",
    ))
});

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
            ("12 December at 13:00", "2025-12-12 13:00"),
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

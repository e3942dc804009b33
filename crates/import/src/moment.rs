//! Reads the times of a desk as seconds.

use countersign_core::time::Second;
use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use crate::error::ImportError;
use crate::options::Options;
use crate::reason::Reason;

/// Why a time can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It has no offset, and nobody said which zone it is in.
    NoOffset,
    /// The row is left out.
    Bad(Reason),
}

/// Reads times as the options say.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    form: Form,
    zone: Option<TimeZone>,
    latest: Second,
}

#[derive(Clone, Debug)]
enum Form {
    Rfc3339,
    Unix(i64),
    Letters {
        format: String,
        steps: Option<Vec<Step>>,
    },
}

/// A part of a strftime format that is read without jiff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Byte(u8),
}

/// A time without a zone, or one whose zone is known.
enum Told {
    Instant(i64),
    Local(DateTime),
}

impl Clock {
    /// A clock for these options.
    pub(crate) fn new(options: &Options) -> Result<Self, ImportError> {
        let zone = options.timezone.as_deref().map(zone).transpose()?;
        let form = match options.time_format.as_deref() {
            None => Form::Rfc3339,
            Some("unix") => Form::Unix(1),
            Some("unix-ms") => Form::Unix(1_000),
            Some("unix-us") => Form::Unix(1_000_000),
            Some("unix-ns") => Form::Unix(1_000_000_000),
            Some(format) => Form::letters(format)?,
        };
        Ok(Self {
            form,
            zone,
            latest: Second(options.now.0.saturating_add(Second::DAY)),
        })
    }

    /// How many units of a plain integer make a second.
    pub(crate) fn per_second(&self) -> i64 {
        match self.form {
            Form::Unix(scale) => scale,
            _ => 1,
        }
    }

    /// Reads a time; `cache` remembers the last day.
    pub(crate) fn read(&self, text: &[u8], cache: &mut Cache) -> Result<Second, Problem> {
        let told = match &self.form {
            Form::Rfc3339 => rfc3339(text, cache),
            Form::Unix(scale) => core::str::from_utf8(text)
                .ok()
                .and_then(|text| text.trim().parse::<i64>().ok())
                .map(|count| Told::Instant(count.div_euclid(*scale))),
            Form::Letters { format, steps } => letters(text, format, steps.as_deref()),
        };
        // The form is that of one file, as a rule of the log: others may say it unmistakably.
        let told = match told {
            None if looks_like_rfc3339(text) => rfc3339(text, cache),
            told => told,
        };
        match told {
            None if is_number(text) => Err(Problem::Bad(Reason::TimeIsNumber)),
            None => Err(Problem::Bad(Reason::TimeUnreadable)),
            Some(Told::Instant(unix)) => {
                cache.with = true;
                self.within(unix)
            }
            Some(Told::Local(local)) => {
                cache.without = true;
                self.local(local, cache)
            }
        }
    }

    /// A Unix time, if it is one that a desk can have seen.
    pub(crate) fn within(&self, unix: i64) -> Result<Second, Problem> {
        let second = Second::from_unix(unix).ok_or(Problem::Bad(Reason::TimeOutOfRange))?;
        if second > self.latest {
            return Err(Problem::Bad(Reason::TimeInFuture));
        }
        Ok(second)
    }

    /// A count of units since 1970 on a wall clock without a zone.
    pub(crate) fn wall(&self, unix: i64, cache: &mut Cache) -> Result<Second, Problem> {
        cache.without = true;
        if self
            .zone
            .as_ref()
            .is_some_and(|zone| *zone == TimeZone::UTC)
        {
            return self.within(unix);
        }
        let local = jiff::Timestamp::from_second(unix)
            .map(|time| TimeZone::UTC.to_datetime(time))
            .map_err(|_error| Problem::Bad(Reason::TimeOutOfRange))?;
        self.local(local, cache)
    }

    fn local(&self, local: DateTime, cache: &mut Cache) -> Result<Second, Problem> {
        let Some(zone) = &self.zone else {
            return Err(Problem::NoOffset);
        };
        let day = local.date();
        let wall = TimeZone::UTC
            .to_timestamp(local)
            .map_err(|_error| Problem::Bad(Reason::TimeOutOfRange))?
            .as_second();
        if let Some((known, offset)) = cache.zone
            && known == day
        {
            return self.within(wall - offset);
        }
        // A day whose offset is the same at both ends, and does not change in between.
        let edge = |local: DateTime| {
            zone.to_timestamp(local)
                .ok()
                .map(jiff::Timestamp::as_second)
        };
        let begin = day.at(0, 0, 0, 0);
        if let (Some(first), Ok(next)) = (edge(begin), day.tomorrow())
            && let Some(last) = edge(next.at(0, 0, 0, 0))
            && last - first == 86_400
        {
            let start = TimeZone::UTC
                .to_timestamp(begin)
                .ok()
                .map(jiff::Timestamp::as_second);
            if let Some(start) = start {
                cache.zone = Some((day, start - first));
                return self.within(wall - (start - first));
            }
        }
        let ambiguous = zone.to_ambiguous_timestamp(local);
        if ambiguous.is_ambiguous() {
            cache.ambiguous += 1;
        }
        let unix = ambiguous
            .compatible()
            .map_err(|_error| Problem::Bad(Reason::TimeOutOfRange))?
            .as_second();
        self.within(unix)
    }
}

/// What one block remembers while its times are read.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    day: Option<([u8; 10], i64)>,
    zone: Option<(jiff::civil::Date, i64)>,
    /// Times that had an offset, and times that had none.
    pub(crate) with: bool,
    pub(crate) without: bool,
    /// Local times that happened twice, or never, on a clock change.
    pub(crate) ambiguous: u64,
}

impl Form {
    fn letters(format: &str) -> Result<Self, ImportError> {
        let refused = |reason: String| ImportError::TimeFormat {
            format: format.to_owned(),
            reason,
        };
        let sample = jiff::Timestamp::UNIX_EPOCH;
        let mut text = String::new();
        BrokenDownTime::from(sample)
            .format(format, &mut text)
            .map_err(|error| refused(error.to_string()))?;
        let read =
            BrokenDownTime::parse(format, &text).map_err(|error| refused(error.to_string()))?;
        if read.to_timestamp().is_err() && read.to_datetime().is_err() {
            return Err(refused("a date and a time of day are needed".to_owned()));
        }
        Ok(Self::Letters {
            format: format.to_owned(),
            steps: steps(format),
        })
    }
}

/// The zone of this name.
pub(crate) fn zone(name: &str) -> Result<TimeZone, ImportError> {
    if name == "UTC" || name == "Z" {
        return Ok(TimeZone::UTC);
    }
    if let Ok(zone) = TimeZone::get(name) {
        return Ok(zone);
    }
    jiff::fmt::temporal::DateTimeParser::new()
        .parse_time_zone(name)
        .map_err(|_error| ImportError::UnknownTimezone(name.to_owned()))
}

/// RFC 3339 by hand; what is written otherwise is left to jiff.
fn rfc3339(text: &[u8], cache: &mut Cache) -> Option<Told> {
    if let Some(told) = rfc3339_plain(text, cache) {
        return Some(told);
    }
    let text = core::str::from_utf8(text).ok()?.trim();
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(Told::Instant(floor(time)));
    }
    text.parse::<DateTime>().ok().map(Told::Local)
}

/// Whether a text is digits, perhaps with a fraction.
fn is_number(text: &[u8]) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit();
    text.first().is_some_and(digit)
        && text.iter().all(|byte| digit(byte) || *byte == b'.')
        && text.iter().filter(|byte| **byte == b'.').count() < 2
}

/// Whether a text begins as RFC 3339 times do, with year, month, day and time of day in full.
fn looks_like_rfc3339(text: &[u8]) -> bool {
    const SHAPE: &[u8; 19] = b"dddd-dd-ddTdd:dd:dd";
    text.len() >= SHAPE.len()
        && SHAPE.iter().zip(text).all(|(shape, byte)| match shape {
            b'd' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b't' | b' '),
            other => byte == other,
        })
}

/// `2019-08-05T09:30:00[.123](Z|±02:00)` and the same without an offset.
fn rfc3339_plain(text: &[u8], cache: &mut Cache) -> Option<Told> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let (clock, rest) = rest.split_first_chunk::<9>()?;
    let [b'T' | b't' | b' ', h1, h2, b':', m1, m2, b':', s1, s2] = *clock else {
        return None;
    };
    let midnight = match cache.day {
        Some((known, midnight)) if known == *date => midnight,
        _ => {
            let midnight = midnight(date)?;
            cache.day = Some((*date, midnight));
            midnight
        }
    };
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let time = midnight + hour * 3600 + minute * 60 + second;
    let zone = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            if digits == 0 || digits > 9 {
                return None;
            }
            &fraction[digits..]
        }
        _ => rest,
    };
    match *zone {
        [b'Z' | b'z'] => Some(Told::Instant(time)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = hours * 3600 + minutes * 60;
            Some(Told::Instant(if sign == b'+' {
                time - offset
            } else {
                time + offset
            }))
        }
        _ => None,
    }
}

/// Unix time of the beginning of a day `2019-08-05` in UTC.
fn midnight(date: &[u8; 10]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else {
        return None;
    };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let date = jiff::civil::Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(two(m1, m2)?).ok()?,
        i8::try_from(two(d1, d2)?).ok()?,
    )
    .ok()?;
    TimeZone::UTC
        .to_timestamp(date.at(0, 0, 0, 0))
        .ok()
        .map(jiff::Timestamp::as_second)
}

/// Two digits.
fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// The format as steps, if it has no other letters than those of plain local times.
fn steps(format: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut bytes = format.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => match bytes.next()? {
                b'Y' => steps.push(Step::Year),
                b'm' => steps.push(Step::Month),
                b'd' => steps.push(Step::Day),
                b'H' => steps.push(Step::Hour),
                b'M' => steps.push(Step::Minute),
                b'S' => steps.push(Step::Second),
                b'F' => steps.extend([
                    Step::Year,
                    Step::Byte(b'-'),
                    Step::Month,
                    Step::Byte(b'-'),
                    Step::Day,
                ]),
                b'T' => steps.extend([
                    Step::Hour,
                    Step::Byte(b':'),
                    Step::Minute,
                    Step::Byte(b':'),
                    Step::Second,
                ]),
                b'R' => steps.extend([Step::Hour, Step::Byte(b':'), Step::Minute]),
                _ => return None,
            },
            // Any white space stands for any white space in jiff, and digits could run together.
            b'0'..=b'9' | b'\t' | b'\n' | b'\r' => return None,
            byte if byte.is_ascii() => steps.push(Step::Byte(byte)),
            _ => return None,
        }
    }
    let each = |step| steps.iter().filter(|other| **other == step).count();
    let runs_together = steps
        .windows(2)
        .any(|pair| !pair.iter().any(|step| matches!(step, Step::Byte(_))));
    let plain = each(Step::Year) == 1
        && each(Step::Month) == 1
        && each(Step::Day) == 1
        && each(Step::Hour) == 1
        && each(Step::Minute) <= 1
        && each(Step::Second) <= 1
        && !runs_together;
    plain.then_some(steps)
}

/// A time in a strftime format; the steps read what they can, jiff the rest.
fn letters(text: &[u8], format: &str, steps: Option<&[Step]>) -> Option<Told> {
    if let Some(local) = steps.and_then(|steps| by_steps(text, steps)) {
        return Some(Told::Local(local));
    }
    let text = core::str::from_utf8(text).ok()?;
    let read = BrokenDownTime::parse(format, text).ok()?;
    if let Ok(time) = read.to_timestamp() {
        return Some(Told::Instant(floor(time)));
    }
    read.to_datetime().ok().map(Told::Local)
}

fn by_steps(text: &[u8], steps: &[Step]) -> Option<DateTime> {
    let (mut year, mut month, mut day) = (0, 0, 0);
    let (mut hour, mut minute, mut second) = (0, 0, 0);
    let mut rest = text;
    for step in steps {
        match step {
            Step::Byte(byte) => {
                let (first, after) = rest.split_first()?;
                if first != byte {
                    return None;
                }
                rest = after;
            }
            Step::Year => year = digits(&mut rest, 4, 4)?,
            Step::Month => month = digits(&mut rest, 1, 2)?,
            Step::Day => day = digits(&mut rest, 1, 2)?,
            Step::Hour => hour = digits(&mut rest, 1, 2)?,
            Step::Minute => minute = digits(&mut rest, 1, 2)?,
            Step::Second => second = digits(&mut rest, 1, 2)?,
        }
    }
    if !rest.is_empty() || second > 59 {
        return None;
    }
    let small = |value: i16| i8::try_from(value).ok();
    DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    )
    .ok()
}

fn digits(rest: &mut &[u8], fewest: usize, most: usize) -> Option<i16> {
    let count = rest
        .iter()
        .take(most)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if count < fewest {
        return None;
    }
    let (digits, after) = rest.split_at(count);
    *rest = after;
    Some(
        digits
            .iter()
            .fold(0, |value, digit| value * 10 + i16::from(digit - b'0')),
    )
}

/// The second in which an instant lies.
fn floor(time: jiff::Timestamp) -> i64 {
    time.as_second() - i64::from(time.subsec_nanosecond() < 0)
}

/// Unix time of a date or a time of an attribute, whose zone does not matter.
pub(crate) fn day_or_time(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let midnight = midnight(date)?;
    if rest.is_empty() {
        return Some(midnight);
    }
    match rfc3339(text, &mut Cache::default())? {
        Told::Instant(unix) => Some(unix),
        Told::Local(local) => TimeZone::UTC
            .to_timestamp(local)
            .ok()
            .map(jiff::Timestamp::as_second),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(told: Option<Told>) -> Option<(bool, i64)> {
        match told? {
            Told::Instant(unix) => Some((true, unix)),
            Told::Local(local) => {
                let unix = TimeZone::UTC.to_timestamp(local).ok()?.as_second();
                Some((false, unix))
            }
        }
    }

    /// What jiff reads, without the short way.
    fn by_jiff(text: &str) -> Option<(bool, i64)> {
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Some((true, floor(time)));
        }
        told(text.parse::<DateTime>().ok().map(Told::Local))
    }

    proptest! {
        #[test]
        fn the_short_way_reads_times_as_jiff_does(
            year in 1900_i16..2200, month in 0_u8..14, day in 0_u8..33,
            hour in 0_u8..26, minute in 0_u8..62, second in 0_u8..62,
            separator in "[Tt ]", fraction in r"(\.[0-9]{1,10})?",
            offset in r"(Z|z|[+-][0-2][0-9]:[0-6][0-9])",
        ) {
            let text = format!(
                "{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}{fraction}{offset}"
            );
            let short = told(rfc3339_plain(text.as_bytes(), &mut Cache::default()));
            if short.is_some() {
                prop_assert_eq!(short, by_jiff(&text), "{}", text);
            }
            let plain = (1..13).contains(&month) && (1..29).contains(&day) && hour < 24
                && minute < 60 && second < 60 && fraction.len() < 10
                && offset.as_str() < "+2" && !offset.contains(":6");
            prop_assert!(short.is_some() || !plain, "{} takes the long way", text);
        }

        #[test]
        fn any_bytes_are_read_or_refused(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut cache = Cache::default();
            let _ = rfc3339(&text, &mut cache);
            for format in ["%d/%m/%Y %H:%M", "%F %T", "%b %d %Y %I:%M %p %z"] {
                let _ = letters(&text, format, steps(format).as_deref());
            }
            let _ = day_or_time(&text);
        }

        #[test]
        fn the_short_way_reads_formats_as_jiff_does(
            form in 0_usize..4, year in 1990_i16..2110, month in 0_i8..14, day in 0_i8..33,
            hour in 0_i8..25, minute in 0_i8..61, second in 0_i8..61, padded: bool,
        ) {
            let format = ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y,%R", "%F %T"][form];
            let n = |value: i8| if padded { format!("{value:02}") } else { value.to_string() };
            let text = format
                .replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S").replace("%R", "%H:%M")
                .replace("%Y", &year.to_string()).replace("%m", &n(month)).replace("%d", &n(day))
                .replace("%H", &n(hour)).replace("%M", &n(minute)).replace("%S", &n(second));
            let steps = steps(format);
            prop_assert!(steps.is_some());
            let short = by_steps(text.as_bytes(), &steps.unwrap());
            let long = BrokenDownTime::parse(format, &text).ok().and_then(|t| t.to_datetime().ok());
            if short.is_some() {
                prop_assert_eq!(short, long, "{}", text);
            } else {
                let plain = (1..13).contains(&month) && (1..29).contains(&day) && hour < 24
                    && minute < 60 && second < 60;
                prop_assert!(!plain, "{} takes the long way", text);
            }
        }
    }

    fn clock(zone: &str) -> Clock {
        let mut options = Options::new(Second(4_000_000_000));
        options.timezone = Some(zone.to_owned());
        Clock::new(&options).unwrap()
    }

    #[test]
    fn local_times_around_every_clock_change_are_those_of_jiff() {
        let name = "Europe/Vienna";
        let (clock, zone) = (clock(name), TimeZone::get(name).unwrap());
        let mut cache = Cache::default();
        // Every 25 minutes of two years, so that the cache meets quiet days and changes.
        for step in 0..42_000_i64 {
            let wall = 1_546_300_800 + step * 1_500;
            let local = TimeZone::UTC.to_datetime(jiff::Timestamp::from_second(wall).unwrap());
            let expected = zone.to_timestamp(local).unwrap().as_second();
            let text = local.to_string();
            let read = clock.read(text.as_bytes(), &mut cache).unwrap();
            assert_eq!(read.to_unix(), expected, "{text}");
            let same = clock.wall(wall, &mut Cache::default()).unwrap();
            assert_eq!(same.to_unix(), expected, "{text}");
        }
        assert!(cache.ambiguous > 0);
    }

    #[test]
    fn offsets_and_utc_are_zones_as_well() {
        let text = b"2019-08-05T09:30:00";
        let at = |zone| {
            clock(zone)
                .read(text, &mut Cache::default())
                .unwrap()
                .to_string()
        };
        assert_eq!(at("UTC"), "2019-08-05T09:30:00Z");
        assert_eq!(at("+02:00"), "2019-08-05T07:30:00Z");
    }

    #[test]
    fn rfc_3339_is_read_beside_any_other_form_and_the_form_goes_first() {
        let mut options = Options::new(Second(4_000_000_000));
        options.timezone = Some("Europe/Vienna".to_owned());
        let read = |form: &str, text: &str| {
            let mut options = options.clone();
            options.time_format = Some(form.to_owned());
            let clock = Clock::new(&options).unwrap();
            clock
                .read(text.as_bytes(), &mut Cache::default())
                .map(|second| second.to_string())
        };
        let at = Ok("2019-08-05T07:30:00Z".to_owned());
        for form in ["%d/%m/%Y %H:%M", "%b %d %Y %I:%M %p", "unix", "unix-ms"] {
            for text in [
                "2019-08-05T07:30:00Z",
                "2019-08-05 09:30:00+02:00",
                "2019-08-05T07:30:00.250z",
                "2019-08-05T09:30:00",
            ] {
                assert_eq!(read(form, text), at, "{form} {text}");
            }
            // Not in full: could be anything.
            assert!(read(form, "2019-08-05").is_err());
        }
        // Day and month are those of the form where it fits.
        assert_eq!(read("%Y-%d-%m %H:%M:%S", "2019-05-08 09:30:00"), at);
    }

    #[test]
    fn unix_times_are_read_in_any_unit() {
        for (format, text) in [
            ("unix", "1564997400"),
            ("unix-ms", "1564997400999"),
            ("unix-ns", "1564997400999999999"),
        ] {
            let mut options = Options::new(Second(4_000_000_000));
            options.time_format = Some(format.to_owned());
            let clock = Clock::new(&options).unwrap();
            let read = clock.read(text.as_bytes(), &mut Cache::default()).unwrap();
            assert_eq!(read.to_string(), "2019-08-05T09:30:00Z");
        }
    }
}

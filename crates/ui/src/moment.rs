//! Times of the verdict as a reader takes them in, with the exact one beside it for machines.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::plain;

/// One time of the verdict; text that is no time is shown as it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moment {
    /// For `<time datetime>`; `None` when the text is no time.
    pub(crate) datetime: Option<String>,
    /// `5 Aug 2019, 09:30`.
    pub(crate) shown: String,
    /// `5 Aug 2019`.
    pub(crate) date: String,
    /// Days since 1970-01-01 UTC, for charts.
    pub(crate) day: Option<f64>,
}

impl Moment {
    pub(crate) fn new(text: &str) -> Self {
        Self::read(text).unwrap_or_else(|| Self {
            datetime: None,
            shown: plain::shown(text),
            date: plain::shown(text),
            day: None,
        })
    }

    fn read(text: &str) -> Option<Self> {
        let (date, clock, datetime) = if let Ok(date) = text.parse::<Date>()
            && text.len() == 10
        {
            (date, None, date.to_string())
        } else {
            let time = text.parse::<Timestamp>().ok()?;
            let utc = TimeZone::UTC.to_datetime(time);
            let clock = if utc.second() == 0 {
                format!("{:02}:{:02}", utc.hour(), utc.minute())
            } else {
                format!("{:02}:{:02}:{:02}", utc.hour(), utc.minute(), utc.second())
            };
            (utc.date(), Some(clock), time.to_string())
        };
        let month = month(date.month());
        let day = format!("{} {month} {}", date.day(), date.year());
        let seconds = date
            .to_zoned_datetime(TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_second();
        let into = text
            .parse::<Timestamp>()
            .map_or(0, |time| time.as_second() - seconds);
        Some(Self {
            datetime: Some(datetime),
            shown: clock.map_or_else(|| day.clone(), |clock| format!("{day}, {clock}")),
            date: day,
            day: Some(days(seconds + into)),
        })
    }
}

/// The first days of the months that lie within a stretch of days, with their names.
pub(crate) fn months(from: f64, to: f64) -> Vec<(f64, String)> {
    let mut out = Vec::new();
    let Some(mut date) = date_of(from).map(Date::first_of_month) else {
        return out;
    };
    // A verdict that spans over a century has a broken time in it: no ticks are better.
    for _ in 0..1_300 {
        let Ok(next) = date.checked_add(jiff::Span::new().months(1)) else {
            break;
        };
        date = next;
        let Some(day) = Moment::new(&date.to_string()).day else {
            break;
        };
        if day > to {
            break;
        }
        out.push((day, format!("{} {}", month(date.month()), date.year())));
    }
    out
}

/// The date of a day number, `5 Aug 2019`.
pub(crate) fn date_shown(day: f64) -> String {
    date_of(day).map_or_else(String::new, |date| Moment::new(&date.to_string()).date)
}

fn date_of(day: f64) -> Option<Date> {
    if !(-700_000.0..=2_900_000.0).contains(&day) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range was checked above"
    )]
    let seconds = libm::floor(day) as i64 * 86_400;
    let time = Timestamp::from_second(seconds).ok()?;
    Some(TimeZone::UTC.to_datetime(time).date())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of the calendar fit a double"
)]
fn days(seconds: i64) -> f64 {
    seconds as f64 / 86_400.0
}

fn month(number: i8) -> &'static str {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    usize::try_from(number - 1)
        .ok()
        .and_then(|index| NAMES.get(index).copied())
        .unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_utc_and_kept_exact() {
        let moment = Moment::new("2019-08-05T11:30:00+02:00");
        assert_eq!(moment.shown, "5 Aug 2019, 09:30");
        assert_eq!(moment.datetime.as_deref(), Some("2019-08-05T09:30:00Z"));
        assert_eq!(moment.date, "5 Aug 2019");
        assert_eq!(moment.day, Some(18_113.0 + 9.5 / 24.0));
        assert_eq!(Moment::new("2019-07-01").shown, "1 Jul 2019");
    }

    #[test]
    fn what_is_no_time_stays_as_it_was_written() {
        let moment = Moment::new("<soon>");
        assert_eq!((moment.datetime, moment.shown.as_str()), (None, "<soon>"));
    }

    #[test]
    fn the_months_between_two_days_are_named() {
        let day = |text| Moment::new(text).day.unwrap();
        let names: Vec<_> = months(day("2019-11-20"), day("2020-01-02"))
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        assert_eq!(names, ["Dec 2019", "Jan 2020"]);
        assert_eq!(date_shown(18_113.4), "5 Aug 2019");
    }
}

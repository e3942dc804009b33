//! Days and times as people type them, and as a machine makes them up.

use proptest::prelude::*;

use super::*;
use crate::Language;

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

//! The time of day.

use jiff::civil::Time;

use super::{PREPOSITIONS, is_figures, parts};

pub(super) fn read_time(text: &str) -> Result<Time, &'static str> {
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

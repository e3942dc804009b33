//! The day, in figures or with the name of its month.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use super::{is_figures, parts};
use crate::Language;

pub(super) fn read_day(text: &str, today: Option<Date>) -> Result<Date, &'static str> {
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

const TODAY: [&str; 4] = ["today", "heute", "aujourd'hui", "hoy"];
const YESTERDAY: [&str; 4] = ["yesterday", "gestern", "hier", "ayer"];
/// What stands between the parts of a day whose month has a name.
const FILLERS: [&str; 11] = [
    "of", "de", "del", "the", "st", "nd", "rd", "th", "er", ".", "-",
];

//! Makes strata of the free columns of a table: a small code for each row.

use countersign_core::desk::{Column, RefusedColumn};

use crate::dictionary::Ids;
use crate::moment::day_or_time;
use crate::rows::Rows;

/// A column while it is read.
#[derive(Debug)]
pub(crate) struct Attribute {
    name: String,
    state: State,
    filled: u64,
}

#[derive(Debug)]
enum State {
    /// A number for each different value; code 0 = missing, else the value's number + 1.
    Coded {
        values: Ids,
        kind: Option<Kind>,
        codes: Vec<u16>,
    },
    /// Too many values to number, but all are numbers or all are dates; NaN = missing.
    Measured {
        kind: Kind,
        values: Vec<f64>,
    },
    Refused(&'static str),
}

/// What all values so far are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Integer,
    Number,
    Date,
    Text,
}

/// Values of a piece that were looked up beforehand.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    codes: Vec<u32>,
    measured: Vec<f64>,
}

impl Attribute {
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            state: State::Coded {
                values: Ids::default(),
                kind: None,
                codes: Vec::new(),
            },
            filled: 0,
        }
    }

    /// Looks the values of a piece up.
    pub(crate) fn prepare(&self, rows: &Rows, slot: usize) -> Looked {
        let mut looked = Looked::default();
        let cells = (0..rows.len()).map(|row| rows.cell(slot, row));
        match &self.state {
            State::Coded { values, .. } => {
                looked.codes.reserve(rows.len());
                values.find_all(cells, MISSING, UNKNOWN, &mut looked.codes);
            }
            State::Measured { kind, .. } => {
                looked.measured = cells.map(|cell| measure(cell, *kind)).collect();
            }
            State::Refused(_) => {}
        }
        looked
    }

    /// Sets the value of row `number` of the table.
    pub(crate) fn set(
        &mut self,
        number: u32,
        rows: &Rows,
        slot: usize,
        row: usize,
        looked: &Looked,
    ) {
        if matches!(self.state, State::Refused(_)) {
            return;
        }
        let value = rows.cell(slot, row);
        match looked.codes.get(row) {
            Some(&MISSING) => self.put(number, b"", None),
            Some(&UNKNOWN) | None => self.put(number, value, looked.measured.get(row).copied()),
            Some(&code) => match &mut self.state {
                State::Coded { codes, .. } => {
                    write(codes, number, code_of(code), 0);
                    self.filled += 1;
                }
                // The values became too many within this piece.
                _ => self.put(number, value, None),
            },
        }
    }

    /// Sets a value that was not looked up.
    pub(crate) fn put(&mut self, number: u32, value: &[u8], measured: Option<f64>) {
        match &mut self.state {
            State::Refused(_) => {}
            State::Measured { kind, values } => {
                let value = if value.is_empty() {
                    f64::NAN
                } else {
                    let value = measured.unwrap_or_else(|| measure(value, *kind));
                    if value.is_nan() {
                        self.state = State::Refused(OVER);
                        return;
                    }
                    self.filled += 1;
                    value
                };
                write(values, number, value, f64::NAN);
            }
            State::Coded {
                values,
                kind,
                codes,
            } => {
                if value.is_empty() {
                    write(codes, number, 0, 0);
                    return;
                }
                if value.len() > LONGEST_VALUE || core::str::from_utf8(value).is_err() {
                    self.state = State::Refused("values that are longer than 200 bytes or no text");
                    return;
                }
                let before = values.len();
                let Ok(code) = values.intern(value) else {
                    self.state = State::Refused(OVER);
                    return;
                };
                if values.len() > before {
                    *kind = Some(wider(*kind, kind_of(value)));
                }
                let is_text = *kind == Some(Kind::Text);
                if is_text && values.len() > MOST_VALUES {
                    self.state = State::Refused(OVER);
                    return;
                }
                write(codes, number, code_of(code), 0);
                self.filled += 1;
                if values.len() >= MOST_CODED
                    && let Some(kind) = *kind
                {
                    let meaning: Vec<f64> = core::iter::once(f64::NAN)
                        .chain(values.all().iter().map(|value| measure(value, kind)))
                        .collect();
                    let values = codes
                        .iter()
                        .map(|code| meaning.get(usize::from(*code)).copied().unwrap_or(f64::NAN))
                        .collect();
                    self.state = State::Measured { kind, values };
                }
            }
        }
    }

    /// Whether row `number` has no value yet.
    pub(crate) fn is_free(&self, number: u32) -> bool {
        match &self.state {
            State::Coded { codes, .. } => codes.get(number as usize).is_none_or(|code| *code == 0),
            State::Measured { values, .. } => values
                .get(number as usize)
                .is_none_or(|value| value.is_nan()),
            State::Refused(_) => false,
        }
    }

    /// The name of the column.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The column as codes of sorted labels, or why it is none.
    pub(crate) fn finish(self, count: usize) -> Result<Column, RefusedColumn> {
        let name = self.name;
        let refused = |reason: &str| {
            Err(RefusedColumn {
                name: name.clone(),
                reason: reason.to_owned(),
            })
        };
        match self.state {
            State::Refused(reason) => refused(reason),
            State::Coded {
                values,
                kind,
                mut codes,
            } => {
                let Some(kind) = kind else {
                    return refused("no values");
                };
                let different = values.len() as u64;
                let nearly_one_each = different > FEW as u64 && different * 10 >= self.filled * 9;
                if nearly_one_each && matches!(kind, Kind::Text | Kind::Integer) {
                    return refused("nearly one value for each row");
                }
                codes.resize(count, 0);
                if kind != Kind::Text && values.len() > FEW {
                    let meaning: Vec<f64> = core::iter::once(f64::NAN)
                        .chain(values.all().iter().map(|value| measure(value, kind)))
                        .collect();
                    let values: Vec<f64> = codes
                        .iter()
                        .map(|code| meaning.get(usize::from(*code)).copied().unwrap_or(f64::NAN))
                        .collect();
                    return Ok(ranges(name, &values, kind));
                }
                Ok(sorted(name, &values, kind, codes))
            }
            State::Measured { kind, mut values } => {
                if kind == Kind::Integer {
                    let mut all: Vec<f64> = values
                        .iter()
                        .copied()
                        .filter(|value| !value.is_nan())
                        .collect();
                    all.sort_unstable_by(f64::total_cmp);
                    all.dedup();
                    if all.len() as u64 * 10 >= self.filled * 9 {
                        return refused("nearly one value for each row");
                    }
                }
                values.resize(count, f64::NAN);
                Ok(ranges(name, &values, kind))
            }
        }
    }
}

/// Codes in the order of the labels.
fn sorted(name: String, values: &Ids, kind: Kind, mut codes: Vec<u16>) -> Column {
    let mut order: Vec<(usize, String)> = values
        .all()
        .iter()
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .enumerate()
        .collect();
    if kind == Kind::Text {
        order.sort_by(|a, b| a.1.cmp(&b.1));
    } else {
        order.sort_by(|a, b| {
            let (x, y) = (measure(a.1.as_bytes(), kind), measure(b.1.as_bytes(), kind));
            x.total_cmp(&y).then_with(|| a.1.cmp(&b.1))
        });
    }
    let mut rank = vec![0_u16; values.len() + 1];
    let mut labels = vec!["missing".to_owned()];
    for (place, (old, label)) in order.into_iter().enumerate() {
        if let Some(rank) = rank.get_mut(old + 1) {
            *rank = u16::try_from(place + 1).unwrap_or(0);
        }
        labels.push(label);
    }
    for code in &mut codes {
        *code = rank.get(usize::from(*code)).copied().unwrap_or(0);
    }
    Column {
        name,
        labels,
        codes,
    }
}

/// Up to eight ranges that hold about as many rows each.
fn ranges(name: String, values: &[f64], kind: Kind) -> Column {
    let mut all: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| !value.is_nan())
        .collect();
    all.sort_unstable_by(f64::total_cmp);
    let mut begins: Vec<f64> = (0..FEW)
        .filter_map(|part| all.get(part * all.len() / FEW).copied())
        .collect();
    begins.dedup();
    let mut labels = vec!["missing".to_owned()];
    for (place, begin) in begins.iter().enumerate() {
        let end = match begins.get(place + 1) {
            Some(next) => all
                .partition_point(|value| value < next)
                .checked_sub(1)
                .and_then(|last| all.get(last)),
            None => all.last(),
        };
        let end = end.copied().unwrap_or(*begin);
        labels.push(format!("{} to {}", label(*begin, kind), label(end, kind)));
    }
    let codes = values
        .iter()
        .map(|value| {
            if value.is_nan() {
                0
            } else {
                u16::try_from(begins.partition_point(|begin| begin <= value)).unwrap_or(0)
            }
        })
        .collect();
    Column {
        name,
        labels,
        codes,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "dates are within jiff's range, and a larger number is cut at its ends"
)]
fn label(value: f64, kind: Kind) -> String {
    match kind {
        Kind::Date => jiff::Timestamp::from_second(value as i64).map_or_else(
            |_error| value.to_string(),
            |time| time.to_string().chars().take(10).collect(),
        ),
        _ => value.to_string(),
    }
}

fn wider(old: Option<Kind>, new: Kind) -> Kind {
    match (old, new) {
        (None, new) => new,
        (Some(old), new) if old == new => old,
        (Some(Kind::Integer), Kind::Number) | (Some(Kind::Number), Kind::Integer) => Kind::Number,
        _ => Kind::Text,
    }
}

fn kind_of(value: &[u8]) -> Kind {
    if number(value).is_some() {
        if value.contains(&b'.') {
            Kind::Number
        } else {
            Kind::Integer
        }
    } else if day_or_time(value).is_some() {
        Kind::Date
    } else {
        Kind::Text
    }
}

/// The value as a number; NaN = it is none.
fn measure(value: &[u8], kind: Kind) -> f64 {
    match kind {
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of a date are far below 2^53"
        )]
        Kind::Date => day_or_time(value).map_or(f64::NAN, |unix| unix as f64),
        Kind::Integer | Kind::Number => number(value).unwrap_or(f64::NAN),
        Kind::Text => f64::NAN,
    }
}

/// `12`, `-3.5`; a leading zero says that the digits are a code, not a number.
fn number(value: &[u8]) -> Option<f64> {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    let whole = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let rest = digits.get(whole..)?;
    let fraction = match rest {
        [] => true,
        [b'.', rest @ ..] => !rest.is_empty() && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let code = whole > 1 && digits.first() == Some(&b'0');
    if whole == 0 || whole > 17 || !fraction || code || value.len() > 32 {
        return None;
    }
    core::str::from_utf8(value).ok()?.parse().ok()
}

fn write<T: Copy>(values: &mut Vec<T>, number: u32, value: T, fill: T) {
    let number = number as usize;
    if number == values.len() {
        values.push(value);
        return;
    }
    if number > values.len() {
        values.resize(number + 1, fill);
    }
    if let Some(place) = values.get_mut(number) {
        *place = value;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "INVARIANT: a column has fewer than MOST_CODED values while it is coded"
)]
fn code_of(number: u32) -> u16 {
    (number + 1) as u16
}

const MISSING: u32 = u32::MAX;
const UNKNOWN: u32 = u32::MAX - 1;
/// Most values of a text column that may be a stratum.
const MOST_VALUES: usize = 200;
/// Most values that are numbered before numbers and dates are kept as they are.
const MOST_CODED: usize = 60_000;
/// Ranges of a column of numbers, and the number of values up to which there are no ranges.
const FEW: usize = 8;
/// Longest value of an attribute.
const LONGEST_VALUE: usize = 200;
/// Why a text column is refused.
const OVER: &str = "over 200 values";

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[&str]) -> Result<Column, RefusedColumn> {
        let mut attribute = Attribute::new("x".to_owned());
        for (number, value) in (0..).zip(values) {
            attribute.put(number, value.as_bytes(), None);
        }
        attribute.finish(values.len())
    }

    #[test]
    fn codes_follow_the_sorted_labels_and_zero_is_missing() {
        let column = column(&["west", "", "east", "west"]).unwrap();
        assert_eq!(column.labels, ["missing", "east", "west"]);
        assert_eq!(column.codes, [2, 0, 1, 2]);
    }

    #[test]
    fn few_numbers_are_sorted_as_numbers() {
        let column = column(&["10", "9", "10"]).unwrap();
        assert_eq!(column.labels, ["missing", "9", "10"]);
    }

    #[test]
    fn many_numbers_become_eight_ranges() {
        let values: Vec<String> = (0..4000).map(|n| (n % 100).to_string()).collect();
        let texts: Vec<&str> = values.iter().map(String::as_str).collect();
        let column = column(&texts).unwrap();
        assert_eq!(column.labels.len(), 9);
        assert_eq!(column.labels[1], "0 to 11");
        assert_eq!(column.labels[8], "87 to 99");
        assert_eq!(column.codes[0], 1);
        assert_eq!(column.codes[99], 8);
    }

    #[test]
    fn more_dates_than_codes_become_ranges_as_well() {
        let values: Vec<String> = (0..70_000_i64)
            .map(|n| jiff::Timestamp::from_second(n * 7_000).unwrap().to_string())
            .collect();
        let texts: Vec<&str> = values.iter().map(String::as_str).collect();
        let column = column(&texts).unwrap();
        assert_eq!(column.labels.len(), 9);
        assert!(column.labels[1].starts_with("1970-01-01 to "));
        assert_eq!(column.codes.iter().filter(|code| **code == 3).count(), 8750);
    }

    #[test]
    fn names_and_free_text_are_refused() {
        let values: Vec<String> = (0..300).map(|n| format!("name {n}")).collect();
        let texts: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(column(&texts).unwrap_err().reason, "over 200 values");
        assert_eq!(
            column(&texts[..50]).unwrap_err().reason,
            "nearly one value for each row"
        );
    }

    #[test]
    fn numbers_that_turn_into_text_are_judged_as_text() {
        let values: Vec<String> = (0..300)
            .map(|n| n.to_string())
            .chain(["none".to_owned()])
            .collect();
        let texts: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(column(&texts).unwrap_err().reason, "over 200 values");
    }
}

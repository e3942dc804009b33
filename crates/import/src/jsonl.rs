//! JSON Lines: one object a line, of which only the wanted values are kept.

use memchr::{memchr, memchr2};

use crate::header::Layout;
use crate::reason::Reason;
use crate::rows::{Bad, Place, Rows, Span, raw};

/// The names in the first objects, in the order in which they are met; none = no objects.
pub(crate) fn names(text: &[u8]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in text.split(|byte| *byte == b'\n').take(LINES_FOR_NAMES) {
        let mut bytes = line.to_vec();
        let end = bytes.len();
        let mut found = Vec::new();
        let mut object = Object { at: 0, end };
        let read = object.each(&mut bytes, &mut [], |key| {
            found.push(String::from_utf8_lossy(key).into_owned());
            None
        });
        if read.is_ok() {
            for name in found {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }
    names
}

/// Finds the cells of a block of whole lines.
pub(crate) fn parse(mut bytes: Vec<u8>, first_line: u64, layout: &Layout) -> Rows {
    let mut rows = Rows {
        first_line,
        cells: vec![Vec::new(); layout.slots.len()],
        ..Rows::default()
    };
    let mut guess = Guess::new(layout);
    let mut cells = vec![Span::default(); layout.slots.len()];
    let end = bytes.len();
    let mut start = 0;
    let mut line = 0;
    while start < end {
        let stop = memchr(b'\n', &bytes[start..end]).map_or(end, |at| at + start);
        cells.fill(Span::default());
        guess.place = 0;
        let mut object = Object {
            at: start,
            end: stop,
        };
        match object.each(&mut bytes, &mut cells, |key| guess.slot(key)) {
            Ok(()) => {
                for (column, cell) in rows.cells.iter_mut().zip(&cells) {
                    column.push(*cell);
                }
                rows.places.push(Place {
                    line,
                    text: Span::new(start, stop),
                });
            }
            Err(Wrong::Blank) => {}
            Err(Wrong::Because(what)) => rows.bad.push(Bad {
                line: first_line + u64::from(line),
                reason: Reason::NotJson(what),
                raw: raw(&bytes[start..stop]),
            }),
        }
        start = stop + 1;
        line += 1;
    }
    rows.bytes = bytes;
    rows
}

/// Objects of a file mostly have the same keys in the same order.
struct Guess {
    /// Key and slot at each place of the object before.
    keys: Vec<(Vec<u8>, Option<usize>)>,
    slots: Vec<Vec<u8>>,
    place: usize,
}

impl Guess {
    fn new(layout: &Layout) -> Self {
        Self {
            keys: Vec::new(),
            slots: layout
                .slots
                .iter()
                .map(|slot| slot.heading.as_bytes().to_vec())
                .collect(),
            place: 0,
        }
    }

    fn slot(&mut self, key: &[u8]) -> Option<usize> {
        let place = self.place;
        self.place += 1;
        if let Some((known, slot)) = self.keys.get(place)
            && known == key
        {
            return *slot;
        }
        let slot = self.slots.iter().position(|name| name == key);
        let entry = (key.to_vec(), slot);
        match self.keys.get_mut(place) {
            Some(old) => *old = entry,
            None if place < MOST_KEYS => self.keys.push(entry),
            None => {}
        }
        slot
    }
}

/// Why a line gives no row.
enum Wrong {
    Blank,
    Because(&'static str),
}

/// A line that should be an object.
struct Object {
    at: usize,
    end: usize,
}

impl Object {
    /// Visits all keys; where `want` names a cell, the value is put there.
    fn each(
        &mut self,
        bytes: &mut Vec<u8>,
        cells: &mut [Span],
        mut want: impl FnMut(&[u8]) -> Option<usize>,
    ) -> Result<(), Wrong> {
        match self.next(bytes) {
            None => return Err(Wrong::Blank),
            Some(b'{') => {}
            Some(_) => return Err(Wrong::Because("it does not begin with {")),
        }
        let mut byte = self.next(bytes);
        while byte != Some(b'}') {
            if byte != Some(b'"') {
                return Err(Wrong::Because("a name in quotes is missing"));
            }
            let key = self.string(bytes)?;
            if self.next(bytes) != Some(b':') {
                return Err(Wrong::Because("a colon is missing"));
            }
            match want(crate::rows::text(bytes, key)) {
                Some(slot) => {
                    let value = self.value(bytes)?;
                    if let Some(cell) = cells.get_mut(slot) {
                        *cell = value;
                    }
                }
                None => self.skip(bytes)?,
            }
            byte = match self.next(bytes) {
                Some(b',') => match self.next(bytes) {
                    Some(b'}') => return Err(Wrong::Because("a comma stands before the end")),
                    byte => byte,
                },
                Some(b'}') => break,
                _ => return Err(Wrong::Because("it is cut off, or a comma is missing")),
            };
        }
        match self.next(bytes) {
            None => Ok(()),
            Some(_) => Err(Wrong::Because("text follows the object")),
        }
    }

    /// The next byte that is no white space.
    fn next(&mut self, bytes: &[u8]) -> Option<u8> {
        while self.at < self.end {
            let byte = bytes[self.at];
            self.at += 1;
            if !matches!(byte, b' ' | b'\t' | b'\r') {
                return Some(byte);
            }
        }
        None
    }

    /// A string whose opening quote is passed.
    fn string(&mut self, bytes: &mut Vec<u8>) -> Result<Span, Wrong> {
        let start = self.at;
        let stop = memchr2(b'"', b'\\', &bytes[start..self.end])
            .ok_or(Wrong::Because("a string is not closed"))?
            + start;
        if bytes[stop] == b'"' {
            self.at = stop + 1;
            return Ok(Span::new(start, stop));
        }
        let from = bytes.len();
        bytes.extend_from_within(start..stop);
        self.at = stop;
        loop {
            let at = self.at;
            let stop = memchr2(b'"', b'\\', &bytes[at..self.end])
                .ok_or(Wrong::Because("a string is not closed"))?
                + at;
            bytes.extend_from_within(at..stop);
            self.at = stop + 1;
            if bytes[stop] == b'"' {
                return Ok(Span::new(from, bytes.len()));
            }
            self.escape(bytes)?;
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Wrong> {
        const WRONG: Wrong = Wrong::Because("a backslash is not followed by an escape");
        let byte = *bytes
            .get(self.at)
            .filter(|_| self.at < self.end)
            .ok_or(WRONG)?;
        self.at += 1;
        let plain = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let letter = self.letter(bytes).ok_or(WRONG)?;
                bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(WRONG),
        };
        bytes.push(plain);
        Ok(())
    }

    /// `\u00e9`, or a pair such as `\ud83d\ude00`.
    fn letter(&mut self, bytes: &[u8]) -> Option<char> {
        let first = self.four(bytes)?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        if bytes.get(self.at..self.at + 2)? != b"\\u" {
            return None;
        }
        self.at += 2;
        let second = self.four(bytes)?;
        if !(0xdc00..0xe000).contains(&second) {
            return None;
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    }

    fn four(&mut self, bytes: &[u8]) -> Option<u32> {
        let stop = self.at + 4;
        let digits = bytes.get(self.at..stop).filter(|_| stop <= self.end)?;
        self.at = stop;
        digits.iter().try_fold(0, |value, digit| {
            Some(value * 16 + char::from(*digit).to_digit(16)?)
        })
    }

    /// A value that is kept: a string, a number, `true`, `false`; `null` is a missing value.
    fn value(&mut self, bytes: &mut Vec<u8>) -> Result<Span, Wrong> {
        match self.next(bytes) {
            Some(b'"') => self.string(bytes),
            Some(b'{' | b'[') => Err(Wrong::Because("a single value is needed")),
            Some(_) => {
                self.at -= 1;
                let word = self.word(bytes)?;
                Ok(if crate::rows::text(bytes, word) == b"null" {
                    Span::default()
                } else {
                    word
                })
            }
            None => Err(Wrong::Because("it is cut off")),
        }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self, bytes: &[u8]) -> Result<Span, Wrong> {
        let start = self.at;
        while self.at < self.end
            && !matches!(bytes[self.at], b',' | b'}' | b']' | b' ' | b'\t' | b'\r')
        {
            self.at += 1;
        }
        let text = &bytes[start..self.at];
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        let number = digits.first().is_some_and(u8::is_ascii_digit)
            && digits
                .iter()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
        if number || matches!(text, b"true" | b"false" | b"null") {
            Ok(Span::new(start, self.at))
        } else {
            Err(Wrong::Because(
                "a value is neither text, number, true, false nor null",
            ))
        }
    }

    /// A value that nobody wants.
    fn skip(&mut self, bytes: &[u8]) -> Result<(), Wrong> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.next(bytes) {
                None => return Err(Wrong::Because("it is cut off")),
                Some(b'"') => self.pass_string(bytes)?,
                Some(b'{') => open.push(b'}'),
                Some(b'[') => open.push(b']'),
                Some(byte @ (b'}' | b']')) if open.last() == Some(&byte) => {
                    open.pop();
                }
                Some(b',' | b':') if !open.is_empty() => continue,
                Some(_) => {
                    self.at -= 1;
                    self.word(bytes)?;
                }
            }
            if open.is_empty() {
                return Ok(());
            }
            if open.len() > DEEPEST {
                return Err(Wrong::Because("it is nested too deeply"));
            }
        }
    }

    fn pass_string(&mut self, bytes: &[u8]) -> Result<(), Wrong> {
        loop {
            let stop = memchr2(b'"', b'\\', &bytes[self.at..self.end])
                .ok_or(Wrong::Because("a string is not closed"))?
                + self.at;
            if bytes[stop] == b'"' {
                self.at = stop + 1;
                return Ok(());
            }
            self.at = (stop + 2).min(self.end);
        }
    }
}

/// Lines that are looked at for the names of columns.
const LINES_FOR_NAMES: usize = 100;
/// Keys of an object whose order is remembered.
const MOST_KEYS: usize = 1000;
/// Objects within objects.
const DEEPEST: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Slot;

    fn cells(line: &str, names: &[&str]) -> Result<Vec<String>, String> {
        let layout = Layout {
            slots: names
                .iter()
                .enumerate()
                .map(|(column, name)| Slot {
                    name: (*name).to_owned(),
                    column,
                    heading: (*name).to_owned(),
                })
                .collect(),
            ..Layout::default()
        };
        let rows = parse(line.as_bytes().to_vec(), 1, &layout);
        match rows.bad.first() {
            Some(bad) => Err(bad.reason.to_string()),
            None => Ok((0..names.len())
                .map(|slot| String::from_utf8(rows.cell(slot, 0).to_vec()).unwrap())
                .collect()),
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_give_rows_or_bad_rows(
            text in proptest::collection::vec(
                proptest::sample::select(b"{}[]\":,\\\nau0e-1. \xff".to_vec()), 0..200,
            ),
        ) {
            let lines = text.split(|byte| *byte == b'\n')
                .filter(|line| line.iter().any(|byte| !matches!(byte, b' ' | b'\r' | b'\t')))
                .count();
            let _ = super::names(&text);
            let layout = Layout {
                slots: vec![Slot { name: "a".into(), column: 0, heading: "a".into() }],
                ..Layout::default()
            };
            let rows = parse(text, 1, &layout);
            proptest::prop_assert_eq!(rows.len() + rows.bad.len(), lines);
        }
    }

    #[test]
    fn values_of_all_kinds_are_found_in_any_order() {
        let line = r#" {"x":{"a":[1,"]}"],"b":{}},"b":17,"a":"two\n\u00e9\ud83d\ude00\"","c":null,"d":true} "#;
        assert_eq!(
            cells(line, &["a", "b", "c", "d", "e"]).unwrap(),
            ["two\né😀\"", "17", "", "true", ""]
        );
    }

    #[test]
    fn lines_that_are_no_object_say_why() {
        for (line, why) in [
            ("[1]", "does not begin"),
            ("{\"a\":1", "cut off"),
            ("{\"a\":\"x", "not closed"),
            ("{\"a\":{}}", "single value"),
            ("{\"a\":1}{", "follows"),
            ("{\"a\":1,}", "comma"),
            ("{\"a\":nul}", "neither"),
            ("{\"a\":\"\\ud83d\"}", "escape"),
            ("{\"z\":[}]}", "neither"),
        ] {
            let error = cells(line, &["a"]).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }

    #[test]
    fn it_keeps_what_serde_json_keeps() {
        let object = serde_json::json!({
            "a": "tab\t \u{1} \"quoted\" \\ / é \u{10ffff}", "b": -1.5e3, "c": [{"d": "}"}], "e": ""
        });
        let line = serde_json::to_string(&object).unwrap();
        let found = cells(&line, &["a", "b", "e"]).unwrap();
        assert_eq!(found[0], object["a"].as_str().unwrap());
        assert_eq!(found[1].parse::<f64>().unwrap(), -1500.0);
        assert_eq!(found[2], "");
    }
}

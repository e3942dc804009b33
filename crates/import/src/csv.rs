//! CSV (RFC 4180): where a block may be cut, and its cells.

use memchr::{memchr, memchr_iter, memchr2, memrchr};

use crate::header::Layout;
use crate::reason::Reason;
use crate::rows::{Bad, Place, Rows, Span, narrow, raw};

/// The end of the last whole record in `bytes`, which begin with a record.
///
/// A line end inside quotes ends no record; a quote counts only where a field begins.
pub(crate) fn last_record_end(bytes: &[u8], delimiter: u8) -> Option<usize> {
    let mut end = None;
    let mut outside = 0;
    let mut from = 0;
    loop {
        let Some(quote) = memchr(b'"', &bytes[from..]).map(|at| at + from) else {
            return memrchr(b'\n', &bytes[outside..])
                .map(|at| at + outside + 1)
                .or(end);
        };
        if !opens(bytes, quote, delimiter) {
            from = quote + 1;
            continue;
        }
        if let Some(at) = memrchr(b'\n', &bytes[outside..quote]) {
            end = Some(at + outside + 1);
        }
        match closing_quote(bytes, quote + 1) {
            Some(close) => {
                outside = close + 1;
                from = close + 1;
            }
            None => return end,
        }
    }
}

/// The end of the first record in `bytes`, with its line end, and whether it has one.
pub(crate) fn first_record_end(bytes: &[u8], delimiter: u8) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = memchr2(b'\n', b'"', &bytes[from..])? + from;
        if bytes[at] == b'\n' {
            return Some(at + 1);
        }
        from = if opens(bytes, at, delimiter) {
            closing_quote(bytes, at + 1)? + 1
        } else {
            at + 1
        };
    }
}

/// The fields of a header.
pub(crate) fn header(record: &[u8], delimiter: u8) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut bytes = record.to_vec();
    let end = bytes.len();
    let mut reader = Fields::new(0, end, delimiter);
    while let Some(field) = reader.next(&mut bytes) {
        let span = field.ok()?;
        let text = core::str::from_utf8(crate::rows::text(&bytes, span)).ok()?;
        fields.push(text.trim().to_owned());
    }
    Some(fields)
}

/// How many fields a record has, whatever is in them.
pub(crate) fn width(record: &[u8], delimiter: u8) -> usize {
    let mut bytes = record.to_vec();
    let end = bytes.len();
    let mut reader = Fields::new(0, end, delimiter);
    let mut width = 0;
    while reader.next(&mut bytes).is_some() {
        width += 1;
    }
    width
}

/// The separator of a header: a comma, or where there is none a semicolon or a tab.
pub(crate) fn delimiter(record: &[u8]) -> u8 {
    [b',', b';', b'\t']
        .into_iter()
        .find(|delimiter| memchr(*delimiter, record).is_some())
        .unwrap_or(b',')
}

/// Finds the cells of a block of whole records.
pub(crate) fn parse(mut bytes: Vec<u8>, first_line: u64, layout: &Layout, delimiter: u8) -> Rows {
    let no_end = bytes.last().is_some_and(|last| *last != b'\n');
    if no_end {
        bytes.push(b'\n');
    }
    let mut order: Vec<(usize, usize)> = layout
        .slots
        .iter()
        .enumerate()
        .map(|(slot, at)| (at.column, slot))
        .collect();
    order.sort_unstable();
    let mut rows = Rows {
        first_line,
        no_end,
        cells: vec![Vec::new(); layout.slots.len()],
        ..Rows::default()
    };
    if memchr(b'"', &bytes).is_none() {
        plain(&bytes, &mut rows, layout.width, delimiter, &order);
    } else {
        quoted(&mut bytes, &mut rows, layout.width, delimiter, &order);
    }
    rows.bytes = bytes;
    rows.second_header = second_header(&rows, layout);
    rows
}

/// The first row that is a header with the columns in another order, of two tables in one file.
///
/// All rows after it would be read as what they are not. (A header with more or fewer columns makes
/// every row after it one of the wrong width.)
fn second_header(rows: &Rows, layout: &Layout) -> Option<u64> {
    let heading = |cell: &[u8]| {
        let cell = cell.trim_ascii();
        layout.headings.iter().any(|name| name.as_bytes() == cell)
    };
    // A time is never a heading, so the first byte tells in nearly every row.
    let first = layout.slot("time").unwrap_or(0);
    (0..rows.len())
        .find(|row| {
            let begins = rows.cell(first, *row);
            begins.first().is_some_and(u8::is_ascii_alphabetic)
                && heading(begins)
                && (0..layout.slots.len()).all(|slot| heading(rows.cell(slot, *row)))
                && layout.slots.iter().zip(0..).any(|(slot, place)| {
                    rows.cell(place, *row).trim_ascii() != slot.heading.as_bytes()
                })
        })
        .map(|row| rows.line(row))
}

/// A block without any quote: separators and line ends are all that matters.
fn plain(bytes: &[u8], rows: &mut Rows, width: usize, delimiter: u8, order: &[(usize, usize)]) {
    let marks = marks(bytes, delimiter);
    let expected = marks.len() / width.max(1);
    for cells in &mut rows.cells {
        cells.reserve(expected);
    }
    rows.places.reserve(expected);
    let mut first = 0;
    let mut start = 0;
    let mut line = 0;
    while first < marks.len() {
        let whole = marks.get(first..first + width).filter(|row| fits(row));
        let (end, next) = if let Some(row) = whole {
            let end = place(row[width - 1]);
            let stop = without_return(bytes, start, end);
            if width == 1 && stop == start {
                (end, first + 1)
            } else {
                for (column, slot) in order {
                    let from = if *column == 0 {
                        start
                    } else {
                        place(row[*column - 1]) + 1
                    };
                    let to = if *column + 1 == width {
                        stop
                    } else {
                        place(row[*column])
                    };
                    rows.cells[*slot].push(Span::new(from, to));
                }
                rows.places.push(Place {
                    line,
                    text: Span::new(start, stop),
                });
                (end, first + width)
            }
        } else {
            let fields = marks[first..]
                .iter()
                .position(|mark| mark & 1 == 1)
                .unwrap_or(marks.len() - first - 1);
            let end = place(marks[first + fields]);
            let stop = without_return(bytes, start, end);
            if stop > start {
                rows.bad.push(Bad {
                    line: rows.first_line + u64::from(line),
                    reason: Reason::Fields {
                        found: narrow(fields + 1),
                        expected: narrow(width),
                    },
                    raw: raw(&bytes[start..stop]),
                });
            }
            (end, first + fields + 1)
        };
        start = end + 1;
        first = next;
        line += 1;
    }
}

/// Whether the marks of a row are separators and, last, a line end.
fn fits(row: &[u32]) -> bool {
    match row.split_last() {
        Some((last, rest)) => last & 1 == 1 && rest.iter().fold(0, |any, mark| any | mark) & 1 == 0,
        None => false,
    }
}

fn place(mark: u32) -> usize {
    (mark >> 1) as usize
}

/// Places of separators and line ends; the lowest bit says that it is a line end.
fn marks(bytes: &[u8], delimiter: u8) -> Vec<u32> {
    let mut marks = Vec::with_capacity(bytes.len() / 8 + 64);
    let wide = bytes.chunks_exact(64);
    let rest = wide.remainder();
    let mut base = 0;
    let mut push = |chunk: &[u8; 64], base: u32| {
        let (ends, separators) = (equal(chunk, b'\n'), equal(chunk, delimiter));
        let mut both = ends | separators;
        while both != 0 {
            let bit = both.trailing_zeros();
            let is_end = u32::from(ends >> bit & 1 == 1);
            marks.push((base + bit) << 1 | is_end);
            both &= both - 1;
        }
    };
    for chunk in wide {
        if let Ok(chunk) = chunk.try_into() {
            push(chunk, base);
        }
        base += 64;
    }
    let mut last = [0; 64];
    last[..rest.len()].copy_from_slice(rest);
    push(&last, base);
    marks
}

/// A bit for each byte that equals `byte`.
fn equal(chunk: &[u8; 64], byte: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let pattern = u64::from(byte) * 0x0101_0101_0101_0101;
    let mut bits = 0;
    for (at, word) in chunk.chunks_exact(8).enumerate() {
        let mut eight = [0; 8];
        eight.copy_from_slice(word);
        let differs = u64::from_le_bytes(eight) ^ pattern;
        let high = !(((differs & LOW) + LOW) | differs | LOW);
        let packed = (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= packed << (8 * at);
    }
    bits
}

/// A block with quotes.
fn quoted(
    bytes: &mut Vec<u8>,
    rows: &mut Rows,
    width: usize,
    delimiter: u8,
    order: &[(usize, usize)],
) {
    let end = bytes.len();
    let mut start = 0;
    let mut line = 0;
    let mut fields: Vec<Span> = Vec::with_capacity(width);
    while start < end {
        fields.clear();
        let mut reader = Fields::new(start, end, delimiter);
        let mut wrong = None;
        let mut found = 0;
        while let Some(field) = reader.next(bytes) {
            match field {
                Ok(span) if found < width => fields.push(span),
                Ok(_) => {}
                Err(reason) => wrong = wrong.or(Some(reason)),
            }
            found += 1;
        }
        let mut next = reader.at;
        let mut stop = without_return(bytes, start, next.saturating_sub(1).max(start));
        let blank = stop == start;
        if wrong.is_none() && found != width {
            wrong = Some(Reason::Fields {
                found: narrow(found),
                expected: narrow(width),
            });
        }
        match wrong {
            _ if blank => {}
            Some(reason) => {
                // A stray quote may have swallowed many rows: only its own line is lost.
                next = memchr(b'\n', &bytes[start..end]).map_or(end, |at| at + start + 1);
                stop = without_return(bytes, start, next.saturating_sub(1).max(start));
                rows.bad.push(Bad {
                    line: rows.first_line + u64::from(line),
                    reason,
                    raw: raw(&bytes[start..stop]),
                });
            }
            None => {
                for (column, slot) in order {
                    rows.cells[*slot].push(fields[*column]);
                }
                rows.places.push(Place {
                    line,
                    text: Span::new(start, stop),
                });
            }
        }
        line += narrow(memchr_iter(b'\n', &bytes[start..next]).count());
        start = next;
    }
}

/// The fields of one record.
struct Fields {
    at: usize,
    end: usize,
    delimiter: u8,
    done: bool,
}

impl Fields {
    fn new(at: usize, end: usize, delimiter: u8) -> Self {
        Self {
            at,
            end,
            delimiter,
            done: false,
        }
    }

    /// The next field; text with doubled quotes is written anew after the end of `bytes`.
    fn next(&mut self, bytes: &mut Vec<u8>) -> Option<Result<Span, Reason>> {
        if self.done {
            return None;
        }
        let start = self.at;
        if start < self.end && bytes[start] == b'"' {
            return Some(self.quoted(bytes));
        }
        let stop = memchr2(self.delimiter, b'\n', &bytes[start..self.end])
            .map_or(self.end, |at| at + start);
        self.pass(bytes, stop);
        let stop = if self.done {
            without_return(bytes, start, stop)
        } else {
            stop
        };
        Some(Ok(Span::new(start, stop)))
    }

    fn quoted(&mut self, bytes: &mut Vec<u8>) -> Result<Span, Reason> {
        let start = self.at + 1;
        let Some(close) = closing_quote(&bytes[..self.end], start) else {
            self.done = true;
            self.at = self.end;
            return Err(Reason::OpenQuote);
        };
        let span = if memchr(b'"', &bytes[start..close]).is_some() {
            let from = bytes.len();
            let mut at = start;
            while at < close {
                let byte = bytes[at];
                bytes.push(byte);
                at += if byte == b'"' { 2 } else { 1 };
            }
            Span::new(from, bytes.len())
        } else {
            Span::new(start, close)
        };
        let after = close + 1;
        let stop = memchr2(self.delimiter, b'\n', &bytes[after..self.end])
            .map_or(self.end, |at| at + after);
        self.pass(bytes, stop);
        if without_return(bytes, after, stop) == after {
            Ok(span)
        } else {
            Err(Reason::TextAfterQuote)
        }
    }

    /// Steps over the separator or line end at `stop`.
    fn pass(&mut self, bytes: &[u8], stop: usize) {
        self.done = stop >= self.end || bytes[stop] == b'\n';
        self.at = (stop + 1).min(self.end);
    }
}

fn opens(bytes: &[u8], quote: usize, delimiter: u8) -> bool {
    quote == 0 || bytes[quote - 1] == delimiter || bytes[quote - 1] == b'\n'
}

/// The quote that closes a field whose text begins at `from`.
fn closing_quote(bytes: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let quote = memchr(b'"', bytes.get(from..)?)? + from;
        if bytes.get(quote + 1) == Some(&b'"') {
            from = quote + 2;
        } else {
            return Some(quote);
        }
    }
}

/// `end`, or one less if a carriage return stands before it.
fn without_return(bytes: &[u8], start: usize, end: usize) -> usize {
    if end > start && bytes[end - 1] == b'\r' {
        end - 1
    } else {
        end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::header::Slot;

    fn layout(width: usize) -> Layout {
        Layout {
            width,
            slots: (0..width)
                .map(|column| Slot {
                    name: column.to_string(),
                    column,
                    heading: column.to_string(),
                })
                .collect(),
            ..Layout::default()
        }
    }

    fn cells(rows: &Rows) -> Vec<Vec<Vec<u8>>> {
        (0..rows.len())
            .map(|row| {
                (0..rows.cells.len())
                    .map(|slot| rows.cell(slot, row).to_vec())
                    .collect()
            })
            .collect()
    }

    /// RFC 4180, letter by letter.
    fn slow(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), Vec::new());
        let (mut quoted, mut at) = (false, 0);
        while at < text.len() {
            let byte = text[at];
            match byte {
                b'"' if quoted && text.get(at + 1) == Some(&b'"') => {
                    field.push(byte);
                    at += 1;
                }
                b'"' => quoted = !quoted,
                b',' if !quoted => row.push(core::mem::take(&mut field)),
                b'\n' if !quoted => {
                    row.push(core::mem::take(&mut field));
                    rows.push(core::mem::take(&mut row));
                }
                _ => field.push(byte),
            }
            at += 1;
        }
        rows
    }

    fn written(rows: &[Vec<String>], quote_all: bool) -> String {
        rows.iter()
            .map(|row| {
                let fields: Vec<String> = row
                    .iter()
                    .map(|field| {
                        if quote_all || field.contains(['"', ',', '\n', '\r']) {
                            format!("\"{}\"", field.replace('"', "\"\""))
                        } else {
                            field.clone()
                        }
                    })
                    .collect();
                fields.join(",") + "\n"
            })
            .collect()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            rows in prop::collection::vec(prop::collection::vec("[a\",\n\r é]{0,9}", 3), 0..30),
            quote_all: bool,
        ) {
            let text = written(&rows, quote_all);
            let parsed = parse(text.clone().into_bytes(), 1, &layout(3), b',');
            let expected: Vec<Vec<Vec<u8>>> = rows
                .iter()
                .map(|row| row.iter().map(|field| field.clone().into_bytes()).collect())
                .collect();
            prop_assert_eq!(&slow(text.as_bytes()), &expected);
            prop_assert_eq!(parsed.bad.len(), 0);
            prop_assert_eq!(cells(&parsed), expected);
        }

        #[test]
        fn plain_and_quoted_ways_agree(text in "[a,\n\r;]{0,300}", width in 1_usize..5) {
            // A quote in the last line sends the same rows the other way.
            let plain = parse(text.clone().into_bytes(), 1, &layout(width), b',');
            let mut other = text.into_bytes();
            if other.last().is_some_and(|last| *last != b'\n') {
                other.push(b'\n');
            }
            other.extend_from_slice(b"\"q\"");
            let quoted = parse(other, 1, &layout(width), b',');
            let extra = usize::from(width == 1);
            let mut all = cells(&quoted);
            all.truncate(quoted.len() - extra);
            prop_assert_eq!(cells(&plain), all);
            prop_assert_eq!(plain.bad.len() + 1 - extra, quoted.bad.len());
            prop_assert_eq!(&plain.bad[..], &quoted.bad[..plain.bad.len()]);
        }

        #[test]
        fn blocks_are_cut_between_records(
            rows in prop::collection::vec(prop::collection::vec("[a\",\n]{0,5}", 2), 1..12),
            part in 0_usize..1000,
        ) {
            let text = written(&rows, false).into_bytes();
            let head = &text[..text.len() * part / 1000];
            let Some(end) = last_record_end(head, b',') else { return Ok(()) };
            let first = parse(text[..end].to_vec(), 1, &layout(2), b',');
            let second = parse(text[end..].to_vec(), 1, &layout(2), b',');
            let whole = parse(text, 1, &layout(2), b',');
            prop_assert_eq!(first.bad.len() + second.bad.len(), 0);
            prop_assert_eq!([cells(&first), cells(&second)].concat(), cells(&whole));
        }

        #[test]
        fn any_bytes_give_rows_or_bad_rows(
            text in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\",\n\r".to_vec())], 0..400),
            width in 1_usize..4,
        ) {
            let lines = text.split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty() && *line != b"\r").count();
            if let Some(end) = last_record_end(&text, b',') {
                prop_assert!(end <= text.len() && text[end - 1] == b'\n');
            }
            let rows = parse(text, 1, &layout(width), b',');
            // Every line that is not blank is a row, a bad row, or lies within a quoted field.
            prop_assert!(rows.len() + rows.bad.len() <= lines);
            for row in 0..rows.len() {
                for slot in 0..width {
                    let _ = rows.cell(slot, row);
                }
            }
        }
    }

    #[test]
    fn lines_are_counted_through_quoted_line_ends() {
        let rows = parse(b"a,\"x\ny\"\n\nb,c\nd\n".to_vec(), 10, &layout(2), b',');
        assert_eq!([rows.line(0), rows.line(1), rows.bad[0].line], [10, 13, 14]);
    }

    #[test]
    fn semicolons_and_tabs_separate_where_there_is_no_comma() {
        assert_eq!(delimiter(b"a;b"), b';');
        assert_eq!(delimiter(b"a\tb"), b'\t');
        assert_eq!(delimiter(b"a,b;c"), b',');
    }
}

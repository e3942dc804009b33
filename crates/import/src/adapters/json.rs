//! JSON documents as one object a line: what an API pages out as well as what a collector writes.

use std::io::{self, Read};

use memchr::{memchr, memchr3, memmem};

/// Passes on objects, one a line: those at the top, the elements of an array at the top, or the
/// elements of an array that stands in the document under one of `names`.
///
/// What is broken comes through as a broken line: an object that never ends is cut where the next
/// line begins with `{`, so that it takes no other with it.
pub(crate) struct Items<R> {
    inner: R,
    names: &'static [&'static str],
    scan: Scan,
    /// Bytes of `scan.out` that were passed on.
    given: usize,
    done: bool,
    chunk: Vec<u8>,
}

/// Where in a document the scan stands.
#[derive(Debug, Default)]
struct Scan {
    out: Vec<u8>,
    /// Opened brackets that are not closed.
    open: Vec<u8>,
    /// How many brackets were open where the present object began.
    object: Option<usize>,
    /// Where it begins in `out`.
    begin: usize,
    /// How many brackets are open among the elements of the array that was looked for.
    elements: Option<usize>,
    text: Text,
    key: Vec<u8>,
    wanted: bool,
    line_begins: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Text {
    #[default]
    Outside,
    Inside,
    /// After a backslash.
    Escaped,
}

impl<R: Read> Items<R> {
    /// Passes on the objects of `inner`.
    pub(crate) fn new(inner: R, names: &'static [&'static str]) -> Self {
        Self {
            inner,
            names,
            scan: Scan {
                line_begins: true,
                ..Scan::default()
            },
            given: 0,
            done: false,
            chunk: vec![0; CHUNK],
        }
    }

    /// Bytes that can be passed on: an object of the top may still turn out to be a document.
    fn ready(&self) -> usize {
        let scan = &self.scan;
        let may_be_document =
            scan.object == Some(0) && !self.done && scan.out.len() - scan.begin < LONGEST;
        if may_be_document {
            scan.begin
        } else {
            scan.out.len()
        }
    }
}

impl<R: Read> Read for Items<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.ready() == self.given && !self.done {
            if self.given > CHUNK {
                self.scan.out.drain(..self.given);
                self.scan.begin -= self.given.min(self.scan.begin);
                self.given = 0;
            }
            let count = self.inner.read(&mut self.chunk)?;
            self.done = count == 0;
            let bytes = self.chunk.get(..count).unwrap_or_default();
            self.scan.take_all(bytes, self.names);
        }
        let ready = self
            .scan
            .out
            .get(self.given..self.ready())
            .unwrap_or_default();
        let count = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

impl Scan {
    fn take_all(&mut self, mut bytes: &[u8], names: &[&str]) {
        let named = |name: &&str| memmem::find(bytes, name.as_bytes()).is_some();
        // A line of a log is most often an object of its own, and then nothing needs a closer look.
        let plain_lines = !names.iter().any(named);
        while let Some((byte, rest)) = bytes.split_first() {
            if plain_lines
                && self.line_begins
                && self.open.is_empty()
                && self.text == Text::Outside
                && let Some(line) = object_line(bytes)
            {
                self.out.extend_from_slice(line);
                self.begin = self.out.len();
                self.wanted = false;
                bytes = bytes.get(line.len()..).unwrap_or_default();
                continue;
            }
            // Most of a document is the inside of strings.
            let plain = match self.text {
                Text::Inside => memchr3(b'"', b'\\', b'\n', bytes).unwrap_or(bytes.len()),
                Text::Outside | Text::Escaped => 0,
            };
            if plain == 0 {
                self.take(*byte, names);
                bytes = rest;
                continue;
            }
            let (text, rest) = bytes.split_at(plain);
            if self.object.is_some() {
                self.out.extend_from_slice(text);
            }
            if self.is_name() {
                let room = LONGEST_NAME.saturating_sub(self.key.len()).min(text.len());
                self.key.extend_from_slice(&text[..room]);
            }
            self.line_begins = false;
            bytes = rest;
        }
    }

    /// Whether a string that is read now can be the name of an array of records.
    fn is_name(&self) -> bool {
        self.elements.is_none() && self.open.len() <= DEEPEST_NAME
    }

    fn take(&mut self, byte: u8, names: &[&str]) {
        let line_begins = core::mem::replace(&mut self.line_begins, byte == b'\n');
        if byte == b'\n' && self.text != Text::Outside {
            // No string of JSON holds a line end: this object is broken.
            self.cut();
            return;
        }
        if line_begins && byte == b'{' && self.object == Some(0) {
            self.cut();
        }
        if self.object.is_some() {
            self.out.push(if matches!(byte, b'\n' | b'\r') {
                b' '
            } else {
                byte
            });
        }
        match self.text {
            Text::Escaped => self.text = Text::Inside,
            Text::Inside if byte == b'\\' => self.text = Text::Escaped,
            Text::Inside if byte == b'"' => self.text = Text::Outside,
            // `take_all` passes the rest of a string.
            Text::Inside => {}
            Text::Outside => self.outside(byte, names),
        }
    }

    fn outside(&mut self, byte: u8, names: &[&str]) {
        let wanted = self.wanted;
        if !byte.is_ascii_whitespace() {
            self.wanted = false;
        }
        match byte {
            b'"' => {
                self.text = Text::Inside;
                self.key.clear();
            }
            b':' => {
                let name = |name: &&str| name.as_bytes() == self.key;
                self.wanted = self.elements.is_none()
                    && self.open.len() <= DEEPEST_NAME
                    && self.open.iter().all(|bracket| *bracket == b'{')
                    && names.iter().any(name);
            }
            b'{' => {
                let element = self.elements.is_some_and(|depth| depth == self.open.len())
                    || self.elements.is_none() && self.open.iter().all(|bracket| *bracket == b'[');
                if self.object.is_none() && element {
                    self.object = Some(self.open.len());
                    self.begin = self.out.len();
                    self.out.push(b'{');
                }
                self.open.push(byte);
            }
            b'[' => {
                self.open.push(byte);
                if wanted {
                    // The object is a document, and these are its records.
                    self.out.truncate(self.begin);
                    self.object = None;
                    self.elements = Some(self.open.len());
                }
            }
            b'}' | b']' => {
                self.open.pop();
                if self.object == Some(self.open.len()) {
                    self.out.push(b'\n');
                    self.object = None;
                    self.begin = self.out.len();
                }
                if self.open.is_empty() {
                    self.elements = None;
                } else if self.elements == Some(self.open.len() + 1) {
                    // What follows the records says where the next page is, however deep.
                    self.elements = Some(NONE_LEFT);
                }
            }
            _ => {}
        }
    }

    /// Ends a broken object where it stands.
    fn cut(&mut self) {
        if self.object.is_some() {
            self.out.push(b'\n');
        }
        self.begin = self.out.len();
        self.object = None;
        self.elements = None;
        self.open.clear();
        self.text = Text::Outside;
        self.wanted = false;
    }
}

/// The line at the head of these bytes, with its end, if it is one object and nothing else.
fn object_line(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.first() != Some(&b'{') {
        return None;
    }
    let end = memchr(b'\n', bytes)?;
    let mut open = 0_usize;
    let mut line = bytes.get(..end)?.iter();
    while let Some(byte) = line.next() {
        match byte {
            b'"' => loop {
                match line.next()? {
                    b'"' => break,
                    b'\\' => _ = line.next()?,
                    _ => {}
                }
            },
            b'{' | b'[' => open += 1,
            b'}' | b']' => {
                open -= 1;
                if open == 0 {
                    return line.next().is_none().then(|| bytes.get(..=end))?;
                }
            }
            _ => {}
        }
    }
    None
}

/// The first whole object of a file that begins with these bytes, and the first one of a list that
/// it may have under one of these names; ones before them may be broken.
pub(super) fn first(bytes: &[u8], names: &'static [&'static str]) -> Vec<serde_json::Value> {
    let whole = |names| {
        let mut lines = Vec::new();
        Items::new(bytes, names).read_to_end(&mut lines).ok()?;
        lines
            .split(|byte| *byte == b'\n')
            .take(A_FEW)
            .find_map(|line| serde_json::from_slice(line).ok())
    };
    [whole(names), whole(&[])].into_iter().flatten().collect()
}

/// Names under which products page out the records of their logs.
pub(super) const DOCUMENTS: [&str; 6] = [
    "access_logs",
    "audit_logs",
    "activity_logs",
    "recent_views",
    "records",
    "results",
];
/// Objects that are tried.
const A_FEW: usize = 5;
/// Brackets that may be open where such a name stands: `{"event":{"access_logs":[…]}}`.
const DEEPEST_NAME: usize = 2;
const LONGEST_NAME: usize = 32;
/// More brackets than are ever open: the records of a document are over.
const NONE_LEFT: usize = usize::MAX;
const CHUNK: usize = 1 << 16;
/// An object of the top that is longer is passed on as it comes.
const LONGEST: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> String {
        let mut lines = String::new();
        let mut items = Items::new(text.as_bytes(), &["logs"]);
        items.read_to_string(&mut lines).unwrap();
        lines
    }

    #[test]
    fn records_come_one_a_line_whatever_they_are_wrapped_in() {
        let two = "{\"a\":1}\n{\"a\":{\"b\":[2]}}\n";
        for text in [
            "{\"a\":1}\n{\"a\":{\"b\":[2]}}\n",
            "{\"a\":1}{\"a\":{\"b\":[2]}}",
            "[{\"a\":1},{\"a\":{\"b\":[2]}}]",
            "{\"meta\":{\"n\":[{}]},\"logs\":[{\"a\":1},{\"a\":{\"b\":[2]}}],\"next\":{\"logs\":[{}]}}",
            "{\"logs\":[{\"a\":1},{\"a\":{\"b\":[2]}}],\"paging\":{\"next\":{\"after\":\"3\"},\"x\":[{}]}}",
            "{\"logs\":[{\"a\":1}]}\n{\"logs\":[{\"a\":{\"b\":[2]}}]}",
            "{\"event\":{\"logs\" : [ {\"a\":1} , {\"a\":{\"b\":[2]}} ]}}",
        ] {
            assert_eq!(items(text), two, "{text}");
        }
        assert_eq!(items("{\n \"a\": 1\n}\n"), "{  \"a\": 1 }\n");
        assert_eq!(items("{\"a\":\"}\\\"{\"}"), "{\"a\":\"}\\\"{\"}\n");
        assert_eq!(items("{\"logs\":\"x\"}"), "{\"logs\":\"x\"}\n");
        assert_eq!(items("{\"logs\":[]}"), "");
    }

    #[test]
    fn a_line_that_is_one_object_is_passed_on_as_any_other() {
        let lines = [
            "{\"a\":1}\n",
            "{\"a\":\"}\\\"{\",\"b\":[{}]}\n",
            "{\"a\":1}}\n",
            "{\"a\":1}{\"b\":2}\n",
            "{\"a\":1} \n",
            "{\"a\":\"\n",
            "{\"a\":[\n",
            "{\"logs\":[{\"a\":1}]}\n",
            "]\n",
            "\n",
        ];
        // Byte by byte there is never a whole line to be seen.
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.read(&mut buffer[..1])
            }
        }
        for number in 0..lines.len().pow(3) {
            let line = |step| lines[number / lines.len().pow(step) % lines.len()];
            let text = [line(0), line(1), line(2)].concat();
            let mut slow = String::new();
            Items::new(Slow(text.as_bytes()), &["logs"])
                .read_to_string(&mut slow)
                .unwrap();
            assert_eq!(items(&text), slow, "{text}");
        }
    }

    #[test]
    fn a_broken_object_takes_no_other_with_it() {
        assert_eq!(items("{\"a\":1\n{\"a\":2}\n"), "{\"a\":1 \n{\"a\":2}\n");
        assert_eq!(items("{\"a\":\"1\n{\"a\":2}\n"), "{\"a\":\"1\n{\"a\":2}\n");
        assert_eq!(items("{\"a\":2}\n{\"a\":"), "{\"a\":2}\n{\"a\":");
        assert_eq!(items("]]}{\"a\":2}"), "{\"a\":2}\n");
    }
}

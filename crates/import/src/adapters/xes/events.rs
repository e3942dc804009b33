//! The events of an XES document, one a line.

use core::fmt;
use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use memchr::{memchr_iter, memmem};
use quick_xml::XmlVersion;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Fault, Told};
use crate::block::LONGEST_LINE;
use crate::dictionary::LONGEST_ID;

/// Passes on the events of a document, each as one line with the name of its trace.
///
/// So the number of a line is that of an event, from 1: that is what rejected rows are called by.
/// What is not well formed ends the document with [`Broken`], which names the line of the file; an
/// event that alone can't be used comes through with its fault. No DTD is read and no entity but
/// XML's own five is replaced.
pub(crate) struct Events<R> {
    reader: Reader<Metered<BufReader<R>>>,
    scan: Scan,
    /// Room for the text of an element's tag.
    tag: Vec<u8>,
    /// Bytes of `scan.out` that were passed on.
    given: usize,
    done: bool,
}

/// Why a document can't be read on, and the line of the file where that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) line: u64,
    pub(crate) what: &'static str,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl core::error::Error for Broken {}

impl From<Broken> for io::Error {
    fn from(broken: Broken) -> Self {
        Self::new(io::ErrorKind::InvalidData, broken)
    }
}

impl<R: Read> Events<R> {
    /// Passes on the events of `inner`.
    pub(crate) fn new(inner: R) -> Self {
        Self {
            reader: Reader::from_reader(Metered {
                inner: BufReader::with_capacity(CHUNK, inner),
                left: 0,
                line: 1,
            }),
            scan: Scan::default(),
            tag: Vec::new(),
            given: 0,
            done: false,
        }
    }

    /// Takes the next piece of the document.
    fn step(&mut self) -> io::Result<()> {
        self.tag.clear();
        self.reader.get_mut().left = LONGEST_LINE;
        let read = self.reader.read_event_into(&mut self.tag);
        let metered = self.reader.get_ref();
        let broken = |what| {
            let line = metered.line;
            io::Error::from(Broken { line, what })
        };
        match read {
            Ok(Event::Eof) => {
                self.done = true;
                self.scan.end()
            }
            Ok(event) => self.scan.take(&event),
            Err(_) if metered.left == 0 => Err("an element is longer than 16 MiB"),
            // The reader below failed, or what unpacks the file.
            Err(Error::Io(error)) => return Err(io::Error::new(error.kind(), error.to_string())),
            Err(Error::Syntax(_)) => Err(CUT),
            Err(Error::IllFormed(IllFormedError::MissingEndTag(_))) => Err(CUT),
            Err(Error::Encoding(_)) => Err("it is not UTF-8: save it as UTF-8"),
            Err(_) => Err("an element is not closed by its own name, or not well formed"),
        }
        .map_err(broken)
    }
}

impl<R: Read> Read for Events<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.scan.out.len() == self.given {
            self.scan.out.clear();
            self.given = 0;
            while self.scan.out.len() < CHUNK && !self.done {
                self.step()?;
            }
        }
        let ready = self.scan.out.get(self.given..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

/// Counts lines, and gives out so much for one element and no more.
struct Metered<R> {
    inner: R,
    left: usize,
    line: u64,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let ready = self.inner.fill_buf()?;
        Ok(&ready[..ready.len().min(self.left)])
    }

    fn consume(&mut self, count: usize) {
        // What is consumed was given out, and is still there.
        if let Ok(ready) = self.inner.fill_buf() {
            let read = ready.get(..count).unwrap_or_default();
            self.line += memchr_iter(b'\n', read).count() as u64;
        }
        self.left = self.left.saturating_sub(count);
        self.inner.consume(count);
    }
}

/// Where in a document the scan stands.
#[derive(Debug, Default)]
struct Scan {
    out: Vec<u8>,
    /// Elements that are open.
    depth: usize,
    begun: bool,
    /// How many were open where the present trace and the present event began.
    trace: Option<usize>,
    event: Option<usize>,
    /// The trace's name.
    name: Value,
    time: Value,
    actor: Value,
    activity: Value,
    transition: Value,
}

/// The value of a key.
#[derive(Debug, Default)]
struct Value {
    text: Option<String>,
    fault: Option<Fault>,
}

impl Scan {
    fn take(&mut self, event: &Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Start(tag) => {
                self.open(tag)?;
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("more than 64 elements stand within each other");
                }
            }
            Event::Empty(tag) => {
                self.open(tag)?;
                self.close();
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                self.close();
            }
            Event::Decl(_) if self.begun => return Err("a second document begins here"),
            Event::Decl(declaration) => {
                let utf8 = |name: &str| {
                    ["utf-8", "utf8", "us-ascii", "ascii"]
                        .iter()
                        .any(|known| name.eq_ignore_ascii_case(known))
                };
                match declaration.encoding() {
                    None => {}
                    Some(Ok(name)) if utf8(&name) => {}
                    Some(_) => return Err("it says that it is not in UTF-8: save it as UTF-8"),
                }
            }
            Event::DocType(_) => return Err("it has a DOCTYPE, which a process log has not"),
            Event::Text(text) if self.depth == 0 && !text.trim_ascii().is_empty() => {
                return Err("text stands outside of the log");
            }
            _ => {}
        }
        Ok(())
    }

    /// The file is at its end.
    fn end(&self) -> Result<(), &'static str> {
        if self.depth > 0 { Err(CUT) } else { Ok(()) }
    }

    /// An element begins.
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), &'static str> {
        let local = tag.local_name();
        let kind: &str = local.as_ref();
        if self.depth == 0 {
            if self.begun {
                return Err("a second document begins here");
            }
            self.begun = true;
            return if kind == "log" {
                Ok(())
            } else {
                Err("its first element is no log")
            };
        }
        match kind {
            "trace" | "event" if self.event.is_some() => {
                Err("an event has a trace or another event in it")
            }
            "trace" if self.depth == 1 => {
                self.trace = Some(self.depth);
                self.name = Value::default();
                Ok(())
            }
            "event" if self.depth == 1 || self.trace == Some(self.depth - 1) => {
                self.event = Some(self.depth);
                (self.time, self.actor, self.activity, self.transition) = <_>::default();
                Ok(())
            }
            "trace" | "event" => Err("a trace or an event stands where the format has none"),
            // What stands within an attribute says more of it, and nothing of the event.
            _ if self.event.is_some_and(|at| at + 1 == self.depth) => self.attribute(tag),
            _ if self.event.is_none() && self.trace.is_some_and(|at| at + 1 == self.depth) => {
                self.attribute(tag)
            }
            _ => Ok(()),
        }
    }

    /// An element has ended; `depth` is where it began.
    fn close(&mut self) {
        if self.event == Some(self.depth) {
            self.event = None;
            self.tell();
        }
        if self.trace == Some(self.depth) {
            self.trace = None;
            self.name = Value::default();
        }
    }

    /// A value of the present event, or of the trace if no event is open.
    fn attribute(&mut self, tag: &BytesStart<'_>) -> Result<(), &'static str> {
        let (mut key, mut value) = (None, None);
        // Comparing each with all before would take long where somebody wrote thousands.
        for attribute in tag.attributes().with_checks(false) {
            let attribute =
                attribute.map_err(|_error| "an attribute of an element is not well formed")?;
            let place = match attribute.key.as_ref() {
                "key" => &mut key,
                "value" => &mut value,
                _ => continue,
            };
            if place.replace(attribute).is_some() {
                return Err("an element has the same attribute twice");
            }
        }
        let Some(key) = key else {
            return Ok(());
        };
        let place = match (&*key.value, self.event) {
            ("concept:name", None) => &mut self.name,
            ("concept:name", Some(_)) => &mut self.activity,
            ("time:timestamp", Some(_)) => &mut self.time,
            ("org:resource", Some(_)) => &mut self.actor,
            ("lifecycle:transition", Some(_)) => &mut self.transition,
            _ => return Ok(()),
        };
        let text = match &value {
            None => Cow::Borrowed(""),
            Some(value) => match value.normalized_value(XmlVersion::Explicit1_0) {
                Ok(text) => text,
                Err(_) => {
                    place.fault = Some(Fault::Entity);
                    return Ok(());
                }
            },
        };
        if place.text.is_some() {
            place.fault = Some(Fault::Twice);
        } else if text.len() > LONGEST_ID {
            place.fault = Some(Fault::TooLong);
        } else {
            place.text = Some(text.into_owned());
        }
        Ok(())
    }

    /// Writes the event that has ended.
    fn tell(&mut self) {
        let text = |value: &'_ Value| value.text.clone().map(Cow::Owned);
        let values = [
            &self.name,
            &self.time,
            &self.actor,
            &self.activity,
            &self.transition,
        ];
        let told = Told {
            ticket: text(&self.name),
            time: text(&self.time),
            actor: text(&self.actor),
            activity: text(&self.activity),
            transition: text(&self.transition),
            fault: values.into_iter().find_map(|value| value.fault),
        };
        // A line that can't be written, which none is, would still be a line, and be counted.
        self.out
            .extend(serde_json::to_vec(&told).unwrap_or_default());
        self.out.push(b'\n');
    }
}

/// Whether a file that begins with these bytes is an XES document.
pub(super) fn begins(bytes: &[u8]) -> bool {
    if !bytes.trim_ascii_start().starts_with(b"<") {
        return false;
    }
    let mut reader = Reader::from_reader(bytes);
    let mut tag = Vec::new();
    loop {
        tag.clear();
        match reader.read_event_into(&mut tag) {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                let named = memmem::find(tag.attributes_raw().as_bytes(), b"xes").is_some()
                    || memmem::find(bytes, b"<trace").is_some();
                return tag.local_name().as_ref() == "log" && named;
            }
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

const CUT: &str = "the file ends in the middle: it is cut off, or an element is never closed";
/// Elements that may stand within each other; attributes of attributes need a few.
const DEEPEST: usize = 64;
const CHUNK: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Result<String, Broken> {
        let mut lines = String::new();
        match Events::new(text.as_bytes()).read_to_string(&mut lines) {
            Ok(_) => Ok(lines),
            Err(error) => Err(*error.get_ref().unwrap().downcast_ref().unwrap()),
        }
    }

    fn what(text: &str) -> (u64, &'static str) {
        let broken = lines(text).unwrap_err();
        (broken.line, broken.what)
    }

    /// A document with this in its trace.
    fn log(inside: &str) -> String {
        format!("<log><trace><string key='concept:name' value='t'/>{inside}</trace></log>")
    }

    #[test]
    fn events_come_one_a_line_and_other_elements_say_nothing() {
        let text = log(
            "\n<event><string key='org:resource' value='a&lt;\n&#x62;'/><int value='7' key='concept:name'><string key='org:resource' value='x'/></int></event>\n<event/>",
        );
        assert_eq!(
            lines(&text).unwrap(),
            "{\"ticket\":\"t\",\"actor\":\"a< b\",\"activity\":\"7\"}\n{\"ticket\":\"t\"}\n"
        );
        let prefixed = "<x:log xmlns:x='xes'><x:trace><x:event/></x:trace><x:event/></x:log>";
        assert_eq!(lines(prefixed).unwrap(), "{}\n{}\n");
        let global =
            "<log><global scope='event'><string key='concept:name' value='n'/></global></log>";
        assert_eq!(lines(global).unwrap(), "");
    }

    #[test]
    fn what_alone_can_not_be_used_is_said_of_its_event_only() {
        let long = "x".repeat(LONGEST_ID + 1);
        for (value, fault) in [
            ("value='&own;'".to_owned(), "entity"),
            (format!("value='{long}'"), "too-long"),
            (
                "value='a'/><string key='org:resource' value='b'".to_owned(),
                "twice",
            ),
        ] {
            let text = log(&format!(
                "<event><string key='org:resource' {value}/></event><event/>"
            ));
            let lines = lines(&text).unwrap();
            let (first, second) = lines.trim_end().split_once('\n').unwrap();
            assert!(
                first.ends_with(&format!("\"fault\":\"{fault}\"}}")),
                "{first}"
            );
            assert_eq!(second, "{\"ticket\":\"t\"}");
        }
    }

    #[test]
    fn what_is_no_whole_document_is_an_error_with_its_line() {
        let whole = "<log>\n<trace>\n<event/>\n</trace>\n</log>";
        for cut in 1..whole.len() {
            let (line, what) = what(&whole[..cut]);
            assert_eq!(what, CUT, "{cut}");
            assert_eq!(line, 1 + whole[..cut].matches('\n').count() as u64, "{cut}");
        }
        for (text, line) in [
            ("<log>\n<trace>\n</log>", 3),
            ("<log>\n<!DOCTYPE log></log>", 2),
            ("<!DOCTYPE log [<!ENTITY a 'b'>]>\n<log/>", 1),
            ("<log/>\n<log/>", 2),
            ("<log/>\n<?xml version='1.0'?><log/>", 2),
            ("<log/>\nx", 2),
            ("\n<table/>", 2),
            ("<?xml version='1.0' encoding='ISO-8859-1'?><log/>", 1),
            ("<log><trace><event>\n<event/></event></trace></log>", 2),
            ("<log><trace><event>\n<trace/></event></trace></log>", 2),
            ("<log><list>\n<event/></list></log>", 2),
            ("<log><trace>\n<x key='a' key='b'/></trace></log>", 2),
            ("<log><trace>\n<x key=a/></trace></log>", 2),
        ] {
            assert_eq!(what(text).0, line, "{text}: {}", what(text).1);
        }
        assert_eq!(
            what(&"<log>".repeat(DEEPEST + 1)).1,
            "more than 64 elements stand within each other"
        );
    }

    #[test]
    fn an_element_without_an_end_is_given_up() {
        struct Endless(u64);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                buffer.fill(b'x');
                self.0 += buffer.len() as u64;
                Ok(buffer.len())
            }
        }
        for begin in ["<log><trace x='", "<log><!--", "<log><![CDATA[", "<log>"] {
            let mut endless = Endless(0);
            let mut events = Events::new(begin.as_bytes().chain(&mut endless));
            let error = events.read_to_end(&mut Vec::new()).unwrap_err();
            assert!(error.to_string().contains("16 MiB"), "{begin}: {error}");
            drop(events);
            assert!(endless.0 < 2 * LONGEST_LINE as u64, "{begin}");
        }
    }

    #[test]
    fn a_document_is_known_by_its_first_element() {
        for yes in [
            "<?xml version='1.0'?>\n<!-- x --><log xes.version='1.0'>",
            "  <log><trace>",
            "<x:log xmlns:x='http://www.xes-standard.org'/>",
        ] {
            assert!(begins(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            "<",
            "<log><logentry/></log>",
            "<svg xes=''/>",
            "time,<log xes=''>",
        ] {
            assert!(!begins(no.as_bytes()), "{no}");
        }
    }
}
